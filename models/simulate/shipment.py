"""Simulated windows of readings: the physics a model is trained on, stated with its parameters.

Every window is one node in one shipment, simulated from `SPIN_UP_READINGS` readings before it. All
windows of a call share the sampling period; everything else is drawn per window (seeded).

Temperature and humidity: the physics of a box, stated in `climate`.
Light: dark with seams at daylight, in one case of twenty a box that stands in steady light, or an
open door.
Shock: peak |a| since the last reading. Riding: 1 g plus band-limited vibration with a lognormal RMS
of median `ROAD_RMS_G` (published rides: 0.02-0.13 g; ASTM D4169 truck levels 0.4-0.7 g as the tail)
and the Rayleigh peak of the samples in between; handling bumps arrive as a Poisson process. Half
the nodes report only shocks above a threshold, and 0 otherwise, as freight trackers do. Noise at
rest and the impacts of drops (2 m onto a soft landing: 16.5-20 g) are read off the recordings
`phone_freefall` (CC0 1.0).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulate.climate import (
    COOLING_FAILURE,
    HEAT_SOURCE,
    WATER,
    Bools,
    Box,
    Floats,
    climate,
    draw_box,
    log_uniform,
)

SPIN_UP_READINGS = 40
ROAD_RMS_G = 0.06
VIBRATION_HZ = 20.0
BUMPS_PER_H = (0.01, 1.5)
STILL_NOISE_G = 0.0065
DROP_G = (9.0, 20.0)

DOOR_LEFT_OPEN = "door_left_open"
DROP = "drop"
ROUGH_HANDLING = "rough_handling"
FAULTY_SENSOR = "faulty_sensor"
OPENED_BOX = "opened_box"
ANOMALIES = (
    COOLING_FAILURE,
    DOOR_LEFT_OPEN,
    DROP,
    ROUGH_HANDLING,
    FAULTY_SENSOR,
    OPENED_BOX,
    HEAT_SOURCE,
    WATER,
)


@dataclass(frozen=True)
class Windows:
    """Counts per channel id, each of shape [count, readings]."""

    period_s: float
    columns: dict[int, Floats]


def simulate(
    rng: np.random.Generator, count: int, readings: int, period_s: float, anomaly: str | None = None
) -> Windows:
    """Return `count` windows of `readings` readings, normal ones or all with the one anomaly.

    Columns are in the wire's counts: 0.01 degC, 0.01 %RH, 0.1 lx, mg.
    """
    box = draw_box(rng, count, must_cool=anomaly == COOLING_FAILURE)
    total = SPIN_UP_READINGS + readings
    onset = SPIN_UP_READINGS + rng.integers(readings // 8, max(readings // 2, 1), count)
    door = _doors(count, total, onset, anomaly)
    celsius, humidity = climate(rng, box, door, onset, period_s, anomaly)
    lux = _light(rng, box, door, period_s)
    if anomaly == OPENED_BOX:
        steps = np.arange(total)[None, :]
        length = rng.integers(1, max(readings // 3, 2), count)[:, None]
        opened = (steps >= onset[:, None]) & (steps < onset[:, None] + length)
        lux = np.where(opened, log_uniform(rng, 80.0, 20000.0, count)[:, None], lux)
    shock = _shock(rng, count, total, period_s, onset, anomaly)
    if anomaly == FAULTY_SENSOR:
        celsius = _break_sensor(rng, celsius, onset)
    keep = slice(SPIN_UP_READINGS, None)
    resolution = rng.choice([1.0, 1.0, 10.0, 50.0], count)[:, None]
    columns = {
        0: np.round(celsius[:, keep] * 100 / resolution) * resolution,
        1: np.round(humidity[:, keep] * 100 / resolution) * resolution,
        3: np.round(lux[:, keep] * 10).clip(0, 2**24),
        4: np.round(shock[:, keep] * 1000).clip(0, 16000 * 3**0.5),
    }
    return Windows(period_s, columns)


def _doors(count: int, total: int, onset: NDArray[np.int64], anomaly: str | None) -> Bools:
    """Return when the door is open: never on the way, or from the onset to the end."""
    if anomaly != DOOR_LEFT_OPEN:
        return np.zeros((count, total), bool)
    return np.asarray(np.arange(total)[None, :] >= onset[:, None])


def _light(rng: np.random.Generator, box: Box, door: Bools, period_s: float) -> Floats:
    count, total = door.shape
    hours = np.arange(total)[None, :] * (period_s / 3600.0)
    day = np.sin((hours + box.phase[:, None]) * (2 * np.pi / 24.0)).clip(0.0, 1.0)
    daylight = box.day_lux[:, None] * day
    lux = daylight * box.seam[:, None] + np.abs(rng.normal(0.0, 0.08, (count, total)))
    lamp = rng.uniform(20.0, 500.0, count)[:, None]
    lit = (rng.random(count) < 0.05)[:, None]
    lux = np.where(lit, lamp * rng.normal(1.0, 0.02, lux.shape), lux)
    return np.asarray(np.where(door, np.maximum(daylight * 0.3, lamp), lux))


def _shock(
    rng: np.random.Generator,
    count: int,
    total: int,
    period_s: float,
    onset: NDArray[np.int64],
    anomaly: str | None,
) -> Floats:
    """Return the peak acceleration since the last reading, in g."""
    steps = np.arange(total)[None, :]
    rms = ROAD_RMS_G * np.exp(rng.normal(0.0, 0.8, count)).clip(0.1, 9.0)
    switch = rng.random((count, total)) < min(0.5, period_s / 5400.0)
    riding = (np.cumsum(switch, axis=1) + rng.integers(0, 2, count)[:, None]) % 2 == 0
    samples = max(period_s * VIBRATION_HZ, 4.0)
    uniform = rng.random((count, total)).clip(1e-9, 1 - 1e-9)
    rayleigh = np.sqrt(2.0 * (np.log(samples) - np.log(-np.log(uniform))).clip(0.05, None))
    level = 1.0 + np.abs(rng.normal(0.0, STILL_NOISE_G, (count, total)))
    level += np.where(riding, rms[:, None] * rayleigh, 0.0)
    rate = log_uniform(rng, *BUMPS_PER_H, count)[:, None] * (period_s / 3600.0)
    bumps = rng.poisson(rate, (count, total)) > 0
    level = np.where(bumps, np.maximum(level, 1.5 + rng.exponential(1.2, level.shape)), level)
    if anomaly == DROP:
        level = np.where(steps == onset[:, None], rng.uniform(*DROP_G, count)[:, None], level)
    if anomaly == ROUGH_HANDLING:
        hit = (steps >= onset[:, None]) & (rng.random(level.shape) < 0.4)
        level = np.where(hit, 3.0 + rng.exponential(2.5, level.shape), level)
    thresholded = (rng.random(count) < 0.5)[:, None]
    threshold = rng.choice([1.5, 2.0, 3.0, 5.0], count)[:, None]
    return np.asarray(np.where(thresholded & (level < threshold), 0.0, level))


def _break_sensor(rng: np.random.Generator, celsius: Floats, onset: NDArray[np.int64]) -> Floats:
    """A loose contact: from the onset on, readings jump away by several degrees and back."""
    count, total = celsius.shape
    steps = np.arange(total)[None, :]
    away = (steps >= onset[:, None]) & (rng.random((count, total)) < 0.35)
    jump = rng.uniform(4.0, 40.0, count)[:, None] * rng.choice([-1.0, 1.0], (count, total))
    return np.asarray(np.where(away, celsius + jump, celsius))
