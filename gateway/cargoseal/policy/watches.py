"""Which readings of a window are outside, for every bound that a profile puts on time.

Rules
1. Only climate windows are timed: a handling burst lies inside of one and would count twice.
2. A reading without a value says nothing. A channel whose sensor failed says nothing either, and
   what lies around it is unknown.
3. While a rule is off in the reading's leg, the reading is inside.
"""

from collections.abc import Callable
from typing import NamedTuple

from cargoseal.policy.exposure import Bound, Point, Summary, nothing, quiet, summarise
from cargoseal.policy.facts import Place, SegmentFacts
from cargoseal.policy.legs import Legs
from cargoseal.policy.profile import Profile
from cargoseal.policy.rules import MINUTE_MS, Limit
from cargoseal_wire.constants import CLIMATE, DOOR, FLAG_DOOR, FLAG_TAMPER, MOUNT

MOUNT_KEY, DOOR_KEY, SECURE_KEY, ANY_KEY = "tamper", "door", "secure", "any reading"

Values = list[tuple[int, int]]  # (offset in ms, value) of the readings that have one


class Watch(NamedTuple):
    """A bound, the values it looks at (None: their sensor failed), and what is outside of it."""

    key: str
    bound: Bound
    rule: tuple[str, ...]  # the names by which a leg may switch it off; empty: always on
    values: Callable[[SegmentFacts], Values | None]
    outside: Callable[[int], bool]

    def leaf(self, facts: SegmentFacts, place: Place, legs: Legs) -> Summary:
        """The window's exposure under this bound."""
        previous, seal = facts.statement.previous, facts.seal_digest
        if facts.statement.kind != CLIMATE:
            return nothing(previous, seal)
        values = self.values(facts)
        if values is None:
            return nothing(previous, seal, broken=True)
        if not values:
            return nothing(previous, seal)
        outside = [self.outside(value) for _, value in values]
        if True not in outside:
            first, last = place.mark(values[0][0]), place.mark(values[-1][0])
            return quiet(self.bound, previous, seal, first, last, [offset for offset, _ in values])
        points = []
        for (offset, value), is_outside in zip(values, outside, strict=True):
            mark = place.mark(offset)
            on = not self.rule or legs.is_on(mark.placed_ms, *self.rule)
            points.append(Point(mark, is_outside and on, value))
        return summarise(self.bound, previous, seal, points)


def column(facts: SegmentFacts, channel: int) -> Values | None:
    """A channel's values in a window, None when its sensor failed in it."""
    readings = facts.readings
    if readings.faults >> channel & 1:
        return None
    values = readings.columns.get(channel)
    if values is None:
        return []
    return [
        (offset, value)
        for offset, value in zip(readings.offsets_ms, values, strict=True)
        if value is not None
    ]


def _flagged_column(facts: SegmentFacts, channel: int, flag: int) -> Values | None:
    """A state's values; a node without the channel may say it for the window, by its flag."""
    values = column(facts, channel)
    if values == [] and facts.statement.flags & flag:
        offsets = facts.readings.offsets_ms
        return [(offset, 1) for offset in dict.fromkeys((offsets[0], offsets[-1]))]
    return values


def _mount(facts: SegmentFacts) -> Values | None:
    return _flagged_column(facts, MOUNT, FLAG_TAMPER)


def _door(facts: SegmentFacts) -> Values | None:
    return _flagged_column(facts, DOOR, FLAG_DOOR)


def _secure(facts: SegmentFacts) -> Values | None:
    """1 where the node says that it is on its mount and that no door is open."""
    mounts = column(facts, MOUNT)
    if mounts is None:
        return None
    doors = dict(column(facts, DOOR) or [])
    return [(offset, int(off == 0 and doors.get(offset, 0) == 0)) for offset, off in mounts]


def _any(facts: SegmentFacts) -> Values:
    return [(offset, 0) for offset in facts.readings.offsets_ms]


def _limit_watch(limit: Limit, hold_ms: int) -> Watch:
    keep = limit.duration_ms if limit.kind == "single" else 0
    return Watch(
        limit.name,
        Bound(hold_ms, keep, 1 if limit.upper else -1),
        ("limit", limit.name),
        lambda facts: column(facts, limit.channel_id),
        limit.outside,
    )


def watches(profile: Profile) -> list[Watch]:
    """Everything that a profile measures in time, the holes between readings included."""
    hold_ms = profile.gap.hold_minutes * MINUTE_MS
    found = [Watch(ANY_KEY, Bound(hold_ms, 0), (), _any, bool)]
    found += [_limit_watch(limit, hold_ms) for limit in profile.limit]
    holds = [rule.hold_minutes for rule in (profile.tamper, profile.door) if rule]
    if holds:
        secure_ms = (profile.departure.secure_minutes or 0) * MINUTE_MS
        bound = Bound(max(holds) * MINUTE_MS, secure_ms)
        found.append(Watch(SECURE_KEY, bound, (), _secure, bool))
    if profile.tamper:
        tamper = profile.tamper
        bound = Bound(tamper.hold_minutes * MINUTE_MS, tamper.flagged_minutes * MINUTE_MS)
        found.append(Watch(MOUNT_KEY, bound, ("tamper",), _mount, bool))
    if profile.door:
        bound = Bound(profile.door.hold_minutes * MINUTE_MS, profile.door.minutes * MINUTE_MS)
        found.append(Watch(DOOR_KEY, bound, ("door",), _door, bool))
    return found
