"""A set of drivers that are all read once per period.

Rules
1. Nobody waits for a conversion: `poll` starts all drivers, and reads them when the slowest has
   settled, on a later call.
2. A reading carries the time at which its conversion was started.
3. A driver that fails leaves its channels out and its bits in `faults`; the others are read.
4. A period that was missed (the node was busy or asleep) is not made up for: its reading is not
   there, and the times of its neighbours show it.
"""

from node.reading import Reading

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from node.clock import WallClock

    class Driver(Protocol):
        """One sensor part."""

        channels: tuple[int, ...]
        settle_ms: int

        def start(self) -> None:
            """Begins a conversion. OSError when the part does not answer."""
            ...

        def read(self) -> dict[int, int]:
            """Counts per channel. OSError when the part failed or sent nonsense."""
            ...


class PolledSensors:
    """A `parts.Sensors` over drivers."""

    def __init__(self, drivers: "list[Driver]", clock: "WallClock", sample_ms: int) -> None:
        self._drivers = drivers
        self._clock = clock
        self._sample_ms = sample_ms
        self._settle_ms = max([driver.settle_ms for driver in drivers]) if drivers else 0
        self._due = 0
        self._started_at: int | None = None
        self._faults = 0

    def poll(self, now: int) -> list[Reading]:
        if self._started_at is None:
            if now >= self._due:
                self._start(now)
            return []
        if now - self._started_at < self._settle_ms:
            return []
        return [self._read(self._started_at)]

    def wake(self, now: int) -> int:
        if self._started_at is None:
            return self._due
        return self._started_at + self._settle_ms

    def _start(self, now: int) -> None:
        self._started_at = now
        missed = (now - self._due) // self._sample_ms
        self._due += (missed + 1) * self._sample_ms
        self._faults = 0
        for driver in self._drivers:
            try:
                driver.start()
            except OSError:
                self._faults |= _bits(driver.channels)

    def _read(self, started_at: int) -> Reading:
        self._started_at = None
        values: dict[int, int] = {}
        for driver in self._drivers:
            if self._faults & _bits(driver.channels):
                continue
            try:
                values.update(driver.read())
            except OSError:
                self._faults |= _bits(driver.channels)
        wall_ms, source, error_ms = self._clock.stamp(started_at)
        return Reading(started_at, values, wall_ms, source, error_ms, self._faults)


def _bits(channels: tuple[int, ...]) -> int:
    mask = 0
    for channel in channels:
        mask |= 1 << channel
    return mask
