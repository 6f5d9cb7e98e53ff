"""The policy: entries of an evidence log in, verdicts out.

Rules
1. `feed` is given the log in order, a segment's entry with its verified facts. It answers with the
   verdicts that must follow this entry. It uses no clock and no chance: the gateway and the
   independent check get the same verdicts from the same log.
2. A verdict is made when the condition gets worse, when another rule or node gives as grave a
   reason for it, and when a doubt appears or goes away. The condition never gets better by itself.
3. A review sets the condition. One that lowers it also opens new accounts: exposure and events are
   counted anew from the next segment in the log, and every rule may find again.
4. What a node's windows add up to depends on their counters alone, not on when they arrived. The
   time of a verdict is when the log first held what it takes.
5. Every verdict tells why the condition is what it is: by the newest finding that is as grave,
   with that rule's values, what was measured, and where in the log it can be seen. A sound
   shipment's is its gravest doubt.
"""

from typing import NamedTuple

from cargoseal.errors import UsageError
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
    Review,
    Revoked,
    SegmentEntry,
    Silence,
    Snapshot,
    Verdict,
)
from cargoseal.policy.doubts import Facts, doubt_facts, doubt_words, gravest
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.findings import Finding, excursion_words
from cargoseal.policy.health import health, used_percent
from cargoseal.policy.judge import Judge
from cargoseal.policy.node import NodeState
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS
from cargoseal.policy.terms import MAX_SCORE, Closing, Condition, Doubt, Rule
from cargoseal.policy.watches import ANY_KEY
from cargoseal_wire.constants import CLIMATE


class Reasoned(NamedTuple):
    """Why the condition is what it is."""

    rule: Rule
    since_ms: int
    snapshot: Snapshot
    evidence: tuple[int, ...]
    kind: int = CLIMATE  # whose score is told


