"""The floors of trams, trolleybuses and buses in Bratislava: 500 Hz, +-2 g, no labels, no times.

A node samples at 100 Hz: five samples are averaged into one, which is what a sensor's filter does.
"""

from pathlib import Path

import numpy as np

from models.data.recording import Column, MissingSetError, Recording
from models.data.table import Table

SET = "transit_vibration_500hz"
LICENCE = "none stated"
HZ = 500
AVERAGED = 5
G = 9.80665
AXES = {12: "ax_ms2", 13: "ay_ms2", 14: "az_ms2"}


def load(folder: Path) -> list[Recording]:
    """Return one recording per ride, at 100 Hz; MissingSetError where the folder has none."""
    files = sorted(folder.glob("*.csv*"))
    if not files:
        raise MissingSetError(folder)
    return [_read(file) for file in files]


def _read(file: Path) -> Recording:
    table = Table(file)
    name = file.name.split(".")[0]
    count = len(table) // AVERAGED
    columns: dict[int, Column] = {}
    for channel, column in AXES.items():
        values = np.array(table.numbers(column))[: count * AVERAGED]
        mean = values.reshape(count, AVERAGED).mean(axis=1)
        columns[channel] = [round(v / G * 1000) for v in mean.tolist()]
    times = np.arange(count, dtype=np.int64) * (1000 * AVERAGED // HZ)
    return Recording(SET, name, LICENCE, name, times, columns)
