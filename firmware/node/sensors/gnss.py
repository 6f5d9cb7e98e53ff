"""A satellite receiver over UART: looked for, found or given up, and switched off in between.

Rules
1. Every `every_ms` the receiver is switched on. It has `search_ms` for a position with an error of
   at most `good_m`; at the end of that the best it had is taken, if it had any.
2. Without a position the wait until the next search doubles from `every_ms`, up to `longest_ms`: a
   node in a steel box spends search_ms of current a day, not all of its battery.
3. What it says of the time while it knows where it is, is offered to the clock, also when the
   position is too poor. A sentence is late by up to a second (it names the second that it tells
   of), and was in the buffer since the last look at the most: that is the error bound.
4. A receiver that sends not one right sentence in a search is `silent`, until it does: a wire that
   is off is told from a roof. Either way there is no position, and nobody invents one.
5. A look takes at most LOOK_BYTES from the buffer; nothing here waits.
"""

from cargoseal_wire.constants import FIX_GNSS, GNSS
from node.reading import Reading
from node.sensors.nmea import Nmea

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from node.clock import WallClock

    class Uart(Protocol):
        """What is used of machine.UART; it never waits."""

        def any(self) -> int: ...
        def read(self, __size: int) -> bytes | None: ...


LOOK_BYTES = 1024
LOOK_MS = 250  # at 9600 baud 240 bytes
_LATE_MS = 1000


class Search:
    """How a position is looked for; milliseconds and metres."""

    def __init__(
        self,
        every_ms: int = 3600000,
        search_ms: int = 90000,
        longest_ms: int = 43200000,
        good_m: int = 25,
    ) -> None:
        if not 0 < search_ms < every_ms <= longest_ms or good_m < 1:
            raise ValueError("0 < search_ms < every_ms <= longest_ms expected")
        self.every_ms = every_ms
        self.search_ms = search_ms
        self.longest_ms = longest_ms
        self.good_m = good_m


class Receiver:
    """One receiver."""

    def __init__(
        self,
        uart: "Uart",
        switch: "Callable[[int], object]",
        clock: "WallClock",
        search: Search,
        search_at: int = 0,
        failed: int = 0,
    ) -> None:
        """`switch` turns the receiver on (1) and off (0). The last two: as before a sleep."""
        self._uart = uart
        self._switch = switch
        self._clock = clock
        self._search = search
        self.search_at = search_at
        self.failed = failed  # searches in a row without a position
        self.silent = False  # rule 4
        self._nmea: Nmea | None = None  # None: switched off
        self._began = 0
        self._looked = 0
        self._best: tuple[int, int, int] | None = None
        switch(0)

    def searching(self) -> bool:
        """Whether the receiver is on: the chip must not sleep then."""
        return self._nmea is not None

    def step(self, now: int, allowed: bool = True) -> Reading | None:
        """A reading that holds a position, when one was found. Without leave it is switched off."""
        if self._nmea is None:
            if allowed and now >= self.search_at:
                self._begin(now)
            return None
        if not allowed:
            self._end(now + self._search.every_ms)
            return None
        self._look(self._nmea, now)
        best = self._best
        if best is not None and best[2] <= self._search.good_m:
            return self._found(best, now)
        if now - self._began < self._search.search_ms:
            return None
        self.silent = not self._nmea.right
        if best is not None:
            return self._found(best, now)
        waits = self._search.every_ms << min(self.failed, 16)
        self.failed += 1
        self._end(now + min(waits, self._search.longest_ms))
        return None

    def wake(self) -> int:
        """When `step` has something to do."""
        return self.search_at if self._nmea is None else self._looked + LOOK_MS

    def _begin(self, now: int) -> None:
        self._switch(1)
        while self._uart.any() and self._uart.read(LOOK_BYTES):
            pass  # of the search before
        self._nmea = Nmea()
        self._began = self._looked = now
        self._best = None

    def _look(self, nmea: Nmea, now: int) -> None:
        waited = now - self._looked
        self._looked = now
        ready = min(self._uart.any(), LOOK_BYTES)
        data = self._uart.read(ready) if ready else None
        if not data or not nmea.feed(data):
            return
        if nmea.fix is not None and (self._best is None or nmea.fix[2] <= self._best[2]):
            self._best = nmea.fix
        if nmea.time_ms is not None:
            late = _LATE_MS + waited
            self._clock.offer(nmea.time_ms + late // 2, now, GNSS, (late + 1) // 2)
            nmea.time_ms = None

    def _found(self, fix: tuple[int, int, int], now: int) -> Reading:
        self.failed = 0
        self.silent = False
        self._end(now + self._search.every_ms)
        wall_ms, source, error_ms = self._clock.stamp(now)
        return Reading(now, {}, wall_ms, source, error_ms, 0, fix + (FIX_GNSS,))  # noqa: RUF005

    def _end(self, search_at: int) -> None:
        self._switch(0)
        self._nmea = None
        self.search_at = search_at
