"""All checks that a profile asks for, over the climate windows of one shipment."""

from cargoseal.policy.facts import Place, SegmentFacts
from cargoseal.policy.plausibility.alone import AloneCheck
from cargoseal.policy.plausibility.repeats import Repeat, ReplayCheck
from cargoseal.policy.plausibility.rules import Plausibility
from cargoseal.policy.plausibility.shaded import ShadedCheck
from cargoseal.policy.plausibility.stuck import StuckCheck
from cargoseal.policy.plausibility.vapour import VapourCheck
from cargoseal.policy.plausibility.windows import Contradiction, Seen
from cargoseal.policy.watches import column
from cargoseal_wire.constants import CLIMATE


class Checks:
    """The state of all checks; a review that clears begins a new one."""

    def __init__(self, rules: Plausibility | None, hold_ms: int) -> None:
        rules = rules or Plausibility()
        self._between = [
            AloneCheck(rules.alone, hold_ms) if rules.alone else None,
            VapourCheck(rules.vapour) if rules.vapour else None,
            ShadedCheck(rules.shaded) if rules.shaded else None,
            StuckCheck(rules.stuck) if rules.stuck else None,
        ]
        self._replay = ReplayCheck(rules.replay) if rules.replay else None
        self._on = self._replay is not None or any(self._between)

    def add(self, node: bytes, facts: SegmentFacts, place: Place) -> list[Repeat]:
        """Takes a window; what of it was sealed before."""
        if not self._on or facts.statement.kind != CLIMATE:
            return []
        channels = {}
        for channel in facts.readings.columns:
            points = column(facts, channel)
            if points:
                channels[channel] = [(place.start_ms + offset, value) for offset, value in points]
        seen = Seen(node, place.counter, channels)
        for check in self._between:
            if check:
                check.add(seen)
        return self._replay.add(seen) if self._replay else []

    def contradictions(self) -> dict[bytes, list[Contradiction]]:
        """What cannot be, by node; the earliest first."""
        found: dict[bytes, list[Contradiction]] = {}
        for check in self._between:
            for node, contradiction in check.contradictions().items() if check else ():
                found.setdefault(node, []).append(contradiction)
        return {node: sorted(some) for node, some in found.items()}
