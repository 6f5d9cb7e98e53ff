"""What an accelerometer at 100 Hz on a simulated load feels, as its FIFO gives it.

Everything is in g on three axes, in steps of 1 ms; a sample is the mean over its 10 ms, cut at the
sensor's ±16 g, with 6 mg of noise per axis (of the size that parts of this class state).

    at rest   gravity on z
    road      Gaussian, 0.12 g RMS up and down and 0.05 g sideways: the floors of city trams and
              buses were measured at 0.016 to 0.13 g. (ASTM D4169's levels, which the slow readings
              beside it have, compress a long journey into an hour on a table.)
    pothole   the wheel drops and strikes: -0.6 g for 60 ms, then a half sine of 1.8 g over 50 ms
    drop      sqrt(2h/g) of flight in which only the turning is felt (3 rad/s at 0.1 m: 0.09 g);
              impact as a half sine of 10 ms with the velocity change sqrt(2gh), on an edge; it
              bounces with 0.3 of its speed, flies for 2·0.3·v/g and strikes again with 0.3 of the
              first impact; then it lies on its side
"""

import math
from collections.abc import Sequence
from random import Random
from typing import Any, Protocol

from cargoseal_wire.constants import GNSS

GRAVITY = 9.80665  # m/s²
PERIOD_MS = 10
FIFO_SAMPLES = 32
RANGE_MG = 16_000
NOISE_MG = 6.0
IMPACT_S = 0.010
ROAD_G = (0.05, 0.05, 0.12)  # RMS per axis
_POTHOLE_DIP_MS, _POTHOLE_STRIKE_MS = 60, 50
_SPIN_G = 3.0**2 * 0.1 / GRAVITY
_BOUNCE = 0.3
_UPRIGHT, _ON_ITS_SIDE = (0.0, 0.0, 1.0), (0.98, 0.0, 0.199)
_EDGE = (0.6, 0.0, 0.8)  # where the impact comes from

Vector = tuple[float, float, float]


class Happening(Protocol):
    """Something sudden, from a millisecond of the journey on."""

    def g_at(self, after_ms: float) -> Vector | None:
        """What is felt instead of rest and road so long after it began; None when it is over."""
        ...

    def rest_after(self) -> Vector:
        """How the load lies when it is over."""
        ...


class Fall:
    """A fall from a height, in mm, with its impacts."""

    def __init__(self, height_mm: int) -> None:
        speed = math.sqrt(2 * GRAVITY * height_mm / 1000)
        impact_ms = 1000 * IMPACT_S
        self._peak_g = math.pi / 2 * speed / IMPACT_S / GRAVITY
        self._lands_ms = 1000 * speed / GRAVITY
        self._bounces_ms = self._lands_ms + impact_ms
        self._lands_again_ms = self._bounces_ms + 2 * _BOUNCE * 1000 * speed / GRAVITY
        self._over_ms = self._lands_again_ms + impact_ms

    def g_at(self, after_ms: float) -> Vector | None:
        if after_ms < self._lands_ms or self._bounces_ms <= after_ms < self._lands_again_ms:
            return (0.0, _SPIN_G, 0.0)
        if after_ms < self._bounces_ms:
            return self._impact(after_ms - self._lands_ms, self._peak_g)
        if after_ms < self._over_ms:
            return self._impact(after_ms - self._lands_again_ms, _BOUNCE * self._peak_g)
        return None

    def rest_after(self) -> Vector:
        return _ON_ITS_SIDE

    def _impact(self, into_ms: float, peak_g: float) -> Vector:
        size = peak_g * math.sin(math.pi * into_ms / (1000 * IMPACT_S))
        return (_EDGE[0] * size, _EDGE[1] * size, _EDGE[2] * size)


class PotholeStrike:
    """A wheel through a pothole."""

    def g_at(self, after_ms: float) -> Vector | None:
        if after_ms < _POTHOLE_DIP_MS:
            return (0.0, 0.0, 1 - 0.6)
        into = (after_ms - _POTHOLE_DIP_MS) / _POTHOLE_STRIKE_MS
        return (0.0, 0.0, 1 + 1.8 * math.sin(math.pi * into)) if into < 1 else None

    def rest_after(self) -> Vector:
        return _UPRIGHT


def stream(
    start_ms: int,
    for_ms: int,
    driving: bool,
    happenings: Sequence[tuple[int, Happening]],
    random: Random,
) -> list[dict[str, Any]]:
    """FIFO rows as the simulator takes them, from `start_ms` (Unix) on; `happenings` are at
    milliseconds from there."""
    samples = [
        (at_ms, *_sample(at_ms, driving, happenings, random))
        for at_ms in range(0, for_ms, PERIOD_MS)
    ]
    rows = []
    for at in range(0, len(samples), FIFO_SAMPLES):
        fifo = samples[at : at + FIFO_SAMPLES]
        last_ms = fifo[-1][0]
        rows.append(_row(start_ms + last_ms, [[last_ms - ms, x, y, z] for ms, x, y, z in fifo]))
    rows.append(_row(start_ms + for_ms, []))
    return rows


def _row(at_ms: int, samples: list[list[int]]) -> dict[str, Any]:
    clock = {"wall_ms": at_ms, "clock_source": GNSS, "clock_error_ms": 1000}
    return {"at_ms": at_ms, **clock, "samples": samples}


def _sample(
    at_ms: int, driving: bool, happenings: Sequence[tuple[int, Happening]], random: Random
) -> tuple[int, int, int]:
    """mg per axis: the mean over the period that ends at `at_ms`."""
    sums = [0.0, 0.0, 0.0]
    for back in range(PERIOD_MS):
        for axis, g in enumerate(_g_at(at_ms - back, happenings)):
            sums[axis] += g / PERIOD_MS
    found = []
    for axis in range(3):
        road = random.gauss(0, ROAD_G[axis]) if driving else 0.0
        mg = round(1000 * (sums[axis] + road) + random.gauss(0, NOISE_MG))
        found.append(max(-RANGE_MG, min(RANGE_MG, mg)))
    return found[0], found[1], found[2]


def _g_at(at_ms: float, happenings: Sequence[tuple[int, Happening]]) -> Vector:
    lies = _UPRIGHT
    for begin_ms, happening in happenings:
        if at_ms >= begin_ms:
            felt = happening.g_at(at_ms - begin_ms)
            if felt is not None:
                return felt
            lies = happening.rest_after()
    return lies
