"""Sealed bursts in words: what hit the shipment, how hard, how far it fell."""

from dataclasses import dataclass

from cargoseal.policy.bursts import Burst, height_mm
from cargoseal.web.chart import moment
from cargoseal.web.panels import Sealed
from cargoseal.web.words import short

MOST_TOLD = 10


@dataclass(frozen=True, slots=True)
class Handling:
    """How many bursts were sealed, and the hardest of them in words: falls first, then peaks."""

    count: int
    hardest: list[str]


def handling_of(sealed: list[Sealed]) -> Handling:
    """The bursts among these windows."""
    found = [(one.burst, one) for one in sealed if one.burst is not None]
    found.sort(key=lambda pair: (pair[0].fall_ms, pair[0].peak_mg), reverse=True)
    return Handling(len(found), [_words(burst, one) for burst, one in found[:MOST_TOLD]])


def _words(burst: Burst, sealed: Sealed) -> str:
    at = moment(sealed.start_ms + burst.peak_at_ms)
    peak = f"a peak of {burst.peak_mg / 1000:.1f} g"
    if burst.fall_ms:
        metres = height_mm(burst.fall_ms) / 1000
        peak = f"a fall of {burst.fall_ms} ms, about {metres:.2f} m, then {peak}"
    return f"{at}, node {short(sealed.node)}: {peak}; score {sealed.score:,}"
