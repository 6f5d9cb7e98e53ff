"""Which leg of its way a reading belongs to, and which rules are on there.

Rules
1. A leg begins at a time that a person states; it holds for readings that enter the log after that
   statement. What was judged before is not judged again.
2. Departure, for tamper and door: the statement of the profile's departure leg, or a node that has
   been secure by itself (see Departure in profile.py).
"""

from bisect import bisect_right

from cargoseal.policy.profile import Profile

ALWAYS_MS = -(2**62)


class Legs:
    """The legs stated so far."""

    def __init__(self, profile: Profile) -> None:
        self._profile = profile
        self._from = [ALWAYS_MS]
        self._names = [profile.legs.start]
        started = profile.legs.start == profile.departure.leg
        self.departed_ms: int | None = ALWAYS_MS if started else None

    def enter(self, leg: str, from_ms: int) -> None:
        """A person states that a leg began; a later statement overrides what it overlaps."""
        keep = bisect_right(self._from, from_ms - 1)
        self._from[keep:] = [from_ms]
        self._names[keep:] = [leg]
        if leg == self._profile.departure.leg and self.departed_ms is None:
            self.departed_ms = from_ms

    def at(self, placed_ms: int) -> str:
        return self._names[bisect_right(self._from, placed_ms) - 1]

    @property
    def now(self) -> str:
        return self._names[-1]

    def is_on(self, placed_ms: int, *rule: str) -> bool:
        return self._profile.is_on(self.at(placed_ms), *rule)
