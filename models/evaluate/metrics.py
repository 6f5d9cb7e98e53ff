"""Figures of a detector on a set, with 95 % intervals; their definitions are in `pooled`.

Intervals: the bootstrap's 2.5 and 97.5 % quantiles over RESAMPLES draws with a fixed seed. Where a
set has at least FEWEST_DEVICES devices (shipments, rides, sessions), whole devices are drawn; else
blocks of about sqrt(n) consecutive windows of each recording, circular, so that neighbours stay
together. An event belongs to the window it begins in. Draws in which a figure is not defined are
left out; with less than half of the draws left there is no interval. An interval always holds its
figure. Two detectors on the same windows get the same draws: their difference is paired.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.evaluate.pooled import Pooled
from models.evaluate.result import FIGURES, Figure, Judged

RESAMPLES = 1000
SEED = 20_260_701
FEWEST_DEVICES = 5
_CHUNK = 100  # draws worked on at once: memory stays small

FEW_DRAWS = "no interval: not defined in most draws"

Floats = NDArray[np.float64]


def figures(
    recordings: Sequence[Judged], keys: Sequence[str] = tuple(FIGURES), seed: int = SEED
) -> dict[str, Figure]:
    """Return every figure of `keys` with its interval, or with the reason why there is none."""
    pooled = Pooled(recordings)
    weights = draws(recordings, seed)
    labelled = all(r.labelled for r in recordings)
    return {key: _figure(pooled, key, weights, labelled) for key in keys}


def _figure(pooled: Pooled, key: str, weights: Floats, labelled: bool) -> Figure:
    why = pooled.undefined(key, labelled)
    return Figure(None, why=why) if why else _with_interval(_of(pooled, key), weights)


def found_events(recordings: Sequence[Judged]) -> tuple[int, int]:
    """Return (events that an alarm overlaps, events)."""
    pooled = Pooled(recordings)
    return int(pooled.found.sum()), len(pooled.found)


def auc(recordings: Sequence[Judged]) -> float:
    """Return the AUC over the rows of all recordings; nan where a class is absent."""
    pooled = Pooled(recordings)
    return float(pooled.auc(np.ones((1, len(pooled.quiet))))[0])


def auc_draws(recordings: Sequence[Judged], seed: int = SEED) -> Floats:
    """Return the AUC of every bootstrap draw [RESAMPLES]; the same draws for the same windows."""
    return _in_chunks(Pooled(recordings).auc, draws(recordings, seed))


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
        return Figure(float(value), why=FEW_DRAWS)
    low, high = np.quantile(defined, (0.025, 0.975))
    return Figure(float(value), float(min(low, value)), float(max(high, value)))


def _with_interval(figure: Callable[[Floats], Floats], weights: Floats) -> Figure:
    value = float(figure(np.ones((1, weights.shape[1])))[0])
    return interval(value, _in_chunks(figure, weights))


def _in_chunks(figure: Callable[[Floats], Floats], weights: Floats) -> Floats:
    parts = [figure(weights[i : i + _CHUNK]) for i in range(0, len(weights), _CHUNK)]
    return np.concatenate(parts)


def _of(pooled: Pooled, key: str) -> Callable[[Floats], Floats]:
    figure: Callable[[Floats], Floats] = getattr(pooled, key)
    return figure
