"""A recording as every part of the pipeline takes it: readings in the wire's counts, and labels.

Rules
1. Counts are those a node would have sealed: 0.01 degC, 0.01 %RH, 0.1 lx, mg, rounded once, half to
   even, by the conversions of `cargoseal replay`. A cell that is empty is None, never a guess.
2. Rows are in the order of sampling. Times are Unix milliseconds where the set has them, else
   milliseconds from the first row.
3. `device` is the unit that splits and bootstraps: a device, a shipment, a ride or a session.
   Recordings that share a cause (the nodes in one room) share a device.
4. Labels and events are the set's own. Where it has none, `labels` is None: nothing is inferred.
5. What is wrong with a set is a `RecordingError`: file, place, what was expected, what came. A set
   that is not there is a `MissingSetError`, and no fault.
"""

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Column = list[int | None]
Event = tuple[int, int, str]  # from ms, to ms (of its last row), kind


class MissingSetError(Exception):
    """A set, or the part of it that was asked for, is not in this folder."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not here")
        self.path = path


@dataclass(frozen=True)
class Recording:
    """One sensor's rows. Every column, `times_ms` and `labels` have the same length n >= 1."""

    set: str  # folder name, as in the catalogue
    name: str  # unique in its set
    licence: str
    device: str
    times_ms: NDArray[np.int64]  # [n], never falling
    columns: dict[int, Column]  # wire channel id -> counts
    labels: NDArray[np.bool_] | None = None  # [n], True = anomalous row
    events: list[Event] = field(default_factory=list)
    other: dict[str, list[float | None]] = field(default_factory=dict)  # what is no channel

    def __post_init__(self) -> None:
        n = len(self.times_ms)
        lengths = {f"channel {c}": len(v) for c, v in self.columns.items()}
        lengths |= {name: len(v) for name, v in self.other.items()}
        if self.labels is not None:
            lengths["labels"] = len(self.labels)
        for what, length in lengths.items():
            if length != n:
                raise ValueError(f"{self.set}/{self.name}: expected {n} {what}, got {length}")
        if n == 0 or bool((np.diff(self.times_ms) < 0).any()):
            raise ValueError(f"{self.set}/{self.name}: expected rows in the order of time")

    def __len__(self) -> int:
        return len(self.times_ms)

    @property
    def weeks(self) -> float:
        """How long the recording lasts: what alarms per shipment-week are counted over."""
        return float(self.times_ms[-1] - self.times_ms[0]) / (7 * 86_400_000)


def events_of(times_ms: NDArray[np.int64], labels: NDArray[np.bool_], kind: str) -> list[Event]:
    """Return the runs of labelled rows as events, from the first to the last row of each run."""
    edges = np.diff(np.concatenate(([0], labels.astype(np.int8), [0])))
    first, last = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1) - 1
    return [(int(times_ms[a]), int(times_ms[b]), kind) for a, b in zip(first, last, strict=True)]


def labels_of(times_ms: NDArray[np.int64], events: list[Event]) -> NDArray[np.bool_]:
    """Return per row whether it lies in an event, both ends included."""
    labels = np.zeros(len(times_ms), bool)
    for begin, end, _ in events:
        labels |= (times_ms >= begin) & (times_ms <= end)
    return labels
