"""One sample of the sensors."""

from cargoseal_wire.constants import CLOCK_ERROR_UNKNOWN, CLOCK_NONE


class Reading:
    """Counts per channel, with both clocks.

    `uptime_ms` since boot, never going back. `wall_ms` is Unix time as the node's clock said it,
    None without one; then source and error are CLOCK_NONE and unknown, whatever is passed.
    `faults` has a bit per channel whose sensor failed. `fix` is
    (lat_1e7, lon_1e7, error_m, source) or None.
    """

    def __init__(
        self,
        uptime_ms: int,
        values: dict[int, int],
        wall_ms: int | None = None,
        clock_source: int = CLOCK_NONE,
        clock_error_ms: int = CLOCK_ERROR_UNKNOWN,
        faults: int = 0,
        fix: tuple[int, int, int, int] | None = None,
    ) -> None:
        if clock_source == CLOCK_NONE:
            wall_ms = None
        self.uptime_ms = uptime_ms
        self.values = values
        self.wall_ms = wall_ms
        self.clock_source = CLOCK_NONE if wall_ms is None else clock_source
        self.clock_error_ms = CLOCK_ERROR_UNKNOWN if wall_ms is None else clock_error_ms
        self.faults = faults
        self.fix = fix
