"""Keeps a battery-backed clock part and the wall clock right by each other.

Rules
1. At the start the part's time is offered to the clock, with source RTC.
2. The part is set when the clock knows better by more than GAIN_MS, and at most once per
   `SET_EVERY_MS`: it is never set by what it said itself.
3. A part that fails is asked again later, and is no reason for anything.
"""

from cargoseal_wire.constants import RTC

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from node.clock import WallClock

    class ClockPart(Protocol):
        """A clock with a battery of its own, like node.sensors.ds3231."""

        def read(self) -> tuple[int, int] | None: ...
        def set(self, wall_ms: int, error_ms: int) -> None: ...


GAIN_MS = 1000
SET_EVERY_MS = 3600000
RETRY_MS = 60000


class Timekeeper:
    """One part and one clock."""

    def __init__(self, part: "ClockPart", clock: "WallClock") -> None:
        self._part = part
        self._clock = clock
        self._due = 0
        self._begun = False
        self.failures = 0

    def step(self, now: int) -> None:
        """A bounded piece of work: at most one reading and one setting of the part."""
        if now < self._due:
            return
        try:
            self._compare(now)
        except OSError:
            self.failures += 1
            self._due = now + RETRY_MS

    def _compare(self, now: int) -> None:
        told = self._part.read()
        if told is not None and not self._begun:
            self._clock.offer(told[0], now, RTC, told[1])
        self._begun = True
        wall_ms, source, error_ms = self._clock.stamp(now)
        if wall_ms is not None and source != RTC:
            off = told is None or abs(told[0] - wall_ms) > told[1] + error_ms
            if told is None or off or told[1] > error_ms + 2 * GAIN_MS:
                self._part.set(wall_ms, error_ms)
                self._due = now + SET_EVERY_MS
                return
        self._due = now + RETRY_MS
