"""Things that happen at a moment: shocks, falls, windows that a model finds strange.

Rules
1. An event counts once, at its reading's place in time, whatever order windows come in; a window
   that comes late can only complete a pattern, never undo one.
2. Each list is kept sorted; what is looked at after a new event is its own neighbourhood.
3. An event is known to lie between `since` and `at`: the peak since the last reading came after
   that one. Two events whose times overlap may be one and never count as two.
4. One disturbance is told once. After a finding, events within the rule's cool-down belong to it
   and raise no new one; what goes on longer is told again. There are as many disturbances as the
   greatest number of events of which each lies at least the cool-down after the one before: that
   number depends on no order, and a late event never makes it smaller.
"""

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from typing import NamedTuple

MAX_EVENTS = 100_000  # per list and node; beyond that the oldest are forgotten


class Event(NamedTuple):
    """A moment: where it is placed, in which window, and how strong (mg, ms or score)."""

    at: int
    counter: int
    value: int
    since: int  # the earliest it can have been; `at` where that is exact


Distance = Callable[[Event, Event], int]


def by_time(event: Event) -> tuple[int, ...]:
    return event


def by_counter(event: Event) -> tuple[int, ...]:
    return event.counter, *event


def between(earlier: Event, later: Event) -> int:
    """Time from one event to a later one."""
    return later.at - earlier.at


class Events:
    """A node's events of one kind, sorted by time or by counter."""

    def __init__(self, order: Callable[[Event], tuple[int, ...]] = by_time) -> None:
        self._events: list[Event] = []
        self._order = order

    def add(self, event: Event) -> None:
        insort(self._events, event, key=self._order)
        if len(self._events) > MAX_EVENTS:
            del self._events[0]

    def completed(
        self,
        around: Event,
        count: int,
        span: int,
        *,
        apart: int | None = None,
        distance: Distance = between,
    ) -> Iterator[list[Event]]:
        """Sets of `count` events within `span`; with `apart`, each so long after the one before.

        One for every event from `around` on that can be the last of such a set. These are all that
        `around` completes, be it a new event or a place where events were just found closer.
        """
        at = bisect_left(self._events, self._order(around), key=self._order)
        for last in range(at, len(self._events)):
            if distance(around, self._events[last]) > span:
                return
            found = self._ending(last, count, span, apart, distance)
            if found is not None:
                yield found

    def _ending(
        self, last: int, count: int, span: int, apart: int | None, distance: Distance
    ) -> list[Event] | None:
        """The latest events that make a set which ends with the one at index `last`."""
        found = [self._events[last]]
        for index in range(last - 1, -1, -1):
            earlier = self._events[index]
            if len(found) == count or distance(earlier, found[0]) > span:
                break
            if apart is None or found[-1].since - earlier.at >= apart:
                found.append(earlier)
        return found[::-1] if len(found) == count else None

    def __len__(self) -> int:
        return len(self._events)


class Disturbances:
    """How many disturbances a rule has found; without a cool-down the first one is all of them."""

    def __init__(self, cool_down_ms: int | None) -> None:
        self._cool_down_ms = cool_down_ms
        self._events: list[Event] = []
        self._firsts: list[Event] = []  # of the disturbances, in order

    def add(self, event: Event) -> None:
        """Takes an event that fulfils the rule: at most one disturbance more, never one less."""
        at = bisect_left(self._events, event)
        if at < len(self._events) and self._events[at] == event:
            return
        self._events.insert(at, event)
        if self._cool_down_ms is None:
            self._firsts = self._firsts or [event]
        else:
            self._settle(at, self._cool_down_ms)

    def _settle(self, at: int, cool_down_ms: int) -> None:
        """Chooses anew from an index on: always the next event that lies far enough behind."""
        event = self._events[at]
        kept = bisect_left(self._firsts, event)
        firsts, old = self._firsts[:kept], self._firsts[kept:]
        for index in range(at, len(self._events)):
            event = self._events[index]
            if firsts and event.since - firsts[-1].at < cool_down_ms:
                continue
            if event in old:  # from here on nothing changes
                self._firsts = firsts + old[old.index(event) :]
                return
            firsts.append(event)
        self._firsts = firsts

    def __len__(self) -> int:
        return len(self._firsts)
