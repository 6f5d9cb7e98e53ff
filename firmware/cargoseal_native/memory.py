# ruff: noqa: F821  ptr8 and ptr32 are viper's
"""What a kernel's callers do to the buffers they lend it, and how they come by one."""

from array import array

import micropython


@micropython.viper
def wipe(words: ptr32, count: int):
    """Sets so many words to zero."""
    while count > 0:
        count -= 1
        words[count] = 0


@micropython.viper
def _lowest_bits(address: ptr8, out: ptr8):
    out[0] = int(address) & 3


def aligned(data):
    """The bytes themselves where they can be read as words of 32 bits, else a copy that can."""
    bits = bytearray(1)
    _lowest_bits(data, bits)
    return array("i", data) if bits[0] else data


@micropython.viper
def _halve(value: int, upper: int, longs: ptr32, out: ptr32, n: int):
    """Moves the lower halves together; out[0]: how many upper ones say that it was too large."""
    wrong = 0
    words = ptr32(int(longs))
    while n > 0:
        value = longs[0]
        upper = longs[1]
        if upper != value >> 31:
            wrong += 1
        words[0] = value
        words = ptr32(int(words) + 4)
        longs = ptr32(int(longs) + 8)
        n -= 1
    out[0] = wrong


@micropython.viper
def limbs(data: ptr8, at: int, words: ptr32, first: int, count: int):
    """Numbers of 13 bits, the lowest first, into words from `first` on; data two bytes longer."""
    words = ptr32(int(words) + (first << 2))
    at = 0
    while count > 0:
        begin = at >> 3
        value = data[begin] | data[begin + 1] << 8 | data[begin + 2] << 16
        words[0] = (value >> (at & 7)) & 8191
        words = ptr32(int(words) + 4)
        at += 13
        count -= 1


_WRONG = array("i", (0,))


def words(values):
    """Numbers of at most 63 bits and a sign as words of 32 bits; None where one is no int, or too
    large for that. MicroPython's array cuts numbers in silence, so this one is of 64 bits; the
    words fill its first half, and only a kernel reads them."""
    try:
        longs = array("q", values)
    except (TypeError, OverflowError):
        return None
    _halve(0, 0, longs, _WRONG, len(longs))
    return None if _WRONG[0] else longs
