"""The feature code of `cargoseal_score.features` at speed: same integers, proved per table.

Statistics of all columns of one length are computed together in float64, which is exact here: with
counts up to `MAX_COUNT` and `MAX_READINGS` readings every intermediate is an integer below 2^53.
Segments outside those bounds raise `NotFasterError`, and so do a few segments with values missing
here and there, for which arrays do not pay, and models that ask for statistics of bursts: a burst
is rare, and the reference is quick enough for it.

A logarithmic input is a rising step function of  s = sign * floor(16 * |numerator| / denominator):
its 255 steps are worked out once per model, exactly, and an input is the number of steps at or
below s. Linear inputs are computed as the reference does.
"""

import struct
from bisect import bisect_right
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring.readings import Column, Readings
from cargoseal_score.features import lb, magnitudes
from cargoseal_score.model import (
    BURSTS,
    COUNT,
    DEVIATION,
    DIP,
    JUMP,
    LOG,
    MAGNITUDE,
    MAGNITUDE_OF,
    MAX,
    MEAN,
    MIN,
    PART,
    PEAK,
    SPAN,
    STEP,
    TREND,
    Feature,
    Model,
)

Floats = NDArray[np.float64]

MAX_COUNT = 1 << 24
MAX_READINGS = 1 << 10
MAX_SPAN_MS = 1 << 32
_WHOLE = COUNT + 1  # one place per code (a part's own stays empty); then one per different part
_FEW = 4
_INT64 = 1 << 62


class NotFasterError(Exception):
    """The reference code must be taken: float64 would not be exact, or would not be faster."""


class _Group:
    """Columns with equally many values: their places in the batch, doubles, and time they span."""

    def __init__(self) -> None:
        self.places: list[int] = []
        self.columns: list[bytes] = []
        self.spans_ms: list[int] = []


class _Input:
    """One input of the model: where its statistic is found and how it is scaled."""

    def __init__(self, feature: Feature, row: int, place: int, zero_point: int) -> None:
        self.row = row
        self.place = place
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
        derived = {MAGNITUDE: MAGNITUDE_OF}
        needed = [c for f in model.features for c in derived.get(f.channel, (f.channel,))]
        self.columns = list(dict.fromkeys(needed))  # in the order the reference looks at them
        self.zero_point = model.zero_point
        self.bursts = any(f.statistic >= BURSTS for f in model.features)
        self.timed = any(f.statistic == SPAN for f in model.features)
        pairs = {(f.first, f.second) for f in model.features if f.statistic == PART}
        self.parts = sorted(pairs)
        self.table = [
            _Input(f, self.channels.index(f.channel), self._place(f), model.zero_point)
            for f in model.features
        ]
        self.vectorised = all(entry.vectorised for entry in self.table)

    def _place(self, feature: Feature) -> int:
        if feature.statistic != PART:
            return feature.statistic
        return _WHOLE + self.parts.index((feature.first, feature.second))

    def inputs(self, batch: Sequence[Readings]) -> Floats:
        """Return the model inputs of the segments, [segments, inputs], whole numbers.

        All columns of one segment are equally long.
        """
        if self.bursts:
            raise NotFasterError("statistics of bursts")
        rows = len(batch) * len(self.channels)
        groups = self._by_length(batch)
        if len(batch) <= _FEW and len(groups) > len(batch):
            raise NotFasterError("many lengths")
        tops = np.zeros((rows, _WHOLE + len(self.parts)))
        bottoms = np.zeros_like(tops)
        for n, group in groups.items():
            tops[group.places], bottoms[group.places] = self._fractions(n, group)
        if len(batch) <= _FEW or not self.vectorised:
            return self._few(tops, bottoms)
        return self._many(len(batch), tops, bottoms)

    def _fractions(self, n: int, group: _Group) -> tuple[Floats, Floats]:
        """Return numerators [columns, places] and denominators [places] of columns of n values."""
        v = _values(n, group.columns)
        tops, bottoms = _statistics(v), np.array(_bottoms(n), np.float64)
        if self.timed:
            tops[:, SPAN] = group.spans_ms
        if not self.parts:
            return tops, bottoms
        part_tops, part_bottoms = _parts(v, self.parts)
        return np.hstack([tops, part_tops]), np.hstack([bottoms, part_bottoms])

    def _by_length(self, batch: Sequence[Readings]) -> dict[int, _Group]:
        """Return the columns of all segments and channels by their number of present values."""
        groups: dict[int, _Group] = {}
        place = 0
        for readings in batch:
            columns = readings.columns
            for channel in self.channels:
                column = _magnitude(columns) if channel == MAGNITUDE else columns.get(channel)
                if column:
                    n, packed = _doubles(column)
                    if n:
                        group = groups.get(n)
                        if group is None:
                            group = groups[n] = _Group()
                        group.places.append(place)
                        group.columns.append(packed)
                        if self.timed:
                            group.spans_ms.append(_span_ms(column, readings.offsets_ms))
                place += 1
        return groups

    def _few(self, tops: Floats, bottoms: Floats) -> Floats:
        width = len(self.channels)
        t = tops.astype(np.int64).tolist()
        b = bottoms.astype(np.int64).tolist()
        zero = self.zero_point
        return np.array(
            [
                [
                    e.of(t[base + e.row][e.place], b[base + e.row][e.place])
                    if b[base + e.row][e.place]
                    else zero
                    for e in self.table
                ]
                for base in range(0, len(t), width)
            ],
            np.float64,
        )

    def _many(self, count: int, tops: Floats, bottoms: Floats) -> Floats:
        t = tops.reshape(count, len(self.channels), -1)
        b = bottoms.reshape(count, len(self.channels), -1)
        out = np.empty((count, len(self.table)))
        for i, entry in enumerate(self.table):
            bottom = b[:, entry.row, entry.place]
            missing = bottom == 0.0
            out[:, i] = entry.of_many(t[:, entry.row, entry.place], bottom + missing)
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


