"""The shipments of the demonstration: one day on the road, what happens to each, and to its link.

Every shipment is a refrigerated load of 2-8 °C goods, simulated by physics.py with its own fixed
seed; a node sits at the front of the body and one at the doors. Times are seconds from the start.
One node's accelerometer is simulated sample by sample, for the two minutes in which it matters.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from physics import (
    CoolingOff,
    DoorOpen,
    Drop,
    Event,
    FallsSilent,
    Journey,
    Place,
    Pothole,
    Stream,
    TakenOff,
)

START_MS = 1_780_272_000_000  # 2026-06-01T00:00:00Z
HOURS = 24
INTERVAL_S = 300
READINGS_A_WINDOW = 12  # a window an hour, closed at five to
HOUR = 3600
DRIVING = ((2 * HOUR, 8 * HOUR), (10 * HOUR, 20 * HOUR))
FRONT, REAR = "front", "rear"


@dataclass(frozen=True)
class LinkDown:
    """A node's link is gone for a while; its spool keeps what it seals."""

    node: str
    at_s: int
    for_s: int


@dataclass(frozen=True)
class PowerCut:
    """A node loses power and starts again."""

    node: str
    at_s: int


@dataclass(frozen=True)
class Attack:
    """Someone on the link sends a segment in a node's name."""

    node: str
    at_s: int
    kind: str  # forge | alter | replay


Trouble = LinkDown | PowerCut | Attack


@dataclass(frozen=True)
class Story:
    """A shipment, what happens to the goods, and what happens to the evidence on its way."""

    label: str
    says: str
    events: Sequence[Event] = ()
    streams: Sequence[Stream] = ()
    troubles: Sequence[Trouble] = ()
    condition: str = "sound"  # what must come out
    doubts: str = ""
    refused: Mapping[str, int] = field(default_factory=dict)


STORIES = (
    Story(
        "link and power lost",
        "two hours without a link, a power cut amidst them and another later: the silence is told "
        "and taken back, and nothing is lost",
        troubles=(
            LinkDown(REAR, 5 * HOUR + 600, 2 * HOUR),
            # Both cuts come between two windows: what is in RAM when the power goes is lost, as
            # on any node; what was sealed is not.
            PowerCut(REAR, 6 * HOUR + 3420),
            PowerCut(FRONT, 12 * HOUR + 3420),
        ),
    ),
    Story(
        "door left open",
        "forty minutes of open doors warm the rear and not the front: one node tells, flagged",
        events=(DoorOpen(9 * HOUR, 2400),),
        condition="flagged",
    ),
    Story(
        "cooling failed",
        "five hours without cooling: two nodes agree, compromised",
        events=(CoolingOff(11 * HOUR, 5 * HOUR),),
        condition="compromised",
    ),
    Story(
        "tracker taken off",
        "one node leaves its mount in the night and stays off: tamper, compromised",
        events=(TakenOff(8 * HOUR + 900, REAR),),
        condition="compromised",
    ),
    Story(
        "node falls silent",
        "one of two nodes is not heard from any more: on chain the condition stays, with a doubt",
        events=(FallsSilent(14 * HOUR, REAR),),
        condition="not known",
        doubts="silent",
    ),
    Story(
        "link under attack",
        "a forged, an altered and a replayed segment are refused, and nothing else changes",
        troubles=(
            Attack(FRONT, 10 * HOUR, "forge"),
            Attack(FRONT, 11 * HOUR, "alter"),
            Attack(REAR, 12 * HOUR, "replay"),
        ),
        refused={"BadSignature": 1, "DigestMismatch": 1, "Replayed": 1},
    ),
    Story(
        "dropped at the dock",
        "a pothole on the road and a drop of 76 cm while unloading: both are sealed as handling "
        "windows, and the drop is told with its height, flagged",
        events=(Pothole(3 * HOUR + 40, REAR), Drop(21 * HOUR + 140, REAR, 760)),
        streams=(Stream(REAR, 3 * HOUR + 10, 60), Stream(REAR, 21 * HOUR + 110, 60)),
        condition="flagged",
    ),
)


def journey(number: int, story: Story) -> Journey:
    """The story's journey; `number` makes its seed."""
    return Journey(
        start_ms=START_MS,
        hours=HOURS,
        interval_s=INTERVAL_S,
        seed=7000 + number,
        places=(Place(FRONT, 0.1), Place(REAR, 0.9, contact=True)),
        events=story.events,
        streams=story.streams,
        driving=DRIVING,
    )
