"""How high a shipment's windows stand against a threshold, and how many alarms that makes.

What is counted is what the policy does: the level of a window is the `windows`-th largest of its
shipment's last `of` scores, a window whose level reaches the threshold is an alarm, and none
follows for the cool-down. Shipments last a week, or a day: then the cool-down is at least a day, so
that the alarms of a week are at most those of its seven days.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

DAY_MS = 86_400_000
WEEK_DAYS = 7

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Weeks:
    """Levels of the windows of many shipments of `days` each: [shipments, windows], -1 where none
    is."""

    levels: Floats
    times_ms: Ints
    cool_down_ms: int
    days: int = WEEK_DAYS

    def __post_init__(self) -> None:
        if self.days < WEEK_DAYS and self.cool_down_ms < self.days * DAY_MS:
            raise ValueError(
                f"expected a cool-down of {self.days} days, got {self.cool_down_ms} ms"
            )

    @property
    def most(self) -> int:
        """The most alarms that a shipment can hold."""
        return min(self.levels.shape[1], -(-self.days * DAY_MS // max(self.cool_down_ms, 1)))

    @property
    def per_week(self) -> float:
        """By what alarms per shipment become alarms per week."""
        return WEEK_DAYS / self.days


def weeks_of(
    scores: Floats,
    shipments: Ints,
    starts_ms: Ints,
    count: int,
    *,
    windows: int,
    of: int,
    cool_down_h: float,
    days: int = WEEK_DAYS,
) -> Weeks:
    """Return the levels of `count` shipments; one without windows has no alarms.

    scores, shipments, starts_ms: [windows of all shipments], each shipment's in order of time.
    """
    names, owner = np.unique(shipments, return_inverse=True)
    if len(names) > count:
        raise ValueError(f"expected at most {count} shipments, got {len(names)}")
    length = int(np.bincount(owner).max()) if len(names) else 0
    levels = np.full((count, length), -1.0)
    times = np.zeros((count, length), np.int64)
    for week in range(len(names)):
        rows = np.flatnonzero(owner == week)
        levels[week, : len(rows)] = persistent(scores[rows], windows, of)
        times[week, : len(rows)] = starts_ms[rows]
    return Weeks(levels, times, round(cool_down_h * 3_600_000), days)


def persistent(scores: Floats, windows: int, of: int) -> Floats:
    """Return per window the `windows`-th largest of the last `of` scores; -1 before there are.

    >>> persistent(np.array([5.0, 1.0, 7.0, 2.0]), 2, 3).tolist()
    [-1.0, 1.0, 5.0, 2.0]
    """
    padded = np.concatenate((np.full(of - 1, -1.0), scores))
    last = np.lib.stride_tricks.sliding_window_view(padded, of)
    return np.asarray(np.sort(last, axis=1)[:, of - windows])


def alarms(weeks: Weeks, threshold: float) -> Ints:
    """Return how many alarms each shipment has at a threshold [shipments]."""
    loud = weeks.levels >= max(threshold, 0.0)
    count = np.zeros(len(loud), np.int64)
    free = np.full(len(loud), np.iinfo(np.int64).min)
    for i in range(loud.shape[1]):
        begins = loud[:, i] & (weeks.times_ms[:, i] >= free)
        count += begins
        free = np.where(begins, weeks.times_ms[:, i] + weeks.cool_down_ms, free)
    return count
