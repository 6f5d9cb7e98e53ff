"""What one log file of the spool holds: seven bytes of RAM for each segment in it.

Rules
1. A pending segment is due, or in the air (sent on this connection, not acknowledged), or waiting
   (the broker has it, the gateway's receipt is to come).
2. How often a segment waited is in its state; each wait is twice as long as the one before. Those
   of one file that wait for the same time share one deadline, which the first of them sets.
3. Offsets and counters of freed segments stay: where a record ends is where the next one begins.
"""

from array import array

FREED = 1
URGENT = 2
SENT = 4  # at least once, or perhaps by an earlier start: the next time is a repeat
FLYING = 8
WAITING = 16
_NOT_DUE = FREED | FLYING | WAITING
_WAITS = 32  # from here on: how often it waited
_MOST_WAITS = 7

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_wire.receipt import Receipt


class LogFile:
    """The index of `<number>.log`. `size` is its bytes on flash, `since` when it was begun."""

    def __init__(self, number: int, since: int) -> None:
        self.number = number
        self.since = since
        self.size = 0
        self.pending = 0
        self._until: dict[int, int] = {}  # which wait it is, from 0 -> when it is over
        self._base = 0
        self._low = 0  # lowest and highest counter, as far above the base
        self._high = 0
        self._counters = array("i")  # above the base
        self._offsets = array("H")  # of whole records
        self._states = bytearray()
        self._due = [0, 0]  # how many plain ones are due, how many urgent ones
        self._lowest = [-1, -1]  # index of the due one with the lowest counter; -1: to be found

    def add(self, counter: int, state: int, offset: int) -> None:
        """Takes a record that begins at `offset`; `state` of URGENT and SENT."""
        if not self._states:
            self._base = counter
        self._counters.append(counter - self._base)
        self._low = min(self._low, counter - self._base)
        self._high = max(self._high, counter - self._base)
        self._offsets.append(offset)
        self._states.append(FREED)
        self.mark(len(self._states) - 1, state)

    def count(self) -> int:
        """Of records, freed ones included."""
        return len(self._states)

    def counter(self, at: int) -> int:
        return self._base + self._counters[at]

    def state(self, at: int) -> int:
        return self._states[at]

    def place(self, at: int) -> tuple[int, int]:
        """(offset, bytes up to the next record or the end) of a record."""
        offset = self._offsets[at]
        end = self._offsets[at + 1] if at + 1 < len(self._offsets) else self.size
        return offset, end - offset

    def find(self, counter: int) -> int:
        """The index of a pending segment, -1 when it is not in this file."""
        wanted = counter - self._base
        if not self._low <= wanted <= self._high:
            return -1
        for at, above in enumerate(self._counters):
            if above == wanted and not self._states[at] & FREED:
                return at
        return -1

    def mark(self, at: int, state: int) -> None:
        """Gives a record another state and keeps the counts right."""
        before = self._states[at]
        self._states[at] = state
        self.pending += (before & FREED) - (state & FREED)
        urgent = 1 if state & URGENT else 0
        self._due[urgent] += (not state & _NOT_DUE) - (not before & _NOT_DUE)
        self._lowest[urgent] = -1

    def wait(self, at: int, now: int, period_ms: int) -> None:
        """The record is not due again before its wait is over; the first wait is one period."""
        state = self._states[at] & ~FLYING | WAITING
        waits = min(state // _WAITS, _MOST_WAITS - 1)
        if waits not in self._until:
            self._until[waits] = now + (period_ms << waits)
        self.mark(at, state % _WAITS + (waits + 1) * _WAITS)

    def tick(self, now: int) -> None:
        """Ends the waits that are over."""
        over = [waits for waits, until in self._until.items() if now >= until]
        for waits in over:
            del self._until[waits]
            for at, state in enumerate(self._states):
                if state & WAITING and state // _WAITS == waits + 1:
                    self.mark(at, state & ~WAITING)

    def next_time(self) -> int | None:
        """When something of this file is due: 0 for already, None for never."""
        if self._due[0] or self._due[1]:
            return 0
        return min(self._until.values()) if self.pending and self._until else None

    def first_due(self, urgent: bool) -> int:
        """The index of the due record with the lowest counter, -1 when none is due."""
        which = 1 if urgent else 0
        if not self._due[which]:
            return -1
        if self._lowest[which] < 0:
            best = -1
            for at, state in enumerate(self._states):
                if state & _NOT_DUE or bool(state & URGENT) != urgent:
                    continue
                if best < 0 or self._counters[at] < self._counters[best]:
                    best = at
            self._lowest[which] = best
        return self._lowest[which]

    def pending_indices(self) -> list[int]:
        return [at for at, state in enumerate(self._states) if not state & FREED]

    def pending_bytes(self) -> int:
        return sum([self.place(at)[1] for at in self.pending_indices()])

    def release(self, receipt: "Receipt") -> int:
        """Frees what the receipt covers; how many that were."""
        if not self._overlaps(receipt):
            return 0
        freed = 0
        for at in self.pending_indices():
            if receipt.covers(self.counter(at)):
                self.mark(at, self._states[at] | FREED)
                freed += 1
        return freed

    def _overlaps(self, receipt: "Receipt") -> bool:
        low, high = self._base + self._low, self._base + self._high
        if low <= receipt.contiguous:
            return True
        for first, last in receipt.ranges:
            if first <= high and low <= last:
                return True
        return False
