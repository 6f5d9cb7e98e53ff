# ruff: noqa: F821  ptr8 and ptr32 are viper's
"""The loops over a column's values: the twin of `cargoseal_wire.residuals`, over arrays of words.

Values are in -2^28 ... 2^28 - 1, so that second differences, and residuals by zigzag, fit 31 bits.
There is no division: what divides all values divides them without a rest, which is a shift and a
product with the inverse of the odd part modulo 2^32. Ranks are found by counting, not by sorting:
by halving the range of the values, or by their numbers of bits.
"""

from array import array

import micropython

from cargoseal_native.memory import words
from cargoseal_wire.bits import ESCAPE
from cargoseal_wire.residuals import ABOVE, AROUND, FIRST, FIRSTS, SECOND, Coded

LIMIT = 1 << 28
NONE = 1 << 29  # no value
_HEAD_BYTES = 32  # five numbers of 41 bits at most, and the bits left over
_CODE_BYTES = 6  # of the longest residual: two bits, eight ones, 31 plain bits
_NUMBERS = array("i", bytes(24))  # what the kernels answer, until the next call
_COUNTS = array("i", bytes(128))  # of residuals by their number of bits, 0 to 31


@micropython.viper
def _ends(value: int, at: int, values: ptr32, out: ptr32, n: int):
    """The least value, the highest, the one of rank n / 2, and the first two."""
    begin = int(values)
    half = n >> 1
    low = values[0]
    high = low
    at = n
    while at:
        value = values[0]
        if value < low:
            low = value
        if value > high:
            high = value
        values = ptr32(int(values) + 4)
        at -= 1
    out[0] = low
    out[1] = high
    values = ptr32(begin)
    out[3] = values[0]
    if n > 1:
        out[4] = values[1]
    while low < high:
        limit = low + ((high - low) >> 1)
        values = ptr32(begin)
        below = 0
        at = n
        while at:
            value = values[0]
            if value <= limit:
                below += 1
            values = ptr32(int(values) + 4)
            at -= 1
        if below > half:
            high = limit
        else:
            low = limit + 1
    out[2] = low


