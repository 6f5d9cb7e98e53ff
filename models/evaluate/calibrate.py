"""Thresholds by design: from how many false alarms a week of a normal shipment may cost.

What is counted is what the policy does: the level of a window is the `windows`-th largest of its
shipment's last `of` scores, a window whose level reaches the threshold is an alarm, and none
follows for the cool-down. Two methods, on whole weeks of simulated normal shipments:

- Conformal risk control (Angelopoulos, Bates, Fisch, Lei, Schuster, "Conformal risk control",
  ICLR 2024): with K exchangeable weeks whose alarms at threshold t are L_k(t), at most B each and
  falling in t, the least t with  (sum L_k(t) + B) / (K + 1) <= target  has E[alarms in a new week]
  <= target: for any K, without a model of the scores. B is a week divided by the cool-down. It sets
  the operating points. With too few weeks no t exists.
- Peaks over threshold (Pickands 1975; Coles, "An Introduction to Statistical Modeling of Extreme
  Values", 2001, ch. 4): excesses of log(1 + level) over a high quantile, one peak for each alarm
  there, follow a generalized Pareto law, fitted by probability-weighted moments (Hosking and
  Wallis, Technometrics 1987). It reaches beyond the rarest score seen, and is shown beside.

Intervals: the 2.5 and 97.5 % quantiles when weeks are drawn again. The guarantee speaks of weeks
like those simulated, of which the real world need not be one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate.result import Figure

WEEK_MS = 7 * 86_400_000
RESAMPLES = 200
SEED = 20_260_702
PEAK_QUANTILE = 0.95
FEWEST_PEAKS = 30
STEP = 0.03

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Weeks:
    """Levels of the windows of many shipments, a week each: [weeks, windows], -1 where none is."""

    levels: Floats
    times_ms: Ints
    cool_down_ms: int

    @property
    def most(self) -> int:
        """The most alarms that a week can hold."""
        return min(self.levels.shape[1], -(-WEEK_MS // max(self.cool_down_ms, 1)))


@dataclass(frozen=True)
class OperatingPoint:
    """A threshold by both methods (None: too few weeks), and what came of it in other weeks."""

    threshold: int | None
    interval: tuple[int, int] | None
    peaks_threshold: int | None
    weeks: int


def weeks_of(
    scores: Floats,
    shipments: Ints,
    starts_ms: Ints,
    count: int,
    *,
    windows: int,
    of: int,
    cool_down_h: float,
) -> Weeks:
    """Return the levels of `count` shipment-weeks; a shipment without windows has no alarms.

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
    return Weeks(levels, times, round(cool_down_h * 3_600_000))


def persistent(scores: Floats, windows: int, of: int) -> Floats:
    """Return per window the `windows`-th largest of the last `of` scores; -1 before there are.

    >>> persistent(np.array([5.0, 1.0, 7.0, 2.0]), 2, 3).tolist()
    [-1.0, 1.0, 5.0, 2.0]
    """
    padded = np.concatenate((np.full(of - 1, -1.0), scores))
    last = np.lib.stride_tricks.sliding_window_view(padded, of)
    return np.asarray(np.sort(last, axis=1)[:, of - windows])


def alarms(weeks: Weeks, threshold: float) -> Ints:
    """Return how many alarms each week has at a threshold [weeks]."""
    loud = weeks.levels >= max(threshold, 0.0)
    count = np.zeros(len(loud), np.int64)
    free = np.full(len(loud), np.iinfo(np.int64).min)
    for i in range(loud.shape[1]):
        begins = loud[:, i] & (weeks.times_ms[:, i] >= free)
        count += begins
        free = np.where(begins, weeks.times_ms[:, i] + weeks.cool_down_ms, free)
    return count


def operating_point(weeks: Weeks, target: float) -> OperatingPoint:
    """Return the least threshold that keeps to `target` alarms per week, by both methods."""
    grid = _grid(weeks)
    counts = np.stack([alarms(weeks, t) for t in grid])
    found = _conformal(grid, counts, weeks.most, target)
    rng = np.random.default_rng(SEED)
    again = []
    for _ in range(RESAMPLES):
        drawn = rng.integers(0, counts.shape[1], counts.shape[1])
        other = _conformal(grid, counts[:, drawn], weeks.most, target)
        if other is not None:
            again.append(other)
    interval = None
    if found is not None and len(again) > RESAMPLES // 2:
        low, high = np.quantile(again, (0.025, 0.975))
        interval = min(int(low), found), max(int(high), found)
    return OperatingPoint(found, interval, peaks_over_threshold(weeks, target), counts.shape[1])


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


def peaks_over_threshold(weeks: Weeks, target: float) -> int | None:
    """Return the threshold at which the fitted tail has `target` alarms a week; None: no tail."""
    known = weeks.levels[weeks.levels >= 0.0]
    if not known.size:
        return None
    base = float(np.quantile(known, PEAK_QUANTILE))
    peaks = np.log1p(_peaks(weeks, base)) - np.log1p(base)
    rate = len(peaks) / len(weeks.levels)
    if len(peaks) < FEWEST_PEAKS or rate <= target:
        return None
    shape, scale = generalized_pareto(peaks)
    ratio = rate / target
    growth = np.log(ratio) if abs(shape) < 1e-6 else (ratio**shape - 1.0) / shape
    return int(np.ceil(np.expm1(np.log1p(base) + scale * growth)))


def _peaks(weeks: Weeks, base: float) -> Floats:
    """Return the highest level of every alarm at `base`: until its cool-down ends."""
    out: list[float] = []
    for levels, times in zip(weeks.levels, weeks.times_ms, strict=True):
        until = np.iinfo(np.int64).min
        for level, time in zip(levels.tolist(), times.tolist(), strict=True):
            if level < base or level < 0.0:
                continue
            if time >= until:
                out.append(level)
                until = time + weeks.cool_down_ms
            out[-1] = max(out[-1], level)
    return np.array(out)


def generalized_pareto(excesses: Floats) -> tuple[float, float]:
    """Return (shape, scale) of excesses >= 0 by probability-weighted moments.

    Where the moments allow no other, the law is the exponential one, of shape 0.
    """
    ordered = np.sort(excesses)
    n = len(ordered)
    above = 1.0 - (np.arange(1, n + 1) - 0.35) / n
    first, second = float(ordered.mean()), float((above * ordered).mean())
    rest = first - 2.0 * second
    if rest <= 1e-12:
        return 0.0, max(first, 1e-12)
    return 2.0 - first / rest, 2.0 * first * second / rest


def achieved(weeks: Weeks, threshold: int) -> tuple[Figure, Figure]:
    """Return (alarms per week, share of weeks with an alarm) with 95 % intervals."""
    counts = alarms(weeks, threshold)
    rng = np.random.default_rng(SEED + 1)
    drawn = counts[rng.integers(0, len(counts), (1000, len(counts)))]
    return (
        _figure(float(counts.mean()), drawn.mean(axis=1)),
        _figure(float((counts > 0).mean()), (drawn > 0).mean(axis=1)),
    )


def _figure(value: float, drawn: Sequence[float] | Floats) -> Figure:
    low, high = np.quantile(drawn, (0.025, 0.975))
    return Figure(value, float(min(low, value)), float(max(high, value)))
