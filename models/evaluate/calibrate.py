"""Thresholds by design: from how many false alarms a week of a normal shipment may cost.

What is counted is what the policy does: the level of a window is the `windows`-th largest of its
shipment's last `of` scores, a window whose level reaches the threshold is an alarm, and none
follows for the cool-down. Two methods, on simulated normal shipments of a week each, or of a day:

- Conformal risk control (Angelopoulos, Bates, Fisch, Lei, Schuster, "Conformal risk control",
  ICLR 2024): with K exchangeable weeks whose alarms at threshold t are L_k(t), at most B each and
  falling in t, the least t with  (sum L_k(t) + B) / (K + 1) <= target  has E[alarms in a new week]
  <= target: for any K, without a model of the scores. B is a week divided by the cool-down. It sets
  the operating points. With too few weeks no t exists: B / (K + 1) is the least that K can show
  (`least_per_week`). Where days are simulated all this is said of days, and B is 1: the alarms of a
  week are at most those of its seven days, as the cool-down is at least a day.
- Peaks over threshold, in `peaks`: a fitted tail reaches beyond the rarest score seen, and is shown
  beside.

Intervals: the 2.5 and 97.5 % quantiles when shipments are drawn again. The guarantee speaks of
weeks like those simulated, of which the real world need not be one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate.levels import Weeks, alarms
from models.evaluate.peaks import peaks_over_threshold
from models.evaluate.result import Figure

RESAMPLES = 200
SEED = 20_260_702
STEP = 0.03

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold by both methods (None: too few weeks), and what it rests on."""

    threshold: int | None
    interval: tuple[int, int] | None
    peaks_threshold: int | None
    shipments: int
    least_per_week: float  # no lower target could have been kept with so many shipments


def operating_point(weeks: Weeks, target: float) -> OperatingPoint:
    """Return the least threshold that keeps to `target` alarms per week, by both methods."""
    wanted = target / weeks.per_week
    grid = _grid(weeks)
    counts = np.stack([alarms(weeks, t) for t in grid])
    found = _conformal(grid, counts, weeks.most, wanted)
    rng = np.random.default_rng(SEED)
    again = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, counts.shape[1], counts.shape[1])
        other = _conformal(grid, counts[:, drawn], weeks.most, wanted)
        if other is not None:
            again.append(other)
    interval = None
    if found is not None and len(again) > RESAMPLES // 2:
        low, high = np.quantile(again, (0.025, 0.975))
        interval = min(int(low), found), max(int(high), found)
    peaks = peaks_over_threshold(weeks, wanted)
    least = weeks.per_week * weeks.most / (counts.shape[1] + 1)
    return OperatingPoint(found, interval, peaks, counts.shape[1], least)


def _grid(weeks: Weeks) -> Floats:
    """Return the thresholds that are tried, rising: 0, and one above some of the levels.

    The highest levels are all there; further down the steps grow with the number of levels above,
    by `STEP` of it.
    """
    levels = np.unique(weeks.levels[weeks.levels >= 0.0])[::-1]
    ranks, rank = [], 0
    while rank < len(levels):
        ranks.append(rank)
        rank = max(rank + 1, int(rank * (1.0 + STEP)))
    grid: Floats = np.concatenate(([0.0], levels[ranks][::-1] + 1.0))
    return grid


def _conformal(grid: Floats, counts: Ints, most: int, target: float) -> int | None:
    risk = (counts.sum(axis=1) + most) / (counts.shape[1] + 1)
    kept = np.flatnonzero(risk <= target)
    return int(grid[kept[0]]) if kept.size else None


def achieved(weeks: Weeks, threshold: int) -> tuple[Figure, Figure]:
    """Return (alarms per week, share of shipments with an alarm) with 95 % intervals."""
    counts = alarms(weeks, threshold)
    rng = np.random.default_rng(SEED + 1)
    drawn = counts[rng.integers(0, len(counts), (1000, len(counts)))]
    return (
        _figure(weeks.per_week * float(counts.mean()), weeks.per_week * drawn.mean(axis=1)),
        _figure(float((counts > 0).mean()), (drawn > 0).mean(axis=1)),
    )


def _figure(value: float, drawn: Sequence[float] | Floats) -> Figure:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value, float(min(low, value)), float(max(high, value)))
