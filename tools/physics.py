"""A simulated shipment: what the sensors of nodes in a refrigerated load see.

Everything below is stated, so that a figure in a demonstration can be traced to its cause.

Thermal model: two zones of air (front, at the evaporator; rear, at the doors) and the goods, each
one temperature, integrated with a step of 10 s:

    C_air/2 · dT_front = UA/2·(T_out - T_front) + hA/2·(T_goods - T_front)
                         + mix·(T_rear - T_front) - P
    C_air/2 · dT_rear  = UA/2·(T_out - T_rear) + hA/2·(T_goods - T_rear)
                         + mix·(T_front - T_rear) + door·(T_out - T_rear)
    C_goods · dT_goods = hA/2·(T_front - T_goods) + hA/2·(T_rear - T_goods)

    parameter               value       source
    UA, body                18 W/K      45 m² at K = 0.40 W/m²K, the limit of ATP class IR
    C_goods                 1.75 MJ/K   500 kg of aqueous goods at 3.5 kJ/kgK
    C_air (with lining)     174 kJ/K    20 m³ of air and 150 kg of lining at 1 kJ/kgK
    hA, goods to air        60 W/K      15 m² at 4 W/m²K, free convection (assumed)
    mix, fan between zones  60 W/K      assumed; 6 W/K while a door is open and the fan stands
    door, open              250 W/K     assumed; a strip curtain in front of an open rear door
    P, cooling              1.5 kW      thermostat at the front, on above 5.5 °C, off below 4.5 °C
    sensor                  4 min       time constant in its housing (assumed)

Ambient: a daily sine with its top at 15:00 UTC, mean and swing per journey (24 °C ± 6 °C if nothing
is said), plus slow weather noise of 0.3 °C.
Humidity: vapour pressure by Magnus (6.112 hPa, 17.62, 243.12 °C); inside it drifts to a dew point
of 1 °C (the evaporator's) within an hour and to the ambient's 12 °C within 5 minutes of an open
door.

Road vibration: broadband Gaussian with the levels of ASTM D4169-16's truck schedule: 0.40 g RMS for
40 of 60 minutes, 0.54 for 15, 0.70 for 5. The peak between two readings of a Gaussian signal with N
zero crossings is g_rms·sqrt(2·ln N) (Rayleigh peaks), N from 10 Hz, around gravity's 1 g.
Drops: a fall from height h takes sqrt(2h/g); the impact is a half sine of 10 ms (a carton on
concrete, assumed) with the velocity change sqrt(2gh): peak = π/2 · Δv / 10 ms; the sensor clips at
±16 g. Heights as in ISTA 1A: 760 mm below 10 kg, 610 mm below 19 kg, 460 mm below 28 kg, 310 mm
below 45 kg.

An accelerometer's stream (motion.py) is simulated where a journey says so, minutes of the day: at
100 Hz a whole day would be 8.6 million samples. There the node itself finds drops; elsewhere a drop
is in the readings' peak and fall time.

Sensors (assumed, of the size that digital sensors of this class state): temperature noise 0.04 °C,
humidity 0.3 %RH, pressure 3 Pa, vibration 3 %, light 5 %. Battery: 4.10 V falling by 12 mV a day. A
position every hour, with 10 m error from GNSS under the sky and a cell's 35 km inside the body,
alternating. The same seed gives the same rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import motion
from motion import GRAVITY, IMPACT_S

from cargoseal_wire import constants as wire

STEP_S = 10

UA_BODY, UA_DOOR = 18.0, 250.0  # W/K
HA_GOODS = 60.0
MIX_FAN, MIX_STILL = 60.0, 6.0
C_GOODS, C_AIR = 1.75e6, 174e3  # J/K
COOLING_W, ON_ABOVE_C, OFF_BELOW_C = 1500.0, 5.5, 4.5
SENSOR_TAU_S = 240.0
DEW_INSIDE_C, DEW_OUTSIDE_C = 1.0, 12.0
VIBRATION_LEVELS = ((0.40, 40), (0.54, 15), (0.70, 5))  # g RMS, minutes of 60
CROSSINGS_HZ = 10.0
SENSOR_RANGE_MG = 16_000
CELL_ERROR_M, GNSS_ERROR_M = 35_000, 10
ISTA_1A_MM = ((10, 760), (19, 610), (28, 460), (45, 310))  # below kg, drop height


@dataclass(frozen=True)
class DoorOpen:
    """The rear doors, and for how long."""

    at_s: int
    for_s: int


@dataclass(frozen=True)
class CoolingOff:
    """The refrigeration unit stands still."""

    at_s: int
    for_s: int


@dataclass(frozen=True)
class Drop:
    """The piece that a node is on falls from a height."""

    at_s: int
    node: str
    height_mm: int


@dataclass(frozen=True)
class Pothole:
    """A wheel under a node goes through a pothole."""

    at_s: int
    node: str


@dataclass(frozen=True)
class TakenOff:
    """A node is taken off its mount, for good if `for_s` is None."""

    at_s: int
    node: str
    for_s: int | None = None


@dataclass(frozen=True)
class FallsSilent:
    """A node's last reading is before this moment."""

    at_s: int
    node: str


