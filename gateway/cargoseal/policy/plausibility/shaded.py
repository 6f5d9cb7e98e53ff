"""A light sensor that is dark where others see light: something lies on it, or it was covered.

Rules
1. Over the rule's minutes, in stretches of five: the one was read in at least half of them and was
   never lighter than `dark_lux`; the other was read in at least half and never darker than
   `light_lux`.
2. It supposes that the nodes stand in one room: a node inside of a box is dark by right.
"""

from cargoseal.policy.plausibility.rules import Shaded
from cargoseal.policy.plausibility.windows import Contradiction, Seen, Trace, Traces
from cargoseal_wire.constants import LIGHT

STEP_MS = 5 * 60_000


class ShadedCheck:
    """The check over all nodes of a shipment."""

    def __init__(self, rule: Shaded) -> None:
        self._dark, self._light = 10 * rule.dark_lux, 10 * rule.light_lux
        self._span = max(1, rule.minutes * 60_000 // STEP_MS)
        self._traces = Traces(LIGHT, STEP_MS)
        self._shaded: dict[bytes, set[int]] = {}

    def add(self, seen: Seen) -> None:
        met = self._traces.add(seen)
        if met is None:
            return
        for end in range(met[0], met[1] + self._span):
            seen_by = {node: self._over(trace, end) for node, trace in self._traces.by_node.items()}
            lit = any(found and found[0] >= self._light for found in seen_by.values())
            for node, found in seen_by.items():
                shaded = self._shaded.setdefault(node, set())
                if lit and found and found[1] <= self._dark:
                    shaded.add(end)
                else:
                    shaded.discard(end)

    def contradictions(self) -> dict[bytes, Contradiction]:
        words = "it was dark while another node saw light"
        return {
            node: Contradiction((min(ends) - self._span + 1) * STEP_MS, "shaded", words)
            for node, ends in self._shaded.items()
            if ends
        }

    def _over(self, trace: Trace, end: int) -> tuple[int, int] | None:
        first = end - self._span + 1
        return trace.over(first, end) if 2 * trace.met(first, end) >= self._span else None
