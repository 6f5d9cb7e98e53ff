"""Which column of a logger's file is which channel of a node, and in which unit.

Rules
1. A column is taken by its name (built-in synonyms) or by the caller's word (`column=target`),
   which goes first; `column=ignore` leaves one out.
2. The unit comes from the caller, else from the column's name: a suffix (`temp_c`), brackets
   (`Temp (°C)`) or a comma (`Temp, °C`). Where nothing says it and it is not plain, that is an
   error.
3. Two columns for one target are an error, never a choice made in silence.
4. Columns that nothing is known of are listed in the report: they are not part of the evidence.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.units import DEFAULT_UNITS, SCALES, STATE, UNIT_ALIASES, Scale
from cargoseal_wire import constants


@dataclass(frozen=True)
class Channel:
    """A channel of the wire: its number and the quantity it counts."""

    number: int
    quantity: str


_QUANTITIES = {
    "temperature": "temperature", "humidity": "humidity", "pressure": "pressure", "light": "light",
    "shock": "acceleration", "tilt": "angle", "free_fall": "duration", "door": STATE,
    "mount": STATE, "motion": STATE, "battery": "voltage", "vibration": "acceleration",
    "accel_x": "acceleration", "accel_y": "acceleration", "accel_z": "acceleration",
    "probe": "temperature", "rssi": "level", "gyro_x": "rate", "gyro_y": "rate", "gyro_z": "rate",
}  # fmt: skip
CHANNELS: Mapping[str, Channel] = {
    name: Channel(number, _QUANTITIES[name])
    for number, (name, _, _) in enumerate(constants.CHANNELS)
}

# Targets that are no channel.
TIME, DATE, ELAPSED, LATITUDE, LONGITUDE, ACCURACY, DEVICE, IGNORE = (
    "time", "date", "elapsed", "latitude", "longitude", "accuracy", "device", "ignore",
)  # fmt: skip
_OTHER_TARGETS = (TIME, DATE, ELAPSED, LATITUDE, LONGITUDE, ACCURACY, DEVICE, IGNORE)
TARGETS = (*CHANNELS, *_OTHER_TARGETS)

# target -> names without their unit, in lower case, words joined by "_"
_SYNONYMS: Mapping[str, Sequence[str]] = {
    "temperature": (
        "temperature", "temp", "air_temperature", "air_temp", "ambient_temperature",
        "ambient_temp", "internal_temperature", "internal_temp", "celsius", "temperatur",
    ),
    "probe": (
        "probe", "probe_temperature", "probe_temp", "external_temperature", "external_temp",
        "core_temperature", "core_temp",
    ),
    "humidity": ("humidity", "relative_humidity", "rh", "hum", "luftfeuchte"),
    "pressure": ("pressure", "air_pressure", "barometer", "baro"),
    "light": ("light", "illuminance", "ambient_light", "lux"),
    "shock": ("shock", "gforce", "g_force", "peak_acceleration", "impact", "max_acceleration"),
    "tilt": ("tilt", "tilt_angle", "inclination"),
    "free_fall": ("free_fall", "freefall", "fall_time"),
    "door": ("door", "door_open", "door_state"),
    "mount": ("mount", "not_mounted", "unmounted", "tamper", "removed"),
    "motion": ("motion", "moving", "movement"),
    "battery": ("battery", "batt", "vbat", "battery_voltage", "vbatt"),
    "vibration": ("vibration", "vib", "vibration_rms", "acceleration_rms"),
    "accel_x": ("ax", "accel_x", "acc_x", "acceleration_x"),
    "accel_y": ("ay", "accel_y", "acc_y", "acceleration_y"),
    "accel_z": ("az", "accel_z", "acc_z", "acceleration_z"),
    "gyro_x": ("gx", "gyro_x", "gyr_x"),
    "gyro_y": ("gy", "gyro_y", "gyr_y"),
    "gyro_z": ("gz", "gyro_z", "gyr_z"),
    "rssi": ("rssi", "signal_strength"),
    TIME: (
        "t_utc", "time", "timestamp", "datetime",
        "date_time", "ts", "epoch", "unix_time", "unixtime", "utc", "zeit",
    ),
    DATE: ("date", "datum"),
    ELAPSED: ("t_s", "elapsed_s", "elapsed_ms"),
    LATITUDE: ("lat", "latitude"),
    LONGITUDE: ("lon", "lng", "long", "longitude"),
    ACCURACY: ("accuracy", "position_error", "hacc", "horizontal_accuracy"),
    DEVICE: ("device", "device_id", "serial", "serial_number", "logger", "sensor_id"),
}  # fmt: skip
_BY_NAME = {name: target for target, names in _SYNONYMS.items() for name in names}

_BRACKETS = re.compile(r"^(.*?)\s*[(\[]([^)\]]*)[)\]]\s*$")
_SEPARATORS = re.compile(r"[\s_\-./]+")


@dataclass(frozen=True)
class Column:
    """One column that is used: where it stands, what it gives, how its text becomes a count."""

    index: int
    name: str
    target: str
    unit: str | None
    scale: Scale | None


@dataclass(frozen=True)
class ColumnMap:
    """The columns of one file by target, and the names that are not used."""

    by_target: Mapping[str, Column]
    unused: Sequence[str]

    def channels(self) -> list[tuple[int, Column]]:
        """(channel number, column) of every mapped channel, ascending."""
        pairs = [(CHANNELS[t].number, c) for t, c in self.by_target.items() if t in CHANNELS]
        return sorted(pairs, key=lambda pair: pair[0])

    def describe(self) -> dict[str, str]:
        """column name -> target and unit, for the report."""
        return {
            c.name: c.target if c.unit in (None, STATE) else f"{c.target} [{c.unit}]"
            for c in self.by_target.values()
        }


def split_name(name: str) -> tuple[str, str | None]:
    """A column's name without its unit, and the unit when the name tells it.

    >>> split_name("Temperature (°C)"), split_name("light_mlux"), split_name("door_open")
    (('temperature', 'c'), ('light', 'mlux'), ('door_open', None))
    """
    text = name.strip().lower()
    match = _BRACKETS.match(text)
    if match is None and "," in text:
        base, _, unit_text = text.rpartition(",")
    elif match is not None:
        base, unit_text = match.group(1), match.group(2)
    else:
        base, unit_text = text, ""
    words = [word for word in _SEPARATORS.split(base) if word]
    unit = UNIT_ALIASES.get(unit_text.strip())
    if unit is None and len(words) > 1 and words[-1] in UNIT_ALIASES:
        unit = UNIT_ALIASES[words.pop()]
    return "_".join(words), unit


def target_of(name: str) -> str | None:
    """The target that a column's name stands for, or None."""
    base = split_name(name)[0].removesuffix("_utc")
    whole = "_".join(word for word in _SEPARATORS.split(name.strip().lower()) if word)
    return _BY_NAME.get(whole) or _BY_NAME.get(base)