Event = DoorOpen | CoolingOff | Drop | Pothole | TakenOff | FallsSilent


@dataclass(frozen=True)
class Stream:
    """A node's accelerometer is simulated sample by sample for so long."""

    node: str
    from_s: int
    for_s: int

    def holds(self, event: Event) -> bool:
        """Whether the event is felt in it."""
        at_s, end_s = event.at_s, self.from_s + self.for_s
        return getattr(event, "node", None) == self.node and self.from_s <= at_s < end_s


@dataclass(frozen=True)
class Place:
    """Where a node sits: 0 at the front, 1 at the doors. `contact`: it has the door's contact."""

    name: str
    rear: float
    contact: bool = False


@dataclass(frozen=True)
class Journey:
    """One shipment on its way. Driving legs are (from_s, to_s)."""

    start_ms: int
    hours: float
    interval_s: int
    seed: int
    places: Sequence[Place]
    events: Sequence[Event] = ()
    streams: Sequence[Stream] = ()
    driving: Sequence[tuple[int, int]] = ()
    ambient_c: float = 24.0
    swing_c: float = 6.0
    route: tuple[tuple[float, float], tuple[float, float]] = ((53.55, 9.99), (48.14, 11.58))


def free_fall_ms(height_mm: int) -> int:
    """How long a fall from a height takes."""
    return round(1000 * math.sqrt(2 * height_mm / 1000 / GRAVITY))


def impact_mg(height_mm: int) -> int:
    """The peak of a half-sine impact after a fall, as a ±16 g sensor shows it."""
    speed = math.sqrt(2 * GRAVITY * height_mm / 1000)
    peak_g = math.pi / 2 * speed / IMPACT_S / GRAVITY
    return min(SENSOR_RANGE_MG, round(1000 * peak_g))


def ista_1a_height_mm(weight_kg: float) -> int:
    """The drop height of ISTA 1A for a packed weight below 45 kg. Raises ValueError."""
    for below_kg, height_mm in ISTA_1A_MM:
        if 0 <= weight_kg < below_kg:
            return height_mm
    raise ValueError(f"expected a weight from 0 to below 45 kg, got {weight_kg}")


def saturation_hpa(celsius: float) -> float:
    """Vapour pressure of saturated air (Magnus)."""
    return 6.112 * math.exp(17.62 * celsius / (243.12 + celsius))


