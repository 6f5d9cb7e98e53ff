"""The climate around a node: temperature and humidity as its sensors report them.

Where a node stands is one of `PLACES`: a cooled box, a dry container in sun and frost, a heated
room with people in it, or beside a machine. Temperature: air exchanges heat with the outside
through the wall (`TAU_WALL_H`), with the goods (`TAU_GOODS_H`), through an open door
(`TAU_DOOR_MIN`) and with a machine: a compressor or heater with hysteresis about a set point, and
a defrost every few hours of at most `DEFROST_K`. Rooms are let cool at night by up to `SETBACK_K`;
a machine's own temperature follows its load (`LOAD_K`, `LOAD_H`). Outside: a daily sine, a drift,
sun through clouds on the roof of a container, whose steel is a thin wall.
Air moves: an Ornstein-Uhlenbeck process of `DRAUGHT_K` and `DRAUGHT_MIN` rides on the temperature,
and one of its own on the vapour. The sensors lag the air (`TAU_SENSOR_MIN`, `TAU_HUMIDITY_MIN`).
Humidity: vapour leaks to the outside (`TAU_LEAK_H`), rushes through an open door, comes from people
and water, is taken up and given back by cardboard and wood (`TAU_BUFFER_H`), and is limited by the
coldest surface while the compressor runs. Relative humidity by the Magnus formula at the sensor's
temperature.

The ranges are what textbooks and loggers' data sheets give for refrigerators, reefers, containers
and rooms; no recording was fitted.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

SPIN_UP_H = 5.0
SPIN_UP_STEP_H = 1.0 / 30.0
SUB_STEP_S = 60.0

COOLED, CONTAINER, ROOM, MACHINE = range(4)
PLACES = (COOLED, CONTAINER, ROOM, MACHINE)
SHARES = (0.45, 0.22, 0.25, 0.08)
SETPOINTS = (-75.0, -35.0, -25.0, -20.0, -18.0, -18.0, 0.0, 5.0, 5.0, 5.0, 13.0, 19.0)
TAU_WALL_H = (1.5, 20.0)
TAU_GOODS_H = (0.5, 8.0)
TAU_DOOR_MIN = (1.5, 20.0)
TAU_SENSOR_MIN = (0.2, 15.0)
TAU_HUMIDITY_MIN = (0.2, 90.0)  # humidity sensors are slow in the cold
TAU_LEAK_H = (1.0, 48.0)
TAU_BUFFER_H = (0.3, 12.0)
CLOUDS_H = 1.5
DRAUGHT_K = (0.004, 0.25)
DRAUGHT_RH = (0.02, 1.2)
DRAUGHT_MIN = (1.0, 40.0)
SETBACK_K = (0.5, 5.0)
LOAD_K = (0.3, 6.0)
LOAD_H = (0.3, 24.0)
DEFROST_K = 3.0
DEFROST_H = 0.3


@dataclass(frozen=True)
class Box:
    """Drawn once per shipment; every array has shape [shipments]. Temperatures in degC."""

    place: NDArray[np.int64]
    setpoint: Floats
    hysteresis: Floats
    power: Floats
    outside: Floats
    swing: Floats
    phase: Floats
    drift: Floats
    sun: Floats
    sun_peak: Floats
    wall_h: Floats
    goods_h: Floats
    door_min: Floats
    sensor_min: Floats
    humidity_min: Floats
    leak_h: Floats
    buffer_h: Floats
    outside_rh: Floats
    first_rh: Floats
    defrost_h: Floats
    people: Floats
    setback: Floats
    night_h: Floats
    load_k: Floats
    load_h: Floats
    draught_k: Floats
    draught_rh: Floats
    draught_min: Floats
    noise_k: Floats
    noise_rh: Floats
    day_lux: Floats
    seam: Floats


@dataclass(frozen=True)
class Script:
    """What goes wrong in the air, when. Masks are [shipments, readings], the rest [shipments]."""

    door: Bools  # outside air comes in
    uncooled: Bools  # the compressor, or the machine itself, does not run
    heater: Bools  # a heater runs on at heater_k_per_h
    heater_k_per_h: Floats
    hot: Bools  # a hot body of hot_c, reaching the air at hot_per_h
    hot_c: Floats
    hot_per_h: Floats
    wet: Bools  # water or steam, reaching the air at wet_per_h, of wet_k above the air
    wet_per_h: Floats
    wet_k: Floats
    away: Bools  # the node is in another climate, reached at away_per_h
    away_c: Floats
    away_rh: Floats
    away_per_h: Floats


def log_uniform(rng: np.random.Generator, low: float, high: float, n: int) -> Floats:
    """Return n draws whose logarithm is uniform between those of low and high."""
    return np.asarray(np.exp(rng.uniform(np.log(low), np.log(high), n)))


def draw_box(rng: np.random.Generator, place: NDArray[np.int64]) -> Box:
    """Return one box for each of the places [shipments], see `PLACES`."""
    n = len(place)
    outside = rng.normal(14.0, 11.0, n).clip(-30, 38)
    indoors = rng.normal(21.0, 2.5, n)
    outside = np.where((place == CONTAINER) | (rng.random(n) < 0.5), outside, indoors)
    cold = rng.choice(SETPOINTS, n) + rng.normal(0.0, 1.5, n)
    machine = outside.clip(5, None) + rng.uniform(8.0, 60.0, n)
    setpoint = np.select(
        [place == COOLED, place == ROOM, place == MACHINE],
        [np.minimum(cold, outside - 6.0), indoors, machine],
        outside,
    )
    wall_h = log_uniform(rng, *TAU_WALL_H, n) * np.where(place == CONTAINER, 0.3, 1.0)
    return Box(
        place=place,
        setpoint=setpoint,
        hysteresis=np.where(
            place == COOLED, log_uniform(rng, 0.3, 5.0, n), rng.uniform(0.1, 0.8, n)
        ),
        power=np.abs(outside - setpoint) * rng.uniform(2.0, 4.0, n) + rng.uniform(4.0, 15.0, n),
        outside=outside,
        swing=np.where(place == CONTAINER, rng.uniform(0.5, 11.0, n), rng.uniform(0.0, 3.0, n)),
        phase=rng.uniform(0.0, 24.0, n),
        drift=rng.normal(0.0, 0.15, n),
        sun=np.where((place == CONTAINER) & (rng.random(n) < 0.6), rng.uniform(0, 40, n), 0.0),
        sun_peak=rng.uniform(1.0, 3.0, n),
        wall_h=wall_h,
        goods_h=log_uniform(rng, *TAU_GOODS_H, n),
        door_min=log_uniform(rng, *TAU_DOOR_MIN, n),
        sensor_min=log_uniform(rng, *TAU_SENSOR_MIN, n),
        humidity_min=log_uniform(rng, *TAU_HUMIDITY_MIN, n),
        leak_h=log_uniform(rng, *TAU_LEAK_H, n),
        buffer_h=log_uniform(rng, *TAU_BUFFER_H, n) * np.where(rng.random(n) < 0.6, 1.0, 1e6),
        outside_rh=rng.uniform(30.0, 95.0, n),
        first_rh=rng.uniform(20.0, 90.0, n),
        defrost_h=rng.uniform(5.0, 14.0, n),
        people=np.where((place == ROOM) & (rng.random(n) < 0.6), rng.uniform(0.1, 1.5, n), 0.0),
        setback=log_uniform(rng, *SETBACK_K, n) * ((place == ROOM) & (rng.random(n) < 0.6)),
        night_h=rng.uniform(6.0, 15.0, n),
        load_k=log_uniform(rng, *LOAD_K, n) * (place == MACHINE),
        load_h=log_uniform(rng, *LOAD_H, n),
        draught_k=log_uniform(rng, *DRAUGHT_K, n) * np.where(place == MACHINE, 8.0, 1.0),
        draught_rh=log_uniform(rng, *DRAUGHT_RH, n),
        draught_min=log_uniform(rng, *DRAUGHT_MIN, n),
        noise_k=log_uniform(rng, 0.003, 0.06, n),
        noise_rh=log_uniform(rng, 0.01, 0.4, n),
        day_lux=log_uniform(rng, 100.0, 30000.0, n),
        seam=np.where(rng.random(n) < 0.3, log_uniform(rng, 1e-5, 1e-3, n), 0.0),
    )


def saturation_hpa(celsius: Floats) -> Floats:
    """Return the saturation vapour pressure over water (Magnus)."""
    return np.asarray(6.112 * np.exp(17.62 * celsius / (243.12 + celsius)))


@dataclass
class Air:
    """The state of every shipment's air, all [shipments]: degC, hPa, and who is doing what."""

    celsius: Floats
    goods: Floats
    sensor: Floats
    vapour: Floats
    humidity: Floats
    draught: Floats
    damp: Floats
    load: Floats
    clouds: Floats
    running: Bools
    people: Bools

    @staticmethod
    def at_start(rng: np.random.Generator, box: Box) -> "Air":
        """Return the air about the set point, or as the outside has it where nothing controls."""
        n = len(box.setpoint)
        day = np.sin((box.phase - 2.0) * (2 * np.pi / 24.0))
        free = box.outside + 0.8 * box.swing * day + 0.5 * box.sun * day.clip(0.0)
        start = np.where(box.place == CONTAINER, free, box.setpoint) + rng.normal(0.0, 0.2, n)
        vapour = box.first_rh / 100.0 * saturation_hpa(start)
        zero = np.zeros(n)
        return Air(
            start, start + rng.normal(0.0, 0.3, n), start.copy(), vapour, box.first_rh.copy(),
            zero, zero.copy(), rng.normal(0.0, 1.0, n), rng.normal(0.0, 1.0, n),
            np.zeros(n, bool), rng.random(n) < 0.5,
        )  # fmt: skip


