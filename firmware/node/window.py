"""The readings that one segment will hold.

Rules
1. All readings of a window have one clock source, and a wall clock that agrees with uptime; the
   sampler sees to it. Offsets are taken from uptime, which never jumps.
2. No reading is averaged with another or left out.
3. At most MAX_FIXES readings have a position; the sampler closes a window that is full of them.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.reading import Reading


class Window:
    """Readings in order; at least one once it is closed."""

    def __init__(self, flags: int = 0) -> None:
        self.flags = flags
        self.faults = 0
        self.clock_error_ms = 0
        self.readings: list[Reading] = []
        self.fix_count = 0

    def add(self, reading: "Reading", flags: int) -> None:
        """Takes one reading with the flags it raises."""
        self.readings.append(reading)
        self.flags |= flags
        self.faults |= reading.faults
        self.clock_error_ms = max(self.clock_error_ms, reading.clock_error_ms)
        if reading.fix is not None:
            self.fix_count += 1

    def count(self) -> int:
        return len(self.readings)

    def offsets_ms(self) -> list[int]:
        """Milliseconds from the first reading, one per reading."""
        start = self.readings[0].uptime_ms
        return [reading.uptime_ms - start for reading in self.readings]

    def columns(self) -> dict[int, list[int | None]]:
        """Channel -> one count per reading, None where the channel said nothing."""
        channels = set()
        for reading in self.readings:
            channels.update(reading.values)
        return {
            channel: [reading.values.get(channel) for reading in self.readings]
            for channel in sorted(channels)
        }

    def fixes(self) -> list[tuple[int, int, int, int, int]]:
        """(offset_ms, lat_1e7, lon_1e7, error_m, source), in time order."""
        start = self.readings[0].uptime_ms
        return [
            (reading.uptime_ms - start,) + reading.fix  # noqa: RUF005  MicroPython knows no (a, *b)
            for reading in self.readings
            if reading.fix is not None
        ]

    def halves(self) -> "tuple[Window, Window]":
        """Two windows of the same readings, for one whose segment would be too large. At least
        two readings. Flags of the whole stay with both: they are true of the time around."""
        parts = (Window(self.flags), Window(self.flags))
        middle = len(self.readings) // 2
        for at, reading in enumerate(self.readings):
            parts[0 if at < middle else 1].add(reading, 0)
        return parts
