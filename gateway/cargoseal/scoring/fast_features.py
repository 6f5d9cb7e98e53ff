"""The feature code of `cargoseal_score.features` at speed: same integers, proved per table.

Statistics of all columns of one length are computed together in float64, which is exact here: with
counts up to `MAX_COUNT` and `MAX_READINGS` readings every intermediate is an integer below 2^53.
Segments outside those bounds raise `NotFasterError`, and so do a few segments with values missing
here and there, for which arrays do not pay.

A logarithmic input is a rising step function of  s = sign * floor(16 * |numerator| / denominator):
its 255 steps are worked out once per model, exactly, and an input is the number of steps at or
below s. Linear inputs are computed as the reference does.
"""

import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.features import lb
from cargoseal_score.model import (
    DEVIATION,
    DIP,
    JUMP,
    LOG,
    MAX,
    MEAN,
    MIN,
    PEAK,
    STATISTIC_NAMES,
    STEP,
    TREND,
    Feature,
    Model,
)

Floats = NDArray[np.float64]
Column = Sequence[int | None]
Groups = dict[int, tuple[list[int], list[bytes]]]

MAX_COUNT = 1 << 24
MAX_READINGS = 1 << 10
_STATISTICS = len(STATISTIC_NAMES)
_FEW = 4
_INT64 = 1 << 62


class NotFasterError(Exception):
    """The reference code must be taken: float64 would not be exact, or would not be faster."""


class _Input:
    """One input of the model: where its statistic is found and how it is scaled."""

    def __init__(self, feature: Feature, row: int, zero_point: int) -> None:
        self.row = row
        self.statistic = feature.statistic
        self.zero_point = zero_point
        self.offset = feature.offset
        self.multiplier = 2 * feature.multiplier
        self.shift = feature.shift + 8
        self.steps: list[int] | None = None
        if feature.transform >= LOG:
            self.steps = log_steps(feature, zero_point)
            self.step_array = np.array(self.steps, np.float64)
        self.vectorised = self.steps is not None or _fits_int64(feature)

    def of(self, top: int, bottom: int) -> int:
        """Return the input for a statistic top / bottom."""
        if self.steps is not None:
            s = 16 * top // bottom if top >= 0 else -(-16 * top // bottom)
            return bisect_right(self.steps, s) - 128
        d = bottom << self.shift
        q = ((256 * top - self.offset * bottom) * self.multiplier + d) // (2 * d)
        return min(127, max(-128, q + self.zero_point))

    def of_many(self, top: Floats, bottom: Floats) -> Floats:
        """Return the inputs for many statistics; only where `vectorised`."""
        if self.steps is not None:
            s = np.copysign(np.floor(np.abs(top) * 16.0 / bottom), top)
            return np.searchsorted(self.step_array, s, side="right") - 128.0
        t, b = top.astype(np.int64), bottom.astype(np.int64)
        d = b << self.shift
        q = (((t << 8) - self.offset * b) * self.multiplier + d) // (2 * d) + self.zero_point
        return np.asarray(np.minimum(127, np.maximum(-128, q)), np.float64)


class FeaturePlan:
    """A model's feature table, ready to run."""

    def __init__(self, model: Model) -> None:
        self.channels = sorted({f.channel for f in model.features})
        self.zero_point = model.zero_point
        self.table = [
            _Input(f, self.channels.index(f.channel), model.zero_point) for f in model.features
        ]
        self.vectorised = all(entry.vectorised for entry in self.table)

    def inputs(self, batch: Sequence[Mapping[int, Column]]) -> Floats:
        """Return the model inputs of the segments, [segments, inputs], whole numbers.

        All columns of one segment are equally long.
        """
        rows = len(batch) * len(self.channels)
        groups = _by_length(self.channels, batch)
        if len(batch) <= _FEW and len(groups) > len(batch):
            raise NotFasterError("many lengths")
        tops = np.zeros((rows, _STATISTICS))
        bottoms = np.zeros((rows, _STATISTICS))
        for n, (places, columns) in groups.items():
            tops[places] = _statistics(n, columns)
            bottoms[places] = _bottoms(n)
        if len(batch) <= _FEW or not self.vectorised:
            return self._few(tops, bottoms)
        return self._many(len(batch), tops, bottoms)

    def _few(self, tops: Floats, bottoms: Floats) -> Floats:
        width = len(self.channels)
        t = tops.astype(np.int64).tolist()
        b = bottoms.astype(np.int64).tolist()
        zero = self.zero_point
        return np.array(
            [
                [
                    e.of(t[base + e.row][e.statistic], b[base + e.row][e.statistic])
                    if b[base + e.row][e.statistic]
                    else zero
                    for e in self.table
                ]
                for base in range(0, len(t), width)
            ],
            np.float64,
        )

    def _many(self, count: int, tops: Floats, bottoms: Floats) -> Floats:
        t = tops.reshape(count, len(self.channels), _STATISTICS)
        b = bottoms.reshape(count, len(self.channels), _STATISTICS)
        out = np.empty((count, len(self.table)))
        for i, entry in enumerate(self.table):
            bottom = b[:, entry.row, entry.statistic]
            missing = bottom == 0.0
            out[:, i] = entry.of_many(t[:, entry.row, entry.statistic], bottom + missing)
            out[missing, i] = self.zero_point
        return out