class Fold:
    """The state of one shipment's evidence. Not for use by two threads."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.judge = Judge(profile)
        self.condition = Condition.SOUND
        self.doubts = Doubt(0)
        self._reason = Reasoned(Rule.NONE, 0, {}, ())
        self._last: tuple[int, Verdict] | None = None

    def feed(self, position: int, entry: Entry, facts: SegmentFacts | None = None) -> list[Verdict]:
        """The log's entry at `position`; the verdicts that must follow it.

        Raises UsageError for a segment without its facts, or an entry about a strange node.
        """
        found: list[Finding] = []
        match entry:
            case Opened():
                return []
            case Verdict():
                self._last = (position, entry)
                return []
            case Review():
                self._review(position, entry)
                return []
            case SegmentEntry():
                found = self._segment(position, entry, facts)
            case ChainBreak():
                node = self._node(entry.node)
                node.broken_ms = min(entry.time_ms, node.broken_ms or entry.time_ms)
                found = self.judge.broken_chain(entry)
            case Leg():
                self.judge.legs.enter(entry.leg, entry.from_ms)
            case Closed():
                pass
            case _:
                self._fact(entry)
        return self._conclude(entry.time_ms, found)

    def _node(self, name: bytes) -> NodeState:
        if name not in self.judge.nodes:
            raise UsageError(f"expected a node assigned to this shipment, got {name.hex()}")
        return self.judge.nodes[name]

    def _segment(
        self, position: int, entry: SegmentEntry, facts: SegmentFacts | None
    ) -> list[Finding]:
        self._node(entry.node)
        if facts is None:
            raise UsageError(f"expected the segment of entry {position}, got none")
        return self.judge.segment(position, entry, facts)

    def _fact(self, entry: Entry) -> None:
        match entry:
            case Assigned():
                node = self.judge.nodes.setdefault(entry.node, self.judge.new_node())
                node.watching = True
            case Released():
                node = self._node(entry.node)
                node.watching, node.silent_ms = False, None
            case Revoked():
                self._node(entry.node).revoked_ms = entry.at_ms
            case Gap():
                self._node(entry.node).gaps[entry.after, entry.before] = entry.time_ms
            case GapClosed():
                self._node(entry.node).gaps.pop((entry.after, entry.before), None)
            case Silence():
                self._node(entry.node).silent_ms = entry.since_ms
            case HeardAgain():
                self._node(entry.node).silent_ms = None
            case _:
                pass

    def _review(self, position: int, entry: Review) -> None:
        if entry.condition < self.condition:
            self.judge.open_new_accounts()
        self.condition = entry.condition
        self._reason = Reasoned(Rule.REVIEW, entry.time_ms, {}, (position,))

    def _conclude(self, time_ms: int, found: list[Finding]) -> list[Verdict]:
        contradictions = self.judge.plausibility.contradictions()
        facts = doubt_facts(self.profile, self.judge.nodes, contradictions)
        before, self.doubts = self.doubts, Doubt(sum(facts))
        verdicts = []
        for finding in found:
            if finding.severity >= self.condition:
                self.condition = finding.severity
                self._reason = self._reason_of(finding)
                verdicts.append(self._verdict(time_ms, self._reason))
        if self.doubts == before:
            return verdicts
        if not verdicts:
            verdicts = [self._doubtful(time_ms, facts)]
        verdicts[0].snapshot["doubts"] = doubt_words(facts, contradictions)
        open_now = self._open_excursions(facts)
        if open_now:
            verdicts[0].snapshot["excursions"] = open_now
        return verdicts

    def _reason_of(self, finding: Finding) -> Reasoned:
        snapshot = {key: value for key, value in finding.snapshot.items() if key != "agreement"}
        if finding.node:
            snapshot["node"] = finding.node
        evidence = tuple(self.judge.evidence(finding))
        since_ms = max(0, finding.since_ms)
        return Reasoned(finding.rule, since_ms, snapshot, evidence, finding.kind)

    def _doubtful(self, time_ms: int, facts: Facts) -> Verdict:
        """A verdict that states only which doubts there are now."""
        reason = self._reason
        if self.condition is Condition.SOUND and facts:
            rule, since_ms = gravest(facts)
            reason = Reasoned(rule, max(0, since_ms), {}, ())
        elif reason.rule is Rule.NONE:
            reason = Reasoned(Rule.NONE, time_ms, {}, ())
        corrects = None
        if self._last and self._last[1].doubts & ~self.doubts:
            corrects = self._last[0]
        return self._verdict(time_ms, reason, corrects)

    def _verdict(self, time_ms: int, reason: Reasoned, corrects: int | None = None) -> Verdict:
        snapshot = {
            **reason.snapshot,
            "profile": f"{self.profile.name} {self.profile.version}",
            "leg": self.judge.legs.now,
        }
        return Verdict(
            self.condition,
            self.doubts,
            reason.rule,
            self.health(),
            self.score(reason.kind),
            reason.since_ms,
            snapshot,
            reason.evidence,
            corrects,
            time_ms,
        )

    def health(self) -> int:
        """0 to 100, see health.py."""
        used = []
        for limit in self.profile.limit:
            for node in self.judge.nodes.values():
                whole = node.account.whole(limit.name)
                if whole:
                    used.append(used_percent(limit, whole.longest_ms, whole.total_ms))
        grave = [f for f in self.judge.found.values() if f.severity >= self.condition]
        return health(self.condition, self.doubts, len(grave), used)

    def score(self, kind: int = CLIMATE) -> int:
        """The worst score of a kind of window since the last review that cleared.

        Each kind has a model and a scale of its own: they are never compared with one another.
        """
        scores = [node.account.scores.get(kind, 0) for node in self.judge.nodes.values()]
        return min(MAX_SCORE, max(scores, default=0))

    def excursions(self) -> list[Snapshot]:
        """Every excursion that is kept, also short ones that are still open, for pages."""
        contradictions = self.judge.plausibility.contradictions()
        facts = doubt_facts(self.profile, self.judge.nodes, contradictions)
        words = []
        for name, node in self.judge.nodes.items():
            mute = self._is_mute(name, node, facts)
            for limit in self.profile.limit:
                whole = node.account.whole(limit.name)
                for run in whole.all_runs() if whole else []:
                    words.append({"node": name, **excursion_words(limit, run, unknown=mute)})
        return words

    def _is_mute(self, name: bytes, node: NodeState, facts: Facts) -> bool:
        """Whether a node can tell no more of the climate, be it heard or not."""
        whole = node.account.whole(ANY_KEY)
        hold_ms = self.profile.gap.hold_minutes * MINUTE_MS
        bursts_only = whole is not None and node.account.bursts.since_climate_ms(whole) > hold_ms
        return bursts_only or any(
            name in facts.get(doubt, {}) for doubt in (Doubt.SILENT, Doubt.SENSOR_FAULT)
        )

    def _open_excursions(self, facts: Facts) -> list[Snapshot]:
        """What was outside when last heard: open, or unknown since then where a node is mute."""
        words = []
        for name, node in sorted(self.judge.nodes.items()):
            mute = self._is_mute(name, node, facts)
            for limit in self.profile.limit:
                whole = node.account.whole(limit.name)
                if whole and whole.suffix:
                    run = whole.suffix
                    if whole.trail_broken:
                        run = run._replace(closing=Closing.UNKNOWN)
                    words.append({"node": name, **excursion_words(limit, run, unknown=mute)})
        return words
