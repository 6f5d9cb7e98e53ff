# ruff: noqa: F821  ptr32 is viper's
"""What features ask of a channel's values, reading by reading: the twin of parts of
`cargoseal_score.features`.

A summary is taken of values v with n |v| < 2^30: n v, every sum and every difference of two of them
then fit 32 bits, but for the sum of |n v - total|, which is kept in two halves.
"""

from array import array

import micropython

from cargoseal_native.memory import words

LIMIT = 1 << 30
# Three squares of 18918, which is in the code, are below 2^30.
_NUMBERS = array("i", bytes(32))  # what the kernels answer, until the next call


@micropython.viper
def _summary(value: int, t: int, values: ptr32, out: ptr32, n: int):
    begin = int(values)
    half = n >> 1
    last = values[0]
    low = last
    high = last
    total = 0
    path = 0
    leap = 0
    first_half = 0
    before_last_half = 0
    t = 0
    while t < n:
        if t == half:
            first_half = total
        if t == n - half:
            before_last_half = total
        value = values[0]
        values = ptr32(int(values) + 4)
        total += value
        if value < low:
            low = value
        if value > high:
            high = value
        last = value - last
        if last < 0:
            last = 0 - last
        path += last
        if last > leap:
            leap = last
        last = value
        t += 1
    lower = 0
    upper = 0
    values = ptr32(begin)
    t = n
    while t:
        value = values[0] * n - total
        if value < 0:
            value = 0 - value
        lower += value & 0xFFFF
        upper += value >> 16
        values = ptr32(int(values) + 4)
        t -= 1
    out[0] = total
    out[1] = low
    out[2] = high
    out[3] = lower
    out[4] = upper
    out[5] = path
    out[6] = leap
    out[7] = total - before_last_half - first_half


@micropython.viper
def _magnitudes(
    square: int, bit: int, x: ptr32, y: ptr32, z: ptr32, lengths: ptr32, out: ptr32, n: int
):
    """The lengths; out[0]: how many have an axis above 18918."""
    wrong = 0
    while n > 0:
        a = x[0]
        b = y[0]
        c = z[0]
        low = 0 - 18918
        if a < low or a > 18918 or b < low or b > 18918 or c < low or c > 18918:
            wrong += 1
        square = a * a + b * b + c * c
        root = 0
        bit = 1 << 28
        while bit > square and bit:
            bit >>= 2
        while bit:
            t = root + bit
            root >>= 1
            if square >= t:
                square -= t
                root += bit
            bit >>= 2
        lengths[0] = root
        lengths = ptr32(int(lengths) + 4)
        x = ptr32(int(x) + 4)
        y = ptr32(int(y) + 4)
        z = ptr32(int(z) + 4)
        n -= 1
    out[0] = wrong


def summary(values):
    """What `cargoseal_score.features.told` takes, of at least one value; None for one too large."""
    held = words(values)
    if held is None:
        return None
    n = len(held)
    out = _NUMBERS
    _summary(0, 0, held, out, n)
    total, low, high, lower, upper, path, leap, rise = out
    if not -LIMIT < low * n <= high * n < LIMIT:
        return None
    return total, low, high, (upper << 16) + lower, path, leap, rise


def magnitudes(x, y, z):
    """The length of each vector, rounded down; None where an axis lacks a value or is too large."""
    first, second, third = words(x), words(y), words(z)
    if first is None or second is None or third is None:
        return None
    lengths = array("i", bytes(4 * len(first)))
    _magnitudes(0, 0, first, second, third, lengths, _NUMBERS, len(first))
    return None if _NUMBERS[0] else list(lengths)
