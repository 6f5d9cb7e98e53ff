# ruff: noqa: F821  ptr8 and ptr32 are viper's
"""What a kernel's callers do to the buffers they lend it."""

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
