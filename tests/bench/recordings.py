"""Real recordings as rows of channel counts, for benchmarks.

Rules
1. A value is what the file says, rounded to the channel's count; an empty field is no value.
2. "peaks of 10 s" is what a node with these sensors sends: from each ten seconds of samples the
   last of the slow channels, the peak and the root mean square of |a|, tilt, free fall, motion.
3. Rows without a valid time are left out here (the replay keeps them; sizes do not depend on them).
"""

import csv
import gzip
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path

from cargoseal_wire import constants as c
from tests.shared_data import shared_root

Values = dict[int, int | None]
CELL_ERROR_M = 1500
FREE_FALL_MG = 350
REST_MG = 30  # of vibration, below which nothing moves


@dataclass(frozen=True)
class Row:
    """One reading; `position` is (lat_1e7, lon_1e7, error_m, source)."""

    time_ms: int
    values: Values
    position: tuple[int, int, int, int] | None = None


def _lines(path: str) -> Iterator[dict[str, str]]:
    with gzip.open(shared_root() / "data" / path, "rt", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def _count(text: str, per_unit: float) -> int | None:
    return round(float(text) * per_unit) if text else None


def _time(text: str) -> int:
    return round(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp() * 1000)


def container(path: str) -> list[Row]:
    """A freight container's tracker: eight channels, most of them sent now and then."""
    rows = []
    for line in _lines(path):
        values = {
            c.TEMPERATURE: _count(line["temp_c"], 100),
            c.HUMIDITY: _count(line["rh_pct"], 100),
            c.LIGHT: _count(line["light_lux"], 10),
            c.SHOCK: _count(line["gforce_g"], 1000),
            c.TILT: _count(line["tilt_deg"], 100),
            c.DOOR: _count(line["door_open"], 1),
            c.MOUNT: _count(line["not_mounted"], 1),
            c.MOTION: _count(line["motion"], 1),
        }
        rows.append(Row(_time(line["t_utc"]), values, _position(line)))
    return rows


def _position(line: dict[str, str]) -> tuple[int, int, int, int] | None:
    if not line["lat_deg"]:
        return None
    place = (round(float(line["lat_deg"]) * 1e7), round(float(line["lon_deg"]) * 1e7))
    if not line["accuracy_m"] or line["accuracy_m"].startswith("cellid"):
        return (*place, CELL_ERROR_M, c.FIX_CELL)
    return (*place, round(float(line["accuracy_m"])), c.FIX_GNSS)


def freezer(path: str) -> list[Row]:
    """A freezer's logger: temperature and humidity."""
    return [
        Row(
            _time(line["t_utc"]),
            {
                c.TEMPERATURE: _count(line["temp_c"], 100),
                c.HUMIDITY: _count(line["rh_pct"], 100),
            },
        )
        for line in _lines(path)
    ]


def room(path: str, node: str) -> list[Row]:
    """One of a room's nodes: climate, light, the door and the window."""
    rows = [
        Row(
            int(line["t_ms"]),
            {
                c.TEMPERATURE: _count(line["temp_c"], 100),
                c.HUMIDITY: _count(line["rh_pct"], 100),
                c.LIGHT: _count(line["light1"], 10),
                c.DOOR: _count(line["door_open"], 1),
                c.MOTION: min(1, int(line["occupants"] or 0)),
            },
        )
        for line in _lines(path)
        if line["node"] == node
    ]
    return sorted(rows, key=lambda row: row.time_ms)


def box_samples(path: str) -> list[Row]:
    """The sensor box as recorded: climate, light, three axes, |a|, one rate of turn."""
    rows = []
    for line in _lines(path):
        if not line["t_utc"]:
            continue
        axes = [_count(line[name], 1) for name in ("ax_mg", "ay_mg", "az_mg")]
        known = [axis for axis in axes if axis is not None]
        values = {
            c.TEMPERATURE: _count(line["temp_c"], 100),
            c.HUMIDITY: _count(line["rh_pct"], 100),
            c.LIGHT: _count(line["light_mlux"], 0.01),
            c.SHOCK: math.isqrt(sum(axis * axis for axis in known)) if len(known) == 3 else None,
            c.ACCEL_X: axes[0],
            c.ACCEL_Y: axes[1],
            c.ACCEL_Z: axes[2],
            c.GYRO_X: _count(line["gx_mdps"], 1),
        }
        rows.append(Row(_time(line["t_utc"]), values))
    return sorted(rows, key=lambda row: row.time_ms)


def box_peaks(path: str, every_s: int) -> list[Row]:
    """The sensor box as a node would report it: peaks and last values of each `every_s` seconds."""
    samples = [row for row in box_samples(path) if row.values[c.SHOCK] is not None]
    groups = groupby(samples, key=lambda row: row.time_ms // (1000 * every_s))
    return [_peaks(list(group)) for _, group in groups]


def _peaks(rows: list[Row]) -> Row:
    last = rows[-1].values
    loads = [row.values[c.SHOCK] or 0 for row in rows]
    axes = [
        sum(row.values[axis] or 0 for row in rows) / len(rows)
        for axis in (c.ACCEL_X, c.ACCEL_Y, c.ACCEL_Z)
    ]
    weight = math.hypot(*axes) or 1.0
    vibration = round(math.sqrt(sum((load - weight) ** 2 for load in loads) / len(loads)))
    values: Values = {
        c.TEMPERATURE: last[c.TEMPERATURE],
        c.HUMIDITY: last[c.HUMIDITY],
        c.LIGHT: last[c.LIGHT],
        c.SHOCK: max(loads),
        c.TILT: round(math.degrees(math.acos(max(-1.0, min(1.0, axes[2] / weight)))) * 100),
        c.FREE_FALL: 10 * sum(load < FREE_FALL_MG for load in loads),
        c.MOTION: int(vibration > REST_MG),
        c.VIBRATION: vibration,
    }
    return Row(rows[-1].time_ms, values)


BOX = "bosch_xdk_box"
CONTAINERS = "schenker_containers"
RECORDINGS: dict[str, Callable[[], list[Row]]] = {
    "container B (rail)": lambda: container(f"public/{CONTAINERS}/device_B.csv.gz"),
    "container G": lambda: container(f"public/{CONTAINERS}/device_G.csv.gz"),
    "container F": lambda: container(f"train/{CONTAINERS}/device_F.csv.gz"),
    "box, washing machine, peaks of 10 s": lambda: box_peaks(
        f"train/{BOX}/washing_machine_2cycles.csv.gz", 10
    ),
    "box, washing machine, peaks of 60 s": lambda: box_peaks(
        f"train/{BOX}/washing_machine_2cycles.csv.gz", 60
    ),
    "box, car ride, peaks of 10 s": lambda: box_peaks(
        f"public/{BOX}/car_transport_1103.csv.gz", 10
    ),
    "box, washing machine, every sample": lambda: box_samples(
        f"train/{BOX}/washing_machine_2cycles.csv.gz"
    ),
    "box, car ride, every sample": lambda: box_samples(f"public/{BOX}/car_transport_1103.csv.gz"),
    "box, rough handling, every sample": lambda: box_samples(
        f"public/{BOX}/rough_handling_20190402.csv.gz"
    ),
    "freezer, a reading a minute": lambda: freezer(
        "train/freezer_celsi/freezer_1min_0707_0714.csv.gz"
    ),
    "freezer, a reading in 10 minutes": lambda: freezer(
        "public/freezer_celsi/freezer2_10min_4peaks.csv.gz"
    ),
    "room C, node 1": lambda: room("public/room_climate_doors/location_C_01_20.csv.gz", "1"),
    "room C, node 3": lambda: room("public/room_climate_doors/location_C_01_20.csv.gz", "3"),
}


def present() -> bool:
    """Whether the shared recordings are here."""
    return Path(shared_root() / "data" / "public").is_dir()
