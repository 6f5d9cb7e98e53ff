"""Phones in cars over speed bumps, metal bumps, potholes and plain roads: short series, 50 Hz.

Only the vertical acceleration was published. The class of a series is in its name. None of them is
damage: they are what a handling detector must not take for a drop.
"""

from pathlib import Path

import numpy as np

from models.data.recording import Column, MissingSetError, Recording
from models.data.table import Table

SET = "road_anomalies_50hz"
LICENCE = "none stated"
HZ = 50
G = 9.80665
VERTICAL = 14


def load(folder: Path) -> list[Recording]:
    """Return one recording per series, named class/series; MissingSetError for no file."""
    files = sorted(folder.glob("*.csv*"))
    if not files:
        raise MissingSetError(folder)
    series: dict[str, Column] = {}
    for file in files:
        table = Table(file)
        names = zip(table.texts("label"), table.texts("series"), strict=True)
        for (label, name), value in zip(names, table.numbers("az_ms2"), strict=True):
            series.setdefault(f"{label}/{name}", []).append(round(value / G * 1000))
    return [
        Recording(SET, name, LICENCE, name, np.arange(len(z)) * (1000 // HZ), {VERTICAL: z})
        for name, z in series.items()
    ]
