"""A Bosch XDK110 node on a box of 3 kg: thrown ten times, handled roughly, driven in a car's boot.

Accelerations of +-2 g per axis, clipped; 100 Hz in the node's transport mode, in messages of four
samples that arrive in any order, and 2 Hz otherwise. Rows are put in the order of the node's own
time. Rows without a time (the clock reset in the washing machine's file) are left out. A second
node in a file is a recording of its own. No label says when a throw begins.
"""

from datetime import datetime
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from models.data.recording import Column, MissingSetError, Recording
from models.data.table import Table

SET = "bosch_xdk_box"
LICENCE = "none stated"
AXES = {12: "ax_mg", 13: "ay_mg", 14: "az_mg"}


def load(folder: Path) -> list[Recording]:
    """Return one recording per file and node; MissingSetError where the folder has none."""
    files = sorted(folder.glob("*.csv*"))
    if not files:
        raise MissingSetError(folder)
    return [recording for file in files for recording in _read(file)]


def _read(file: Path) -> list[Recording]:
    table = Table(file)
    name = file.name.split(".")[0]
    nodes = table.texts("device")
    times = [_unix_ms(text, f"{file}: line {i + 2}") for i, text in enumerate(table.texts("t_utc"))]
    axes = {c: table.maybe_numbers(column) for c, column in AXES.items()}
    out = []
    for number, node in enumerate(sorted(set(nodes), key=nodes.count, reverse=True)):
        rows = [i for i, t in enumerate(times) if nodes[i] == node and t is not None]
        order = sorted(rows, key=lambda i: times[i] or 0)
        columns: dict[int, Column] = {
            c: [_count(values[i]) for i in order] for c, values in axes.items()
        }
        title = name if number == 0 else f"{name}/{node}"
        at = np.array([times[i] for i in order], np.int64)
        out.append(Recording(SET, title, LICENCE, name, at, columns))
    return out


def _unix_ms(text: str, where: str) -> int | None:
    if not text:
        return None
    try:
        return round(datetime.fromisoformat(text).timestamp() * 1000)
    except ValueError:
        raise RecordingError(where, "a time", repr(text)) from None


def _count(value: float | None) -> int | None:
    return None if value is None else round(value)
