"""One node of a shipment, as the rules know it."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Sequence

from cargoseal.policy.events import Events
from cargoseal.policy.exposure import Summary
from cargoseal.policy.facts import Place, Placer, SegmentFacts
from cargoseal.policy.profile import Profile
from cargoseal.policy.timeline import Timeline
from cargoseal.policy.watches import Watch
from cargoseal_wire.constants import FLAG_SENSOR_FAULT

MAX_NAMED = 16  # positions of the log that a verdict names per finding


class Account:
    """What has been counted against the goods; a person's review that clears begins a new one."""

    def __init__(self, watches: list[Watch]) -> None:
        self.timelines = {watch.key: Timeline(watch.bound) for watch in watches}
        self.events: dict[str, Events] = {}
        self.score = 0

    def event_list(self, key: str) -> Events:
        return self.events.setdefault(key, Events())

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
        self.newest = 0  # the highest counter so far, and what that window said of itself:
        self.fault_ms: int | None = None
        self.unsound_ms: int | None = None
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
        if statement.counter < self.newest:
            return
        self.newest = statement.counter
        faulty = facts.readings.faults or statement.flags & FLAG_SENSOR_FAULT
        self.fault_ms = _since(self.fault_ms, bool(faulty), place.start_ms)
        self.unsound_ms = _since(self.unsound_ms, not place.sound, place.start_ms)

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
