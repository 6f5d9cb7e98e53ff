"""The column decoder of `cargoseal_wire.columns` for many columns at once, with numpy.

Rules
1. `cargoseal_wire.columns.unpack` is the definition. This decodes only columns whose values are all
   there, and gives None for every other one and for everything it is not sure of: the caller then
   asks the definition, which also finds the words for what is wrong.
2. What it gives is what the definition gives (tests hold them together, hostile bytes included).
3. All columns go in step: each round takes the next residual of every one of them. A residual is at
   most 53 bits, and the 64 bits from any byte on hold it. A column that runs past its end reads its
   neighbour's bits, and is given up when its end is looked at.
4. Work and memory are bounded: at most MAX_CELLS values are decoded in one go.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cargoseal_wire.bits import ESCAPE, MAX_PARAMETER, MAX_WIDTH
from cargoseal_wire.columns import VALUE_LIMIT
from cargoseal_wire.plan import ALL
from cargoseal_wire.residuals import ABOVE, AROUND, CONSTANT, FIRST, FIRSTS, SECOND, SPARSE

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]
Mask = NDArray[np.bool_]

MAX_CELLS = 1 << 18
MAX_CHANGE = float(1 << 42)  # no column within the limits has a larger residual, divisor included
_DIVIDED = 1 << 6
_FIRSTS = np.array(FIRSTS, np.int64)
_PADDING = bytes(8)


class Packed(NamedTuple):
    """A column as it comes: its bytes, how many values it has, and their limit."""

    data: bytes
    length: int
    limit: int = VALUE_LIMIT


def unpack_many(lanes: Sequence[Packed]) -> list[list[int] | None]:
    """Each column's values, or None where the definition must be asked."""
    if not lanes:
        return []
    if len(lanes) > 1 and len(lanes) * max(lane.length for lane in lanes) > MAX_CELLS:
        half = len(lanes) // 2
        return unpack_many(lanes[:half]) + unpack_many(lanes[half:])
    return _Columns(lanes).values()


def _leading_ones(width: int) -> Bits:
    """How many ones each number of `width` bits starts with."""
    numbers = np.arange(1 << width, dtype=np.int64)
    found = np.zeros(1 << width, np.uint64)
    for ones in range(1, width + 1):
        found[numbers >> (width - ones) == (1 << ones) - 1] = ones
    return found


_ONES_OF_8 = _leading_ones(8)
_ONES_OF_16 = _leading_ones(16)
_1, _8 = np.uint64(1), np.uint64(8)
_48, _56, _62, _63 = np.uint64(48), np.uint64(56), np.uint64(62), np.uint64(63)