def log_steps(feature: Feature, zero_point: int) -> list[int]:
    """Return, for the inputs -127 to 127, the least s that gives at least that input.

    Inverts `cargoseal_score.features.scale`: first the rounded scaling, then the logarithm.
    """
    knee = 16 << (feature.transform - LOG)
    steps = []
    for value in range(-127, 128):
        k = value - zero_point
        half = 1 << (feature.shift + 7)
        level = -(-((k << (feature.shift + 8)) - half) // feature.multiplier) + feature.offset
        if level > 0:
            steps.append(_least(level + lb(knee)) - knee)
        else:
            steps.append(-(_least(1 - level + lb(knee)) - knee) + 1)
    return steps


def _least(level: int) -> int:
    """Return the least n >= 1 with lb(n) >= level, for level >= 0."""
    exponent, part = level >> 8, level & 255
    return -(-((256 + part) << exponent) >> 8)


def _by_length(channels: Sequence[int], batch: Sequence[Mapping[int, Column]]) -> Groups:
    """Return, per number of present values, (segment, channel) places and columns as doubles."""
    groups: Groups = {}
    place = 0
    for columns in batch:
        for channel in channels:
            column = columns.get(channel)
            if column:
                n = len(column)
                try:
                    packed = struct.pack(f"{n}d", *column)
                except (struct.error, OverflowError):  # None, or more than a double holds
                    present = [v for v in column if v is not None]
                    n = len(present)
                    packed = _pack(present)
                if n:
                    places, rows = groups.setdefault(n, ([], []))
                    places.append(place)
                    rows.append(packed)
            place += 1
    return groups


def _pack(values: list[int]) -> bytes:
    try:
        return struct.pack(f"{len(values)}d", *values)
    except (struct.error, OverflowError):
        raise NotFasterError("a count") from None


def _statistics(n: int, columns: list[bytes]) -> Floats:
    """Return every statistic's numerator for columns of n doubles each, [columns, statistics]."""
    if n > MAX_READINGS:
        raise NotFasterError(f"{n} readings")
    v = np.frombuffer(b"".join(columns)).reshape(-1, n)
    low = np.minimum.reduce(v, axis=1)
    high = np.maximum.reduce(v, axis=1)
    if low.min() < -MAX_COUNT or high.max() > MAX_COUNT:
        raise NotFasterError("a count")
    half = n // 2
    early = np.add.reduce(v[:, :half], axis=1)
    late = np.add.reduce(v[:, n - half :], axis=1)
    total = early + late
    if n % 2:
        total += v[:, half]
    out = np.zeros((len(columns), _STATISTICS))
    out[:, MEAN] = total
    out[:, MIN] = low
    out[:, MAX] = high
    out[:, DIP] = total - n * low
    out[:, PEAK] = n * high - total
    away = v * n
    away -= total[:, None]
    np.abs(away, out=away)
    out[:, DEVIATION] = np.add.reduce(away, axis=1)
    if n > 1:
        steps = v[:, 1:] - v[:, :-1]
        np.abs(steps, out=steps)
        out[:, STEP] = np.add.reduce(steps, axis=1)
        out[:, JUMP] = np.maximum.reduce(steps, axis=1)
        out[:, TREND] = late - early
    return out


def _bottoms(n: int) -> list[int]:
    """Return every statistic's denominator for n values."""
    out = [1] * _STATISTICS
    out[MEAN] = out[DIP] = out[PEAK] = n
    out[DEVIATION] = n * n
    if n > 1:
        out[STEP] = n - 1
        out[TREND] = n // 2
    return out


def _fits_int64(feature: Feature) -> bool:
    """Say whether linear scaling stays below 2^62 for every fraction `_statistics` lets through."""
    bottom = MAX_READINGS**2 if feature.statistic == DEVIATION else MAX_READINGS
    reach = (256 * 2 * MAX_COUNT + abs(feature.offset)) * bottom * 2 * feature.multiplier
    return feature.shift <= 40 and reach + (bottom << (feature.shift + 9)) < _INT64