def climate(
    rng: np.random.Generator, box: Box, script: Script, period_s: float
) -> tuple[Floats, Floats]:
    """Return temperature in degC and relative humidity in %, [shipments, readings]."""
    count, total = script.door.shape
    air = Air.at_start(rng, box)
    for _ in range(round(SPIN_UP_H / SPIN_UP_STEP_H)):
        _advance(rng, box, air, script, None, 0.0, SPIN_UP_STEP_H)
    sub_steps = max(1, round(period_s / SUB_STEP_S))
    dt_h = period_s / sub_steps / 3600.0
    out_t, out_h = np.empty((count, total)), np.empty((count, total))
    for reading in range(total):
        for sub in range(sub_steps):
            hour = SPIN_UP_H + (reading * sub_steps + sub) * dt_h
            _advance(rng, box, air, script, reading, hour, dt_h)
        out_t[:, reading] = air.sensor
        out_h[:, reading] = air.humidity
    out_t += rng.normal(0.0, 1.0, out_t.shape) * box.noise_k[:, None]
    out_h += rng.normal(0.0, 1.0, out_h.shape) * box.noise_rh[:, None]
    return out_t, out_h.clip(0.0, 100.0)


def _advance(
    rng: np.random.Generator,
    box: Box,
    air: Air,
    script: Script,
    reading: int | None,
    hour: float,
    dt_h: float,
) -> None:
    """Move the air on by dt_h hours. Kept whole: the balance of heat reads in one piece.

    Every random number is drawn whether it is needed or not, so that a shipment with a fault has
    the weather of the same shipment without it. `reading` None: nothing goes wrong yet.
    """
    n = len(box.setpoint)
    off = np.zeros(n, bool)

    def now(mask: Bools) -> Bools:
        return off if reading is None else mask[:, reading]

    day = np.sin((hour + box.phase) * (2 * np.pi / 24.0))
    outside = box.outside + box.swing * day + box.drift * hour
    air.clouds = _wander(rng, air.clouds, dt_h / CLOUDS_H, 1.0)
    sky = (1.0 - 0.4 * air.clouds).clip(0.0, 1.3)
    skin = outside + box.sun * sky * np.maximum(day, 0.0) ** box.sun_peak
    air.load = _wander(rng, air.load, dt_h / box.load_h, 1.0)
    night = (hour + box.phase) % 24.0 < box.night_h
    error = air.celsius - (box.setpoint - box.setback * night + box.load_k * air.load)
    air.running = np.where(
        np.abs(error) > box.hysteresis / 2, True, air.running & (np.abs(error) > 0.1)
    )
    active = air.running & (box.place != CONTAINER) & ~now(script.uncooled)
    cycle = (hour + box.phase) % box.defrost_h
    defrost = (box.place == COOLED) & (cycle < DEFROST_H)
    air.people ^= rng.random(n) < dt_h * 0.5

    k_wall = 1.0 / box.wall_h
    k_goods = np.where(box.place == ROOM, 0.3, 0.6) / box.goods_h
    k_door = np.where(now(script.door), 60.0 / box.door_min, 0.0)
    k_hot = np.where(now(script.hot), script.hot_per_h, 0.0)
    k_away = np.where(now(script.away), script.away_per_h, 0.0)
    k = k_wall + k_goods + k_door + k_hot + k_away
    gain = np.where(active & ~defrost, -np.sign(error) * box.power * k_wall, 0.0)
    gain += np.where(defrost & ~now(script.heater), DEFROST_K / DEFROST_H * 0.8, 0.0)
    gain += np.where(now(script.heater), script.heater_k_per_h, 0.0)
    gain += np.where(air.people, box.people, 0.0)
    gain += np.where(now(script.wet), script.wet_k * script.wet_per_h, 0.0)
    pull = k_wall * skin + k_goods * air.goods + k_door * outside
    pull += k_hot * script.hot_c + k_away * script.away_c
    step = 1.0 - np.exp(-k * dt_h)
    air.celsius = air.celsius + ((pull + gain) / k - air.celsius) * step
    air.goods = air.goods + (air.celsius - air.goods) * (1.0 - np.exp(-dt_h / box.goods_h))

    ages = dt_h * 60.0 / box.draught_min
    air.draught = _wander(rng, air.draught, ages, box.draught_k)
    air.damp = _wander(rng, air.damp, ages, box.draught_rh)
    felt = air.celsius + air.draught
    lag = 1.0 - np.exp(-dt_h * 60.0 / box.sensor_min)
    air.sensor = air.sensor + (felt - air.sensor) * lag

    k_vapour = 1.0 / box.leak_h + k_door
    outside_vapour = box.outside_rh / 100.0 * saturation_hpa(outside)
    flow = (outside_vapour - air.vapour) * (1.0 - np.exp(-k_vapour * dt_h))
    flow += np.where(air.people, box.people * 0.5 * dt_h, 0.0)
    held = box.first_rh / 100.0 * saturation_hpa(air.goods)
    flow += (held - air.vapour) * (1.0 - np.exp(-dt_h / box.buffer_h))
    elsewhere = script.away_rh / 100.0 * saturation_hpa(script.away_c)
    flow += (elsewhere - air.vapour) * (1.0 - np.exp(-k_away * dt_h))
    soaked = 0.98 * saturation_hpa(air.celsius + script.wet_k)
    k_wet = np.where(now(script.wet), script.wet_per_h, 0.0)
    flow += (soaked - air.vapour) * (1.0 - np.exp(-k_wet * dt_h))
    coldest = np.where(active & (box.place == COOLED), air.celsius - 4.0, air.celsius)
    dried = np.minimum(air.vapour, saturation_hpa(coldest))
    drying = 1.0 - np.exp(-6.0 * dt_h)
    air.vapour = air.vapour + flow + (dried - air.vapour) * drying
    air.vapour = np.minimum(air.vapour, saturation_hpa(np.maximum(air.celsius, air.sensor)))
    humidity = 100.0 * air.vapour / saturation_hpa(air.sensor) * (1.0 + air.damp / 50.0)
    lag = 1.0 - np.exp(-dt_h * 60.0 / box.humidity_min)
    air.humidity = air.humidity + (humidity - air.humidity) * lag


def _wander(
    rng: np.random.Generator, state: Floats, ages: Floats | float, deviation: Floats | float
) -> Floats:
    """Return an Ornstein-Uhlenbeck state `ages` of its memories later."""
    fade = np.exp(-ages)
    kick = rng.normal(0.0, 1.0, len(state)) * deviation
    return np.asarray(state * fade + np.sqrt(1.0 - fade * fade) * kick)