class _Columns:
    """The columns of one call, side by side."""

    def __init__(self, lanes: Sequence[Packed]) -> None:
        data = b"".join([lane.data for lane in lanes])
        sizes = np.array([len(lane.data) for lane in lanes], np.int64)
        starts = np.cumsum(sizes) - sizes
        self._counts = np.array([lane.length for lane in lanes], np.int64)
        self._limits = np.array([lane.limit for lane in lanes], np.int64)
        padded = data + _PADDING
        words: NDArray[np.uint64] = np.ndarray((len(data) + 1,), ">u8", padded, strides=(1,))
        self._words = words.astype(np.uint64)  # the 64 bits from each byte on
        self._at = (starts + 1) * 8  # the next bit of each column
        self._end = (starts + sizes) * 8
        empty = sizes == 0
        modes = np.frombuffer(padded, np.uint8)[np.where(empty, len(data), starts)].astype(np.int64)
        self._order = modes & 3
        self._coding = modes >> 4 & 3
        self._divided = modes & _DIVIDED != 0
        self._given_up = empty | (modes > 127) | (modes >> 2 & 3 != ALL) | (self._coding > SPARSE)
        self._given_up |= self._counts < 1

    def values(self) -> list[list[int] | None]:
        counts = self._counts
        divisor = np.ones(len(counts), np.int64)
        self._number(self._divided, divisor)
        firsts = np.minimum(_FIRSTS[self._order], counts)
        first = np.zeros(len(counts), np.int64)
        second = np.zeros(len(counts), np.int64)
        self._number(firsts >= 1, first)
        self._number(firsts >= 2, second)
        whole = (self._order == ABOVE) | (self._order == AROUND)  # the first value is no value
        sizes = counts - np.where(whole, 0, firsts)
        residuals = self._residuals(sizes)
        self._check_end()
        values = self._restore(divisor, _unzigzag(first), _unzigzag(second), residuals)
        if counts.min() < counts.max():  # what stands behind the last value is none of its column
            behind = np.arange(values.shape[1]) >= counts[:, None]
            values = np.where(behind, values[:, :1], values)
        low, high = values.min(axis=1), values.max(axis=1)
        self._given_up |= (low < -self._limits) | (high >= self._limits)
        rows = values.tolist()
        return [
            None if given_up else row[:count]
            for row, count, given_up in zip(
                rows, counts.tolist(), self._given_up.tolist(), strict=True
            )
        ]

    def _window(self, at: Ints) -> Bits:
        """The bits from each place on, at least 57 of them, at the top of 64."""
        byte = np.minimum(at >> 3, len(self._words) - 1)
        window: Bits = self._words[byte] << (at & 7).astype(np.uint64)
        return window

    def _parameter(self, lanes: Ints) -> Ints:
        """Takes a parameter from each of the columns."""
        at = self._at[lanes]
        window = self._window(at)
        ones = _ONES_OF_16[window >> _48]
        low = (window << (ones + _1)) >> _62
        self._at[lanes] = at + ones.astype(np.int64) + 3
        self._given_up[lanes[ones > MAX_PARAMETER >> 2]] = True
        parameter: Ints = ((ones << np.uint64(2)) | low).astype(np.int64)
        return parameter

    def _number(self, wanted: Mask, numbers: Ints) -> None:
        """Takes a number from each column that wants one, and puts it in its place."""
        lanes = np.flatnonzero(wanted & ~self._given_up)
        if not len(lanes):
            return
        width = self._parameter(lanes)
        self._given_up[lanes[width > MAX_WIDTH]] = True
        width = np.minimum(width, MAX_WIDTH)
        more = np.maximum(width - 1, 0)
        at = self._at[lanes]
        tail = _top(self._window(at), more)
        numbers[lanes] = np.where(width > 0, (1 << more) | tail, 0)
        self._at[lanes] = at + more

    def _residuals(self, sizes: Ints) -> Ints:
        """The residuals of every column, zeros behind its last one; as they are coded."""
        found = np.zeros((len(sizes), max(1, int(self._counts.max()))), np.int64)
        coded = (self._coding != CONSTANT) & ~self._given_up
        lanes = np.flatnonzero(coded)
        if not len(lanes):
            return found
        k = self._parameter(lanes)
        above = self._parameter(lanes)
        width = np.where(above > 0, k + above, 0)
        self._given_up[lanes[(k > MAX_WIDTH) | (width > MAX_WIDTH)]] = True
        order = np.argsort(
            -sizes[lanes], kind="stable"
        )  # longest first: those going on are a slice
        order = order[~self._given_up[lanes[order]] & (sizes[lanes[order]] > 0)]
        lanes = lanes[order]
        if len(lanes):
            taken = self._take(lanes, k[order], width[order], sizes[lanes])
            found[lanes, : taken.shape[1]] = taken
        return found

    def _take(self, lanes: Ints, k: Ints, width: Ints, sizes: Ints) -> Ints:
        """Rounds of one residual per column; `sizes` descend."""
        at = self._at[lanes]
        rounds = int(sizes[0])
        out = np.zeros((len(lanes), rounds), np.int64)
        sparse = (self._coding[lanes] == SPARSE).astype(np.uint64)
        any_sparse = bool(sparse.any())
        going = np.searchsorted(-sizes, -np.arange(rounds), side="left")
        down, k_bits = (63 - k).astype(np.uint64), k.astype(np.uint64)
        lost = np.zeros(len(lanes), np.bool_)
        for number in range(rounds):
            n = int(going[number])
            here = at[:n]
            window = self._window(here)
            if any_sparse:
                zero = (sparse[:n] == _1) & (window >> _63 == 0)
                window = window << sparse[:n]
            ones = _ONES_OF_8[window >> _56]
            value = (ones << k_bits[:n]) | ((window << (ones + _1)) >> down[:n] >> _1)
            length = ones + k_bits[:n] + _1
            escaped = ones == ESCAPE
            if escaped.any():
                plain = _top(window << _8, width[:n]).astype(np.uint64)
                value = np.where(escaped, plain, value)
                length = np.where(escaped, width[:n].astype(np.uint64) + _8, length)
            if any_sparse:
                value = np.where(zero, np.uint64(0), value + sparse[:n])
                length = np.where(zero, _1, length + sparse[:n])
                escaped &= ~zero
            lost[:n] |= escaped & (width[:n] == 0)
            out[:n, number] = value
            here += length.astype(np.int64)
        self._at[lanes] = at
        self._given_up[lanes[lost]] = True
        return out

    def _check_end(self) -> None:
        """Gives up each column that did not end in its last byte, with zeros behind."""
        left = self._end - self._at
        self._given_up |= (left < 0) | (left > 7)
        self._given_up |= _top(self._window(self._at), np.clip(left, 0, 7)) != 0

    def _restore(self, divisor: Ints, first: Ints, second: Ints, residuals: Ints) -> Ints:
        """The values; nonsense in rows that were given up, but no overflow in any other."""
        changes = _unzigzag(residuals)
        lanes = np.flatnonzero(self._order == ABOVE)
        changes[lanes] = residuals[lanes]
        reach = np.maximum(-changes.min(axis=1), changes.max(axis=1)).astype(np.float64)
        self._given_up |= (reach * divisor > MAX_CHANGE) | (reach < 0)
        if self._divided.any():
            changes *= divisor[:, None]
        values = changes
        lanes = np.flatnonzero((self._order == ABOVE) | (self._order == AROUND))
        values[lanes] += first[lanes, None]
        lanes = np.flatnonzero(self._order == FIRST)
        values[lanes] = _summed(first[lanes], changes[lanes])
        lanes = np.flatnonzero(self._order == SECOND)
        steps = _summed(second[lanes] - first[lanes], changes[lanes])
        values[lanes] = _summed(first[lanes], steps)
        return values


def _summed(first: Ints, changes: Ints) -> Ints:
    """Rows that start with `first` and go on by the changes, the last one left out."""
    rows = np.empty_like(changes)
    rows[:, 0] = first
    rows[:, 1:] = changes[:, :-1]
    return np.cumsum(rows, axis=1)


def _top(window: Bits, width: Ints) -> Ints:
    """The first `width` bits of each window, 0 to 63, as numbers."""
    return (window >> _1 >> (63 - width).astype(np.uint64)).astype(np.int64)


def _unzigzag(values: Ints) -> Ints:
    return (values >> 1) ^ -(values & 1)
