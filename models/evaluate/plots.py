"""The report's pictures: a recording, its labels, and every detector's score over its threshold.

Pictures are the same bytes in every run with the same matplotlib: fixed size and metadata, no
window system, no dates.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import matplotlib
import matplotlib.ticker
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from cargoseal_wire.constants import CHANNELS
from models.data.recording import Recording
from models.evaluate.judge import ALWAYS, Scored
from models.evaluate.result import Plot

DPI = 100
COLOURS = ("#0b5fa5", "#d1495b", "#7a7a7a", "#2a9d5c")
EVENT = "#f4c542"
LINE = "#222222"
_ABSOLUTE_FROM_MS = 10**11  # times from here on are Unix time
_STYLE: dict[Any, Any] = {
    "font.size": 9.0,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.3,
    "svg.hashsalt": "cargoseal",
}


def render(plot: Plot, folder: Path) -> Path:
    """Write a plot's PNG (256 colours, so that the repository stays small); return its path."""
    with matplotlib.rc_context(_STYLE):
        figure = Figure(figsize=plot.inches, dpi=DPI, layout="constrained")
        plot.draw(figure)
        path = folder / plot.file
        figure.savefig(path, metadata={"Software": None})
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(64, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    return path


def scored_plot(file: str, title: str, scored: Scored, channels: Sequence[int]) -> Plot:
    """Return the picture of a recording: its channels above, scores over thresholds below."""

    def draw(figure: Figure) -> None:
        panels = figure.subplots(
            len(channels) + 1, 1, sharex=True, height_ratios=[1.0] * len(channels) + [1.3]
        )
        for panel, channel in zip(panels, channels, strict=False):
            draw_channel(panel, scored.recording, channel)
        draw_scores(panels[-1], scored)
        for panel in panels:
            shade(panel, scored.recording)
        panels[0].set_title(f"{scored.recording.set}: {scored.recording.name}", loc="left")
        time_axis(panels[-1], scored.recording)

    return Plot(file, title, draw, (9.0, 1.5 + 1.35 * (len(channels) + 1)))


def hours(recording: Recording, times_ms: Sequence[int]) -> list[float]:
    """Return times in hours from the recording's first row."""
    start = int(recording.times_ms[0])
    return [(time - start) / 3_600_000 for time in times_ms]


def draw_channel(panel: Axes, recording: Recording, channel: int) -> None:
    """Draw one channel in its unit; the line breaks where nothing came for long."""
    name, count, unit = CHANNELS[channel]
    factor = float(count)
    points = [(t, v * factor) for t, v in _present(recording, channel)]
    at = hours(recording, [t for t, _ in points])
    values = [v for _, v in points]
    if unit:
        panel.plot(at, values, color=LINE, linewidth=0.9)
    else:  # a state
        panel.step(at, values, where="post", color=LINE, linewidth=1.2)
        panel.set_yticks([0, 1])
    panel.set_ylabel(f"{name}\n{unit}")


def _present(recording: Recording, channel: int) -> list[tuple[int, int]]:
    pairs = zip(recording.times_ms.tolist(), recording.columns[channel], strict=True)
    return [(time, value) for time, value in pairs if value is not None]


def draw_scores(panel: Axes, scored: Scored) -> None:
    """Draw every detector's score in units of its threshold: from 1 on, a window is an alarm."""
    names = [name for name in scored.judged if name != ALWAYS]
    for name, colour in zip(names, COLOURS, strict=False):
        one = scored.judged[name]
        starts = hours(scored.recording, one.starts_ms.tolist())
        ends = hours(scored.recording, one.ends_ms.tolist())
        ratio = np.maximum(one.scores / scored.thresholds[name], 0.01)
        panel.step([*starts, ends[-1]], [*ratio, ratio[-1]], where="post", color=colour, label=name)
    panel.axhline(1.0, color=LINE, linewidth=1.0, linestyle="--")
    panel.set_yscale("log")
    panel.set_ylabel("score / threshold")
    panel.legend(loc="lower right", bbox_to_anchor=(1.0, 0.98), fontsize=8, ncols=4, frameon=False)


def shade(panel: Axes, recording: Recording) -> None:
    """Mark the labelled events; short ones are given a visible width."""
    least = (int(recording.times_ms[-1]) - int(recording.times_ms[0])) / 3_600_000 / 400
    for begin, end, _ in recording.events:
        a, b = hours(recording, [begin, end])
        panel.axvspan(a, max(b, a + least), color=EVENT, alpha=0.6, linewidth=0, zorder=0)


def time_axis(panel: Axes, recording: Recording, key: str = "yellow: events") -> None:
    """Label the axis in hours or days from the first row, with its date where it is known."""
    start = int(recording.times_ms[0])
    span_h = (int(recording.times_ms[-1]) - start) / 3_600_000
    since = ""
    if start >= _ABSOLUTE_FROM_MS:
        since = f" since {datetime.fromtimestamp(start / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    if span_h > 96:
        panel.xaxis.set_major_formatter(lambda value, _: f"{value / 24:g}")
        panel.xaxis.set_major_locator(matplotlib.ticker.MultipleLocator(_step_days(span_h) * 24))
    panel.set_xlabel(f"{'days' if span_h > 96 else 'hours'}{since}; {key}")
    panel.margins(x=0.01)


def _step_days(span_h: float) -> int:
    return next((step for step in (1, 2, 5, 7, 14, 30) if span_h / 24 / step <= 12), 60)
