"""The climate in a box: temperature and humidity as a node's sensors report them.

Temperature: air exchanges heat with the outside through the wall (time constant `TAU_WALL_H`), with
the goods (thermal mass, `TAU_GOODS_H`), through an open door (`TAU_DOOR_MIN`) and with a machine: a
compressor or heater with hysteresis about one of `SETPOINTS`, and a defrost every few hours.
Outside: a daily sine, a drift, and sun on the roof. A heat source is a body of 55 to 110 degC. The
node's sensor lags the air (`TAU_SENSOR_MIN`).
Humidity: vapour in the box leaks to the outside (`TAU_LEAK_H`), rushes through an open door, and is
limited by the coldest surface while the compressor runs. Relative humidity by the Magnus formula at
the sensor's temperature.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SUB_STEP_S = 60.0
SETPOINTS = (-75.0, -25.0, -20.0, -18.0, 0.0, 5.0, 5.0, 13.0, 19.0, 21.0, 30.0)
TAU_WALL_H = (1.0, 12.0)
TAU_GOODS_H = (0.5, 8.0)
TAU_DOOR_MIN = (2.0, 15.0)
TAU_SENSOR_MIN = (0.5, 20.0)
TAU_LEAK_H = (2.0, 48.0)

COOLING_FAILURE = "cooling_failure"
HEAT_SOURCE = "heat_source"
WATER = "water"


@dataclass(frozen=True)
class Box:
    """Drawn once per window; every array has shape [count]."""

    setpoint: Floats
    controlled: Bools
    hysteresis: Floats
    power: Floats
    outside: Floats
    swing: Floats
    phase: Floats
    drift: Floats
    sun: Floats
    wall_h: Floats
    goods_h: Floats
    door_min: Floats
    sensor_min: Floats
    leak_h: Floats
    outside_rh: Floats
    defrost_h: Floats
    day_lux: Floats
    seam: Floats


def log_uniform(rng: np.random.Generator, low: float, high: float, n: int) -> Floats:
    return np.asarray(np.exp(rng.uniform(np.log(low), np.log(high), n)))


def draw_box(rng: np.random.Generator, n: int, must_cool: bool) -> Box:
    outside = rng.normal(14.0, 11.0, n).clip(-30, 38)
    controlled = rng.random(n) < (1.0 if must_cool else 0.65)
    setpoint = rng.choice(SETPOINTS, n) + rng.normal(0.0, 1.5, n)
    if must_cool:
        setpoint = np.minimum(setpoint, outside - 8.0)
    hysteresis = rng.uniform(0.4, 3.0, n)
    wall_h = log_uniform(rng, *TAU_WALL_H, n)
    return Box(
        setpoint=np.where(controlled, setpoint, outside),
        controlled=controlled,
        hysteresis=hysteresis,
        power=np.abs(outside - setpoint) * rng.uniform(2.0, 4.0, n) + 15.0,
        outside=outside,
        swing=rng.uniform(0.5, 10.0, n),
        phase=rng.uniform(0.0, 24.0, n),
        drift=rng.normal(0.0, 0.15, n),
        sun=np.where(rng.random(n) < 0.4, rng.uniform(0.0, 18.0, n), 0.0),
        wall_h=wall_h,
        goods_h=log_uniform(rng, *TAU_GOODS_H, n),
        door_min=log_uniform(rng, *TAU_DOOR_MIN, n),
        sensor_min=log_uniform(rng, *TAU_SENSOR_MIN, n),
        leak_h=log_uniform(rng, *TAU_LEAK_H, n),
        outside_rh=rng.uniform(30.0, 95.0, n),
        defrost_h=rng.uniform(5.0, 14.0, n),
        day_lux=log_uniform(rng, 100.0, 30000.0, n),
        seam=np.where(rng.random(n) < 0.3, log_uniform(rng, 1e-5, 1e-3, n), 0.0),
    )


def _vapour_limit(celsius: Floats) -> Floats:
    """Saturation vapour pressure over water in hPa (Magnus)."""
    return 6.112 * np.exp(17.62 * celsius / (243.12 + celsius))


def climate(
    rng: np.random.Generator,
    box: Box,
    door: Bools,
    onset: NDArray[np.int64],
    period_s: float,
    anomaly: str | None,
) -> tuple[Floats, Floats]:
    """Return temperature in degC and relative humidity in %, both as the sensor gives them.

    One loop over time for all windows at once, kept whole so that the physics reads in one piece.
    """
    count, total = door.shape
    sub_steps = max(1, round(period_s / SUB_STEP_S))
    dt_h = period_s / sub_steps / 3600.0
    air = box.setpoint + rng.normal(0.0, 0.3, count)
    goods = box.setpoint + rng.normal(0.0, 0.5, count)
    sensor = air.copy()
    vapour = np.minimum(rng.uniform(0.25, 0.95, count) * _vapour_limit(air), _vapour_limit(air))
    running = np.zeros(count, bool)
    heater_power = rng.uniform(2.0, 10.0, count)
    heat_rate = rng.uniform(0.3, 2.0, count)
    heat_celsius = rng.uniform(55.0, 110.0, count)
    out_t = np.empty((count, total))
    out_h = np.empty((count, total))
    for step in range(total):
        after = step >= onset
        for sub in range(sub_steps):
            hour = (step * sub_steps + sub) * dt_h
            day = np.sin((hour + box.phase) * (2 * np.pi / 24.0))
            outside = box.outside + box.swing * day + box.drift * hour
            skin = outside + box.sun * np.maximum(day, 0.0)
            error = air - box.setpoint
            running = np.where(
                np.abs(error) > box.hysteresis / 2, True, running & (np.abs(error) > 0.1)
            )
            active = box.controlled & running
            if anomaly == COOLING_FAILURE:
                active &= ~after
            defrost = box.controlled & ((hour + box.phase) % box.defrost_h < 0.3)
            k_wall = 1.0 / box.wall_h
            k_goods = 0.6 / box.goods_h
            k_door = np.where(door[:, step], 60.0 / box.door_min, 0.0)
            k_heat = np.where(after, heat_rate, 0.0) if anomaly == HEAT_SOURCE else 0.0
            k = k_wall + k_goods + k_door + k_heat
            gain = np.where(active & ~defrost, -np.sign(error) * box.power * k_wall, 0.0)
            gain += np.where(defrost, heater_power * 2.0, 0.0)
            pull = k_wall * skin + k_goods * goods + k_door * outside + k_heat * heat_celsius
            target = (pull + gain) / k
            air = air + (target - air) * (1.0 - np.exp(-k * dt_h))
            goods = goods + (air - goods) * (1.0 - np.exp(-dt_h / box.goods_h))
            sensor = sensor + (air - sensor) * (1.0 - np.exp(-dt_h * 60.0 / box.sensor_min))
            outside_vapour = box.outside_rh / 100.0 * _vapour_limit(outside)
            k_vapour = 1.0 / box.leak_h + k_door
            vapour = vapour + (outside_vapour - vapour) * (1.0 - np.exp(-k_vapour * dt_h))
            if anomaly == WATER:
                wet = 0.98 * _vapour_limit(air)
                vapour = np.where(after, vapour + (wet - vapour) * (1 - np.exp(-4 * dt_h)), vapour)
            coldest = np.where(active, air - 4.0, air)
            vapour = np.minimum(vapour, _vapour_limit(coldest))
        out_t[:, step] = sensor
        out_h[:, step] = (100.0 * vapour / _vapour_limit(sensor)).clip(0.0, 100.0)
    out_t += rng.normal(0.0, 1.0, out_t.shape) * rng.uniform(0.005, 0.05, count)[:, None]
    out_h += rng.normal(0.0, 1.0, out_h.shape) * rng.uniform(0.05, 0.4, count)[:, None]
    return out_t, out_h.clip(0.0, 100.0)
