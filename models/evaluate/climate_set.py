"""What the climate sets have in common: load, judge, table, one picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from models.data.catalogue import CATALOGUE, load
from models.data.recording import MissingSetError, Recording
from models.evaluate import judge, metrics
from models.evaluate.detectors import Detectors, Point
from models.evaluate.duration import duration
from models.evaluate.judge import ALWAYS, ANY, LIMITS, Progress, Scored, Use
from models.evaluate.plots import scored_plot
from models.evaluate.result import Figure, Goal, Judged, Row, SetResult

USEFUL_F1 = 0.5


@dataclass(frozen=True)
class Shown:
    """Which recording is drawn (by name, None: the one with most labelled events), and how."""

    channels: Sequence[int]
    title: str
    name: str | None = None


def recordings_of(data: Path, name: str) -> list[Recording] | None:
    """Return a set's recordings, or None where DATA does not have it."""
    try:
        found: list[Recording] = load(data, name)
    except MissingSetError:
        return None
    return found


def climate_result(
    recordings: Sequence[Recording],
    detectors: Detectors,
    progress: Progress,
    text: str,
    shown: Shown,
    use: Use = ANY,
    *,
    by_climate: bool = True,
) -> tuple[SetResult, list[Scored]]:
    """Return the set's table and picture; goals are the set's own to add.

    `by_climate`: the events are such that climate could show them, and misses are explained.
    """
    name = recordings[0].set
    before = detectors.compared
    scored = judge.judge(recordings, detectors, progress, use)
    labelled = recordings[0].labels is not None
    said = judge.by_detector(scored)
    amount = f"{_amount(recordings, scored)} Licence: {CATALOGUE[name].licence}."
    missed = who_finds(said, detectors, use) if by_climate else ""
    result = SetResult(
        name,
        "\n\n".join(part for part in (f"{text} {amount}", missed) if part),
        judge.rows(scored, detectors),
        plots=[scored_plot(f"{name}.png", shown.title, _chosen(scored, shown), shown.channels)],
        windows_compared=detectors.compared - before,
        judged={d.name: said[d.name] for d in detectors.climate} if labelled else {},
    )
    return result, scored


def who_finds(said: Mapping[str, Sequence[Judged]], detectors: Detectors, use: Use = ANY) -> str:
    """Say plainly where the detectors miss most events, why, and whether limits find them.

    Empty where there are no events, or every blob finds at least half of them.
    """
    found = {name: metrics.found_events(some) for name, some in said.items()}
    blobs = [d for d in detectors.climate if found[d.name][0] < found[d.name][1] / 2]
    if not blobs:
        return ""
    by_limits, events = found[LIMITS]
    words = [
        f"`{d.name}`{' (which ships)' if d.ships else ''} {found[d.name][0]} of {events}"
        f"{_persistence(d.point(use.name), said[d.name])}"
        for d in blobs
    ]
    f1 = metrics.figures(said[LIMITS], ["event_f1"])["event_f1"].value or 0.0
    advice = (
        "such events are a matter of limits, and a profile that is to tell of them needs its own"
        if f1 >= USEFUL_F1
        else "neither the score nor limits are of use for such events"
    )
    return (
        f"**Found by the score: {'; '.join(words)}.** Limits of the recording's own begin"
        f" find {by_limits} of {events} (event F1 {f1:.2f}): {advice}."
    )


def _persistence(point: Point, judged: Sequence[Judged]) -> str:
    """Say how many events single windows reach the threshold in, where the profile asks for more
    than one window."""
    if point.of == 1:
        return ""
    alone = [replace(one, alarms=one.scores >= point.threshold) for one in judged]
    found, _ = metrics.found_events(alone)
    return (
        f" (single windows reach the threshold in {found}: asking for {point.windows} of the last"
        f" {point.of} leaves out what is over sooner)"
    )


def _chosen(scored: Sequence[Scored], shown: Shown) -> Scored:
    if shown.name is not None:
        for one in scored:
            if one.recording.name == shown.name:
                return one
    return max(scored, key=lambda one: len(one.recording.events))


def _amount(recordings: Sequence[Recording], scored: Sequence[Scored]) -> str:
    rows = sum(len(r) for r in recordings)
    windows = sum(len(one.windows) for one in scored)
    devices = len({r.device for r in recordings})
    weeks = sum(r.weeks for r in recordings)
    events = sum(len(r.events) for r in recordings)
    return (
        f"{_count(len(recordings), 'recording')} of {_count(devices, 'device or session')},"
        f" {rows:,} rows, {windows:,} windows, {weeks:.2f} weeks, {_count(events, 'event')}."
    )


def _count(n: int, what: str) -> str:
    plural = what.replace(" or ", "s or ") + "s"
    return f"{n} {what if n == 1 else plural}"


def delay_goal(result: SetResult, detectors: Detectors, name: str, order: int) -> Goal:
    """Return the goal that asks for delay and alarms per week; it sets no bar to reach.

    The figure is that of what ships; every other blob, a contender too, stands beside it.
    """
    shipped = {d.name for d in detectors.climate if d.ships}
    told = [row for row in result.rows if row.detector != ALWAYS]
    ships = [row for row in told if row.detector in shipped]
    others = [row for row in told if row.detector not in shipped]
    return Goal(
        name,
        "figures: detection delay, alarms per week",
        None,
        "; ".join(_delay_words(row) for row in ships) or "none of these ships",
        "; ".join(_delay_words(row) for row in others),
        order,
    )


def _delay_words(row: Row) -> str:
    week = row.figures.get("alarms_per_week", Figure(None)).value
    words = [] if week is None else [f"{week:.1f} alarms/week"]
    delay = row.figures.get("delay_s", Figure(None)).value
    if "event_f1" in row.figures:
        words.insert(0, row.note if delay is None else f"{row.note} after {duration(delay)}")
    return f"{row.detector}: {', '.join(words)}"
