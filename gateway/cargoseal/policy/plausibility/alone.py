"""A sensor heated or cooled by itself: no other node's temperature follows.

A hair dryer or an ice pack on one sensor changes that one; a door, the sun or a broken machine
changes the air, and with it every node that stands beside it, if later and less.

Rules
1. A node's temperature changes when, over stretches of five minutes that span the rule's minutes,
   its extremes lie the rule's kelvin apart.
2. Another node is a witness when it was read before and after, within the profile's hold. It agrees
   when its temperature changed by a third as much, from then up to the same span later.
3. With at least one witness, and none that agrees, the node changed alone.
"""

from cargoseal.policy.plausibility.rules import Alone
from cargoseal.policy.plausibility.windows import Contradiction, Seen, Trace, Traces
from cargoseal_wire.constants import TEMPERATURE

STEP_MS = 5 * 60_000
SHARE = 3  # a witness that changed by one part in so many agrees


class AloneCheck:
    """The check over all nodes of a shipment."""

    def __init__(self, rule: Alone, hold_ms: int) -> None:
        self._rule = rule
        self._least = int(rule.kelvin * 100)
        self._span = -(-rule.minutes * 60_000 // STEP_MS) + 1
        self._reach = max(1, hold_ms // STEP_MS)
        self._traces = Traces(TEMPERATURE, STEP_MS)
        self._changes: dict[bytes, dict[int, int]] = {}  # node: last stretch: by how much
        self._alone: dict[bytes, set[int]] = {}

    def add(self, seen: Seen) -> None:
        met = self._traces.add(seen)
        if met is None:
            return
        first, last = met
        self._find_changes(seen.node, first, last + self._span - 1)
        for node, changes in self._changes.items():
            near = range(first - self._reach - self._span, last + self._reach + self._span + 1)
            for at in [at for at in changes if at in near]:
                self._judge(node, at, changes[at])

    def contradictions(self) -> dict[bytes, Contradiction]:
        return {
            node: Contradiction(
                (min(ends) - self._span + 1) * STEP_MS, "alone", self._words(node, ends)
            )
            for node, ends in self._alone.items()
            if ends
        }

    def _words(self, node: bytes, ends: set[int]) -> str:
        most = max(self._changes[node][at] for at in ends)
        return (
            f"its temperature changed by {most / 100:.1f} K within {self._rule.minutes} minutes, "
            "and that of no node beside it by a third of that"
        )

    def _find_changes(self, node: bytes, first: int, last: int) -> None:
        trace = self._traces.by_node[node]
        for end in range(first, last + 1):
            found = trace.over(end - self._span + 1, end)
            if found and found[1] - found[0] >= self._least:
                self._changes.setdefault(node, {})[end] = found[1] - found[0]

    def _judge(self, node: bytes, end: int, change: int) -> None:
        words = [
            self._agrees(trace, end - self._span + 1, end, change)
            for trace in self._traces.others(node)
        ]
        witnesses = [word for word in words if word is not None]
        alone = self._alone.setdefault(node, set())
        if witnesses and not any(witnesses):
            alone.add(end)
        else:
            alone.discard(end)

    def _agrees(self, trace: Trace, first: int, last: int, change: int) -> bool | None:
        """Whether a witness changed as well; None for no witness."""
        before = _nearest(trace, first, -self._reach)
        after = _nearest(trace, last, self._reach)
        if before is None or after is None:
            return None
        found = trace.over(before, max(after, last + self._span))
        return found is not None and SHARE * (found[1] - found[0]) >= change


def _nearest(trace: Trace, at: int, reach: int) -> int | None:
    """The stretch with a reading nearest to `at`, at most `reach` away in its direction."""
    step = 1 if reach > 0 else -1
    return next((n for n in range(at, at + reach + step, step) if n in trace.extremes), None)