@dataclass
class _Body:
    """The state of the refrigerated body."""

    front_c: float = 5.0
    rear_c: float = 5.0
    goods_c: float = 5.0
    vapour_hpa: float = field(default_factory=lambda: saturation_hpa(DEW_INSIDE_C))
    cooling: bool = False

    def step(self, out_c: float, door: bool, power: bool) -> None:
        if self.front_c > ON_ABOVE_C:
            self.cooling = True
        elif self.front_c < OFF_BELOW_C:
            self.cooling = False
        mix = (MIX_STILL if door or not power else MIX_FAN) * (self.rear_c - self.front_c)
        to_front = UA_BODY / 2 * (out_c - self.front_c) + HA_GOODS / 2 * (
            self.goods_c - self.front_c
        )
        to_rear = UA_BODY / 2 * (out_c - self.rear_c) + HA_GOODS / 2 * (self.goods_c - self.rear_c)
        to_goods = HA_GOODS / 2 * (self.front_c + self.rear_c - 2 * self.goods_c)
        to_front += mix - (COOLING_W if self.cooling and power else 0.0)
        to_rear += -mix + (UA_DOOR * (out_c - self.rear_c) if door else 0.0)
        self.front_c += to_front * STEP_S / (C_AIR / 2)
        self.rear_c += to_rear * STEP_S / (C_AIR / 2)
        self.goods_c += to_goods * STEP_S / C_GOODS
        dew_c, tau_s = (DEW_OUTSIDE_C, 300.0) if door else (DEW_INSIDE_C, 3600.0)
        self.vapour_hpa += (saturation_hpa(dew_c) - self.vapour_hpa) * STEP_S / tau_s


@dataclass
class _Node:
    """What one node's sensors have seen since the last reading."""

    place: Place
    random: Random
    temperature_c: float = 5.0
    fall_ms: int = 0
    shock_mg: int = 0


def simulate(journey: Journey) -> dict[str, list[dict[str, Any]]]:
    """Node name -> rows as the simulator's `Fleet.add` takes them, in time order."""
    weather = Random(journey.seed)  # noqa: S311  a simulation, not a secret
    body = _Body()
    nodes = [
        _Node(place, Random(journey.seed * 1009 + number))  # noqa: S311
        for number, place in enumerate(journey.places)
    ]
    rows: dict[str, list[dict[str, Any]]] = {place.name: [] for place in journey.places}
    drift_c = 0.0
    for at_s in range(0, round(journey.hours * 3600), STEP_S):
        drift_c += -drift_c * STEP_S / 7200 + weather.gauss(0, 0.3) * math.sqrt(2 * STEP_S / 7200)
        out_c = _ambient_c(journey, at_s) + drift_c
        door = _is_on(journey, DoorOpen, at_s)
        body.step(out_c, door, not _is_on(journey, CoolingOff, at_s))
        level_g = _level_g(journey, at_s)
        for node in nodes:
            _feel(node, body, journey, at_s)
            if at_s % journey.interval_s == 0 and not _is_silent(journey, node.place.name, at_s):
                rows[node.place.name].append(_read(node, body, journey, at_s, door, level_g))
    for number, some in enumerate(journey.streams):
        rows[some.node] += _felt(journey, some, Random(journey.seed * 2003 + number))  # noqa: S311
        rows[some.node].sort(key=lambda row: (row["at_ms"], "samples" not in row))
    return rows


def _felt(journey: Journey, some: Stream, random: Random) -> list[dict[str, Any]]:
    """The FIFO rows of a stream, with the drops and potholes in it."""
    happenings: list[tuple[int, motion.Happening]] = []
    for event in filter(some.holds, journey.events):
        after_ms = 1000 * (event.at_s - some.from_s)
        if isinstance(event, Drop):
            happenings.append((after_ms, motion.Fall(event.height_mm)))
        elif isinstance(event, Pothole):
            happenings.append((after_ms, motion.PotholeStrike()))
    start_ms = journey.start_ms + 1000 * some.from_s
    driving = _level_g(journey, some.from_s) > 0
    return motion.stream(start_ms, 1000 * some.for_s, driving, happenings, random)


