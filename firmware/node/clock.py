"""The node's wall clock: a point where Unix time and uptime met, and how far to trust it.

Rules
1. The clock never guesses: before it is set it says None.
2. The error bound grows with the time since it was set, by the oscillator's tolerance.
3. Setting it moves no earlier reading: readings carry what the clock said when they were taken.
"""

from cargoseal_wire.constants import CLOCK_ERROR_UNKNOWN, CLOCK_NONE

DRIFT_PPM = 50  # crystal, ageing and cold: an ESP32 board's 40 MHz crystal is 10 ppm at 25 °C


class WallClock:
    """Unix time from uptime."""

    def __init__(self, drift_ppm: int = DRIFT_PPM) -> None:
        self._drift_ppm = drift_ppm
        self._wall_ms = 0
        self._uptime_ms = 0
        self._source = CLOCK_NONE
        self._error_ms = CLOCK_ERROR_UNKNOWN

    def set(self, wall_ms: int, uptime_ms: int, source: int, error_ms: int) -> None:
        """At `uptime_ms` it was `wall_ms` (Unix), give or take `error_ms`, said `source`."""
        self._wall_ms = wall_ms
        self._uptime_ms = uptime_ms
        self._source = source
        self._error_ms = error_ms

    def stamp(self, uptime_ms: int) -> tuple[int | None, int, int]:
        """(Unix ms or None, source, error bound in ms) at an uptime."""
        if self._source == CLOCK_NONE:
            return None, CLOCK_NONE, CLOCK_ERROR_UNKNOWN
        elapsed = uptime_ms - self._uptime_ms
        error = self._error_ms + abs(elapsed) * self._drift_ppm // 1000000
        return self._wall_ms + elapsed, self._source, min(error, CLOCK_ERROR_UNKNOWN - 1)
