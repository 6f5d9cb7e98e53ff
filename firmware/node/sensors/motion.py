"""An accelerometer with a FIFO, as a set of sensors sees it: emptied often while the chip is awake,
left to watch while it sleeps.

Rules
1. A part that fails ends its stream; its channels are faults of the next reading. It is set up
   again by itself, by its driver.
2. Asleep, only a fall or a shock beyond a level wakes the chip. What a comparator saw is told in
   the next reading as a peak or a fall of at least that level; what the part kept of it goes the
   way of all samples. Then a new stream begins.
"""

from cargoseal_wire.constants import FREE_FALL, SHOCK
from node.sensors.accelerations import NO_CLOCK, Accelerations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cargoseal_score.trigger import BurstSettings, Sample
    from node.burst import Burst
    from node.clock import WallClock

    class Stream(Protocol):
        """An accelerometer with a FIFO."""

        every_ms: int  # how often it is emptied, so that nothing is lost

        def samples(self, now: int) -> list[Sample]:
            """What came since the last call, with uptimes, oldest first. OSError when it failed."""
            ...

        def watch(self, shock_mg: int, fall_ms: int) -> None:
            """Watches by itself while the chip sleeps. OSError when it failed."""
            ...

        def woken(self, woke_at: int) -> tuple[list[Sample], bool, bool]:
            """(samples around what it saw, a fall, a shock). OSError when it failed."""
            ...


FELT = 1 << SHOCK | 1 << FREE_FALL


class Motion:
    """One accelerometer and what is made of its samples."""

    def __init__(self, stream: "Stream", settings: "BurstSettings", clock: "WallClock") -> None:
        self._stream = stream
        self._accelerations = Accelerations(settings)
        self._clock = clock
        self._mute = False  # it failed since the last reading
        self._least: dict[int, int] = {}  # what a comparator saw since the last reading
        self.empty_at = 0  # when its FIFO is to be emptied

    def bursts(self, now: int) -> "list[Burst]":
        """Empties the FIFO; what its samples finish."""
        if now < self.empty_at:
            return []
        self.empty_at = now + self._stream.every_ms
        try:
            samples = self._stream.samples(now)
        except OSError:
            self._mute = True
            return self._accelerations.add([], NO_CLOCK)
        return self._add(samples)

    def tell(self, values: dict[int, int]) -> int:
        """Adds to a reading what was felt since the one before; the bits of its faults."""
        values.update(self._accelerations.summary())
        for channel, least in self._least.items():
            values[channel] = max(least, values.get(channel, 0))
        self._least = {}
        faults = FELT if self._mute else 0
        self._mute = False
        return faults

    def skipped(self) -> int:
        """Triggers that made no burst."""
        return self._accelerations.skipped()

    def watch(self, shock_mg: int, fall_ms: int) -> None:
        """Lets the part wake the chip; one that fails does not."""
        try:
            self._stream.watch(shock_mg, fall_ms)
        except OSError:
            self._mute = True

    def woken(self, shock_mg: int, fall_ms: int, woke_at: int) -> "list[Burst]":
        """After a sleep that the part ended: the bursts that what it kept makes. The levels are
        those of `watch`."""
        try:
            samples, fall, shock = self._stream.woken(woke_at)
        except OSError:
            self._mute = True
            return []
        if shock:
            self._least[SHOCK] = shock_mg
        if fall:
            self._least[FREE_FALL] = fall_ms
        return self._add(samples) + self._accelerations.add([], NO_CLOCK)

    def _add(self, samples: "list[Sample]") -> "list[Burst]":
        if not samples:
            return []
        return self._accelerations.add(samples, self._clock.stamp(samples[-1][0]))
