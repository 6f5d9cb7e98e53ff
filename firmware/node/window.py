"""The readings of slow channels that one segment of kind CLIMATE will hold.

Rules
1. All readings of a window have one clock source, and a wall clock that agrees with uptime; the
   sampler sees to it. Offsets are taken from uptime, which never jumps.
2. No reading is averaged with another or left out.
3. At most MAX_FIXES readings have a position; the sampler closes a window that is full of them.
"""

from cargoseal_wire.constants import CLIMATE, CLOCK_NONE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.reading import Reading


class Window:
    """Readings in order; at least one once it is closed."""

    kind = CLIMATE

    def __init__(self, flags: int = 0) -> None:
        self.flags = flags
        self.faults = 0
        self.start_ms = 0  # this and the next two are the first reading's
        self.wall_ms: int | None = None
        self.clock_source = CLOCK_NONE
        self.clock_error_ms = 0
        self.readings: list[Reading] = []
        self.fix_count = 0

    def add(self, reading: "Reading", flags: int) -> None:
        """Takes one reading with the flags it raises."""
        if not self.readings:
            self.start_ms = reading.uptime_ms
            self.wall_ms = reading.wall_ms
            self.clock_source = reading.clock_source
        self.readings.append(reading)
        self.flags |= flags
        self.faults |= reading.faults
        self.clock_error_ms = max(self.clock_error_ms, reading.clock_error_ms)
        if reading.fix is not None:
            self.fix_count += 1

    def count(self) -> int:
        return len(self.readings)

    def end_ms(self) -> int:
        """Uptime of the last reading."""
        return self.readings[-1].uptime_ms

    def offsets_ms(self) -> list[int]:
        """Milliseconds from the first reading, one per reading."""
        start_ms = self.start_ms
        return [reading.uptime_ms - start_ms for reading in self.readings]

    def columns(self) -> dict[int, list[int | None]]:
        """Channel -> one count per reading, None where the channel said nothing."""
        rows = [reading.values for reading in self.readings]
        channels: set[int] = set()
        for row in rows:
            channels.update(row)
        return {channel: _column(rows, channel) for channel in sorted(channels)}

    def fixes(self) -> list[tuple[int, int, int, int, int]]:
        """(offset_ms, lat_1e7, lon_1e7, error_m, source), in time order."""
        return [
            (reading.uptime_ms - self.start_ms,) + reading.fix  # noqa: RUF005  MicroPython
            for reading in self.readings
            if reading.fix is not None
        ]

    def halves(self) -> "tuple[Window, ...]":
        """Two windows of the same readings, for one whose segment would be too large; none of a
        single reading. Flags of the whole stay with both: they are true of the time around."""
        if len(self.readings) < 2:
            return ()
        parts = (Window(self.flags), Window(self.flags))
        middle = len(self.readings) // 2
        for at, reading in enumerate(self.readings):
            parts[0 if at < middle else 1].add(reading, 0)
        return parts


def _column(rows: list[dict[int, int]], channel: int) -> list[int | None]:
    """A channel of every reading. Mostly all have it, and asking for what is there is cheaper."""
    try:
        return [row[channel] for row in rows]
    except KeyError:
        return [row.get(channel) for row in rows]
