"""Windows and model inputs that try everything, the same on both interpreters from their number.

Rules
1. Case n is a function of n alone. All chance is SHA-256 of numbers, which both interpreters have
   in machine code, so that nothing but numbers travels between them.
2. Windows: one reading to 4,096, whole channels missing or empty, values missing here and there,
   counts from 0 to beyond 32 bits, levels that break off, times that stand still or run for years;
   one in 16 is a fall with its impact, as an accelerometer has it.
3. Inputs: each constant vector, extremes only, alternating, sparse, one place unlike the rest, the
   edges of int8, near zero, anything.
"""

import hashlib
import struct

FULL_EVERY, LONG_EVERY = 4099, 257
FULL, LONG = 4096, 600
FALL_EVERY, FALL = 16, 50
COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 6, 8, 10, 12, 16, 20, 30, 60)
PERIODS_MS = (0, 1, 5, 10, 20, 50, 100, 1000, 10_000, 60_000, 60_000, 600_000, 3_600_000, 1 << 24)
LEVELS = (0, 0, 500, 1000, 1000, 5000, -1850, -1000, 8000, 32_767, 1_000_000, -(1 << 31), 1 << 40)
UNITS = (0, 0, 1, 1, 2, 5, 20, 100, 3000, 1 << 17, 1 << 24)
MISSING = (0, 0, 0, 0, 0, 25, 128, 250)
EDGES = (128, 129, 255, 0, 1, 126, 127)
VECTOR_KINDS = 8


def chance(*numbers):
    """32 bytes that nobody chose."""
    return hashlib.sha256(struct.pack(">" + "I" * len(numbers), *numbers)).digest()


def stream(length, *numbers):
    """As many bytes as asked for."""
    out = b""
    block = 0
    while len(out) < length:
        out += chance(block, *numbers)
        block += 1
    return out[:length]


def window(index, channels):
    """(offsets in ms, columns) of window `index` for a model that looks at these channels."""
    h = chance(1, index)
    if index % FALL_EVERY == 5:
        return fall(index, channels, h[0], h[1])
    count = COUNTS[h[0] % len(COUNTS)]
    if index % FULL_EVERY == 1:
        count = FULL
    elif index % LONG_EVERY == 1:
        count = LONG
    offsets = times(count, PERIODS_MS[h[1] % len(PERIODS_MS)], stream(count, 2, index))
    begin = count * (h[2] & 15) // 16
    end = min(count, begin + count * (h[3] & 7) // 16)
    columns = {}
    if index % LONG_EVERY == 2:
        return offsets, columns
    for channel in channels:
        made = column(index, channel, count, begin, end)
        if made is not None:
            columns[channel] = made
    return offsets, columns


def fall(index, channels, length, tumbling):
    """At rest, in the air, an impact, at rest; the shorter and the wilder, the harder to see."""
    begin, end = 10, 12 + length % 30
    columns = {}
    for channel in channels:
        rest = (100, -300, 900)[channel % 3]
        unit = UNITS[tumbling % 8]
        noise = [unit * b for b in stream(FALL, 4, index, channel)]
        levels = [rest] * begin + [rest // 20] * (end - begin) + [rest * 9] + [rest] * FALL
        columns[channel] = [levels[i] + noise[i] - 128 * unit for i in range(FALL)]
    return times(FALL, 5 + 5 * (index // FALL_EVERY & 1), stream(FALL, 2, index)), columns


def times(count, period_ms, random):
    offsets = []
    now = 0
    for i in range(count):
        offsets.append(now)
        now += period_ms + (random[i] % 3 if period_ms > 2 else 0)
    return offsets


def column(index, channel, count, begin, end):
    """The counts of a channel: one level, another from `begin` to `end`, a third after it."""
    g = chance(3, index, channel)
    if g[0] < 12:
        return None
    if g[0] < 18 or index % LONG_EVERY == 3:
        return [None] * count
    unit = UNITS[g[1] % len(UNITS)]
    levels = [LEVELS[g[k] % len(LEVELS)] - 128 * unit for k in (2, 3, 4)]
    random = stream(count + 1, 4, index, channel)
    values = [levels[0] + unit * b for b in random[:begin]]
    values += [levels[1] + unit * b for b in random[begin:end]]
    values += [levels[2] + unit * b for b in random[end:count]]
    missing = MISSING[g[5] % len(MISSING)]
    if missing:
        values = [None if random[i + 1] < missing else v for i, v in enumerate(values)]
    return values


def vector(index, width):
    """Model input `index`: `width` int8 values as bytes."""
    kind, number = index % VECTOR_KINDS, index // VECTOR_KINDS
    if kind == 0:
        return bytes([number & 255] * width)
    random = stream(width, 5, index)
    if kind == 1:
        return random
    if kind == 2:
        return bytes([127 + (b & 1) for b in random])
    if kind == 3:
        return bytes([(b % 25 - 12) & 255 for b in random])
    if kind == 4:
        return bytes([EDGES[b % 7] for b in random])
    if kind == 5:
        period = 1 + number // 49 % 8
        pair = EDGES[number % 7], EDGES[number // 7 % 7]
        return bytes([pair[i // period & 1] for i in range(width)])
    if kind == 6:
        out = bytearray([EDGES[number % 7]] * width)
        out[number // 7 % width] = 127 + (number // (7 * width) & 1)
        return bytes(out)
    out = bytearray(width)
    h = chance(6, index)
    for k in range(3):
        out[h[k] % width] = h[3 + k]
    return bytes(out)
