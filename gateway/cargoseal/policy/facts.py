"""What a rule sees of a verified segment, and where its readings are in time.

Rules
1. Node's time and gateway's time are both kept. A reading is never re-stamped; `placed_ms` is a
   guess beside the node's own time, for people and for comparing nodes.
2. The node's clock is sound when it names a source, bounds its error within the profile's limit,
   and does not run ahead of the gateway's receipt by more than that.
3. Without a sound clock a window is placed by another window of the same power cycle that had one
   (uptime tells the distance), else as late as it can have been: it ended when it was received.
"""

from dataclasses import dataclass

from cargoseal.policy.exposure import Mark
from cargoseal_wire.constants import CLOCK_ERROR_UNKNOWN, CLOCK_NONE
from cargoseal_wire.sections import Readings
from cargoseal_wire.statement import Statement


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """A verified segment as the rules see it; made only from one whose seal and sections hold."""

    seal_digest: bytes
    statement: Statement
    readings: Readings


def clock_is_sound(statement: Statement, received_ms: int, max_error_ms: int) -> bool:
    """Whether the window's wall clock can be believed (rule 2)."""
    if statement.clock_source == CLOCK_NONE or statement.clock_error_ms == CLOCK_ERROR_UNKNOWN:
        return False
    if statement.clock_error_ms > max_error_ms:
        return False
    return statement.start_ms + statement.duration_ms <= received_ms + max_error_ms


@dataclass(frozen=True, slots=True)
class Place:
    """Where a window is: on the node's clocks, and as Unix time."""

    counter: int
    boot: int
    uptime_ms: int
    start_ms: int  # placed
    sound: bool

    def mark(self, offset_ms: int) -> Mark:
        placed = self.start_ms + offset_ms
        return Mark(
            self.counter,
            self.boot,
            self.uptime_ms + offset_ms,
            placed if self.sound else None,
            placed,
        )


class Placer:
    """Places one node's windows; remembers per power cycle the best anchor it has seen."""

    def __init__(self, max_error_ms: int) -> None:
        self._max_error_ms = max_error_ms
        self._anchors: dict[int, tuple[int, int, int]] = {}  # boot: (error, counter, zero_ms)

    def place(self, statement: Statement, received_ms: int) -> Place:
        sound = clock_is_sound(statement, received_ms, self._max_error_ms)
        if sound:
            start = statement.start_ms
            anchor = (statement.clock_error_ms, statement.counter, start - statement.uptime_ms)
            self._anchors[statement.boot] = min(anchor, self._anchors.get(statement.boot, anchor))
        elif statement.boot in self._anchors:
            start = self._anchors[statement.boot][2] + statement.uptime_ms
        else:
            start = received_ms - statement.duration_ms
        return Place(statement.counter, statement.boot, statement.uptime_ms, start, sound)
