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
    part       mean of the i-th of k nearly equal parts (i = `first`, k = `second`):
               v[i * n // k] .. v[(i + 1) * n // k - 1],  nothing when that is empty
    span       milliseconds from the first of these readings to the last,  0 when n = 1
    count      n

Statistics of bursts look at every reading's time: `bursts` says what each is. Besides the wire's
channels there is the magnitude of the acceleration, floor(sqrt(x^2 + y^2 + z^2)) of channels 12, 13
and 14; a reading that lacks one of the three has none.

The transform `linear` keeps a value x; `log` with the knee K = 2^k counts replaces it by
sign(x) * log2(1 + |x| / K), computed as  lb(16 * K + floor(16 * |x|)) - lb(16 * K),  lb being the
binary logarithm in 1/256, straight lines between powers of two. Then

    input = clamp(zero point + round((value - offset / 256) * multiplier / 2^shift), -128, 127)

with halves rounded up, in one floor division. A channel without any value, and a statistic of
nothing, give the zero point, which is what the model was shown for a missing channel.

This is the definition. `native_summary` and `native_magnitudes` are twins of what it does with each
reading, in a chip's machine code, taken where MicroPython can load them, else None; they give None
for values that are too large for 32 bits, which are then computed here.
"""

from cargoseal_score import bursts
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import (
    BURSTS,
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
    Feature,
    Model,
)

try:
    from cargoseal_native.statistics import magnitudes as native_magnitudes
    from cargoseal_native.statistics import summary as native_summary
except (ImportError, SyntaxError, ValueError):  # CPython; no native emitter; another chip's file
    native_magnitudes = native_summary = None

TYPE_CHECKING = False
if TYPE_CHECKING:
    Summary = tuple[int, int, int, int, int, int, int]
    Fraction = tuple[int, int]
    Column = list[int | None]

MAX_READINGS = 4096


def extract(model: Model, offsets_ms: list[int], columns: dict[int, list[int | None]]) -> bytes:
    """Return the model's input, `model.inputs` int8 values as bytes.

    `offsets_ms` has one entry per reading and `columns` one list of as many counts (or None) per
    channel; channels the model does not know are not looked at. ScoreError when lengths differ.
    """
    count = len(offsets_ms)
    if not 1 <= count <= MAX_READINGS:
        raise ScoreError("readings", f"1 to {MAX_READINGS}", count)
    present: dict[int, tuple[list[int], list[int], tuple[Fraction, ...] | None]] = {}
    out = bytearray(model.inputs)
    for i, feature in enumerate(model.features):
        channel = feature.channel
        if channel not in present:
            offsets, values = _present(offsets_ms, _column(columns, channel, count))
            summary = native_summary(values) if native_summary and values else None
            simple = None if summary is None else told(len(values), summary)
            present[channel] = offsets, values, simple
        offsets, values, simple = present[channel]
        value = model.zero_point
        if values:
            if simple is not None and feature.statistic < PART:
                top, bottom = simple[feature.statistic]
            else:
                top, bottom = statistic(feature, offsets, values)
            if bottom:
                value = scale(feature, top, bottom, model.zero_point)
        out[i] = value & 255
    return bytes(out)


def _column(columns: "dict[int, Column]", channel: int, count: int) -> "Column":
    """Return a channel's column of `count` entries, a derived one too; [] where there is none."""
    if channel == MAGNITUDE:
        x, y, z = [_column(columns, axis, count) for axis in MAGNITUDE_OF]
        return magnitudes(x, y, z) if x and y and z else []
    column = columns.get(channel, [])
    if column and len(column) != count:
        raise ScoreError(f"column of channel {channel}", f"{count} values", len(column))
    return column


def _present(offsets_ms: list[int], column: "Column") -> tuple[list[int], list[int]]:
    """Return the offsets and the values of the readings that have a value."""
    if None not in column:
        return offsets_ms, column  # type: ignore[return-value]
    offsets = [offsets_ms[i] for i, value in enumerate(column) if value is not None]
    return offsets, [value for value in column if value is not None]


def magnitudes(x: "Column", y: "Column", z: "Column") -> "Column":
    """Return the length of each vector, rounded down; None where one of the three is None."""
    if native_magnitudes is not None:
        lengths: Column | None = native_magnitudes(x, y, z)
        if lengths is not None:
            return lengths
    out: Column = []
    root = 1
    for i, a in enumerate(x):
        b, c = y[i], z[i]
        if a is None or b is None or c is None:
            out.append(None)
            continue
        root = isqrt(a * a + b * b + c * c, root or 1)
        out.append(root)
    return out


def isqrt(n: int, guess: int) -> int:
    """Return floor(sqrt(n)) for n >= 0, quickly from a good guess, rightly from any above 0.

    Newton's steps on integers: after one step the root is not below the result, whatever the
    guess was, and from there every step goes down until the result is reached.
    """
    if n == 0:
        return 0
    root = (guess + n // guess) >> 1
    while True:
        lower = (root + n // root) >> 1
        if lower >= root:
            return root
        root = lower


def statistic(feature: Feature, offsets_ms: list[int], values: list[int]) -> tuple[int, int]:
    """Return the feature's statistic of at least one value, each with its offset, as a fraction.

    (numerator, denominator); the denominator is above 0, or 0 for a statistic of nothing.
    """
    code = feature.statistic
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
    if code >= PART:
        return _with_parameters(feature, offsets_ms, values)
    if n == 1:
        return 0, 1
    if code == STEP:
        return sum([abs(values[i] - values[i - 1]) for i in range(1, n)]), n - 1
    if code == JUMP:
        return max([abs(values[i] - values[i - 1]) for i in range(1, n)]), 1
    half = n // 2
    return sum(values[n - half :]) - sum(values[:half]), half


def told(n: int, summary: "Summary") -> "tuple[Fraction, ...]":
    """Return what `statistic` does for every code below PART, from a summary of the n values:
    (sum, least, highest, sum of |n v - sum|, sum of the steps, highest step, sum of the last n // 2
    less that of the first)."""
    total, least, highest, spread, path, leap, rise = summary
    dip, peak = total - n * least, n * highest - total
    level = ((total, n), (least, 1), (highest, 1), (dip, n), (peak, n), (spread, n * n))
    if n == 1:
        return level + ((0, 1), (0, 1), (0, 1))  # noqa: RUF005  MicroPython
    return level + ((path, n - 1), (rise, n // 2), (leap, 1))  # noqa: RUF005


def _with_parameters(feature: Feature, offsets_ms: list[int], values: list[int]) -> tuple[int, int]:
    """Return a statistic that has parameters or looks at the time."""
    code, first, second = feature.statistic, feature.first, feature.second
    if code >= BURSTS:
        return bursts.statistic(code, first, second, offsets_ms, values)
    n = len(values)
    if code == PART:
        begin, end = first * n // second, (first + 1) * n // second
        return sum(values[begin:end]), end - begin
    if code == SPAN:
        return offsets_ms[-1] - offsets_ms[0], 1
    return n, 1


def scale(feature: Feature, numerator: int, denominator: int, zero_point: int) -> int:
    """Return the int8 input for a statistic."""
    if feature.transform >= LOG:
        value = _log(numerator, denominator, feature.transform - LOG) - feature.offset
        shift = feature.shift + 8
        value = zero_point + ((value * feature.multiplier + (1 << (shift - 1))) >> shift)
    else:
        top = 2 * (256 * numerator - feature.offset * denominator) * feature.multiplier
        bottom = denominator << (feature.shift + 8)
        value = zero_point + (top + bottom) // (2 * bottom)
    return -128 if value < -128 else 127 if value > 127 else value


def _log(numerator: int, denominator: int, knee: int) -> int:
    """Return the transform `log` of a fraction in 1/256, with the knee 2^knee."""
    magnitude = lb((16 << knee) + 16 * abs(numerator) // denominator) - ((knee + 4) << 8)
    return -magnitude if numerator < 0 else magnitude


def lb(n: int) -> int:
    """Return 256 * log2(n) for n >= 1, exact at powers of two, linear and floored between."""
    exponent = 0
    while n >> exponent >> 8:
        exponent += 8
    while n >> exponent > 1:
        exponent += 1
    return (exponent << 8) + ((n << 8) >> exponent) - 256
