"""A sensor that says the same for long while others of its kind move.

Rules
1. Looked at is the newest stretch of time in which a node's readings were all the same, in hours.
   It must be as long as the rule's, and the node was read in at least half of its hours.
2. Another node that was read in at least half of these hours too must have moved by the rule's
   amount in them. A sensor that moves again is believed again.
"""

from cargoseal.policy.channels import in_units
from cargoseal.policy.plausibility.rules import Stuck
from cargoseal.policy.plausibility.windows import Contradiction, Seen, Trace, Traces

STEP_MS = 3_600_000


class StuckCheck:
    """The check over all nodes of a shipment."""

    def __init__(self, rule: Stuck) -> None:
        self._rule = rule
        self._traces = Traces(rule.channel_id, STEP_MS)

    def add(self, seen: Seen) -> None:
        self._traces.add(seen)

    def contradictions(self) -> dict[bytes, Contradiction]:
        found = {}
        for node, trace in self._traces.by_node.items():
            first, last = self._same(trace)
            if last - first + 1 < self._rule.hours or not _often(trace, first, last):
                continue
            if any(self._moved(other, first, last) for other in self._traces.others(node)):
                value = in_units(self._rule.channel_id, trace.extremes[last][0])
                words = f"it says {value} since {last - first + 1} hours while another node moves"
                found[node] = Contradiction(first * STEP_MS, "stuck", words)
        return found

    def _same(self, trace: Trace) -> tuple[int, int]:
        """First and last hour of the newest time in which nothing changed; at most 60 days."""
        last = first = max(trace.extremes)
        value = trace.extremes[last]
        if value[0] != value[1]:
            return last + 1, last
        for at in range(last, last - 1440, -1):
            if at in trace.extremes:
                if trace.extremes[at] != value:
                    break
                first = at
        return first, last

    def _moved(self, other: Trace, first: int, last: int) -> bool:
        found = other.over(first, last)
        moved = found is not None and found[1] - found[0] >= self._rule.moved_counts
        return moved and _often(other, first, last)


def _often(trace: Trace, first: int, last: int) -> bool:
    return 2 * trace.met(first, last) >= last - first + 1
