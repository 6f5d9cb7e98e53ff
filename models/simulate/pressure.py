"""The air pressure at a node: weather, the way's hills, a flight, fans, or a box's own gas.

Sea level: weather about 1013 hPa (`WEATHER_HPA`, `WEATHER_H`), smooth: about 1 hPa in three hours.
On the way (a cooled box or a container) the road's or the railway's height wanders by `HILLS_M`
within `HILLS_MIN`; a few boxes fly, in a cabin held at `CABIN_M`, which is reached and left within
`CLIMB_MIN`. Standing places have a height and keep it. Height to pressure by the barometric formula
of an isothermal atmosphere (scale height `SCALE_M`). A fan that starts or stops moves the pressure
by `FAN_HPA`, `FANS_PER_H` times an hour. All of this is normal.

A sealed box (inert gas, vacuum panels) is a rigid volume of gas: its pressure follows its own
temperature, not the world's. Where its seal breaks the difference is gone within `LEAK_MIN`. Water
over the node adds 0.98 hPa per centimetre (`DEPTH_CM`).

Ranges: ICAO's standard atmosphere, cabin heights of airliners, data sheets of barometers (noise and
resolution). No recording was fitted.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from models.simulate.climate import CONTAINER, COOLED, Bools, Floats, log_uniform

SCALE_M = 8434.0
WEATHER_HPA, WEATHER_H = 9.0, 30.0
STANDING_M = (0.0, 700.0)
HILLS_M, HILLS_MIN, HILLS_SHARE = (5.0, 350.0), (15.0, 240.0), 0.6
FLOWN_SHARE = 0.06
CABIN_M, CLIMB_MIN, FLIGHT_H = (1500.0, 2400.0), (12.0, 30.0), (0.8, 12.0)
FAN_HPA, FANS_PER_H, FAN_SHARE = (0.03, 0.6), (0.2, 12.0), 0.5
SEALED_SHARE = 0.04
SEALED_HPA = (8.0, 300.0)
LEAK_MIN = (0.5, 45.0)
DEPTH_CM = (4.0, 250.0)
NOISE_HPA = (0.01, 0.12)
LOWEST_HPA, HIGHEST_HPA = 300.0, 1250.0  # what barometers of this class report

Rng = np.random.Generator


def pressure(
    rng: Rng,
    places: NDArray[np.int64],
    celsius: Floats,
    period_s: float,
    sealed: Bools,
    leaking: Bools,
    flooded: Bools,
) -> tuple[Floats, Floats]:
    """Return hPa [shipments, readings], and what each barometer can tell [shipments].

    places: [shipments]. celsius: the air's temperature [shipments, readings]. `sealed`: boxes that
    must be sealed ones [shipments], others are by chance. `leaking`, `flooded`: when the seal is
    broken, and when water stands over the node [shipments, readings].
    """
    count, total = celsius.shape
    noise = log_uniform(rng, *NOISE_HPA, count)
    air = _world(rng, places, total, period_s) + _fans(rng, count, total, period_s)
    sealed = sealed | (_moving(places) & (rng.random(count) < SEALED_SHARE))
    offset = log_uniform(rng, *SEALED_HPA, count) * rng.choice([-1.0, 1.0], count)
    kelvin = celsius + 273.15
    held = (air[:, :1] + offset[:, None]) * kelvin / kelvin[:, :1]
    since_h = np.cumsum(leaking, axis=1) * (period_s / 3600.0)
    left = np.exp(-since_h / (log_uniform(rng, *LEAK_MIN, count) / 60.0)[:, None])
    out = np.where(sealed[:, None], air + (held - air) * left, air)
    out = out + 0.98 * log_uniform(rng, *DEPTH_CM, count)[:, None] * flooded
    out = out + rng.normal(0.0, 1.0, out.shape) * noise[:, None]
    return out.clip(LOWEST_HPA, HIGHEST_HPA), noise


def _moving(places: NDArray[np.int64]) -> Bools:
    return np.asarray(np.isin(places, (COOLED, CONTAINER)))


def _world(rng: Rng, places: NDArray[np.int64], total: int, period_s: float) -> Floats:
    """Return the pressure outside, without fans, [shipments, readings]."""
    count = len(places)
    weather = WEATHER_HPA * _smooth(rng, count, total, period_s / 3600.0 / WEATHER_H)
    rides = _moving(places) & (rng.random(count) < HILLS_SHARE)
    memory_s = 60.0 * log_uniform(rng, *HILLS_MIN, count)
    road = _smooth(rng, count, total, period_s / memory_s)
    height = rng.uniform(*STANDING_M, count)[:, None]
    height = height + np.where(rides, log_uniform(rng, *HILLS_M, count), 0.0)[:, None] * road
    height = np.where(_flies(rng, places)[:, None], _cabin(rng, height, period_s), height)
    return np.asarray((1013.25 + weather) * np.exp(-height.clip(-50.0) / SCALE_M))


def _flies(rng: Rng, places: NDArray[np.int64]) -> Bools:
    return np.asarray((places == COOLED) & (rng.random(len(places)) < FLOWN_SHARE))


def _cabin(rng: Rng, height: Floats, period_s: float) -> Floats:
    """Return the height with a flight in it, which may have begun before the first reading."""
    count, total = height.shape
    top = rng.uniform(*CABIN_M, count)[:, None]
    length = 3600.0 * log_uniform(rng, *FLIGHT_H, count)[:, None]
    climb = 60.0 * rng.uniform(*CLIMB_MIN, count)[:, None]
    at = np.arange(total)[None, :] * period_s
    begin = rng.uniform(-length[:, 0], max(total * period_s, 1.0), count)[:, None]
    risen = np.minimum((at - begin) / climb, (begin + length - at) / climb).clip(0.0, 1.0)
    return np.asarray(height + (np.maximum(top, height) - height) * risen)


def _fans(rng: Rng, count: int, total: int, period_s: float) -> Floats:
    """Return the steps of a fan that runs now and then, [shipments, readings]."""
    per_reading = (log_uniform(rng, *FANS_PER_H, count) * period_s / 3600.0).clip(0.0, 0.5)
    switched = rng.random((count, total)) < per_reading[:, None]
    by = np.where(rng.random(count) < FAN_SHARE, log_uniform(rng, *FAN_HPA, count), 0.0)
    return np.asarray(by[:, None] * (np.cumsum(switched, axis=1) % 2))


def _wander(rng: Rng, count: int, total: int, ages: Floats | float) -> Floats:
    """Return an Ornstein-Uhlenbeck process of deviation 1, a reading every `ages` memories."""
    fade = np.exp(-np.broadcast_to(np.asarray(ages, np.float64), (count,)))
    kicks = rng.normal(0.0, 1.0, (count, total)) * np.sqrt(1.0 - fade**2)[:, None]
    return _followed(rng.normal(0.0, 1.0, count), kicks, lambda state: state * fade)


def _smooth(rng: Rng, count: int, total: int, ages: Floats | float) -> Floats:
    """Return a process of deviation about 1 without kinks: it follows a wandering one with a lag
    of half its memory, as a road follows the hills."""
    hills = _wander(rng, count, total, ages)
    lag = np.broadcast_to(1.0 - np.exp(-2.0 * np.asarray(ages, np.float64)), (count,))
    behind = np.sqrt(1.0 / 3.0) * rng.normal(0.0, 1.0, count)  # as it is in the long run
    first = hills[:, 0] + behind
    return _followed(first, hills * lag[:, None], lambda state: state * (1.0 - lag))


def _followed(state: Floats, kicks: Floats, fade: Callable[[Floats], Floats]) -> Floats:
    out = np.empty_like(kicks)
    for i in range(kicks.shape[1]):
        state = fade(state) + kicks[:, i]
        out[:, i] = state
    return out