def parse_assignments(
    texts: Sequence[str], option: str, allowed: Sequence[str] | None, what: str = "column"
) -> dict[str, str]:
    """`column=value` texts of a command line -> dict; `what` is what the left side names. Raises
    RecordingError.
    """
    result: dict[str, str] = {}
    for text in texts:
        name, equals, value = text.rpartition("=")
        if not equals or not name or not value:
            raise RecordingError(option, f"{what}=value", repr(text))
        if allowed is not None and value not in allowed:
            raise RecordingError(option, f"one of {', '.join(allowed)}", f"{value!r} in {text!r}")
        if name in result:
            raise RecordingError(option, f"{what} {name!r} once", f"{text!r} as well")
        result[name] = value
    return result


def map_columns(
    header: Sequence[str],
    where: str,
    chosen: Mapping[str, str] | None = None,
    units: Mapping[str, str] | None = None,
) -> ColumnMap:
    """Maps a header line. `where` names file and line in errors; `chosen` is column -> target,
    `units` is column -> unit. Raises RecordingError.
    """
    chosen, units = chosen or {}, units or {}
    for name in (*chosen, *units):
        if name not in header:
            raise RecordingError(where, f"a column named {name!r}", ", ".join(header))
    by_target: dict[str, Column] = {}
    unused = []
    for index, name in enumerate(header):
        target = chosen.get(name) or target_of(name)
        if target is None or target == IGNORE or _other_quantity(name, target, chosen, units):
            unused.append(name)
            continue
        other = by_target.get(target)
        if other is not None:
            if other.name in chosen and name not in chosen:
                unused.append(name)
                continue
            if other.name in chosen or name not in chosen:
                raise RecordingError(
                    where,
                    f"one column for {target} (choose with --map COLUMN={target}, "
                    "leave out with --map COLUMN=ignore)",
                    f"{other.name!r} and {name!r}",
                )
            unused.append(other.name)
        by_target[target] = _column(index, name, target, where, units.get(name))
    return ColumnMap(by_target, unused)


def _other_quantity(
    name: str, target: str, chosen: Mapping[str, str], units: Mapping[str, str]
) -> bool:
    """Whether a column that nobody chose has the unit of something else (`battery_pct`)."""
    if name in chosen or name in units or target not in CHANNELS:
        return False
    unit = split_name(name)[1]
    return unit is not None and unit not in SCALES[CHANNELS[target].quantity]


def _column(index: int, name: str, target: str, where: str, unit_text: str | None) -> Column:
    if target not in CHANNELS and target != ELAPSED:
        return Column(index, name, target, None, None)
    quantity = "duration" if target == ELAPSED else CHANNELS[target].quantity
    scales = SCALES[quantity]
    if unit_text is not None:
        unit = UNIT_ALIASES.get(unit_text.strip().lower())
    else:
        unit = split_name(name)[1]
        if unit is None and name.strip().lower() in ("lux", "celsius"):  # the unit is the name
            unit = UNIT_ALIASES[name.strip().lower()]
        if unit is None or unit not in scales:
            unit = DEFAULT_UNITS.get(quantity, unit)
    if unit is None or unit not in scales:
        raise RecordingError(
            f"{where}, column {name!r}",
            f"a unit of {quantity} ({', '.join(scales)}) in the name or --unit {name}=UNIT",
            repr(unit_text) if unit_text is not None else "none",
        )
    return Column(index, name, target, unit, scales[unit])
