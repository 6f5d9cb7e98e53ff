"""A freezer's node from its commissioning to -35 degC: temperature of the room, door, RSSI.

Rows come in three stretches, days and months apart: each is a recording. While the node was being
set up its probe reads 0.00 degC with an error flag; those rows are labelled `probe error` from the
set's own flag. Local time without a zone: read as UTC. The battery is in per cent, no channel.
"""

from itertools import pairwise
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.times import TimeReader, parse_zone
from cargoseal.replay.units import SCALES
from cargoseal_wire.constants import DOOR, RSSI, TEMPERATURE
from models.data.logger import files
from models.data.recording import Column, Recording, events_of
from models.data.table import Table

SET = "freezer_door_battery_sample"
LICENCE = "none stated for the data"
GAP_MS = 2 * 3_600_000
ERROR_FLAG = "_flag_secondary_error_code"
_FLAGS = {"True": True, "False": False}


def load(folder: Path) -> list[Recording]:
    """Return the stretches of the one node."""
    table = Table(files(folder, "*.csv")[0])
    times = _times(table)
    breaks = [i + 1 for i, (a, b) in enumerate(pairwise(times)) if b - a > GAP_MS]
    bounds = [0, *breaks, len(times)]
    errors = np.array(_flags(table))
    columns = {
        TEMPERATURE: _counts(table, "sGekoeldeRuimte", "temperature", "c"),
        DOOR: _counts(table, "sDeurcontact", "state", "state"),
        RSSI: _counts(table, "sRSSI", "level", "dbm"),
    }
    other = {
        "ambient_c": table.maybe_numbers("sOmgeving"),
        "battery_pct": table.maybe_numbers("sBattery"),
    }
    out = []
    for number, (a, b) in enumerate(pairwise(bounds), start=1):
        at = np.array(times[a:b], np.int64)
        out.append(
            Recording(
                SET,
                f"stretch {number}",
                LICENCE,
                "freezer",
                at,
                {c: values[a:b] for c, values in columns.items()},
                errors[a:b],
                events_of(at, errors[a:b], "probe error"),
                {name: values[a:b] for name, values in other.items()},
            )
        )
    return out


def _times(table: Table) -> list[int]:
    reader = TimeReader(parse_zone("UTC"))
    out: list[int] = []
    for i, text in enumerate(table.texts("timestamp")):
        moment = reader.read(text, f"{table.path}: line {i + 2}")
        if moment is None or (out and moment < out[-1]):
            expected = "a time, not before the row above"
            raise RecordingError(f"{table.path}: line {i + 2}", expected, repr(text))
        out.append(moment)
    return out


def _flags(table: Table) -> list[bool]:
    out = []
    for i, text in enumerate(table.texts(ERROR_FLAG)):
        if text not in _FLAGS:
            where = f"{table.path}: line {i + 2}, column {ERROR_FLAG!r}"
            raise RecordingError(where, "True or False", repr(text))
        out.append(_FLAGS[text])
    return out


def _counts(table: Table, column: str, quantity: str, unit: str) -> Column:
    return table.counts(column, SCALES[quantity][unit])
