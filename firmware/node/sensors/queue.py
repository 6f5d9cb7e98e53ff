"""Readings that somebody else took: an interrupt's FIFO, or a recording that is played back."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.reading import Reading

MAX_QUEUED = 64
_AT_ONCE = 16


class QueueSensors:
    """A bounded queue. What does not fit is refused, and the caller counts it."""

    def __init__(self) -> None:
        self._queue: list[Reading] = []

    def put(self, reading: "Reading") -> bool:
        """Whether the reading was taken; oldest first."""
        if len(self._queue) >= MAX_QUEUED:
            return False
        self._queue.append(reading)
        return True

    def poll(self, now: int) -> "list[Reading]":
        ready = self._queue[:_AT_ONCE]
        self._queue = self._queue[_AT_ONCE:]
        return ready

    def wake(self, now: int) -> int | None:
        return now if self._queue else None
