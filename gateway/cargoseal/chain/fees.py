"""Fees of a transaction, in wei per gas: what to offer first and how much more later. Pure.

Rules
1. The first offer covers twice the present base fee, so six full blocks in a row do not strand it.
2. A replacement raises both numbers by at least an eighth (nodes refuse less) and never offers less
   than a first offer would now.
3. No offer passes the ceiling: above it the poster waits.
"""

from dataclasses import dataclass

GWEI = 10**9


@dataclass(frozen=True)
class Fee:
    """EIP-1559: the most paid per gas, and the part of it that goes to the block's maker."""

    highest: int
    tip: int


def first_offer(base_fee: int, suggested_tip: int, ceiling: int) -> Fee:
    """What to offer for a transaction that nobody has seen yet."""
    tip = min(max(suggested_tip, 1), ceiling)
    return Fee(min(2 * base_fee + tip, ceiling), tip)


def raised(old: Fee, base_fee: int, suggested_tip: int, ceiling: int) -> Fee | None:
    """The least offer that replaces `old` and suits the present; None when above the ceiling."""
    now = first_offer(base_fee, suggested_tip, ceiling)
    tip = max(_eighth_more(old.tip), now.tip)
    highest = max(_eighth_more(old.highest), now.highest, tip)
    return None if highest > ceiling else Fee(highest, tip)


def _eighth_more(value: int) -> int:
    return value + value // 8 + 1
