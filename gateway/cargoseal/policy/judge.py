"""From a window to findings: every rule of the profile, asked once per segment.

Rules
1. Each rule is found broken once per node, or, where it has a cool-down, once per disturbance,
   until a review that clears opens new accounts.
2. The order of findings: limits, mount and door, events (see event_rules), repetition, agreement.
3. What several nodes say together is looked at after every window: a late one may complete it.
"""

from typing import Any

from cargoseal.evidence.entries import ChainBreak, SegmentEntry
from cargoseal.policy import findings as find
from cargoseal.policy.agreement import Agreement, agreement
from cargoseal.policy.event_rules import EventRules, Window
from cargoseal.policy.events import Event
from cargoseal.policy.facts import SegmentFacts
from cargoseal.policy.findings import Finding, Hit
from cargoseal.policy.legs import Legs
from cargoseal.policy.node import Account, NodeState
from cargoseal.policy.plausibility.checks import Checks
from cargoseal.policy.plausibility.repeats import Repeat
from cargoseal.policy.plausibility.rules import Replay
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS, severity
from cargoseal.policy.terms import Condition, Rule
from cargoseal.policy.watches import DOOR_KEY, MOUNT_KEY, SECURE_KEY, watches

SHIPMENT = b""  # stands for the node where a finding is about several
FOREVER_MS = 2**62
MAX_HITS = 256  # kept per rule and node, the latest ones


