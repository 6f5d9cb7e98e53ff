"""Cuts the stream of readings into windows.

A window is closed
1. when it has `max_readings` readings, is `max_duration_ms` old, or a position comes and
   MAX_FIXES are held;
2. early, by the reading with which an alarm begins (that reading is its last);
3. before a reading that does not belong to it: its clock source differs, the error bound of its
   clock more than doubled, uptime went back, or wall clock and uptime disagree by more than both
   error bounds and two seconds. In the last case the next window is flagged CLOCK_JUMPED.

Nothing is re-stamped and nothing is dropped here.
"""

from cargoseal_wire.constants import CLOCK_NONE, FLAG_CLOCK_JUMPED, FLAG_EARLY, MAX_FIXES
from node.window import Window

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.alarms import Alarms
    from node.reading import Reading

JUMP_MS = 2000
_ERROR_STEP_MS = 1000


class Sampler:
    """Holds the open window."""

    def __init__(self, alarms: "Alarms", max_readings: int, max_duration_ms: int) -> None:
        self._alarms = alarms
        self._max_readings = max_readings
        self._max_duration_ms = max_duration_ms
        self._open = Window()
        self._last_sound: Reading | None = None  # the last reading with a wall clock

    def add(self, reading: "Reading") -> list[Window]:
        """The windows that this reading closes: none, one or two."""
        closed = []
        jumped = self._jumped(reading)
        if self._open.readings:
            full = self._due(reading.uptime_ms) or self._no_room(reading)
            if full or jumped or not self._belongs(reading):
                closed.append(self._close(full))
        if jumped:
            self._open.flags |= FLAG_CLOCK_JUMPED
        flags, begins = self._alarms.judge(reading)
        self._open.add(reading, flags)
        if reading.wall_ms is not None:
            self._last_sound = reading
        full = self._open.count() >= self._max_readings
        if full or begins:
            closed.append(self._close(full))
        return closed

    def tick(self, now: int) -> Window | None:
        """The window that has become too old by `now`, else None."""
        if self._open.readings and self._due(now):
            return self._close(True)
        return None

    def deadline(self) -> int | None:
        """When the open window will be too old; None when it is empty."""
        if not self._open.readings:
            return None
        return self._open.readings[0].uptime_ms + self._max_duration_ms

    def hold(self) -> "tuple[Window, Reading | None]":
        """(open window, last reading with a wall clock): what goes on after a sleep."""
        return self._open, self._last_sound

    def resume(self, window: Window, last: "Reading | None") -> None:
        """Goes on with what `hold` gave before a sleep."""
        self._open = window
        self._last_sound = last

    def finish(self) -> Window | None:
        """Closes the open window early, for a sleep that it is not kept over; None when empty."""
        return self._close(False) if self._open.readings else None

    def waiting(self) -> int:
        """Readings in the open window."""
        return self._open.count()

    def _due(self, now: int) -> bool:
        return now - self._open.readings[0].uptime_ms >= self._max_duration_ms

    def _no_room(self, reading: "Reading") -> bool:
        return reading.fix is not None and self._open.fix_count >= MAX_FIXES

    def _close(self, complete: bool) -> Window:
        """Takes the open window; one that neither is full nor has reached its age is EARLY."""
        window = self._open
        if not complete:
            window.flags |= FLAG_EARLY
        self._open = Window()
        return window

    def _belongs(self, reading: "Reading") -> bool:
        first = self._open.readings[0]
        last = self._open.readings[-1]
        if reading.uptime_ms < last.uptime_ms or reading.clock_source != first.clock_source:
            return False
        if reading.clock_source == CLOCK_NONE:
            return True
        low = min(first.clock_error_ms, reading.clock_error_ms)
        high = max(first.clock_error_ms, reading.clock_error_ms)
        return high <= 2 * low + _ERROR_STEP_MS

    def _jumped(self, reading: "Reading") -> bool:
        """Whether the wall clock moved otherwise than uptime since it was last there."""
        last = self._last_sound
        if last is None or last.wall_ms is None or reading.wall_ms is None:
            return False
        moved = reading.wall_ms - last.wall_ms - (reading.uptime_ms - last.uptime_ms)
        return abs(moved) > JUMP_MS + last.clock_error_ms + reading.clock_error_ms
