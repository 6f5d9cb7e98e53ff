"""Recordings of acceleration as streams, and which of them are not judged.

One of which nobody has said what is true is left out: a recording that is not known to be a ride
may hold a fall. So is one that is too slow to hold a burst, such as the car's two samples a second.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.data.catalogue import load
from models.data.recording import MissingSetError, Recording
from models.evaluate.sets.handling_labels import FLIGHTS, is_fall, is_ride

SLOWEST_HZ = 10  # of a stream that bursts are cut of (`cargoseal_score.trigger`)


@dataclass(frozen=True)
class Stream:
    """A recording as a stream: times from its first row [n], accelerations [n, 3]."""

    set: str
    name: str
    times_ms: NDArray[np.int64]
    mg: NDArray[np.int64]
    falls: bool = False
    rides: bool = False

    @property
    def seconds(self) -> float:
        return float(self.times_ms[-1]) / 1000.0 if len(self.times_ms) else 0.0

    @property
    def too_slow(self) -> bool:
        """Whether most of its samples are too far apart for a burst."""
        return len(self.times_ms) < 2 or bool(np.median(np.diff(self.times_ms)) > 1000 / SLOWEST_HZ)

    @property
    def flights(self) -> list[tuple[int, int]]:
        """The flights that were read off, as far as the recording goes."""
        return [f for f in FLIGHTS.get(self.name, ()) if f[1] <= 1000.0 * self.seconds]

    def part(self, begin: int, end: int) -> "Stream":
        """Return the samples from `begin` on and before `end`."""
        inside = (self.times_ms >= begin) & (self.times_ms < end)
        return Stream(self.set, self.name, self.times_ms[inside], self.mg[inside])


def streams(data: Path, name: str) -> list[Stream] | None:
    """Return a set's recordings as streams, None where DATA does not have it.

    An axis that was not recorded counts as 0: of the roads only the vertical one is known.
    """
    try:
        recordings: list[Recording] = load(data, name)
    except MissingSetError:
        return None
    return [_stream(recording) for recording in recordings]


def _stream(recording: Recording) -> Stream:
    count = len(recording)
    axes = [recording.columns.get(c, [0] * count) for c in (12, 13, 14)]
    known = np.array([None not in row for row in zip(*axes, strict=True)], bool)
    mg = np.array([[0 if v is None else v for v in axis] for axis in axes], np.int64).T
    times = recording.times_ms - recording.times_ms[0]
    falls, rides = is_fall(recording), is_ride(recording)
    return Stream(recording.set, recording.name, times[known], mg[known], falls, rides)


def left_out(stream: Stream) -> str:
    """Return why a recording gives no case, nothing where it does."""
    if not stream.falls and not stream.rides:
        return "nobody has said what is true of it"
    if stream.too_slow:
        return "too few samples a second to cut a burst of"
    if stream.name in FLIGHTS and not stream.flights:
        return "it ends before the first flight that was read off"
    return ""
