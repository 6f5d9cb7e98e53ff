"""Things that happen at a moment: shocks, falls, windows that the model finds strange.

Rules
1. An event counts once, at its reading's place in time, whatever order windows come in; a window
   that comes late can only complete a pattern, never undo one.
2. Each list is kept sorted; what is looked at after a new event is its own neighbourhood.
"""

from bisect import bisect_left, insort
from typing import NamedTuple

from cargoseal.policy.facts import Place, SegmentFacts
from cargoseal.policy.watches import column
from cargoseal_wire.constants import FLAG_FREE_FALL, FREE_FALL, SHOCK

MAX_EVENTS = 100_000  # per list and node; beyond that the oldest are forgotten


class Event(NamedTuple):
    """A moment: where it is placed, in which window, and how strong (mg, ms or score)."""

    at: int
    counter: int
    value: int


class Events:
    """A node's events of one kind, sorted."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def add(self, event: Event) -> None:
        insort(self._events, event)
        if len(self._events) > MAX_EVENTS:
            del self._events[0]

    def cluster(self, around: Event, count: int, span: int) -> list[Event] | None:
        """The first `count` neighbours that include `around` within `span`, or None."""
        events = self._events
        at = bisect_left(events, around)
        for low in range(max(0, at - count + 1), min(at, len(events) - count) + 1):
            if events[low + count - 1].at - events[low].at <= span:
                return events[low : low + count]
        return None

    def __len__(self) -> int:
        return len(self._events)


def shocks(facts: SegmentFacts, place: Place, level_mg: int) -> list[Event]:
    """The window's peaks at or over a level."""
    return [
        Event(place.start_ms + offset, place.counter, value)
        for offset, value in column(facts, SHOCK) or []
        if value >= level_mg
    ]


def falls(facts: SegmentFacts, place: Place, min_ms: int) -> list[Event]:
    """The window's falls of at least `min_ms`; one of unknown length when only the flag tells."""
    values = column(facts, FREE_FALL)
    if values == [] and facts.statement.flags & FLAG_FREE_FALL:
        return [Event(place.start_ms, place.counter, 0)]
    return [
        Event(place.start_ms + offset, place.counter, value)
        for offset, value in values or []
        if value >= min_ms
    ]


def fall_height_mm(fall_ms: int) -> int:
    """How far something falls in that time, from rest and in free air."""
    return 980_665 * fall_ms * fall_ms // 200_000_000


def anomalous(score: int, place: Place, threshold: int) -> list[Event]:
    """The window as an event on the axis of counters, when its score reaches the threshold."""
    return [Event(place.counter, place.counter, score)] if score >= threshold else []