@micropython.viper
def _coded(
    value: int,
    t: int,
    values: ptr32,
    signed: ptr32,
    counts: ptr32,
    out: ptr32,
    n: int,
    order: int,
    base: int,
    second: int,
):
    i = 32
    while i:
        i -= 1
        counts[i] = 0
    # What the order leaves of the values, into `signed`; n of them.
    begin = int(signed)
    if order == 1 or order == 2:
        n -= 1
        i = n
        while i > 0:
            signed[0] = values[1] - values[0]
            signed = ptr32(int(signed) + 4)
            values = ptr32(int(values) + 4)
            i -= 1
        if order == 2:
            n -= 1
            i = n
            signed = ptr32(begin)
            while i > 0:
                signed[0] = signed[1] - signed[0]
                signed = ptr32(int(signed) + 4)
                i -= 1
    else:
        i = n
        while i > 0:
            signed[0] = values[0] - base
            signed = ptr32(int(signed) + 4)
            values = ptr32(int(values) + 4)
            i -= 1
    # Their greatest common divisor, by halving and subtracting.
    signed = ptr32(begin)
    divisor = 0
    i = n
    while i > 0:
        value = signed[0]
        if value < 0:
            value = 0 - value
        signed = ptr32(int(signed) + 4)
        i -= 1
        if value != 0 and value != divisor:
            t = divisor
            if t == 0:
                t = value
            shift = 0
            while ((t | value) & 1) == 0:
                t >>= 1
                value >>= 1
                shift += 1
            while (t & 1) == 0:
                t >>= 1
            while value:
                while (value & 1) == 0:
                    value >>= 1
                if t > value:
                    swapped = t
                    t = value
                    value = swapped
                value -= t
            divisor = t << shift
            if divisor == 1:
                i = 0
    if divisor == 0:
        divisor = 1
    # Residuals in their place: divided by a shift and the inverse of the odd part.
    odd = divisor
    shift = 0
    while (odd & 1) == 0:
        odd >>= 1
        shift += 1
    inverse = odd  # right to three bits, and to twice as many after each step
    i = 4
    while i:
        inverse = inverse * (2 - odd * inverse)
        i -= 1
    signed = ptr32(begin)
    highest = 0
    i = n
    while i > 0:
        value = (signed[0] >> shift) * inverse
        if order != 3:
            value = (value << 1) ^ (value >> 31)
        signed[0] = value
        signed = ptr32(int(signed) + 4)
        if value > highest:
            highest = value
        t = 0
        while value > 255:
            value >>= 8
            t += 8
        while value:
            value >>= 1
            t += 1
        counts[t] += 1
        i -= 1
    out[0] = divisor
    out[1] = highest
    out[3] = 0
    out[5] = 0
    # The parameters by the residuals of middle rank, and what both codes cost.
    coding = 0
    cost = 0
    best = 0
    if highest:
        zeros = counts[0]
        width = 0
        while highest:
            highest >>= 1
            width += 1
        out[5] = width
        escape = width + 7
        rank = n >> 1
        sparse = 0
        while sparse < 2:
            below = zeros
            t = 0
            while below <= rank:
                t += 1
                below += counts[t]
            if t:
                t -= 1
            cost = n if sparse else 0
            signed = ptr32(begin)
            i = n
            while i > 0:
                value = signed[0]
                signed = ptr32(int(signed) + 4)
                i -= 1
                if sparse:
                    if value == 0:
                        continue
                    value -= 1
                value >>= t
                if value >= 8:
                    value = escape - t
                cost += value + t + 1
            if sparse == 0 or cost < best:
                best = cost
                coding = sparse + 1
                out[3] = t
            rank = (zeros + n) >> 1
            sparse += 1
            if (zeros << 2) < n:
                sparse = 2
    out[2] = coding
    # First values and divisor: width, then bits behind the leading one.
    i = 0
    while i < 3:
        value = base
        if i == 1:
            value = second
        value = (value << 1) ^ (value >> 31)
        if i == 2:
            value = divisor
        if i == 0 or (i == 1 and order == 2) or (i == 2 and divisor > 1):
            t = 0
            while value:
                value >>= 1
                t += 1
            best += (t >> 2) + 3
            if t:
                best += t - 1
        i += 1
    out[4] = best


@micropython.viper
def _cost(
    residual: int, cost: int, residuals: ptr32, out: ptr32, n: int, k: int, escape: int, sparse: int
):
    cost = 0
    while n > 0:
        residual = residuals[0]
        residuals = ptr32(int(residuals) + 4)
        n -= 1
        if sparse:
            cost += 1
            if residual == 0:
                continue
            residual -= 1
        residual >>= k
        cost += k + 1
        if residual < 8:
            cost += residual
        else:
            cost += escape
    out[0] = cost


