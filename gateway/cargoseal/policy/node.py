"""One node of a shipment, as the rules know it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Sequence

from cargoseal.policy.bursts import Bursts
from cargoseal.policy.events import Disturbances, Event, Events, by_time
from cargoseal.policy.exposure import Summary
from cargoseal.policy.facts import Place, Placer, SegmentFacts
from cargoseal.policy.profile import Profile
from cargoseal.policy.timeline import Timeline
from cargoseal.policy.watches import Watch
from cargoseal_wire.constants import CLIMATE, FLAG_SENSOR_FAULT

MAX_NAMED = 16  # positions of the log that a verdict names per finding


class Account:
    """What has been counted against the goods; a person's review that clears begins a new one."""

    def __init__(self, watches: list[Watch]) -> None:
        self.timelines = {watch.key: Timeline(watch.bound) for watch in watches}
        self.events: dict[str, Events] = {}
        self.scores: dict[int, int] = {}  # the worst of each kind of window
        self.bursts = Bursts()
        self._disturbances: dict[str, Disturbances] = {}

    def event_list(self, key: str, order: Callable[[Event], tuple[int, ...]] = by_time) -> Events:
        return self.events.setdefault(key, Events(order))

    def disturbances(self, key: str, cool_down_ms: int | None) -> Disturbances:
        return self._disturbances.setdefault(key, Disturbances(cool_down_ms))

    def enter(self, kind: int, place: Place, score: int) -> None:
        """Counts a window: its score, and, if it is a burst, that there was one."""
        self.scores[kind] = max(score, self.scores.get(kind, 0))
        if kind != CLIMATE:
            self.bursts.add(place.mark(0))

    def whole(self, key: str) -> Summary | None:
        timeline = self.timelines.get(key)
        return timeline.whole() if timeline else None


class NodeState:
    """A node's windows, its account, and the doubts it gives rise to."""

    def __init__(self, profile: Profile, watches: list[Watch]) -> None:
        self.placer = Placer(profile.clock.max_error_s * 1000)
        self.account = Account(watches)
        self.watching = True  # assigned, not released
        self.revoked_ms: int | None = None
        self.silent_ms: int | None = None
        self.gaps: dict[tuple[int, int], int] = {}  # open: when noted
        self.broken_ms: int | None = None
        self.dropped = 0
        self.dropped_ms: int | None = None
        self.departed_ms: int | None = None  # by itself, see Departure in profile.py
        self.faults: dict[int, int | None] = {}  # by kind: since when its newest window has a fault
        self.unsound_ms: int | None = None  # since when the newest window's clock is unsound
        self._newest: dict[int, int] = {}  # by kind: its highest counter so far
        self._counters: list[int] = []
        self._positions: dict[int, int] = {}

    def enter(self, position: int, facts: SegmentFacts, place: Place) -> None:
        """Notes where a window is in the log, and what it says of sensors and clock."""
        statement = facts.statement
        if statement.counter in self._positions:
            return
        insort(self._counters, statement.counter)
        self._positions[statement.counter] = position
        if statement.dropped and self.dropped_ms is None:
            self.dropped_ms = place.start_ms
        self.dropped += statement.dropped
        if statement.counter > max(self._newest.values(), default=0):
            self.unsound_ms = _since(self.unsound_ms, not place.sound, place.start_ms)
        if statement.counter > self._newest.get(statement.kind, 0):
            self._newest[statement.kind] = statement.counter
            faulty = bool(facts.readings.faults or statement.flags & FLAG_SENSOR_FAULT)
            before = self.faults.get(statement.kind)
            self.faults[statement.kind] = _since(before, faulty, place.start_ms)

    @property
    def fault_ms(self) -> int | None:
        """Since when a sensor is broken: a burst's accelerometer says nothing of the climate's."""
        return min((ms for ms in self.faults.values() if ms is not None), default=None)

    def positions(self, first: int, last: int) -> list[int]:
        """Where the windows from one counter to another are in the log."""
        low, high = bisect_left(self._counters, first), bisect_right(self._counters, last)
        return [self._positions[counter] for counter in thin(self._counters[low:high])]

    def positions_of(self, counters: tuple[int, ...]) -> list[int]:
        """Where these windows are in the log; the first and last of many."""
        return [self._positions[counter] for counter in thin(counters)]


def thin(some: Sequence[int], most: int = MAX_NAMED) -> list[int]:
    """All of a few; of many the first and the last ones."""
    if len(some) <= most:
        return list(some)
    return [*some[: most // 2], *some[-(most // 2) :]]


def _since(since_ms: int | None, now: bool, start_ms: int) -> int | None:
    if not now:
        return None
    return start_ms if since_ms is None else since_ms
