"""The 24 inputs of the climate model, with scales set so that nothing a sensor can say is clipped.

Six statistics of four channels. The level of a channel is one input over the sensor's whole range,
so a product's temperature alone moves the score little (limits belong to profiles); the other five
are relative to the level and logarithmic: a fridge's tenths of a degree and a container's tens both
fit. Quantization calibrated on normal data would clip exactly the anomalies; here the farther end
of what the sensor can report is the end of the int8 range, and the zero point is the mean of normal
windows, so that a missing channel looks like an ordinary one.
"""

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.model import (
    DEVIATION,
    DIP,
    LINEAR,
    LOG,
    MEAN,
    PEAK,
    STEP,
    TREND,
    Feature,
)

ZERO_POINT = 0
SHIFT = 20
DEVIATION_STEPS = 16
TEMPERATURE, HUMIDITY, LIGHT, SHOCK = 0, 1, 3, 4

# Per channel: lowest and highest count, knee exponent of the spread statistics and of the trend.
RANGES = {
    TEMPERATURE: (-10_000, 15_000, 2, 5),
    HUMIDITY: (0, 10_000, 3, 6),
    LIGHT: (0, 2_000_000, 4, 6),
    SHOCK: (0, 28_000, 5, 8),
}
STATISTICS = (MEAN, DIP, PEAK, DEVIATION, STEP, TREND)


def climate_features() -> list[Feature]:
    """Return the feature table with each input's whole range mapped onto -127 to 127."""
    return [_feature(c, s, *_span(c, s)) for c in RANGES for s in STATISTICS]


def fitted(features: list[Feature], normal: NDArray[np.int8]) -> list[Feature]:
    """Return the table with zero at the mean of the present normal inputs [windows, features].

    One standard deviation becomes `DEVIATION_STEPS` int8 steps, or fewer where the farther end of
    the range would not fit otherwise.
    """
    width = len(STATISTICS)
    out = []
    for i, feature in enumerate(features):
        block = normal[:, i // width * width : (i // width + 1) * width]
        present = normal[(block != ZERO_POINT).any(axis=1), i].astype(np.float64)
        _, low, high = _span(feature.channel, feature.statistic)
        step = (high - low) / 254
        middle = (low + high) // 2 + round(float(present.mean()) * step)
        reach = max(high - middle, middle - low)
        wanted = round(float(present.std()) * step * 127 / DEVIATION_STEPS)
        reach = max(reach, wanted)
        out.append(
            _feature(
                feature.channel,
                feature.statistic,
                feature.transform,
                middle - reach,
                middle + reach,
            )
        )
    return out


def _span(channel: int, statistic: int) -> tuple[int, int, int]:
    """Return (transform, lowest, highest) of a statistic, the ends in 1/256 after the transform."""
    low, high, knee, trend_knee = RANGES[channel]
    if statistic == MEAN and channel in (TEMPERATURE, HUMIDITY):
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
    multiplier = (254 * 256 << SHIFT) // (high - low)
    return Feature(channel, statistic, transform, SHIFT, (low + high) // 2, multiplier)
