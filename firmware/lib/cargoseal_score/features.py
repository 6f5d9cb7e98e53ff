"""From a window's readings to the model's int8 inputs, in integers.

A statistic is an exact fraction numerator / denominator of a channel's counts over the readings
that have a value (n of them, v[0] .. v[n-1]):

    mean       sum / n
    min, max   the extremes
    dip        mean - min         how far the lowest reading lies below the level
    peak       max - mean         how far the highest lies above it: one reading is enough
    deviation  mean |v - mean|
    step       mean |v[i] - v[i-1]|,  0 when n = 1
    trend      mean of the last n//2 readings - mean of the first n//2,  0 when n = 1
    jump       max |v[i] - v[i-1]|,  0 when n = 1

The transform `linear` keeps a value x; `log` with the knee K = 2^k counts replaces it by
sign(x) * log2(1 + |x| / K), computed as  lb(16 * K + floor(16 * |x|)) - lb(16 * K),  lb being the
binary logarithm in 1/256, straight lines between powers of two. Then

    input = clamp(zero point + round((value - offset / 256) * multiplier / 2^shift), -128, 127)

with halves rounded up, in one floor division. A channel without any value gives the zero point,
which is what the model was shown for a missing channel.
"""

from cargoseal_score.errors import ScoreError
from cargoseal_score.model import (
    DEVIATION,
    DIP,
    JUMP,
    LOG,
    MAX,
    MEAN,
    MIN,
    PEAK,
    STEP,
    Feature,
    Model,
)

MAX_READINGS = 4096


def extract(model: Model, offsets_ms: list[int], columns: dict[int, list[int | None]]) -> bytes:
    """Return the model's input, `model.inputs` int8 values as bytes.

    `offsets_ms` has one entry per reading and `columns` one list of as many counts (or None) per
    channel; channels the model does not know are not looked at. ScoreError when lengths differ.
    """
    count = len(offsets_ms)
    if not 1 <= count <= MAX_READINGS:
        raise ScoreError("readings", f"1 to {MAX_READINGS}", count)
    present: dict[int, list[int]] = {}
    out = bytearray(model.inputs)
    for i, feature in enumerate(model.features):
        channel = feature.channel
        if channel not in present:
            column = columns.get(channel, [])
            if column and len(column) != count:
                raise ScoreError(f"column of channel {channel}", f"{count} values", len(column))
            present[channel] = [v for v in column if v is not None]
        values = present[channel]
        value = model.zero_point
        if values:
            numerator, denominator = statistic(feature.statistic, values)
            value = scale(feature, numerator, denominator, model.zero_point)
        out[i] = value & 255
    return bytes(out)


def statistic(code: int, values: list[int]) -> tuple[int, int]:
    """Return a statistic of at least one value as (numerator, denominator > 0)."""
    n = len(values)
    if code == MEAN:
        return sum(values), n
    if code == MIN:
        return min(values), 1
    if code == MAX:
        return max(values), 1
    if code == DIP:
        return sum(values) - n * min(values), n
    if code == PEAK:
        return n * max(values) - sum(values), n
    if code == DEVIATION:
        total = sum(values)
        return sum([abs(n * v - total) for v in values]), n * n
    if n == 1:
        return 0, 1
    if code == STEP:
        return sum([abs(values[i] - values[i - 1]) for i in range(1, n)]), n - 1
    if code == JUMP:
        return max([abs(values[i] - values[i - 1]) for i in range(1, n)]), 1
    half = n // 2
    return sum(values[n - half :]) - sum(values[:half]), half


def scale(feature: Feature, numerator: int, denominator: int, zero_point: int) -> int:
    """Return the int8 input for a statistic."""
    if feature.transform >= LOG:
        knee = 16 << (feature.transform - LOG)
        magnitude = lb(knee + 16 * abs(numerator) // denominator) - lb(knee)
        numerator = -magnitude if numerator < 0 else magnitude
        denominator = 256
    top = 2 * (256 * numerator - feature.offset * denominator) * feature.multiplier
    bottom = denominator << (feature.shift + 8)
    value = zero_point + (top + bottom) // (2 * bottom)
    return -128 if value < -128 else 127 if value > 127 else value


def lb(n: int) -> int:
    """Return 256 * log2(n) for n >= 1, exact at powers of two, linear and floored between."""
    exponent = 0
    while n >> exponent > 1:
        exponent += 1
    return (exponent << 8) + ((n << 8) >> exponent) - 256
