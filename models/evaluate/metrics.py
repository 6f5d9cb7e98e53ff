"""How good a detector is on a set, with 95 % intervals. Every definition is here.

A detector gives every window a score; all rows of a window share it. A window is an alarm when its
operating point says so: it, or `windows` of the last `of` windows, reach the threshold.

    precision   of the rows in alarms, the share that is anomalous
    recall      of the anomalous rows, the share in alarms
    far         false alarm rate: of the other rows, the share in alarms
    mar         missed alarm rate: 1 - recall
    f1          of precision and recall by rows; says little without far and mar
    auc         chance that an anomalous row scores above another row, ties counted half
    event_f1    2 TP / (2 TP + FP + FN): an event that an alarm overlaps is a TP, else an FN; an
                alarming window that overlaps no event is an FP, so that alarming always earns
                little: no pause is counted here
    delay_s     median over found events, from the event's start to the end of the first alarm that
                overlaps it: the moment at which a node can know
    alarms_per_week   alarms that a person is told of (after the operating point's pause) per week
                of recording, one shipment each

Intervals: the bootstrap's 2.5 and 97.5 % quantiles over RESAMPLES draws with a fixed seed. Where a
set has at least FEWEST_DEVICES devices (shipments, rides, sessions), whole devices are drawn; else
blocks of about sqrt(n) consecutive windows of each recording, circular, so that neighbours stay
together. An event belongs to the window it begins in. Draws in which a figure is not defined are
left out; with less than half of the draws left there is no interval. An interval always holds its
figure. Two detectors on the same windows get the same draws: their difference is paired.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.evaluate.result import Figure, Judged

RESAMPLES = 1000
SEED = 20_260_701
FEWEST_DEVICES = 5
_CHUNK = 100  # draws worked on at once: memory stays small

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def figures(recordings: Sequence[Judged], seed: int = SEED) -> dict[str, Figure]:
    """Return every figure that this set has labels and events for, with its interval."""
    pooled = _Pooled(recordings)
    weights = draws(recordings, seed)
    out = {"alarms_per_week": _with_interval(pooled.alarms_per_week, weights)}
    if pooled.loud.sum():
        for name in ("precision", "recall", "far", "mar", "f1"):
            out[name] = _with_interval(_rate(pooled, name), weights)
        out["auc"] = _with_interval(pooled.auc, weights)
    if pooled.anchors.size:
        out["event_f1"] = _with_interval(pooled.event_f1, weights)
        out["delay_s"] = _with_interval(pooled.delay_s, weights)
    return out


def found_events(recordings: Sequence[Judged]) -> tuple[int, int]:
    """Return (events that an alarm overlaps, events)."""
    pooled = _Pooled(recordings)
    return int(pooled.found.sum()), len(pooled.found)


def auc(recordings: Sequence[Judged]) -> float:
    """Return the AUC over the rows of all recordings; nan where a class is absent."""
    pooled = _Pooled(recordings)
    return float(pooled.auc(np.ones((1, len(pooled.quiet))))[0])


def auc_draws(recordings: Sequence[Judged], seed: int = SEED) -> Floats:
    """Return the AUC of every bootstrap draw [RESAMPLES]; the same draws for the same windows."""
    return _in_chunks(_Pooled(recordings).auc, draws(recordings, seed))


def auc_difference(a: Sequence[Judged], b: Sequence[Judged], seed: int = SEED) -> Figure:
    """Return AUC of a minus AUC of b over the same windows, paired."""
    same_windows(a, b)
    return interval(auc(a) - auc(b), auc_draws(a, seed) - auc_draws(b, seed))


def same_windows(a: Sequence[Judged], b: Sequence[Judged]) -> None:
    """ValueError where two detectors did not judge the same windows."""
    for x, y in zip(a, b, strict=True):
        if x.device != y.device or not np.array_equal(x.starts_ms, y.starts_ms):
            raise ValueError(f"expected the windows of {x.device}, got those of {y.device}")


def draws(recordings: Sequence[Judged], seed: int = SEED) -> Floats:
    """Return how often each window is in each draw, [RESAMPLES, windows of all recordings]."""
    rng = np.random.default_rng(seed)
    devices = sorted({r.device for r in recordings})
    if len(devices) < FEWEST_DEVICES:
        return np.concatenate([_block_draws(rng, len(r.scores)) for r in recordings], axis=1)
    chosen = rng.integers(0, len(devices), (RESAMPLES, len(devices)))
    times = np.stack([(chosen == i).sum(axis=1) for i in range(len(devices))], axis=1)
    of_window = np.concatenate(
        [np.full(len(r.scores), devices.index(r.device), np.int64) for r in recordings]
    )
    out: Floats = times[:, of_window].astype(np.float64)
    return out


def _block_draws(rng: np.random.Generator, count: int) -> Floats:
    length = max(1, round(count**0.5))
    blocks = -(-count // length)
    starts = rng.integers(0, count, (RESAMPLES, blocks))
    rows = (starts[:, :, None] + np.arange(length)) % count
    flat = rows.reshape(RESAMPLES, -1)[:, :count]
    return np.stack([np.bincount(row, minlength=count) for row in flat]).astype(np.float64)


def interval(value: float | None, drawn: Floats) -> Figure:
    """Return a figure with the interval of its draws; nan means not defined."""
    if value is None or np.isnan(value):
        return Figure(None)
    defined = drawn[~np.isnan(drawn)]
    if len(defined) < len(drawn) / 2:
        return Figure(float(value))
    low, high = np.quantile(defined, (0.025, 0.975))
    return Figure(float(value), float(min(low, value)), float(max(high, value)))


def _with_interval(figure: Callable[[Floats], Floats], weights: Floats) -> Figure:
    value = float(figure(np.ones((1, weights.shape[1])))[0])
    return interval(value, _in_chunks(figure, weights))


def _in_chunks(figure: Callable[[Floats], Floats], weights: Floats) -> Floats:
    parts = [figure(weights[i : i + _CHUNK]) for i in range(0, len(weights), _CHUNK)]
    return np.concatenate(parts)


class _Pooled:
    """The windows of all recordings in a line; every figure is a function of their weights."""

    def __init__(self, recordings: Sequence[Judged]) -> None:
        self.scores = np.concatenate([r.scores for r in recordings])
        self.alarms = np.concatenate([r.alarms for r in recordings]).astype(np.float64)
        told = [r.alarms if r.raised is None else r.raised for r in recordings]
        self.raised = np.concatenate(told).astype(np.float64)
        self.quiet = np.concatenate([r.quiet for r in recordings]).astype(np.float64)
        self.loud = np.concatenate([r.loud for r in recordings]).astype(np.float64)
        self.weeks = np.concatenate(
            [np.full(len(r.scores), r.weeks / len(r.scores)) for r in recordings]
        )
        self._place_events(recordings)

    def _place_events(self, recordings: Sequence[Judged]) -> None:
        anchors, found, delays, false = [], [], [], []
        offset = 0
        for r in recordings:
            outside = r.alarms.copy()
            for begin, end, _ in r.events:
                inside = (r.ends_ms >= begin) & (r.starts_ms <= end)
                outside &= ~inside
                alarming = np.flatnonzero(inside & r.alarms)
                holding = np.flatnonzero(r.ends_ms >= begin)
                anchors.append(offset + int(holding[0] if holding.size else len(r.scores) - 1))
                found.append(alarming.size > 0)
                delays.append((r.ends_ms[alarming[0]] - begin) / 1000 if alarming.size else np.nan)
            false.append(outside)
            offset += len(r.scores)
        self.anchors = np.array(anchors, np.int64)
        self.found = np.array(found, bool)
        self.delays = np.array(delays, np.float64)
        self.false = np.concatenate(false).astype(np.float64)

    def alarms_per_week(self, w: Floats) -> Floats:
        return _divided(w @ self.raised, w @ self.weeks)

    def precision(self, w: Floats) -> Floats:
        hit = w @ (self.loud * self.alarms)
        return _divided(hit, hit + w @ (self.quiet * self.alarms))

    def recall(self, w: Floats) -> Floats:
        return _divided(w @ (self.loud * self.alarms), w @ self.loud)

    def far(self, w: Floats) -> Floats:
        return _divided(w @ (self.quiet * self.alarms), w @ self.quiet)

    def mar(self, w: Floats) -> Floats:
        return 1.0 - self.recall(w)

    def f1(self, w: Floats) -> Floats:
        hit = w @ (self.loud * self.alarms)
        return _divided(2 * hit, hit + w @ (self.quiet * self.alarms) + w @ self.loud)

    def auc(self, w: Floats) -> Floats:
        order = np.argsort(self.scores, kind="stable")
        groups = np.flatnonzero(np.diff(self.scores[order], prepend=np.nan) != 0)
        quiet = np.add.reduceat(w[:, order] * self.quiet[order], groups, axis=1)
        loud = np.add.reduceat(w[:, order] * self.loud[order], groups, axis=1)
        below = np.cumsum(quiet, axis=1) - quiet / 2.0
        return _divided((loud * below).sum(axis=1), quiet.sum(axis=1) * loud.sum(axis=1))

    def event_f1(self, w: Floats) -> Floats:
        at = w[:, self.anchors]
        hits = at @ self.found.astype(np.float64)
        return _divided(2 * hits, hits + at.sum(axis=1) + w @ self.false)

    def delay_s(self, w: Floats) -> Floats:
        """Weighted medians: the least delay at or below which half of the weight lies."""
        order = np.argsort(self.delays[self.found], kind="stable")
        delays = self.delays[self.found][order]
        at = w[:, self.anchors[self.found][order]]
        if not delays.size:
            return np.full(len(w), np.nan)
        reached = np.cumsum(at, axis=1)
        total = reached[:, -1]
        first = (reached >= total[:, None] / 2).argmax(axis=1)
        return np.where(total > 0, delays[first], np.nan)


def _rate(pooled: _Pooled, name: str) -> Callable[[Floats], Floats]:
    figure: Callable[[Floats], Floats] = getattr(pooled, name)
    return figure


def _divided(top: NDArray[Any], bottom: NDArray[Any]) -> Floats:
    """top / bottom, nan where there is nothing to divide by."""
    out: Floats = np.full(len(top), np.nan)
    return np.divide(top, bottom, out=out, where=bottom > 0)
