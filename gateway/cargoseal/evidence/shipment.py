"""One shipment's log with everything that follows it: attendance, policy, what must be posted.

Rules
1. The same object is made by appending and by reading the log back: what is kept in memory is a
   function of the log alone.
2. Nothing here touches the store; `append` hands out what the caller must write, in order.
3. An entry is followed at once by the verdicts it leads to.
"""

from collections.abc import Iterator
from typing import NamedTuple

from cargoseal.evidence.entries import Closed, Entry, SegmentEntry, Verdict
from cargoseal.policy.attendance import Attendance
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.fold import Fold
from cargoseal.policy.posting import Posted
from cargoseal.policy.profile import Profile


class Written(NamedTuple):
    """An entry at its position, and whether it is a verdict that must be posted."""

    position: int
    entry: Entry
    post: bool


class ShipmentLog:
    """The state at the end of a log. Not for use by two threads."""

    def __init__(self, token: int, profile: Profile) -> None:
        self.token = token
        self.profile = profile
        self.size = 0
        self.fold = Fold(profile)
        self.attendance = Attendance(profile)
        self.last_verdict: int | None = None
        self.closed = False
        self._posted = Posted()

    def has(self, node: bytes, counter: int) -> bool:
        """Whether the log has this segment of a node."""
        found = self.attendance.nodes.get(node)
        return found is not None and counter in found.links

    def append(self, entry: Entry, facts: SegmentFacts | None = None) -> Iterator[Written]:
        """Puts an entry and its verdicts at the end; yields each as it is to be written."""
        verdicts = self.fold.feed(self.size, entry, facts)
        yield self._take(entry, facts)
        for verdict in verdicts:
            self.fold.feed(self.size, verdict)
            self.last_verdict = self.size
            yield self._take(verdict, None)

    def restore(self, entry: Entry, facts: SegmentFacts | None = None) -> None:
        """Takes the next entry of a log that is written already; its verdicts are in it."""
        self.fold.feed(self.size, entry, facts)
        if isinstance(entry, Verdict):
            self.last_verdict = self.size
        self._take(entry, facts)

    def segment(self, entry: SegmentEntry, facts: SegmentFacts) -> Iterator[Written]:
        """Appends what was due before a segment came, the segment, and what it brings to light."""
        for fact in self.attendance.due(entry.received_ms):
            yield from self.append(fact)
        yield from self.append(entry, facts)
        for fact in self.attendance.following():
            yield from self.append(fact)

    def _take(self, entry: Entry, facts: SegmentFacts | None) -> Written:
        self.attendance.feed(entry, facts.statement if facts else None)
        written = Written(self.size, entry, self._posted.feed(entry))
        self.size += 1
        self.closed = self.closed or isinstance(entry, Closed)
        return written
