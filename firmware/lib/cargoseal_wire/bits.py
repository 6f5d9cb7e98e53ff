"""Bits in bytes, most significant first, and the codes that columns are made of.

Rules
1. Every number a reader takes has a bound that does not depend on the bytes: a unary part is at
   most MAX_PARAMETER / 4 ones, a plain part at most MAX_WIDTH bits.
2. The last byte is filled with zeros; a reader refuses anything else behind its last number.
3. No intermediate passes 30 bits unless the number itself does: small ints on MicroPython.
"""

from cargoseal_wire.errors import OversizedError, TruncatedError, WireError

ESCAPE = 8  # ones in front of a number that Rice coding would make too long
MAX_WIDTH = 44  # bits of a plain number
MAX_PARAMETER = 63
_STEP = 16  # bits handled at once


class BitWriter:
    """Appends to a bytearray, `out`. The low `have` bits of `pending`, at most 7, are not in it
    yet; whoever writes by itself leaves all three as `_put` does."""

    def __init__(self, out: bytearray) -> None:
        self.out = out
        self.pending = 0
        self.have = 0

    def plain(self, value: int, width: int) -> None:
        """`value` in `width` bits."""
        while width > _STEP:
            width -= _STEP
            self._put((value >> width) & 0xFFFF, _STEP)
        self._put(value & ((1 << width) - 1), width)

    def rice(self, value: int, k: int, width: int) -> None:
        """`value` as quotient in unary and k low bits, or escaped as `width` plain bits."""
        quotient = value >> k
        if quotient < ESCAPE:
            self._put((1 << (quotient + 1)) - 2, quotient + 1)
            self.plain(value, k)
        else:
            self._put((1 << ESCAPE) - 1, ESCAPE)
            self.plain(value, width)

    def parameter(self, value: int) -> None:
        """A number that is mostly small, at most MAX_PARAMETER."""
        ones = value >> 2
        self._put(((1 << ones) - 1) << 3 | value & 3, ones + 3)

    def number(self, value: int) -> None:
        """An unsigned number below 2^MAX_WIDTH: its width, then its bits after the leading one."""
        width = bit_length(value)
        self.parameter(width)
        if width > 1:
            self.plain(value, width - 1)

    def end(self) -> None:
        """Fills the last byte with zeros."""
        if self.have:
            self._put(0, 8 - self.have)

    def _put(self, value: int, width: int) -> None:
        pending = self.pending << width | value
        have = self.have + width
        while have >= 8:
            have -= 8
            self.out.append(pending >> have)
            pending &= (1 << have) - 1
        self.pending = pending
        self.have = have


class BitReader:
    """Reads from `at` on; WireError names `where`."""

    def __init__(self, data: bytes, at: int, where: str) -> None:
        self._data = data
        self._at = at
        self._where = where
        self._pending = 0
        self._have = 0  # valid low bits of _pending

    def plain(self, width: int) -> int:
        """A number of `width` bits, at most MAX_WIDTH."""
        value = 0
        while width > _STEP:
            width -= _STEP
            value = value << _STEP | self._take(_STEP)
        return value << width | self._take(width)

    def rice(self, k: int, width: int) -> int:
        """What BitWriter.rice wrote; a `width` of 0 says that nothing is escaped."""
        quotient = self._ones(ESCAPE)
        if quotient < ESCAPE:
            return quotient << k | (self.plain(k) if k else 0)
        if not width:
            raise WireError(self._where, "no escaped number", "an escape")
        return self.plain(width)

    def parameter(self) -> int:
        """What BitWriter.parameter wrote."""
        high = self._ones((MAX_PARAMETER >> 2) + 1)
        if high > MAX_PARAMETER >> 2:
            raise OversizedError(self._where, "a parameter up to " + str(MAX_PARAMETER), "more")
        return high << 2 | self._take(2)

    def number(self) -> int:
        """What BitWriter.number wrote."""
        width = self.parameter()
        if width > MAX_WIDTH:
            raise OversizedError(self._where, "at most " + str(MAX_WIDTH) + " bits", str(width))
        return 1 << (width - 1) | self.plain(width - 1) if width else 0

    def end(self) -> None:
        """Refuses bytes behind the last number, and ones in its last byte."""
        if self._at != len(self._data):
            raise WireError(self._where, "the end", str(len(self._data) - self._at) + " bytes")
        if self._pending & ((1 << self._have) - 1):
            raise WireError(self._where, "zeros after the last number", "ones")

    def _ones(self, most: int) -> int:
        """Ones up to a zero, which is taken too, or `most` of them."""
        count = 0
        while count < most:
            if not self._have:
                self._load()
            self._have -= 1
            if not self._pending >> self._have & 1:
                return count
            count += 1
        return count

    def _take(self, width: int) -> int:
        while self._have < width:
            self._load()
        self._have -= width
        return self._pending >> self._have & ((1 << width) - 1)

    def _load(self) -> None:
        if self._at >= len(self._data):
            raise TruncatedError(self._where, "more bits", "the end")
        pending = self._pending & ((1 << self._have) - 1)
        self._pending = pending << 8 | self._data[self._at]
        self._have += 8
        self._at += 1


def zigzag(value: int) -> int:
    """0, -1, 1, -2 … as 0, 1, 2, 3 …"""
    return value + value if value >= 0 else -1 - value - value


def unzigzag(value: int) -> int:
    return -1 - (value >> 1) if value & 1 else value >> 1


def bit_length(value: int) -> int:
    """Bits of an unsigned number; MicroPython's int has no such method."""
    width = 0
    while value >> width >> 8:
        width += 8
    value >>= width
    while value:
        width += 1
        value >>= 1
    return width
