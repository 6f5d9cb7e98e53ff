"""Readings as a picture: one SVG panel per channel, made on the server.

Rules
1. No extreme is lost: where many readings share a pixel column, its lowest and highest are drawn.
2. A line joins readings only within a run; between runs nothing is known and nothing is drawn.
3. Colours come from the style sheet by class; meaning never hangs on colour alone.
4. Every text is escaped here.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape

WIDTH, HEIGHT = 760, 168
_LEFT, _RIGHT, _TOP, _BOTTOM = 54, 14, 16, 26
_PLOT_WIDTH = WIDTH - _LEFT - _RIGHT
_PLOT_HEIGHT = HEIGHT - _TOP - _BOTTOM

Run = Sequence[tuple[int, int]]  # (Unix ms, counts), in time order


@dataclass(frozen=True, slots=True)
class Series:
    """One node's readings of one channel, as runs without a gap inside."""

    label: str
    runs: Sequence[Run]


@dataclass(frozen=True, slots=True)
class Limit:
    """A line that a profile draws, in counts."""

    label: str
    value: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a line across the panels: a verdict or a review."""

    time_ms: int
    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Blank:
    """A stretch of time about which nothing is known."""

    from_ms: int
    to_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One channel: `scale` counts make one `unit`."""

    title: str
    unit: str
    scale: int
    series: Sequence[Series]
    limits: Sequence[Limit] = ()


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear map from values to pixels."""

    low: float
    high: float
    start: float
    length: float

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / ((self.high - self.low) or 1) * self.length


def moment(time_ms: int) -> str:
    """A time as people read it, to the minute, in UTC."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).strftime("%d %b %Y %H:%M UTC")


def envelope(run: Run, x: Axis) -> list[tuple[float, int]]:
    """At most four points for each pixel column: first, lowest, highest, last, in time order."""
    columns: dict[int, list[tuple[int, int]]] = {}
    for point in run:
        columns.setdefault(int(x(point[0])), []).append(point)
    points: list[tuple[float, int]] = []
    for column in columns.values():
        kept = {
            column[0],
            min(column, key=lambda point: point[1]),
            max(column, key=lambda point: point[1]),
            column[-1],
        }
        points.extend((x(time_ms), value) for time_ms, value in sorted(kept))
    return points


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round values from low to high, 1, 2 or 5 times a power of ten apart, at most so many."""
    span = (high - low) or 1.0
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * f for f in (1, 2, 5, 10, 20) if span / (power * f) <= most)
    first, last = math.ceil(low / step), math.floor(high / step)
    return [round(k * step, 6) for k in range(first, last + 1)]


def _value_axis(panel: Panel) -> Axis:
    values = [value for series in panel.series for run in series.runs for _, value in run]
    low = min(values, default=0) / panel.scale
    high = max(values, default=1) / panel.scale
    for limit in panel.limits:
        value = limit.value / panel.scale
        reach = max(high - low, 1.0)
        if low - reach <= value <= high + reach:  # a limit far away must not flatten the curve
            low, high = min(low, value), max(high, value)
    margin = (high - low) * 0.08 or 1
    return Axis(low - margin, high + margin, _TOP + _PLOT_HEIGHT, -_PLOT_HEIGHT)


def _grid(y: Axis, x: Axis) -> Iterable[str]:
    for value in ticks(y.low, y.high):
        yield (
            f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" '
            f'y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
            f'<text class="tick" x="{_LEFT - 7}" y="{y(value) + 4:.1f}" text-anchor="end">'
            f"{value:g}</text>"
        )
    for share, anchor in ((0.0, "start"), (0.5, "middle"), (1.0, "end")):
        time_ms = int(x.low + share * (x.high - x.low))
        yield (
            f'<text class="tick" x="{x(time_ms):.1f}" y="{HEIGHT - 8}" '
            f'text-anchor="{anchor}">{moment(time_ms)}</text>'
        )


def _blank(blank: Blank, x: Axis) -> str:
    start, end = max(blank.from_ms, x.low), min(blank.to_ms, x.high)
    if end <= start:
        return ""
    left, width = x(start), max(2.0, x(end) - x(start))
    return (
        f'<rect class="blank" x="{left:.1f}" y="{_TOP}" width="{width:.1f}" '
        f'height="{_PLOT_HEIGHT}"><title>{escape(blank.text)}</title></rect>'
    )


def _limit(limit: Limit, panel: Panel, y: Axis) -> str:
    value = limit.value / panel.scale
    if not y.low <= value <= y.high:
        return ""
    return (
        f'<line class="limit" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" '
        f'y1="{y(value):.1f}" y2="{y(value):.1f}"/>'
        f'<text class="limit-label" x="{WIDTH - _RIGHT - 4}" y="{y(value) - 4:.1f}" '
        f'text-anchor="end">{escape(limit.label)}</text>'
    )


def _marks(marks: Sequence[Mark], x: Axis) -> Iterable[str]:
    """The marks as lines with their numbers; numbers that would cover each other step down."""
    previous_at, step = -1e9, 0
    for mark in sorted(marks, key=lambda mark: (mark.time_ms, mark.number)):
        if not x.low <= mark.time_ms <= x.high:
            continue
        at = x(mark.time_ms)
        step = (step + 1) % 5 if at - previous_at < 18 else 0
        previous_at, top = at, _TOP + 19 * step
        yield (
            f'<g class="mark"><title>{escape(mark.text)}</title>'
            f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{_TOP}" y2="{_TOP + _PLOT_HEIGHT}"/>'
            f'<circle cx="{at:.1f}" cy="{top}" r="8"/>'
            f'<text x="{at:.1f}" y="{top + 4}" text-anchor="middle">{mark.number}</text></g>'
        )


def _curves(panel: Panel, x: Axis, y: Axis) -> Iterable[str]:
    for number, series in enumerate(panel.series):
        for run in series.runs:
            points = [(px, y(value / panel.scale)) for px, value in envelope(run, x)]
            if len(points) == 1:
                yield (
                    f'<circle class="point node{number % 4}" '
                    f'cx="{points[0][0]:.1f}" cy="{points[0][1]:.1f}" r="2"/>'
                )
            elif points:
                path = " ".join(f"{px:.1f},{py:.1f}" for px, py in points)
                yield f'<polyline class="curve node{number % 4}" points="{path}"/>'


def summary(panel: Panel) -> str:
    """The panel in a sentence, for whoever cannot see it."""
    parts = []
    for series in panel.series:
        values = [value for run in series.runs for _, value in run]
        if values:
            low, high = min(values) / panel.scale, max(values) / panel.scale
            parts.append(f"{series.label}: {len(values)} readings, {low:g} to {high:g}")
    limits = ", ".join(limit.label for limit in panel.limits)
    return (
        f"{panel.title} in {panel.unit}. "
        + "; ".join(parts)
        + (f". Limits: {limits}." if limits else ".")
    )


def draw(
    panel: Panel,
    from_ms: int,
    to_ms: int,
    blanks: Sequence[Blank] = (),
    marks: Sequence[Mark] = (),
) -> str:
    """The panel as an SVG element for use inside a page."""
    x = Axis(from_ms, max(to_ms, from_ms + 1), _LEFT, _PLOT_WIDTH)
    y = _value_axis(panel)
    body = [
        *(_blank(blank, x) for blank in blanks),
        *_grid(y, x),
        *(_limit(limit, panel, y) for limit in panel.limits),
        *_curves(panel, x, y),
        *_marks(marks, x),
    ]
    return (
        f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'aria-label="{escape(summary(panel))}">' + "".join(body) + "</svg>"
    )
