"""A threshold for a model of one's own, from recordings of normal shipments.

Split conformal prediction: where windows of a new normal shipment are exchangeable with the n
windows here, the chance that one scores above the k-th highest of them is at most k / (n + 1)
(Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2005, ch. 2), whatever the model
and the scores' law. So with w windows a week the threshold just above the k-th highest score, k =
floor(alarms a week / w * (n + 1)), costs at most the alarms a week that were asked for. Too few
windows for k = 1 is an error that says how many are needed.

Windows are cut as a node cuts them by default: 60 readings, an hour at most, and no alarm.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargoseal.errors import InputError
from cargoseal.replay.errors import RecordingError
from cargoseal.replay.reader import read_recording
from cargoseal.replay.rows import Row
from cargoseal.scoring import rescore_many
from cargoseal_score.model import Model

MAX_READINGS = 60
LONGEST_MS = 3_600_000
WEEK_MS = 7 * 86_400_000


@dataclass(frozen=True)
class NormalWindow:
    """One window's offsets in ms and its columns of counts, as `cargoseal.scoring` takes it."""

    offsets_ms: list[int]
    columns: dict[int, list[int | None]]


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold, and in words what it costs."""

    threshold: int
    means: str


def stated(threshold: int) -> OperatingPoint:
    """Return a threshold that somebody states."""
    return OperatingPoint(threshold, "stated at import; nobody has measured what it costs")


def from_recordings(
    model: Model, files: Sequence[Path], alarms_per_week: float, longest_ms: int = LONGEST_MS
) -> OperatingPoint:
    """Return the threshold of a climate model that costs at most so many alarms a week.

    Raises InputError for a file that cannot be read, or too few windows.
    """
    windows: list[NormalWindow] = []
    for file in files:
        try:
            rows = read_recording(file).rows
        except RecordingError as error:
            raise InputError(str(error)) from error
        windows += cut(rows, longest_ms)
    needed_ms = sum(_length_ms(window) for window in windows)
    per_week = len(windows) * WEEK_MS / max(needed_ms, 1)
    rank = int(alarms_per_week / per_week * (len(windows) + 1))
    if rank < 1:
        least = -int(-per_week // alarms_per_week)
        raise InputError(
            f"expected at least {least} normal windows for {alarms_per_week:g} alarms a week"
            f" ({least / per_week:.1f} weeks of recordings), got {len(windows)}"
        )
    scores = sorted((score for _, score in rescore_many(model, windows)), reverse=True)
    threshold = scores[min(rank, len(scores)) - 1] + 1
    return OperatingPoint(
        threshold,
        f"at most {alarms_per_week:g} false alarms a week, by the scores of {len(windows)} windows"
        f" of {len(files)} normal recording{'s' if len(files) > 1 else ''} (split conformal)",
    )


def cut(rows: Sequence[Row], longest_ms: int = LONGEST_MS) -> list[NormalWindow]:
    """Return a recording's rows, in their order, as windows."""
    out, held = [], list[Row]()
    for row in rows:
        if held and (len(held) == MAX_READINGS or row.uptime_ms - held[0].uptime_ms >= longest_ms):
            out.append(_window(held))
            held = []
        held.append(row)
    return [*out, _window(held)] if held else out


def _window(rows: Sequence[Row]) -> NormalWindow:
    channels = sorted({channel for row in rows for channel in row.values})
    return NormalWindow(
        [row.uptime_ms - rows[0].uptime_ms for row in rows],
        {channel: [row.values.get(channel) for row in rows] for channel in channels},
    )


def _length_ms(window: NormalWindow) -> float:
    """Return how much time a window stands for: its readings' steps, and one more."""
    count = len(window.offsets_ms)
    return window.offsets_ms[-1] * count / (count - 1) if count > 1 else float(LONGEST_MS)