@micropython.viper
def _put(
    pending: int,
    have: int,
    residuals: ptr32,
    out: ptr8,
    state: ptr32,
    n: int,
    k: int,
    width: int,
    coding: int,
    divisor: int,
    second: int,
):
    """As `put`, behind the bits in `state`: those left over, how many they are, bytes written.
    state[3] is the first value; `second` is a number that is none where there is no such value."""
    pending = state[0]
    have = state[1]
    begin = int(out)
    step = 0
    while step < 5 or n > 0:
        residual = 0
        left = 0
        if step < 5:
            # A number: the length of its width in ones, its last two bits, the number's own bits.
            size = 0
            coded = 1
            if step == 0:
                residual = divisor
                if divisor < 2:
                    coded = 0
            elif step < 3:
                residual = state[3]
                if step == 2:
                    residual = second
                    if second == 1 << 29:  # NONE
                        coded = 0
                residual = (residual << 1) ^ (residual >> 31)
            elif coding == 0:
                coded = 0
            elif step == 3:
                size = k
            elif width:
                size = width - k
            if coded:
                if step < 3:
                    left = residual
                    while left:
                        left >>= 1
                        size += 1
                    left = size - 1 if size else 0
                t = size >> 2
                have += t + 3
                pending = (((pending + 1) << t) - 1) << 3 | (size & 3)
            step += 1
        else:
            residual = residuals[0]
            residuals = ptr32(int(residuals) + 4)
            n -= 1
            there = 1
            if coding == 2:
                have += 1
                pending <<= 1
                there = 0
                if residual:
                    pending |= 1
                    residual -= 1
                    there = 1
            if there:
                t = residual >> k
                if t < 8:
                    have += t + 1
                    pending = ((pending + 1) << (t + 1)) - 2
                    left = k
                else:
                    have += 8
                    pending = pending << 8 | 255
                    left = width
        while have >= 8:
            have -= 8
            out[0] = pending >> have
            out = ptr8(int(out) + 1)
        while left:
            size = left
            if size > 16:
                size = 16
            left -= size
            have += size
            pending = pending << size | ((residual >> left) & ((1 << size) - 1))
            while have >= 8:
                have -= 8
                out[0] = pending >> have
                out = ptr8(int(out) + 1)
        pending &= (1 << have) - 1
        if coding == 0 and step == 5:
            n = 0
    state[0] = pending
    state[1] = have
    state[2] = int(out) - begin


def held(values):
    """The values as words; None where one of them is no int, or too large."""
    held = words(values) if values else None
    if held is None:
        return None
    _ends(0, 0, held, _NUMBERS, len(held))
    return held if -LIMIT <= _NUMBERS[0] and _NUMBERS[1] < LIMIT else None


def best(values):
    """The cheapest order of at least one value."""
    count, numbers = len(values), _NUMBERS
    room = values[:]
    _ends(0, 0, values, numbers, count)
    low, _, middle, first, after, _ = numbers
    chosen = FIRST, first, 0
    _coded(0, 0, values, room, _COUNTS, numbers, count, FIRST, first, 0)
    if count > 1:
        least = numbers[4]
        for other in ((ABOVE, low, 0), (AROUND, middle, 0), (SECOND, first, after)):
            _coded(0, 0, values, room, _COUNTS, numbers, count, *other)
            if numbers[4] < least:
                least, chosen = numbers[4], other
        if chosen[0] != SECOND:
            _coded(0, 0, values, room, _COUNTS, numbers, count, *chosen)
    order, base, second = chosen
    if order == FIRST or order == SECOND:
        room = room[: count - FIRSTS[order]]
    divisor, highest, coding, k, cost, width = numbers
    firsts = [base, second] if order == SECOND else [base]
    return Coded(order, firsts, divisor, room, highest, width, coding, k, cost)


def rice_cost(residuals, k, width, sparse):
    """Bits of Rice coding with escapes; `sparse` puts a bit that says "not 0" before each."""
    escape = ESCAPE + width - k - 1
    _cost(0, 0, residuals, _NUMBERS, len(residuals), k, escape, 1 if sparse else 0)
    return _NUMBERS[0]


def put(writer, coded):
    """The column behind its presence: divisor, first values, parameters, residuals."""
    firsts, residuals = coded.firsts, coded.residuals
    state = _NUMBERS
    state[0], state[1], state[3] = writer.pending, writer.have, firsts[0]
    out = bytearray(_HEAD_BYTES + _CODE_BYTES * len(residuals))
    second = firsts[1] if len(firsts) > 1 else NONE
    _put(
        0, 0, residuals, out, state, len(residuals),
        coded.k, coded.width, coded.coding, coded.divisor, second,
    )  # fmt: skip
    writer.pending, writer.have = state[0], state[1]
    writer.out.extend(memoryview(out)[: state[2]])
