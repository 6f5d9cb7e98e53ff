"""What is not known, and because of what fact.

Rules
1. A doubt holds exactly as long as a fact behind it does: a node is silent, its newest window tells
   of a broken sensor or of a clock that cannot be believed, evidence is provably missing.
2. Evidence is missing when a gap is open, a chain is broken, a node says that it dropped readings,
   or, where the profile says so, the longest hole between readings is too long. Where a profile
   limits the climate, it is missing too when a node sent bursts only for longer than it may be
   silent: it is heard, and nothing is known of the goods.
3. A released node raises no doubt about what comes after.
4. Readings that contradict each other (see plausibility) are a sensor's fault like one it tells of
   itself: the node and why stand beside it, and a person finds out which sensor it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from cargoseal.policy.node import NodeState
from cargoseal.policy.plausibility.windows import Contradiction
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS
from cargoseal.policy.terms import Doubt, Rule
from cargoseal.policy.watches import ANY_KEY

Contradictions = Mapping[bytes, Sequence[Contradiction]]
Facts = dict[Doubt, dict[bytes, int]]  # doubt: node: since when

_RULES = (  # the gravest first
    (Doubt.GAP_IN_EVIDENCE, Rule.GAP),
    (Doubt.SENSOR_FAULT, Rule.SENSOR_FAULT),
    (Doubt.SILENT, Rule.SILENCE),
    (Doubt.CLOCK_UNSOUND, Rule.CLOCK),
)


def doubt_facts(
    profile: Profile, nodes: Mapping[bytes, NodeState], contradictions: Contradictions
) -> Facts:
    """The facts behind today's doubts; a doubt without one is not there."""
    facts: Facts = {}
    for name, node in nodes.items():
        for doubt, since in (
            (Doubt.SILENT, _silent_ms(node)),
            (Doubt.SENSOR_FAULT, node.fault_ms if node.watching else None),
            (Doubt.CLOCK_UNSOUND, node.unsound_ms if node.watching else None),
            (Doubt.GAP_IN_EVIDENCE, _missing_ms(profile, node)),
        ):
            if since is not None:
                facts.setdefault(doubt, {})[name] = since
    for name, some in contradictions.items():
        broken = facts.setdefault(Doubt.SENSOR_FAULT, {})
        broken[name] = min(some[0].since_ms, broken.get(name, some[0].since_ms))
    return facts


def _silent_ms(node: NodeState) -> int | None:
    if not node.watching:
        return None
    return min((ms for ms in (node.silent_ms, node.revoked_ms) if ms is not None), default=None)


def _missing_ms(profile: Profile, node: NodeState) -> int | None:
    since = [*node.gaps.values()]
    since += [ms for ms in (node.broken_ms, node.dropped_ms) if ms is not None]
    whole, minutes = node.account.whole(ANY_KEY), profile.gap.hole_minutes
    if whole and minutes is not None and whole.hole_ms >= minutes * MINUTE_MS:
        since.append(whole.hole_from_ms)
    if profile.limit:
        alone_ms, from_ms = node.account.bursts.without_climate(whole)
        if alone_ms >= max(minutes or 0, profile.silence.minutes) * MINUTE_MS:
            since.append(from_ms)
    return min(since, default=None)


def doubt_words(facts: Facts, contradictions: Contradictions) -> list[dict[str, Any]]:
    """The doubts for a verdict's snapshot."""
    words: list[dict[str, Any]] = []
    for doubt in Doubt:
        for name, since in sorted(facts.get(doubt, {}).items()):
            words.append({"doubt": (doubt.name or "").lower(), "node": name})
            words[-1]["since_ms"] = max(0, since)
            if doubt is Doubt.SENSOR_FAULT and name in contradictions:
                words[-1]["because"] = [some.because for some in contradictions[name]]
    return words


def gravest(facts: Facts) -> tuple[Rule, int]:
    """The rule that explains a sound shipment with doubts, and since when it holds."""
    for doubt, rule in _RULES:
        if doubt in facts:
            return rule, min(facts[doubt].values())
    raise AssertionError("asked for the gravest of no doubts")
