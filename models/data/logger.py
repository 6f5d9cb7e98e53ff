"""Recordings that a logger wrote with times and units: read as `cargoseal replay` reads them."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.reader import read_recording
from cargoseal.replay.rows import Options, Row
from models.data.recording import Column, MissingSetError, Recording


@dataclass(frozen=True)
class Origin:
    """Where recordings come from: set, licence, and how its files are read."""

    set: str
    licence: str
    options: Options


def files(folder: Path, pattern: str) -> list[Path]:
    """Return a set's files in the order of their names. MissingSetError where there is none."""
    found = sorted(folder.glob(pattern))
    if not found:
        raise MissingSetError(folder / pattern)
    return found


def stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rsplit(".", 1)[0]


def read(path: Path, origin: Origin) -> list[Row]:
    """Return a file's rows in sampling order. RecordingError, also for a row without a time."""
    rows = read_recording(path, origin.options).rows
    for row in rows:
        if row.wall_ms is None:
            raise RecordingError(f"{path}: line {row.line}", "a time", "none")
    return rows


def recording(rows: list[Row], origin: Origin, name: str, device: str) -> Recording:
    """Return rows as a recording without labels. Times are Unix ms of the first row plus uptime:
    a clock that was set back does not turn the order of time around."""
    zero_ms = (rows[0].wall_ms or 0) - rows[0].uptime_ms
    channels = sorted({channel for row in rows for channel in row.values})
    columns: dict[int, Column] = {c: [row.values.get(c) for row in rows] for c in channels}
    times = np.array([zero_ms + row.uptime_ms for row in rows], np.int64)
    return Recording(origin.set, name, origin.licence, device, times, columns)
