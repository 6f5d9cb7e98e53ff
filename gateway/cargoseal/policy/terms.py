"""The words that gateway, chain and pages share, with the numbers they have on chain.

Rules
1. A number, once given, keeps its meaning: contracts and sealed logs hold it.
2. The condition is what stakeholders look for; lifecycle and doubts stand beside it, not in it.
"""

from enum import IntEnum, IntFlag


class Condition(IntEnum):
    """What the evidence says about the goods."""

    NONE = 0
    SOUND = 1
    FLAGGED = 2
    COMPROMISED = 3


class Lifecycle(IntEnum):
    """Where the goods are on their way; set by people, never by the automation."""

    NONE = 0
    CREATED = 1
    IN_TRANSIT = 2
    DELIVERED = 3
    CLOSED = 4


class Doubt(IntFlag):
    """What is not known. A doubt goes away when the fact behind it does."""

    SILENT = 1
    SENSOR_FAULT = 2
    CLOCK_UNSOUND = 4
    GAP_IN_EVIDENCE = 8


UNKNOWING = Doubt.SILENT | Doubt.SENSOR_FAULT | Doubt.GAP_IN_EVIDENCE


def is_known(condition: Condition, doubts: Doubt) -> bool:
    """Whether a condition may be told as it is: "sound" with a hole in the evidence may not."""
    return condition is not Condition.SOUND or not doubts & UNKNOWING


def told(condition: Condition, doubts: Doubt, *, stale: bool = False) -> str:
    """The condition in a word for people; what is not known is never told as sound."""
    known = is_known(condition, doubts) and not (stale and condition is Condition.SOUND)
    return condition.name.lower() if known else "not known"


class Rule(IntEnum):
    """Why: the kind of rule behind a verdict."""

    NONE = 0
    SINGLE_LIMIT = 1
    CUMULATIVE_LIMIT = 2
    ANOMALY = 3
    TAMPER = 4
    FREE_FALL = 5
    SHOCK_RATE = 6
    GAP = 7
    SILENCE = 8
    SENSOR_FAULT = 9
    CORROBORATED = 10
    REVIEW = 11
    CLOCK = 12
    CHAIN_BREAK = 13
    DOOR = 14
    IMPLAUSIBLE = 15
    PROVED = 16  # the chain computed a sealed segment's score itself
    REFUTED = 17  # a gateway's word was taken back


class Reason(IntEnum):
    """Why a person reviewed: the code that goes on chain with a review."""

    OTHER = 0
    GOODS_INSPECTED = 1  # looked at, weighed, opened
    PRODUCT_TESTED = 2  # a laboratory or the maker's stability data
    SENSOR_AT_FAULT = 3  # the node, not the goods
    HANDLING_EXPLAINED = 4  # customs, transfer, a known door opening
    DAMAGE_CONFIRMED = 5
    EVIDENCE_INCOMPLETE = 6


class Closing(IntEnum):
    """How an excursion ended."""

    OPEN = 0  # still on at the last reading
    BACK = 1  # a reading was within the limit again
    UNKNOWN = 2  # nothing is known from its last reading on: gap, fault or silence


MAX_SCORE = (1 << 24) - 1  # what the chain's packed update holds
