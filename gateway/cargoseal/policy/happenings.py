"""From a window to the events in it: shocks, falls, scores at or over a threshold."""

from cargoseal.policy.bursts import burst_of
from cargoseal.policy.events import Event
from cargoseal.policy.facts import Place, SegmentFacts
from cargoseal.policy.watches import column
from cargoseal_wire.constants import CLIMATE, FLAG_FREE_FALL, FREE_FALL, SHOCK


def shocks(facts: SegmentFacts, place: Place, level_mg: int) -> list[Event]:
    """The window's peaks at or over a level."""
    return [
        _moment(place, offset, value)
        for offset, value in column(facts, SHOCK) or []
        if value >= level_mg
    ]


def falls(facts: SegmentFacts, place: Place, min_ms: int, hold_ms: int) -> list[Event]:
    """The window's falls of at least `min_ms`; one of unknown length when only the flag tells.

    A climate window's reading tells of the longest fall since the reading before it, at most
    `hold_ms` ago. A burst shows when its fall ended; its flag is not asked.
    """
    if facts.statement.kind != CLIMATE:
        burst = burst_of(facts)
        found = burst is not None and burst.fall_ms >= min_ms
        return [_moment(place, burst.fall_at_ms, burst.fall_ms)] if burst and found else []
    values = column(facts, FREE_FALL)
    if values == [] and facts.statement.flags & FLAG_FREE_FALL:
        return [Event(place.start_ms, place.counter, 0, place.start_ms)]
    return _falls_since(place, values or [], min_ms, hold_ms)


def _falls_since(
    place: Place, values: list[tuple[int, int]], min_ms: int, hold_ms: int
) -> list[Event]:
    found = []
    before = None
    for offset, value in values:
        since = offset - hold_ms if before is None else max(before, offset - hold_ms)
        if value >= min_ms:
            at = place.start_ms + offset
            found.append(Event(at, place.counter, value, place.start_ms + since))
        before = offset
    return found


def alarming(score: int, place: Place, threshold: int) -> list[Event]:
    """The window as an event at its beginning, when its score reaches the threshold."""
    return [_moment(place, 0, score)] if score >= threshold else []


def _moment(place: Place, offset_ms: int, value: int) -> Event:
    at = place.start_ms + offset_ms
    return Event(at, place.counter, value, at)
