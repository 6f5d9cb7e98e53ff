"""Simulated shipments: what a node's climate sensors report on the way, whole or with one fault.

A shipment is one node, read every `period_s` for `readings` readings after hours of spin-up. With a
fault it is simulated twice from the same random numbers, with the fault and without: `shows` then
says, reading by reading, what the fault changed. So nobody has to guess when it becomes visible.

Temperature and humidity: the physics of a place, stated in `climate`. Light: dark with seams at
daylight; or a lit place, whose lamps are switched now and then, and often by who comes through the
door; or an opened box. Pressure: `pressure`. The door's contact is that of the goods' own box or
container, not of the building it stands in: closed on the way. Sensors round to their resolution.

Faults
    cooling_failure  the compressor stays off
    door_left_open   outside air until the end, and daylight or a lamp
    door_opened      the same for seconds to a quarter of an hour
    heater_stuck     a defrost heater runs on, or a heating does; a machine overheats
    heat_source      a body of 45 to 110 degC beside the node
    steam            hot vapour for minutes
    water            a spill that dries
    machine_stopped  a machine that should be warm cools down
    misplaced        left in a climate at least 6 K away
    opened_box       light where it was dark
    seal_broken      a sealed box loses its own pressure
    flooded          water stands over the node: its temperature, its damp and its weight
    loose_contact    readings of temperature jump away and back
    stuck_sensor     temperature stays where it was while humidity goes on
    drifting_sensor  temperature runs away by kelvins an hour, and humidity does not follow
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.simulate.climate import (
    CONTAINER,
    COOLED,
    MACHINE,
    PLACES,
    ROOM,
    SHARES,
    Bools,
    Box,
    Floats,
    Script,
    climate,
    draw_box,
    log_uniform,
)
from models.simulate.pressure import pressure

Names = NDArray[np.str_]

TEMPERATURE, HUMIDITY, PRESSURE, LIGHT, DOOR = 0, 1, 2, 3, 7

COOLING_FAILURE = "cooling_failure"
DOOR_LEFT_OPEN = "door_left_open"
DOOR_OPENED = "door_opened"
HEATER_STUCK = "heater_stuck"
HEAT_SOURCE = "heat_source"
STEAM = "steam"
WATER = "water"
MACHINE_STOPPED = "machine_stopped"
MISPLACED = "misplaced"
OPENED_BOX = "opened_box"
SEAL_BROKEN = "seal_broken"
FLOODED = "flooded"
LOOSE_CONTACT = "loose_contact"
STUCK_SENSOR = "stuck_sensor"
DRIFTING_SENSOR = "drifting_sensor"

# Where each fault can happen.
FAULTS: dict[str, tuple[int, ...]] = {
    COOLING_FAILURE: (COOLED,),
    DOOR_LEFT_OPEN: (COOLED, CONTAINER, ROOM),
    DOOR_OPENED: (COOLED, CONTAINER, ROOM),
    HEATER_STUCK: (COOLED, ROOM, MACHINE),
    HEAT_SOURCE: (COOLED, CONTAINER, ROOM),
    STEAM: (CONTAINER, ROOM),
    WATER: (COOLED, CONTAINER, ROOM),
    MACHINE_STOPPED: (MACHINE,),
    MISPLACED: PLACES,
    OPENED_BOX: (COOLED, CONTAINER),
    SEAL_BROKEN: (COOLED, CONTAINER),
    FLOODED: (COOLED, CONTAINER, ROOM),
    LOOSE_CONTACT: PLACES,
    STUCK_SENSOR: (COOLED, CONTAINER, ROOM),
    DRIFTING_SENSOR: PLACES,
}
FOREVER = (1e9, 1e9)
WHOLE = ""
LAMPS_PER_H = 0.15  # lamps that are switched while the door stays closed
WHO_OPENS_SWITCHES = 0.5  # who comes in or leaves through the door switches the lamp
# How long a fault lasts, in seconds.
LASTS: dict[str, tuple[float, float]] = {
    DOOR_OPENED: (5.0, 900.0),
    HEATER_STUCK: (1200.0, 14_400.0),
    HEAT_SOURCE: (600.0, 14_400.0),
    STEAM: (60.0, 1200.0),
    WATER: (1800.0, 14_400.0),
    OPENED_BOX: (20.0, 3600.0),
    FLOODED: (300.0, 28_800.0),
}
SURROUNDINGS = 7  # the random numbers of the pressure are drawn apart from the others


@dataclass(frozen=True)
class Shipments:
    """Counts per channel id, [shipments, readings], and where a fault has changed them."""

    period_s: float
    columns: dict[int, Floats]
    changed: dict[int, Floats]  # by how many counts, against the same shipment without the fault
    finest: dict[int, Floats]  # what a sensor can tell: noise and resolution, counts, [shipments]
    places: NDArray[np.int64]  # [shipments]


def simulate(
    seed: int,
    faults: Sequence[str],
    readings: int,
    period_s: float,
    places: tuple[int, ...] = PLACES,
) -> Shipments:
    """Return one shipment per entry of `faults`: a key of `FAULTS`, or `WHOLE` in one of `places`.

    Columns are in the wire's counts: 0.01 degC, 0.01 %RH, 10 Pa, 0.1 lx, and 0 or 1 for the door.
    """
    drawn = np.array(faults)
    columns, finest, where = _columns(seed, drawn, drawn, readings, period_s, places)
    whole = columns
    if (drawn != WHOLE).any():
        whole, _, _ = _columns(seed, drawn, np.full_like(drawn, WHOLE), readings, period_s, places)
    changed = {c: columns[c] - whole[c] for c in columns}
    return Shipments(period_s, columns, changed, finest, where)


def _columns(
    seed: int,
    drawn: Names,
    faults: Names,
    readings: int,
    period_s: float,
    places: tuple[int, ...],
) -> tuple[dict[int, Floats], dict[int, Floats], NDArray[np.int64]]:
    """Return one telling of the shipments: drawn for the faults `drawn`, hit by `faults`."""
    rng = np.random.default_rng(seed)
    box = draw_box(rng, _places(rng, drawn, places))
    happens = _when(rng, drawn, readings, period_s)
    script = _script(rng, box, happens, drawn, faults)
    air, humidity = climate(rng, box, script, period_s)
    lux = _light(rng, box, happens, script, faults, period_s)
    around = np.random.default_rng((seed, SURROUNDINGS))
    hpa, noise_hpa = pressure(
        around,
        box.place,
        air,
        period_s,
        sealed=drawn == SEAL_BROKEN,
        leaking=happens & (faults == SEAL_BROKEN)[:, None],
        flooded=happens & (faults == FLOODED)[:, None],
    )
    celsius = _sensor_faults(rng, air, happens, faults, period_s)
    resolution = rng.choice([1.0, 1.0, 1.0, 10.0, 50.0], len(drawn))[:, None]
    damp = rng.choice([1.0, 1.0, 10.0, 100.0], len(drawn))[:, None]
    columns = {
        TEMPERATURE: np.round(celsius * 100 / resolution) * resolution,
        HUMIDITY: np.round(humidity * 100 / damp) * damp,
        PRESSURE: np.round(hpa * 10),
        LIGHT: np.round(lux * 10).clip(0, 2**24),
        DOOR: script.door.astype(np.float64),
    }
    finest = {
        TEMPERATURE: np.maximum(100 * box.noise_k, resolution[:, 0]),
        HUMIDITY: np.maximum(100 * box.noise_rh, damp[:, 0]),
        PRESSURE: np.maximum(10 * noise_hpa, 1.0),
        LIGHT: np.maximum(0.04 * np.median(columns[LIGHT], axis=1), 10.0),
        DOOR: np.full(len(drawn), 0.002),  # any change shows
    }
    return columns, finest, box.place


def _places(rng: np.random.Generator, drawn: Names, whole: tuple[int, ...]) -> NDArray[np.int64]:
    """Return where each shipment is: where its fault can happen, in the shares of `SHARES`."""
    out = np.zeros(len(drawn), np.int64)
    for fault in np.unique(drawn):
        rows = drawn == fault
        places = FAULTS.get(str(fault), whole)
        shares = np.array([SHARES[p] for p in places])
        out[rows] = rng.choice(places, int(rows.sum()), p=shares / shares.sum())
    return out


def _when(rng: np.random.Generator, drawn: Names, readings: int, period_s: float) -> Bools:
    """Return when the fault is there: from a moment in the first two thirds, as `LASTS` says."""
    count = len(drawn)
    onset = rng.integers(readings // 8, max(2 * readings // 3, readings // 8 + 1), count)
    spans = np.log([LASTS.get(str(f), FOREVER) for f in drawn])
    seconds = np.exp(rng.uniform(spans[:, 0], spans[:, 1]))
    length = np.maximum(1, np.round(seconds / period_s))
    steps = np.arange(readings)[None, :]
    return np.asarray((steps >= onset[:, None]) & (steps < (onset + length)[:, None]))


def _script(
    rng: np.random.Generator, box: Box, happens: Bools, drawn: Names, faults: Names
) -> Script:
    n = len(happens)

    def when(*kinds: str) -> Bools:
        return happens & np.isin(faults, kinds)[:, None]

    away = rng.uniform(6.0, 35.0, n) * rng.choice([-1.0, 1.0, 1.0], n)
    steam, flooded = drawn == STEAM, drawn == FLOODED
    elsewhere = (box.setpoint + away).clip(-40.0, 60.0)
    return Script(
        door=when(DOOR_LEFT_OPEN, DOOR_OPENED),
        uncooled=when(COOLING_FAILURE, MACHINE_STOPPED),
        heater=when(HEATER_STUCK),
        heater_k_per_h=log_uniform(rng, 5.0, 60.0, n),
        hot=when(HEAT_SOURCE),
        hot_c=rng.uniform(45.0, 110.0, n),
        hot_per_h=log_uniform(rng, 0.1, 3.0, n),
        wet=when(STEAM, WATER),
        wet_per_h=np.where(steam, log_uniform(rng, 2.0, 60.0, n), log_uniform(rng, 0.3, 6.0, n)),
        wet_k=np.where(steam, rng.uniform(1.0, 8.0, n), 0.0),
        away=when(MISPLACED, FLOODED),
        away_c=np.where(flooded, elsewhere.clip(1.0, 28.0), elsewhere),
        away_rh=np.where(flooded, 99.0, rng.uniform(25.0, 90.0, n)),
        away_per_h=60.0 / log_uniform(rng, 1.0, 20.0, n),
    )


def _light(
    rng: np.random.Generator,
    box: Box,
    happens: Bools,
    script: Script,
    faults: Names,
    period_s: float,
) -> Floats:
    count, total = happens.shape
    hours = np.arange(total)[None, :] * (period_s / 3600.0)
    day = np.sin((hours + box.phase[:, None]) * (2 * np.pi / 24.0)).clip(0.0, 1.0)
    daylight = box.day_lux[:, None] * day
    lamp = log_uniform(rng, 20.0, 800.0, count)[:, None]
    dark = daylight * box.seam[:, None] + np.abs(rng.normal(0.0, 0.08, (count, total)))
    switched = rng.random((count, total)) < min(0.5, period_s / 3600.0 * LAMPS_PER_H)
    by_whom = (rng.random(count) < WHO_OPENS_SWITCHES)[:, None]
    entered = np.diff(script.door, axis=1, prepend=False) & script.door
    switched = switched ^ (entered & by_whom)
    lamps_on = (np.cumsum(switched, axis=1) + rng.integers(0, 2, count)[:, None]) % 2 == 0
    flicker = rng.normal(1.0, 0.02, (count, total)) + 0.08 * _walk(rng, count, total, period_s)
    window = daylight * rng.uniform(0.0, 0.05, count)[:, None]
    room = (lamp * lamps_on + window) * flicker.clip(0.2)
    lit = ((box.place >= ROOM) & (rng.random(count) < 0.8)) | (rng.random(count) < 0.04)
    lux = np.where(lit[:, None], room, dark)
    seen = np.maximum(daylight * 0.3, lamp * (rng.random(count) < 0.7)[:, None])
    let_in = log_uniform(rng, 5.0, 20000.0, count)[:, None]
    share = np.where(box.place == ROOM, 0.2, 1.0)[:, None]
    lux = np.where(script.door, lux + seen * share, lux)
    opened = happens & (faults == OPENED_BOX)[:, None]
    return np.asarray(np.where(opened, lux + let_in, lux))


def _walk(rng: np.random.Generator, count: int, total: int, period_s: float) -> Floats:
    """Return a slow disturbance of deviation 1 with a memory of about ten minutes."""
    fade = float(np.exp(-period_s / 600.0))
    kicks = rng.normal(0.0, np.sqrt(1.0 - fade * fade), (count, total))
    out = np.empty_like(kicks)
    state = rng.normal(0.0, 1.0, count)
    for i in range(total):
        state = state * fade + kicks[:, i]
        out[:, i] = state
    return out


def _sensor_faults(
    rng: np.random.Generator, celsius: Floats, happens: Bools, faults: Names, period_s: float
) -> Floats:
    count, total = celsius.shape
    often = rng.uniform(0.02, 0.4, count)[:, None]
    away = happens & (rng.random((count, total)) < often)
    jump = log_uniform(rng, 1.0, 40.0, count)[:, None] * rng.choice([-1.0, 1.0], (count, total))
    rate = log_uniform(rng, 1.0, 40.0, count) * rng.choice([-1.0, 1.0], count)
    hours = np.cumsum(happens, axis=1) * (period_s / 3600.0)
    held = celsius[np.arange(count), np.argmax(happens, axis=1)][:, None]
    loose, stuck, drifting = (
        (faults == kind)[:, None] for kind in (LOOSE_CONTACT, STUCK_SENSOR, DRIFTING_SENSOR)
    )
    celsius = np.where(loose & away, celsius + jump, celsius)
    celsius = np.where(stuck & happens, held, celsius)
    return np.where(drifting, celsius + rate[:, None] * hours, celsius).clip(-90.0, 140.0)
