"""A detector for one run of SKAB, fitted to its first 400 rows: a blob without layers.

The blob is the node's format and has no weights to learn: one input per signal, the mean of the
last few rows, scaled so that the farthest that the signal came from its middle while training is
`REACH_STEPS` int8 steps. The score is the square of the farthest input. What makes it more than a
limit per signal is how the middle and the reach are found:

1. The middle is the median, the reach the largest distance from it, over the newest of the training
   rows: a loop that warms up is not judged by how it began.
2. A signal wanders if it is farther from itself after `APART` rows than after one window:
   wander = sqrt(mean square difference after APART rows / after one window), at least 1. The reach
   is multiplied by it, since what wandered while training goes on wandering.
3. A signal that wanders more than a limit (temperatures do) says nothing about the next quarter of
   an hour and is left out. The steadiest one always stays.

127 / REACH_STEPS: a signal may go 32 times its reach before the int8 input saturates, since
quantizing to what is normal would clip exactly the anomalies.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.blob import load, pack
from cargoseal_score.model import KIND_CLIMATE, LINEAR, MEAN, Feature, Model
from models.data.skab import SIGNALS
from models.evaluate.sets.skab_protocol import TRAIN_ROWS, Counts, Run

REACH_STEPS = 4
APART = 150
MULTIPLIER_BITS = 17
ZERO_POINT = 0

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """How a run's blob is fitted."""

    rows: int  # of a window: the row that is judged and those before it
    newest: int  # training rows that middle and reach are taken from
    wander: float  # signals that wander more are left out


@dataclass(frozen=True)
class RowWindow:
    """The readings of one window, as segments carry them."""

    offsets_ms: Sequence[int]
    columns: dict[int, Sequence[int | None]]


def fit(one: Run, settings: Settings) -> Model:
    """Return the blob for a run; only its first 400 rows are looked at."""
    middle, reach, wander = _measure(one.counts[:TRAIN_ROWS], settings)
    kept = wander <= max(settings.wander, float(wander.min()))
    features = [
        mean_feature(channel, middle[i], REACH_STEPS / (reach[i] * wander[i]))
        for i, channel in enumerate(SIGNALS)
        if kept[i]
    ]
    return load(pack(Model(b"", KIND_CLIMATE, ZERO_POINT, features, [])))


def _measure(training: Counts, settings: Settings) -> tuple[Floats, Floats, Floats]:
    """Return per signal the middle, the reach (at least one count) and the wander."""
    means = window_sums(training, settings.rows) / settings.rows
    newest = means[-settings.newest :]
    middle: Floats = np.median(newest, axis=0)
    reach = np.abs(newest - middle).max(axis=0).clip(1.0)
    near = _apart(means, settings.rows).clip(1e-9)
    wander: Floats = np.sqrt((_apart(means, APART) / near).clip(1.0))
    return middle, reach, wander


def _apart(means: Floats, rows: int) -> Floats:
    out: Floats = ((means[rows:] - means[:-rows]) ** 2).mean(axis=0)
    return out


def window_sums(counts: Counts, rows: int) -> Counts:
    """Return the sums over each `rows` rows together [len - rows + 1, signals]."""
    sums = np.concatenate([np.zeros((1, counts.shape[1]), np.int64), counts.cumsum(axis=0)])
    out: Counts = sums[rows:] - sums[:-rows]
    return out


def mean_feature(channel: int, middle: float, steps: float) -> Feature:
    """Return the feature: mean of a window less `middle` (counts), times `steps` per count."""
    shift = MULTIPLIER_BITS - int(np.ceil(np.log2(steps)))
    return Feature(channel, MEAN, LINEAR, shift, round(middle * 256), round(steps * 2.0**shift))


def windows(one: Run, rows: int, first: int = TRAIN_ROWS) -> list[RowWindow]:
    """Return per row, from the row `first` on, the window that ends with it."""
    columns = {channel: one.counts[:, i].tolist() for i, channel in enumerate(SIGNALS)}
    offsets = [1000 * i for i in range(rows)]
    return [
        RowWindow(offsets, {c: column[end - rows : end] for c, column in columns.items()})
        for end in range(first + 1, len(one.counts) + 1)
    ]


def scores(model: Model, one: Run, rows: int) -> Counts:
    """Return the scores of the test rows [rows], as the blob gives them, all at once.

    The same integers as `cargoseal_score`, for choosing settings; what is reported comes from the
    gateway's code and the node's.
    """
    sums = window_sums(one.counts, rows)[TRAIN_ROWS + 1 - rows :]
    farthest = np.zeros(len(sums), np.int64)
    for feature in model.features:
        top = 256 * sums[:, feature.channel - min(SIGNALS)] - feature.offset * rows
        half = rows << (feature.shift + 8)
        value = (2 * top * feature.multiplier + half) // (2 * half)
        farthest = np.maximum(farthest, np.clip(value, -128, 127) ** 2)
    return farthest
