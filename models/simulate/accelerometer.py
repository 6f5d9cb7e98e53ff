"""What an accelerometer says of the specific force on it, in the wire's milli-g.

quantity        drawn from                           source
axes            any orientation in the housing       -
zero-g offset   normal, 20 mg per axis               data sheets say 40 mg typical (LIS2DH12)
gain            normal, 1 %                          data sheets
anti-alias      mean over 1/4 to 1 sample interval   filters of half the rate and above
range           2, 4, 8 or 16 g per axis, clips      BMA280, BMI160, LIS2DH12
resolution      range / 2048 or range / 512          12 and 10 bit
noise           2 to 20 mg white, log-uniform        6.5 mg at rest in phone_freefall (CC0)
clock           jitter of up to 2 ms, a quarter      4 samples in one message (bosch_xdk_box)
                of the sensors
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

INNER_HZ = 800
ZERO_G_OFFSET_G = 0.020
GAIN = 0.01
NOISE_G = (0.002, 0.020)
JITTERED = 0.25
JITTER_MS = 2


@dataclass(frozen=True)
class Sensor:
    """One accelerometer. `interval` is in steps of the simulation, 1 / INNER_HZ each."""

    interval: int
    averaged: int
    range_g: float
    step_g: float
    noise_g: float
    axes: Floats  # [3, 3], rotation
    offset_g: Floats  # [3]
    gain: Floats  # [3]
    jitter_ms: int


@dataclass(frozen=True)
class Samples:
    """times_ms [n], rising, and mg [n, 3]."""

    times_ms: NDArray[np.int64]
    mg: NDArray[np.int64]


def draw_sensor(
    rng: np.random.Generator, intervals: tuple[int, ...], ranges_g: tuple[float, ...]
) -> Sensor:
    """Return a sensor with one of the sampling intervals and one of the ranges."""
    interval = int(rng.choice(intervals))
    range_g = float(rng.choice(ranges_g))
    low, high = np.log(NOISE_G)
    return Sensor(
        interval=interval,
        averaged=max(1, int(interval * rng.choice([0.25, 0.5, 1.0]))),
        range_g=range_g,
        step_g=range_g / float(rng.choice([2048, 512])),
        noise_g=float(np.exp(rng.uniform(low, high))),
        axes=any_rotation(rng),
        offset_g=rng.normal(0.0, ZERO_G_OFFSET_G, 3),
        gain=1.0 + rng.normal(0.0, GAIN, 3),
        jitter_ms=JITTER_MS if rng.random() < JITTERED else 0,
    )


def measure(rng: np.random.Generator, sensor: Sensor, force_g: Floats) -> Samples:
    """Return what the sensor says of the specific force [steps, 3] in g, in the body's axes."""
    count = len(force_g) // sensor.interval
    blocks = force_g[: count * sensor.interval].reshape(count, sensor.interval, 3)
    felt = blocks[:, -sensor.averaged :].mean(axis=1) @ sensor.axes.T
    felt = felt * sensor.gain + sensor.offset_g + rng.normal(0.0, sensor.noise_g, felt.shape)
    felt = np.rint(felt.clip(-sensor.range_g, sensor.range_g) / sensor.step_g) * sensor.step_g
    times = np.arange(count) * (1000.0 * sensor.interval / INNER_HZ)
    if sensor.jitter_ms:
        times = times + rng.uniform(-sensor.jitter_ms, sensor.jitter_ms, count)
    rising = np.maximum.accumulate(np.rint(times - times[0]).astype(np.int64))
    return Samples(rising, np.rint(felt * 1000.0).astype(np.int64))


def any_rotation(rng: np.random.Generator) -> Floats:
    """Return a rotation matrix [3, 3], uniform over all (QR of a normal matrix)."""
    q, r = np.linalg.qr(rng.normal(size=(3, 3)))
    q = q * np.sign(np.diag(r))
    return np.asarray(q if np.linalg.det(q) > 0 else -q)


def any_direction(rng: np.random.Generator) -> Floats:
    """Return a unit vector [3], uniform over all."""
    v = rng.normal(size=3)
    return np.asarray(v / np.linalg.norm(v))
