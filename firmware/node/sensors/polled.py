"""A set of drivers that are all read once per period.

Rules
1. Nobody waits for a conversion: `poll` starts all drivers, and reads them when the slowest has
   settled, on a later call.
2. A reading carries the time at which its conversion was started.
3. A driver that fails leaves its channels out and its bits in `faults`; the others are read.
4. A period that was missed (the node was busy or asleep) is not made up for: its reading is not
   there, and the times of its neighbours show it.
5. An accelerometer with a FIFO runs by itself and is emptied often; a reading carries what it felt
   since the one before. When it fails its stream ends, and its channels are faults of the reading.
"""

from cargoseal_wire.constants import FREE_FALL, SHOCK
from node.reading import Reading
from node.sensors.accelerations import NO_CLOCK, Accelerations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cargoseal_score.trigger import BurstSettings, Sample
    from node.burst import Burst
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

    class Stream(Protocol):
        """An accelerometer with a FIFO."""

        every_ms: int  # how often it is emptied, so that nothing is lost

        def samples(self, now: int) -> list[Sample]:
            """What came since the last call, with uptimes, oldest first. OSError when it failed."""
            ...


_FELT = 1 << SHOCK | 1 << FREE_FALL


class PolledSensors:
    """A `parts.Sensors` over drivers, and an accelerometer where there is one."""

    def __init__(
        self,
        drivers: "list[Driver]",
        clock: "WallClock",
        sample_ms: int,
        stream: "Stream | None" = None,
        burst: "BurstSettings | None" = None,
    ) -> None:
        """`burst`: how bursts are cut from `stream`; both or none."""
        self._drivers = drivers
        self._stream = stream
        self._accelerations = None if burst is None else Accelerations(burst)
        self._empty_at = 0
        self._mute = False  # the accelerometer failed since the last reading
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

    def bursts(self, now: int) -> "list[Burst]":
        """Empties the FIFO; what its samples finish."""
        stream, accelerations = self._stream, self._accelerations
        if stream is None or accelerations is None or now < self._empty_at:
            return []
        self._empty_at = now + stream.every_ms
        try:
            samples = stream.samples(now)
        except OSError:
            self._mute = True
            return accelerations.add([], NO_CLOCK)
        return accelerations.add(samples, self._clock.stamp(samples[-1][0])) if samples else []

    def wake(self, now: int) -> int:
        due = self._due if self._started_at is None else self._started_at + self._settle_ms
        return due if self._stream is None else min(due, self._empty_at)

    def skipped(self) -> int:
        """Triggers of the accelerometer that made no burst."""
        return 0 if self._accelerations is None else self._accelerations.skipped()

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
        if self._accelerations is not None:
            values.update(self._accelerations.summary())
            if self._mute:
                self._faults |= _FELT
                self._mute = False
        wall_ms, source, error_ms = self._clock.stamp(started_at)
        return Reading(started_at, values, wall_ms, source, error_ms, self._faults)


def _bits(channels: tuple[int, ...]) -> int:
    mask = 0
    for channel in channels:
        mask |= 1 << channel
    return mask
