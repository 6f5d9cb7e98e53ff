"""What the handling model looks at in a burst: nineteen statistics that carry the physics.

    a fall       its free flight, how deep and how calm (`flight ...`), the longest low stretches,
                 the lowest tenth and fifth of a second (which also see what `fall` rejects)
    a ride       how unsteady it was before and just before the peak, and after it
    a shock      its peak, its steepest rise, its velocity change (`surplus`), how many blows
    a tip        how far each axis' share of gravity has turned from beginning to end

Each has a range that nothing a sensor can say exceeds by much; logarithms where a tenth and ten
times as much both matter.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal_score import bursts
from cargoseal_score.model import LINEAR, LOG, MAGNITUDE, MAX, Feature

ZERO_POINT = 0
SHIFT = 20
DEVIATION_STEPS = 16
X, Y, Z = 12, 13, 14


@dataclass(frozen=True)
class Look:
    """A statistic with its parameters and the highest count it is scaled for.

    `knee` is the exponent of the logarithm's knee, None for a linear scale.
    """

    channel: int
    statistic: int
    first: int
    second: int
    knee: int | None
    top: int


LOOKS = (
    Look(MAGNITUDE, bursts.FLIGHT, 0, 0, 6, 1500),
    Look(MAGNITUDE, bursts.FLIGHT_LEVEL, 0, 0, None, 850),
    Look(MAGNITUDE, bursts.FLIGHT_UNREST, 0, 0, 4, 500),
    Look(MAGNITUDE, bursts.LOW, 350, 0, 6, 1500),
    Look(MAGNITUDE, bursts.LOW, 700, 0, 6, 1500),
    Look(MAGNITUDE, bursts.LOWEST, 100, 0, None, 2000),
    Look(MAGNITUDE, bursts.LOWEST, 200, 0, None, 2000),
    Look(MAGNITUDE, bursts.LEVEL, 30, 120, None, 3000),
    Look(MAGNITUDE, bursts.UNREST, 30, 120, 4, 4000),
    Look(MAGNITUDE, bursts.UNREST, 300, 700, 4, 4000),
    Look(MAGNITUDE, bursts.AFTERMATH, 60, 400, 4, 8000),
    Look(MAGNITUDE, bursts.SURPLUS, 1000, 20, 12, 1_000_000),
    Look(MAGNITUDE, bursts.SURPLUS, 1000, 100, 12, 2_000_000),
    Look(MAGNITUDE, bursts.LEAP, 20, 0, 8, 28_000),
    Look(MAGNITUDE, MAX, 0, 0, 9, 28_000),
    Look(MAGNITUDE, bursts.BLOWS, 1500, 40, 0, 30),
    Look(X, bursts.TURN, 200, 0, 7, 4000),
    Look(Y, bursts.TURN, 200, 0, 7, 4000),
    Look(Z, bursts.TURN, 200, 0, 7, 4000),
)


# The simple rules, from zero upwards. A flight counts in steps of 4 ms, up to half a second
# (1.3 m); one that need not be calm counts half where it stands beside a calm one.
CALM_MG = 80
CALM_FLIGHT = Look(MAGNITUDE, bursts.FLIGHT, CALM_MG, 0, None, 508)
ANY_FLIGHT = Look(MAGNITUDE, bursts.FLIGHT, 0, 0, None, 508)
LONG_FLIGHT = Look(MAGNITUDE, bursts.FLIGHT, 0, 0, None, 1016)
LOW_STRETCH = Look(MAGNITUDE, bursts.LOW, 350, 0, None, 1016)
HIGHEST = Look(MAGNITUDE, MAX, 0, 0, None, 28_000)


def one_sided(look: Look) -> Feature:
    """Return a feature that is 0 for nothing and 127 at the top: its square rises with it."""
    return _feature(look, -_top(look), _top(look))


def wide_features() -> list[Feature]:
    """Return the table with each input's whole range mapped onto -127 to 127."""
    return [_feature(look, 0, _top(look)) for look in LOOKS]


def fitted(normal: NDArray[np.int8]) -> list[Feature]:
    """Return the table with zero at the mean of normal inputs of the wide table [bursts, inputs].

    One standard deviation becomes `DEVIATION_STEPS` steps, or fewer where the farther end of the
    range would not fit otherwise.
    """
    out = []
    for i, look in enumerate(LOOKS):
        step = _top(look) / 254
        values = normal[:, i].astype(np.float64)
        middle = round((float(values.mean()) + 127) * step)
        reach = max(middle, _top(look) - middle)
        reach = max(reach, round(float(values.std()) * step * 127 / DEVIATION_STEPS))
        out.append(_feature(look, middle - reach, middle + reach))
    return out


def _top(look: Look) -> int:
    """Return the end of the range in 1/256 after the transform."""
    if look.knee is None:
        return look.top * 256
    octaves = 0
    while (1 << (octaves + look.knee)) < look.top + (1 << look.knee):
        octaves += 1
    return octaves * 256


def _feature(look: Look, low: int, high: int) -> Feature:
    """Map low..high (in 1/256 of the transformed value) onto -127..127."""
    return Feature(
        look.channel,
        look.statistic,
        LINEAR if look.knee is None else LOG + look.knee,
        SHIFT,
        (low + high) // 2,
        (254 * 256 << SHIFT) // (high - low),
        look.first,
        look.second,
    )