def _ambient_c(journey: Journey, at_s: int) -> float:
    second = (journey.start_ms // 1000 + at_s) % 86400
    return journey.ambient_c + journey.swing_c * math.cos(2 * math.pi * (second - 54000) / 86400)


def _is_on(journey: Journey, kind: type[DoorOpen] | type[CoolingOff], at_s: int) -> bool:
    return any(
        isinstance(event, kind) and event.at_s <= at_s < event.at_s + event.for_s
        for event in journey.events
    )


def _is_silent(journey: Journey, name: str, at_s: int) -> bool:
    return any(
        isinstance(event, FallsSilent) and event.node == name and at_s >= event.at_s
        for event in journey.events
    )


def _is_off_its_mount(journey: Journey, name: str, at_s: int) -> bool:
    return any(
        isinstance(event, TakenOff)
        and event.node == name
        and event.at_s <= at_s
        and (event.for_s is None or at_s < event.at_s + event.for_s)
        for event in journey.events
    )


def _level_g(journey: Journey, at_s: int) -> float:
    """g RMS at a moment: nothing while parked, else the three levels in turn within the hour."""
    if not any(begin_s <= at_s < end_s for begin_s, end_s in journey.driving):
        return 0.0
    minute = at_s // 60 % 60
    for level_g, minutes in VIBRATION_LEVELS:
        if minute < minutes:
            return level_g
        minute -= minutes
    return 0.0


def _feel(node: _Node, body: _Body, journey: Journey, at_s: int) -> None:
    """Lets the node's housing follow the air, and notes the drops of this step."""
    air_c = body.front_c + (body.rear_c - body.front_c) * node.place.rear
    node.temperature_c += (air_c - node.temperature_c) * STEP_S / SENSOR_TAU_S
    for event in journey.events:
        if isinstance(event, Drop) and event.node == node.place.name:
            if any(some.holds(event) for some in journey.streams):
                continue
            if at_s <= event.at_s < at_s + STEP_S:
                node.fall_ms = max(node.fall_ms, free_fall_ms(event.height_mm))
                node.shock_mg = max(node.shock_mg, impact_mg(event.height_mm))


def _read(
    node: _Node, body: _Body, journey: Journey, at_s: int, door: bool, level_g: float
) -> dict[str, Any]:
    noise = node.random.gauss
    temperature_c = node.temperature_c + noise(0, 0.04)
    humidity = 100 * body.vapour_hpa / saturation_hpa(node.temperature_c) + noise(0, 0.3)
    crossings = CROSSINGS_HZ * journey.interval_s
    peak_g = 1 + level_g * (math.sqrt(2 * math.log(crossings)) + noise(0, 0.15))
    light_lx = (200 * node.place.rear + 20) * (1 + noise(0, 0.05)) if door else 0.0
    off = _is_off_its_mount(journey, node.place.name, at_s)
    values = {
        wire.TEMPERATURE: round(100 * temperature_c),
        wire.HUMIDITY: round(100 * min(100.0, max(0.0, humidity))),
        wire.PRESSURE: round((101_325 + noise(0, 3)) / 10),
        wire.LIGHT: round(10 * light_lx),
        wire.SHOCK: max(node.shock_mg, min(SENSOR_RANGE_MG, round(1000 * peak_g))),
        wire.FREE_FALL: node.fall_ms,
        wire.MOUNT: int(off),
        wire.MOTION: int(level_g > 0),
        wire.BATTERY: round(4100 - 12 * at_s / 86400 + noise(0, 1)),
        wire.VIBRATION: round(1000 * level_g * (1 + noise(0, 0.03))),
    }
    if node.place.contact:
        values[wire.DOOR] = int(door)
    node.fall_ms = node.shock_mg = 0
    wall_ms = journey.start_ms + 1000 * at_s
    return {
        "at_ms": wall_ms,
        "wall_ms": wall_ms,
        "clock_source": wire.GNSS,
        "clock_error_ms": 1000,
        "values": values,
        "faults": 0,
        "fix": _fix(journey, at_s),
    }


def _fix(journey: Journey, at_s: int) -> list[int] | None:
    """A position on the hour: GNSS on even hours, the cell on odd ones."""
    hour, rest_s = divmod(at_s, 3600)
    if rest_s >= journey.interval_s:
        return None
    share = at_s / (journey.hours * 3600)
    (lat_a, lon_a), (lat_b, lon_b) = journey.route
    error_m, source = (CELL_ERROR_M, wire.FIX_CELL) if hour % 2 else (GNSS_ERROR_M, wire.FIX_GNSS)
    lat, lon = lat_a + (lat_b - lat_a) * share, lon_a + (lon_b - lon_a) * share
    return [round(lat * 1e7), round(lon * 1e7), error_m, source]
