"""Rooms with people (Morgner et al. 2017): temperature, humidity and light of several nodes.

The label of a row is the ground truth `door_open`; it is no channel: a detector must see the
climate alone. A session (measurement) is the unit that splits, as its nodes see the same door.
Light is the first sensor's raw value, counted as lux: its unit is not known for certain.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cargoseal.replay.rows import Options, Row
from models.data.logger import Origin, files, read, recording, stem
from models.data.recording import Recording, events_of
from models.data.table import Table

ORIGIN = Origin(
    "room_climate_doors",
    "open, no licence text",
    Options(
        columns={"t_ms": "time", "light1": "light", "light2": "ignore", "door_open": "ignore"},
        units={"light1": "lux"},
    ),
)


def load(folder: Path) -> list[Recording]:
    """Return one recording per session and node."""
    out = []
    for path in files(folder, "location_*.csv.gz"):
        table = Table(path)
        sessions, nodes = table.texts("measurement"), table.texts("node")
        open_rows = [value > 0 for value in table.numbers("door_open")]
        rows: dict[tuple[str, str], list[Row]] = {}
        for row in read(path, ORIGIN):
            at = row.line - 2
            rows.setdefault((sessions[at], nodes[at]), []).append(row)
        place = stem(path).split("_")[1]
        for (session, node), part in sorted(rows.items(), key=_numbers):
            device = f"location {place} session {session}"
            made = recording(part, ORIGIN, f"{device} node {node}", device)
            labels = np.array([open_rows[row.line - 2] for row in part])
            out.append(_labelled(made, labels))
    return out


def _numbers(item: tuple[tuple[str, str], list[Row]]) -> tuple[int, int]:
    (session, node), _ = item
    return int(session), int(node)


def _labelled(made: Recording, labels: NDArray[np.bool_]) -> Recording:
    events = events_of(made.times_ms, labels, "door open")
    return Recording(
        made.set, made.name, made.licence, made.device, made.times_ms, made.columns, labels, events
    )
