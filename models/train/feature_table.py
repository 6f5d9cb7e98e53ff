"""The inputs of the climate model, with scales set so that nothing a sensor can say is clipped.

Seven statistics of temperature and humidity and six of light, three of the pressure (its level says
where the node is and what the weather does), two of the door's contact, and how long and how
closely the window was sampled: without that, half a degree in four minutes (an open door) and half
a degree in an hour (a morning) are one and the same. The level of a channel is one input over the
sensor's whole range, so a product's temperature alone moves the score little (limits belong to
profiles); the others are relative to the level and logarithmic: a fridge's tenths of a degree and a
container's tens both fit. Quantization calibrated on normal data would clip exactly the anomalies;
here the farther end of what the sensor can report is the end of the int8 range, and the zero point
is the mean of normal windows, so that a missing channel looks like an ordinary one.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.model import (
    COUNT,
    DEVIATION,
    DIP,
    JUMP,
    LINEAR,
    LOG,
    MEAN,
    PEAK,
    SPAN,
    STEP,
    TREND,
    Feature,
)
from models.simulate.shipment import DOOR, HUMIDITY, LIGHT, PRESSURE, TEMPERATURE
from models.train.dataset import Inputs, Window, inputs

ZERO_POINT = 0
SHIFT = 20
MOST_LINEAR = 1 << 17  # a multiplier that the gateway's fast code takes in 64 bits
DEVIATION_STEPS = 16

# Per channel: lowest and highest count, knee exponent of the spread statistics and of the trend.
RANGES = {
    TEMPERATURE: (-10_000, 15_000, 2, 3),
    HUMIDITY: (0, 10_000, 3, 4),
    PRESSURE: (3000, 12_500, 2, 3),
    LIGHT: (0, 2_000_000, 4, 6),
    DOOR: (0, 1, 0, 0),
}
SHAPE = (MEAN, DIP, PEAK, DEVIATION, STEP, TREND)
READ = [
    *((TEMPERATURE, s) for s in (*SHAPE, JUMP)),
    *((HUMIDITY, s) for s in (*SHAPE, JUMP)),
    *((LIGHT, s) for s in SHAPE),
    *((PRESSURE, s) for s in (DEVIATION, TREND, JUMP)),
    *((DOOR, s) for s in (MEAN, JUMP)),
]
STATISTICS = [*READ, (TEMPERATURE, SPAN), (TEMPERATURE, COUNT)]
_LONGEST_MS = 7 * 86_400_000
_MOST_READINGS = 4096


def wide(statistics: Sequence[tuple[int, int]] = STATISTICS) -> list[Feature]:
    """Return (channel, statistic) pairs as features, the whole range of each on -127 to 127."""
    return [_feature(c, s, *_span(c, s)) for c, s in statistics]


def fitted(
    kind: int, features: list[Feature], normal: list[Window], steps: int = DEVIATION_STEPS
) -> list[Feature]:
    """Return the table with zero at the mean of the normal windows that have the channel.

    One standard deviation becomes `steps` int8 steps, or fewer where the farther end of the range
    would not fit otherwise.
    """
    x = inputs(kind, ZERO_POINT, features, normal)
    present = {c: _present(normal, c) for c in {f.channel for f in features}}
    return [_fit(f, x[present[f.channel], i], steps) for i, f in enumerate(features)]


def _present(windows: list[Window], channel: int) -> NDArray[np.bool_]:
    return np.array([any(v is not None for v in w.columns.get(channel, [])) for w in windows])


def _fit(feature: Feature, values: Inputs, steps: int) -> Feature:
    _, low, high = _span(feature.channel, feature.statistic)
    step = (high - low) / 254
    middle = (low + high) // 2 + round(float(values.mean()) * step)
    wanted = round(float(values.std()) * step * 127 / steps)
    reach = max(high - middle, middle - low, wanted)
    return _feature(
        feature.channel, feature.statistic, feature.transform, middle - reach, middle + reach
    )


def _span(channel: int, statistic: int) -> tuple[int, int, int]:
    """Return (transform, lowest, highest) of a statistic, the ends in 1/256 after the transform."""
    low, high, knee, trend_knee = RANGES[channel]
    if statistic == SPAN:
        return LOG + 10, 0, _octaves(_LONGEST_MS, 10)
    if statistic == COUNT:
        return LOG, 0, _octaves(_MOST_READINGS, 0)
    if statistic == MEAN and channel != LIGHT:
        return LINEAR, low * 256, high * 256
    if statistic == TREND:
        reach = _octaves(high - low, trend_knee)
        return LOG + trend_knee, -reach, reach
    return LOG + knee, 0, _octaves(high - low, knee)


def _octaves(counts: int, knee: int) -> int:
    """Return log2(1 + counts / 2^knee) in 1/256, rounded up to a whole octave."""
    octaves = 0
    while (1 << (octaves + knee)) < counts + (1 << knee):
        octaves += 1
    return octaves * 256


def _feature(channel: int, statistic: int, transform: int, low: int, high: int) -> Feature:
    """Map low..high (in 1/256 of the transformed value) onto -127..127."""
    shift = SHIFT
    while transform == LINEAR and (254 * 256 << shift) // (high - low) > MOST_LINEAR:
        shift -= 1
    multiplier = (254 * 256 << shift) // (high - low)
    return Feature(channel, statistic, transform, shift, (low + high) // 2, multiplier)