class Judge:
    """The nodes of a shipment and what was found about each."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.legs = Legs(profile)
        self.nodes: dict[bytes, NodeState] = {}
        self.watches = watches(profile)
        self.event_rules = EventRules(profile, self.legs)
        self.plausibility = self._new_checks()
        self.found: dict[tuple[str, bytes], Finding] = {}
        self._hits: dict[str, dict[bytes, list[Hit]]] = {}  # falls and shocks, by rule

    def new_node(self) -> NodeState:
        return NodeState(self.profile, self.watches)

    def _new_checks(self) -> Checks:
        return Checks(self.profile.plausibility, self.profile.gap.hold_minutes * MINUTE_MS)

    def open_new_accounts(self) -> None:
        """After a review that clears: what was counted and found so far counts no more."""
        self.found, self._hits = {}, {}
        self.plausibility = self._new_checks()
        for node in self.nodes.values():
            node.account = Account(self.watches)

    def segment(self, position: int, entry: SegmentEntry, facts: SegmentFacts) -> list[Finding]:
        """What the window at `position` of the log brings to light."""
        node = self.nodes[entry.node]
        place = node.placer.place(facts.statement, entry.received_ms)
        node.enter(position, facts, place)
        node.account.enter(facts.statement.kind, place, entry.score)
        for watch in self.watches:
            node.account.timelines[watch.key].add(
                entry.counter, watch.leaf(facts, place, self.legs)
            )
        found = self._limits(entry.node, node)
        found += self._mount(entry.node, node)
        window = Window(entry.node, node.account, place, facts, entry.score)
        for finding, event, group in self.event_rules.judge(window):
            found.append(finding)
            if group:
                self._hit(group, finding, event)
        for repeat in self.plausibility.add(entry.node, facts, place):
            found.append(_repeated(repeat, self.profile))
        return self._keep(found) + self._keep(self._agreements())

    def broken_chain(self, entry: ChainBreak) -> list[Finding]:
        """Two neighbouring windows that do not join."""
        return self._keep(
            [
                Finding(
                    Rule.CHAIN_BREAK,
                    "chain",
                    Condition.FLAGGED,
                    entry.node,
                    entry.time_ms,
                    (entry.counter - 1, entry.counter),
                    {"limit": {"chain": "joined"}, "measured": {"counter": entry.counter}},
                )
            ]
        )

    def evidence(self, finding: Finding) -> list[int]:
        """Positions in the log of the windows that a finding rests on."""
        if finding.node == SHIPMENT:
            hits: Agreement = finding.snapshot["agreement"]
            return sorted(
                {p for n, hit in hits.hits.items() for p in self.nodes[n].positions(*hit.windows)}
            )
        node = self.nodes[finding.node]
        if finding.single:
            return sorted(node.positions_of(finding.single))
        return sorted(node.positions(*finding.windows))

    def _keep(self, found: list[Finding]) -> list[Finding]:
        fresh = []
        for finding in found:
            if (finding.key, finding.node) not in self.found:
                self.found[finding.key, finding.node] = finding
                fresh.append(finding)
        return fresh

    def _limits(self, name: bytes, node: NodeState) -> list[Finding]:
        found: list[Finding | None] = []
        for limit in self.profile.limit:
            timeline = node.account.timelines[limit.name]
            whole = timeline.whole()
            if whole is None or not whole.outside or (limit.name, name) in self.found:
                continue
            if limit.kind == "single":
                found.append(find.single_limit(limit, name, whole))
            else:
                found.append(find.cumulative_limit(limit, name, timeline))
        return [finding for finding in found if finding]

    def _departed_ms(self, node: NodeState) -> int | None:
        """When this node's part of the shipment departed, as far as is known."""
        minutes = self.profile.departure.secure_minutes
        secure = node.account.whole(SECURE_KEY)
        if secure and minutes is not None:
            for run in find.qualified(minutes * MINUTE_MS, secure)[:1]:
                ready = run.start.placed_ms + minutes * MINUTE_MS
                node.departed_ms = min(ready, node.departed_ms or ready)
        known = [ms for ms in (node.departed_ms, self.legs.departed_ms) if ms is not None]
        return min(known, default=None)

    def _mount(self, name: bytes, node: NodeState) -> list[Finding]:
        found: list[Finding] = []
        departed = self._departed_ms(node)
        mount, door = node.account.whole(MOUNT_KEY), node.account.whole(DOOR_KEY)
        if self.profile.tamper and mount and mount.outside:
            found += find.tamper(self.profile.tamper, name, mount, departed)
        if self.profile.door and door and door.outside:
            opened = find.door(self.profile.door, name, door, departed)
            found += [opened] if opened else []
        return found

    def _hit(self, group: str, finding: Finding, event: Event) -> None:
        some = self._hits.setdefault(group, {}).setdefault(finding.node, [])
        some.append(Hit(finding.since_ms, max(finding.since_ms, event.at), finding.windows))
        del some[:-MAX_HITS]

    def _agreements(self) -> list[Finding]:
        rule = self.profile.corroboration
        if rule is None or len(self.nodes) < rule.nodes:
            return []
        found = []
        for group, by_node in self._grouped_hits().items():
            if (f"agreed {group}", SHIPMENT) in self.found:
                continue
            agreed = agreement(group, by_node, rule.nodes, rule.window_minutes * MINUTE_MS)
            if agreed:
                found.append(_corroborated(group, agreed, rule.model_dump()))
        return found

    def _grouped_hits(self) -> dict[str, dict[bytes, list[Hit]]]:
        groups = {group: dict(by_node) for group, by_node in self._hits.items()}
        for name, node in self.nodes.items():
            for limit in self.profile.limit:
                whole = node.account.whole(limit.name)
                finding = self.found.get((limit.name, name))
                if whole is None or finding is None:
                    continue
                if limit.kind == "single":
                    group = f"{limit.channel} too {'high' if limit.upper else 'low'}"
                    some = find.hits(limit, whole)
                else:
                    group, some = limit.name, [Hit(finding.since_ms, FOREVER_MS, finding.windows)]
                groups.setdefault(group, {}).setdefault(name, []).extend(some)
        return groups


def _repeated(repeat: Repeat, profile: Profile) -> Finding:
    rule = profile.plausibility.replay if profile.plausibility else None
    rule = rule or Replay()
    later, earlier = repeat.later, repeat.earlier
    same = later.node == earlier.node
    return Finding(
        Rule.IMPLAUSIBLE,
        "replay",
        severity(rule.severity),
        later.node,
        later.start_ms,
        (later.counter, later.counter),
        {
            "limit": {"name": "replay", "readings": rule.readings},
            "measured": {
                "channel": repeat.channel,
                "counter": later.counter,
                "seen_before_by": earlier.node.hex(),
                "under_counter": earlier.counter,
                "seen_before_ms": max(0, earlier.start_ms),
            },
        },
        single=(earlier.counter, later.counter) if same else (),
    )


def _corroborated(group: str, agreed: Agreement, rule: dict[str, Any]) -> Finding:
    names = sorted(agreed.hits)
    return Finding(
        Rule.CORROBORATED,
        f"agreed {group}",
        Condition.COMPROMISED,
        SHIPMENT,
        agreed.since_ms,
        (0, 0),
        {
            "limit": {"name": group, **rule},
            "measured": {
                "nodes": names,
                "since_ms": [agreed.hits[name].start_ms for name in names],
            },
            "agreement": agreed,
        },
    )
