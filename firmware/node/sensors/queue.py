"""Readings that somebody else took: an interrupt's FIFO, or a recording that is played back."""

from cargoseal_score.trigger import BurstSettings
from node.sensors.accelerations import Accelerations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import Sample
    from node.burst import Burst, Stamp
    from node.reading import Reading

MAX_QUEUED = 64
_AT_ONCE = 16


class QueueSensors:
    """A bounded queue. What does not fit is refused, and the caller counts it."""

    def __init__(self, burst: "BurstSettings | None" = None) -> None:
        """`burst`: how bursts are cut from what an accelerometer feels; defaults without it."""
        self._queue: list[Reading] = []
        self._bursts: list[Burst] = []
        self._settings = burst
        self._accelerations: Accelerations | None = None

    def put(self, reading: "Reading") -> bool:
        """Whether the reading was taken; oldest first. It tells what the accelerometer felt since
        the one before."""
        if len(self._queue) >= MAX_QUEUED:
            return False
        if self._accelerations is not None:
            for channel, value in self._accelerations.summary().items():
                reading.values[channel] = max(value, reading.values.get(channel, 0))
        self._queue.append(reading)
        return True

    def feel(self, samples: "list[Sample]", stamp: "Stamp") -> bool:
        """Whether the accelerometer's samples were taken; see Accelerations.add."""
        if len(self._bursts) >= MAX_QUEUED:
            return False
        if self._accelerations is None:
            self._accelerations = Accelerations(self._settings or BurstSettings())
        self._bursts += self._accelerations.add(samples, stamp)
        return True

    def poll(self, now: int) -> "list[Reading]":
        ready = self._queue[:_AT_ONCE]
        self._queue = self._queue[_AT_ONCE:]
        return ready

    def bursts(self, now: int) -> "list[Burst]":
        ready = self._bursts[:_AT_ONCE]
        self._bursts = self._bursts[_AT_ONCE:]
        return ready

    def wake(self, now: int) -> int | None:
        return now if self._queue or self._bursts else None

    def skipped(self) -> int:
        """Triggers of the accelerometer that made no burst."""
        return 0 if self._accelerations is None else self._accelerations.skipped()
