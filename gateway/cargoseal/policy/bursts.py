"""Bursts of accelerations: what one shows, and what many say of the windows around them.

Rules
1. Only what was sealed counts: the fall is found again in the readings, by the code that the node
   has. A flag that the readings do not bear out says nothing.
2. A fall's height follows from its time, in free air and from rest; it is an estimate.
3. A burst takes a number in its node's chain, but it is no climate window and no time: a node that
   sends only bursts is heard, and of the climate around it nothing is known.
"""

from bisect import bisect_left, bisect_right, insort
from math import isqrt
from typing import NamedTuple

from cargoseal.policy.events import Event
from cargoseal.policy.exposure import Mark, Summary, elapsed_ms
from cargoseal.policy.facts import SegmentFacts
from cargoseal_score.fall import fall, height_mm
from cargoseal_wire.constants import ACCEL_X, ACCEL_Y, ACCEL_Z, HANDLING


class Burst(NamedTuple):
    """A burst in short. Offsets in ms from its first reading, accelerations in mg."""

    peak_mg: int
    peak_at_ms: int
    fall_ms: int  # 0: it did not fall
    fall_at_ms: int  # when the fall ended


def burst_of(facts: SegmentFacts) -> Burst | None:
    """The burst in a handling window; None for another window, or one without all three axes."""
    if facts.statement.kind != HANDLING:
        return None
    offsets, magnitudes = magnitudes_of(facts)
    if not magnitudes:
        return None
    fall_ms, impact = fall(offsets, magnitudes)
    peak = max(range(len(magnitudes)), key=magnitudes.__getitem__)
    end = len(offsets) - 1 if impact is None else impact
    return Burst(magnitudes[peak], offsets[peak], fall_ms, offsets[end])


def magnitudes_of(facts: SegmentFacts) -> tuple[list[int], list[int]]:
    """Offsets in ms and |a| in mg of the readings that have all three axes."""
    found_axes = (facts.readings.columns.get(axis) for axis in (ACCEL_X, ACCEL_Y, ACCEL_Z))
    columns = [column for column in found_axes if column is not None]
    if len(columns) < 3:
        return [], []
    offsets: list[int] = []
    found: list[int] = []
    for offset, x, y, z in zip(facts.readings.offsets_ms, *columns, strict=True):
        if x is not None and y is not None and z is not None:
            offsets.append(offset)
            found.append(isqrt(x * x + y * y + z * z))
    return offsets, found


class Bursts:
    """The bursts of one node, by counter."""

    def __init__(self) -> None:
        self._counters: list[int] = []
        self._first: Mark | None = None
        self._last: Mark | None = None

    def add(self, mark: Mark) -> None:
        insort(self._counters, mark.counter)
        if self._first is None or mark.counter < self._first.counter:
            self._first = mark
        if self._last is None or mark.counter > self._last.counter:
            self._last = mark

    def climate_between(self, earlier: Event, later: Event) -> int:
        """How many climate windows further on an event is, the missing ones counted as such."""
        low = bisect_right(self._counters, earlier.counter)
        return later.counter - earlier.counter - (bisect_left(self._counters, later.counter) - low)

    def without_climate(self, climate: Summary | None) -> tuple[int, int]:
        """The longest time for which bursts came and no climate reading; (ms, since when).

        Before the first reading, after the last one, or all of the time; `climate` joins every
        reading of the node's climate windows.
        """
        first, last = self._first, self._last
        if first is None or last is None:
            return 0, 0
        if climate is None or climate.first is None or climate.last is None:
            return elapsed_ms(first, last) or 0, first.placed_ms
        before_ms = 0
        if first.counter < climate.first.counter:
            before_ms = elapsed_ms(first, climate.first) or 0
        after_ms = self.since_climate_ms(climate)
        return max((before_ms, first.placed_ms), (after_ms, climate.last.placed_ms))

    def since_climate_ms(self, climate: Summary) -> int:
        """From the last climate reading to the last burst behind it; 0 where there is none."""
        if self._last is None or climate.last is None or self._last.counter < climate.last.counter:
            return 0
        return elapsed_ms(climate.last, self._last) or 0


__all__ = ["Burst", "Bursts", "burst_of", "height_mm", "magnitudes_of"]