def _doubles(column: Column) -> tuple[int, bytes]:
    """Return the number of present values, and these as doubles."""
    n = len(column)
    try:
        return n, struct.pack(f"{n}d", *column)
    except (struct.error, OverflowError):  # None, or more than a double holds
        present = [v for v in column if v is not None]
    return len(present), _pack(present)


def _span_ms(column: Column, offsets_ms: Sequence[int]) -> int:
    present = [offset for offset, v in zip(offsets_ms, column, strict=True) if v is not None]
    span_ms = present[-1] - present[0]
    if not 0 <= span_ms <= MAX_SPAN_MS:
        raise NotFasterError("a span of time")
    return span_ms


def _pack(values: list[int]) -> bytes:
    try:
        return struct.pack(f"{len(values)}d", *values)
    except (struct.error, OverflowError):
        raise NotFasterError("a count") from None


def _magnitude(columns: Mapping[int, Column]) -> Column | None:
    """Return the derived column, None where an axis is missing.

    The root of an integer below 2^52, rounded as IEEE 754 asks, is never rounded up to the next
    integer, so its floor is the reference's.
    """
    x, y, z = (columns.get(axis) for axis in MAGNITUDE_OF)
    if not (x and y and z):
        return None
    try:
        packed = struct.pack(f"{3 * len(x)}d", *x, *y, *z)
    except (struct.error, OverflowError):  # None, or more than a double holds
        return magnitudes(list(x), list(y), list(z))
    v = np.frombuffer(packed).reshape(3, -1)
    if np.abs(v).max() > MAX_COUNT:
        raise NotFasterError("a count")
    return np.floor(np.sqrt((v * v).sum(axis=0))).tolist()  # type: ignore[no-any-return]


def _values(n: int, columns: list[bytes]) -> Floats:
    """Return columns of n doubles each as [columns, n]."""
    if n > MAX_READINGS:
        raise NotFasterError(f"{n} readings")
    v = np.frombuffer(b"".join(columns)).reshape(-1, n)
    if np.abs(v).max() > MAX_COUNT:
        raise NotFasterError("a count")
    return v


def _parts(v: Floats, parts: list[tuple[int, int]]) -> tuple[Floats, Floats]:
    """Return numerators [columns, parts] and denominators [parts] of the mean of each part."""
    n = v.shape[1]
    sums = np.zeros((len(v), n + 1))
    np.cumsum(v, axis=1, out=sums[:, 1:])
    begin = np.array([first * n // second for first, second in parts])
    end = np.array([(first + 1) * n // second for first, second in parts])
    return sums[:, end] - sums[:, begin], (end - begin).astype(np.float64)


def _statistics(v: Floats) -> Floats:
    """Return the numerator of every whole statistic, [columns, statistics], for v [columns, n]."""
    n = v.shape[1]
    low = np.minimum.reduce(v, axis=1)
    high = np.maximum.reduce(v, axis=1)
    half = n // 2
    early = np.add.reduce(v[:, :half], axis=1)
    late = np.add.reduce(v[:, n - half :], axis=1)
    total = early + late
    if n % 2:
        total += v[:, half]
    out = np.zeros((len(v), _WHOLE))
    out[:, COUNT] = n
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
    """Return the denominator of every whole statistic for n values."""
    out = [1] * _WHOLE
    out[MEAN] = out[DIP] = out[PEAK] = n
    out[DEVIATION] = n * n
    if n > 1:
        out[STEP] = n - 1
        out[TREND] = n // 2
    return out


def _fits_int64(feature: Feature) -> bool:
    """Say whether linear scaling stays below 2^62 for every fraction that is let through."""
    bottom = MAX_READINGS**2 if feature.statistic == DEVIATION else MAX_READINGS
    value = MAX_SPAN_MS if feature.statistic == SPAN else 2 * MAX_COUNT
    reach = (256 * value + abs(feature.offset)) * bottom * 2 * feature.multiplier
    return feature.shift <= 40 and reach + (bottom << (feature.shift + 9)) < _INT64
