"""Who was heard and what is missing: gaps, silences and broken chains, as facts of the log.

Rules
1. The same entries give the same facts: the gateway asks what is due and writes it down, the
   independent check asks what was due and compares.
2. Chain digests decide: between neighbours of a node's counters nothing is missing when the later
   one names the earlier as its predecessor, whatever numbers lie between. Otherwise something is:
   a gap, or, where no number lies between, a broken chain.
3. A gap is noted when it has lasted the profile's grace (alarms overtake the backlog). When a
   segment falls into it, it is closed, and what is still missing is noted anew.
4. A silence is due when an assigned node was not heard for the profile's time. It is noted as of
   the moment it was due, whether a clock or the next segment brings it to light.
5. Facts that were due when a segment was received stand before the segment in the log.
"""

from bisect import bisect_left
from dataclasses import dataclass, field

from cargoseal.evidence.entries import (
    Assigned,
    ChainBreak,
    Closed,
    Entry,
    Gap,
    GapClosed,
    HeardAgain,
    Leg,
    Opened,
    Released,
    Revoked,
    SegmentEntry,
    Silence,
)
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS
from cargoseal_wire.statement import Statement

Pair = tuple[int, int]


@dataclass(slots=True)
class Link:
    """A segment in its node's chain."""

    seal: bytes
    previous: bytes
    received_ms: int


@dataclass(slots=True)
class NodeAttendance:
    """What is known of one node's attendance."""

    heard_ms: int
    expected: bool = True
    silent_since_ms: int | None = None  # an open silence
    counters: list[int] = field(default_factory=list)
    links: dict[int, Link] = field(default_factory=dict)
    pending: dict[Pair, int] = field(default_factory=dict)  # breaks: when each is due as a gap
    gaps: set[Pair] = field(default_factory=set)  # noted and open
    broken: set[int] = field(default_factory=set)  # counters of noted chain breaks


class Attendance:
    """The attendance of a shipment's nodes, fed with its log in order."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._leg = profile.legs.start
        self._closed = False
        self._following: list[Entry] = []
        self.nodes: dict[bytes, NodeAttendance] = {}

    def due(self, now_ms: int) -> list[Entry]:
        """Gaps and silences that were due at `now_ms` and are not in the log, oldest first."""
        if self._closed:
            return []
        found: list[tuple[int, bytes, int, Entry]] = []
        for name, node in self.nodes.items():
            for (after, before), when in node.pending.items():
                if when <= now_ms:
                    found.append((when, name, after, Gap(name, after, before, when)))
            when = node.heard_ms + self._profile.silence.minutes * MINUTE_MS
            if self._watches_silence(node) and when <= now_ms:
                found.append((when, name, -1, Silence(name, node.heard_ms, when)))
        return [entry for *_, entry in sorted(found, key=lambda item: item[:3])]

    def following(self) -> list[Entry]:
        """What the segment that was fed last brought to light and must follow it in the log."""
        return list(self._following)

    def _watches_silence(self, node: NodeAttendance) -> bool:
        on = self._profile.is_on(self._leg, "silence")
        return on and node.expected and node.silent_since_ms is None

    def feed(self, entry: Entry, statement: Statement | None = None) -> None:
        """The log's next entry; a segment's entry comes with its statement."""
        if entry in self._following:
            self._following.remove(entry)
        match entry:
            case Assigned():
                heard = max(entry.from_ms, entry.time_ms)
                node = self.nodes.setdefault(entry.node, NodeAttendance(heard))
                node.expected, node.heard_ms = True, max(heard, node.heard_ms)
            case Released() | Revoked():
                if entry.node in self.nodes:
                    self.nodes[entry.node].expected = False
            case Leg():
                self._leg = entry.leg
            case Closed():
                self._closed = True
            case SegmentEntry():
                if statement is not None and entry.node in self.nodes:
                    self._segment(entry, statement)
            case Gap():
                self._gap(entry)
            case GapClosed():
                self._node(entry.node).gaps.discard((entry.after, entry.before))
            case Silence():
                self._node(entry.node).silent_since_ms = entry.since_ms
            case HeardAgain():
                self._node(entry.node).silent_since_ms = None
            case ChainBreak():
                self._node(entry.node).broken.add(entry.counter)
            case Opened():
                pass
            case _:
                pass

    def _node(self, name: bytes) -> NodeAttendance:
        return self.nodes.setdefault(name, NodeAttendance(0, expected=False))

    def _gap(self, entry: Gap) -> None:
        node = self._node(entry.node)
        node.pending.pop((entry.after, entry.before), None)
        node.gaps.add((entry.after, entry.before))

    def _segment(self, entry: SegmentEntry, statement: Statement) -> None:
        node = self.nodes[entry.node]
        when = entry.received_ms
        node.heard_ms = max(node.heard_ms, when)
        self._following = []
        if node.silent_since_ms is not None:
            self._following.append(HeardAgain(entry.node, when))
        if entry.counter in node.links:
            return
        at = bisect_left(node.counters, entry.counter)
        before = node.counters[at - 1] if at else None
        after = node.counters[at] if at < len(node.counters) else None
        node.counters.insert(at, entry.counter)
        node.links[entry.counter] = Link(entry.seal_digest, statement.previous, when)
        if before is not None and after is not None:
            node.pending.pop((before, after), None)
            if (before, after) in node.gaps:
                self._following.append(GapClosed(entry.node, before, after, when))
        if before is not None:
            self._join(entry.node, node, before, entry.counter, when)
        if after is not None:
            self._join(entry.node, node, entry.counter, after, when)

    def _join(self, name: bytes, node: NodeAttendance, left: int, right: int, when: int) -> None:
        if node.links[right].previous == node.links[left].seal:
            return
        if right == left + 1:
            self._following.append(ChainBreak(name, right, when))
        else:
            node.pending[left, right] = when + self._profile.gap.grace_minutes * MINUTE_MS
