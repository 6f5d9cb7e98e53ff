"""Peaks over threshold: from a fitted tail, a threshold beyond the rarest level that was seen.

Pickands 1975; Coles, "An Introduction to Statistical Modeling of Extreme Values", 2001, ch. 4:
excesses of log(1 + level) over a high quantile, one peak for each alarm there, follow a generalized
Pareto law, fitted by probability-weighted moments (Hosking and Wallis, Technometrics 1987).
"""

import numpy as np

from models.evaluate.levels import Floats, Weeks

PEAK_QUANTILE = 0.95
FEWEST_PEAKS = 30


def peaks_over_threshold(weeks: Weeks, target: float) -> int | None:
    """Return the threshold at which the fitted tail has `target` alarms a shipment, if any."""
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
