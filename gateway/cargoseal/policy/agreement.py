"""When several nodes of a shipment say the same.

Rules
1. Nodes agree on a single limit when each was outside in the same channel and direction for its
   limit's time, at moments no further apart than the profile's window. On a cumulative limit they
   agree when each has used it up: its time is spread over the whole way.
2. Nodes agree on falls and on shocks when each found the rule broken within the window.
3. One node alone never corroborates itself.
"""

from typing import NamedTuple

from cargoseal.policy.findings import Hit


class Agreement(NamedTuple):
    """The nodes that agree and the hit of each."""

    group: str
    hits: dict[bytes, Hit]

    @property
    def since_ms(self) -> int:
        """When the last of them joined in."""
        return max(hit.start_ms for hit in self.hits.values())


def apart_ms(a: Hit, b: Hit) -> int:
    """Time between two hits, 0 when they overlap."""
    return max(0, a.start_ms - b.end_ms, b.start_ms - a.end_ms)


def agreement(
    group: str, hits: dict[bytes, list[Hit]], nodes: int, window_ms: int
) -> Agreement | None:
    """The earliest agreement of at least `nodes` nodes, each within the window of one of them."""
    if sum(bool(some) for some in hits.values()) < nodes:
        return None
    best: Agreement | None = None
    for name in sorted(hits):
        for hit in hits[name]:
            found = {name: hit}
            for other in sorted(set(hits) - {name}):
                near = [h for h in hits[other] if apart_ms(h, hit) <= window_ms]
                if near:
                    found[other] = min(near)
            if len(found) >= nodes:
                candidate = Agreement(group, found)
                if best is None or candidate.since_ms < best.since_ms:
                    best = candidate
    return best
