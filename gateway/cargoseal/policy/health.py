"""Health, 0 to 100: how much of what the profile allows is left. For people; it decides nothing.

Rules
1. A sound shipment has 60 to 100: 100 less two fifths of the share of its worst limit in use.
2. A flagged one has 20 to 59, a compromised one 0 to 19, less with every further finding.
3. Every doubt costs 5, within those bounds' lower end at 0.
"""

from collections.abc import Iterable

from cargoseal.policy.rules import Limit
from cargoseal.policy.terms import Condition, Doubt


def used_percent(limit: Limit, longest_ms: int, total_ms: int) -> int:
    """How much of a limit's time is used, at most 100."""
    spent = longest_ms if limit.kind == "single" else total_ms
    return min(100, 100 * spent // max(1, limit.duration_ms))


def health(condition: Condition, doubts: Doubt, findings: int, used: Iterable[int]) -> int:
    """See the rules above; `used` are the limits' shares in percent."""
    if condition is Condition.SOUND:
        score = 100 - 40 * max(used, default=0) // 100
    elif condition is Condition.FLAGGED:
        score = max(20, 59 - 5 * max(0, findings - 1))
    else:
        score = max(0, 19 - 5 * max(0, findings - 1))
    return max(0, score - 5 * bin(doubts).count("1"))
