"""Mean kinetic temperature (USP <1079.2>): information about a leg, never a verdict.

Rules
1. Time-weighted: each reading counts until the next, for at most `hold_ms`; the last one counts for
   the median interval. What is longer is unknown time, told beside and not counted.
2. The heat of activation is a recorded parameter; 83.144 kJ/mol is the customary one.
3. Floating point: it informs people and decides nothing.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

GAS_CONSTANT = 8.314462618  # J/(mol K)
HEAT_OF_ACTIVATION = 83_144.0  # J/mol
ZERO_CELSIUS = 273.15


@dataclass(frozen=True, slots=True)
class KineticMean:
    """A mean kinetic temperature with what it covers."""

    celsius: float
    known_ms: int
    unknown_ms: int
    heat_of_activation: float


def mean_kinetic_temperature(
    readings: Sequence[tuple[int, int]],
    hold_ms: int,
    heat_of_activation: float = HEAT_OF_ACTIVATION,
) -> KineticMean | None:
    """Of (Unix ms, 0.01 °C) in time order; None when no time is known."""
    if not readings:
        return None
    steps = [later[0] - earlier[0] for earlier, later in pairwise(readings)]
    steps.append(round(median(steps)) if steps else hold_ms)
    known = [step if step <= hold_ms else 0 for step in steps]
    total = sum(known)
    if total == 0:
        return None
    scale = heat_of_activation / GAS_CONSTANT
    weighed = sum(
        step * math.exp(-scale / (count / 100 + ZERO_CELSIUS))
        for step, (_, count) in zip(known, readings, strict=True)
    )
    celsius = scale / -math.log(weighed / total) - ZERO_CELSIUS
    return KineticMean(celsius, total, sum(steps) - total, heat_of_activation)
