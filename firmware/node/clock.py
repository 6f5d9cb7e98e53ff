"""The node's wall clock: a point where Unix time and uptime met, and how far to trust it.

Rules
1. The clock never guesses: before it is set it says None.
2. The error bound grows with the time since it was set, by the oscillator's tolerance.
3. Setting it moves no earlier reading: readings carry what the clock said when they were taken.
4. Of several sources the one with the least error bound wins at every moment, whatever it is: an
   offer is taken when its bound is not above what the clock's own has grown to. One that is not
   taken, and one that lies apart from the clock by more than both bounds, is counted.
5. Uptime never goes back: an offer of an earlier moment than the last one taken is refused, and so
   is a time before `EARLIEST_MS`, which only a clock that lost its power can say.
6. Over deep sleep the clock is carried by the chip's sleep timer, whose tolerance is far worse:
   `slept` adds what that may have cost to the error bound.
"""

from cargoseal_wire.constants import CLOCK_ERROR_UNKNOWN, CLOCK_NONE, GATEWAY

DRIFT_PPM = 50  # crystal, ageing and cold: an ESP32 board's 40 MHz crystal is 10 ppm at 25 °C
SLEEP_PPM = 50000  # the sleep timer's RC oscillator; board.json says less where there is a crystal
GATEWAY_ERROR_MS = 1000  # how far a gateway's own clock may be off: it is to run NTP
EARLIEST_MS = 1735689600000  # 2025-01-01: nothing of this was built before


class WallClock:
    """Unix time from uptime."""

    def __init__(self, drift_ppm: int = DRIFT_PPM) -> None:
        self._drift_ppm = drift_ppm
        self._wall_ms = 0
        self._uptime_ms = 0
        self._source = CLOCK_NONE
        self._error_ms = CLOCK_ERROR_UNKNOWN
        self.refused = 0  # offers that were not taken
        self.disputed = 0  # offers that cannot be true together with what the clock said

    def set(self, wall_ms: int, uptime_ms: int, source: int, error_ms: int) -> None:
        """At `uptime_ms` it was `wall_ms` (Unix), give or take `error_ms`, said `source`."""
        self._wall_ms = wall_ms
        self._uptime_ms = uptime_ms
        self._source = source
        self._error_ms = error_ms

    def offer(self, wall_ms: int, uptime_ms: int, source: int, error_ms: int) -> bool:
        """As `set`, when rules 4 and 5 let it; whether they did."""
        held_ms, held_source, held_error_ms = self.stamp(uptime_ms)
        earlier = held_source != CLOCK_NONE and uptime_ms < self._uptime_ms
        if wall_ms < EARLIEST_MS or earlier:
            self.refused += 1
            return False
        if held_ms is not None and abs(wall_ms - held_ms) > error_ms + held_error_ms:
            self.disputed += 1
        if error_ms > held_error_ms:
            self.refused += 1
            return False
        self.set(wall_ms, uptime_ms, source, error_ms)
        return True

    def stamp(self, uptime_ms: int) -> tuple[int | None, int, int]:
        """(Unix ms or None, source, error bound in ms) at an uptime."""
        if self._source == CLOCK_NONE:
            return None, CLOCK_NONE, CLOCK_ERROR_UNKNOWN
        elapsed = uptime_ms - self._uptime_ms
        error = self._error_ms + abs(elapsed) * self._drift_ppm // 1000000
        return self._wall_ms + elapsed, self._source, min(error, CLOCK_ERROR_UNKNOWN - 1)

    def slept(self, from_ms: int, to_ms: int, sleep_ppm: int = SLEEP_PPM) -> None:
        """The chip slept between two uptimes, of which its sleep timer told the second."""
        wall_ms, source, error_ms = self.stamp(from_ms)
        if wall_ms is not None:
            slept_ms = max(0, to_ms - from_ms)
            error_ms += -(-slept_ms * sleep_ppm // 1000000)
            error_ms = min(error_ms, CLOCK_ERROR_UNKNOWN - 1)
            self.set(wall_ms + slept_ms, to_ms, source, error_ms)

    def receipt(self, told_ms: int, asked_ms: int, now: int) -> bool:
        """Offers the gateway's time out of a receipt that came at `now`; whether it was taken.

        `asked_ms`: uptime at which the first of the segments that this receipt covers, and none
        before did, was first sent. The receipt was made between the two, so that it is now
        `told_ms` or up to `now - asked_ms` later. A receipt that waited at the broker covers
        nothing new, or was asked for long ago: its bound is as wide.
        """
        waited_ms = now - asked_ms
        if waited_ms < 0:
            self.refused += 1
            return False
        half = (waited_ms + 1) // 2
        return self.offer(told_ms + half, now, GATEWAY, half + GATEWAY_ERROR_MS)
