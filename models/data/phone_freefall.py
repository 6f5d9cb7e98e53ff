"""A phone (+-16 g, 200 Hz) dropped about 2 m onto something soft, or thrown up and left to fall.

Licence CC0 1.0: the one set of accelerations that may train (`fall_1` to `fall_12` and `static`,
where the folder is the training part). The file's name is the label; one event per file.
"""

from pathlib import Path

import numpy as np

from models.data.recording import Column, MissingSetError, Recording
from models.data.table import Table

SET = "phone_freefall"
LICENCE = "CC0 1.0"
G = 9.80665
AXES = {12: "ax_ms2", 13: "ay_ms2", 14: "az_ms2"}
FALL, THROW = "fall", "throw"
FALL_M = (1.9, 2.1)  # of every fall_N, as its SOURCE.md has it


def load(folder: Path) -> list[Recording]:
    """Return one recording per file; MissingSetError where the folder has none."""
    files = sorted(folder.glob("*.csv*"), key=lambda f: (len(f.name), f.name))
    if not files:
        raise MissingSetError(folder)
    return [_read(file) for file in files]


def _read(file: Path) -> Recording:
    table = Table(file)
    name = file.name.split(".")[0]
    times = np.rint(np.array(table.numbers("t_s")) * 1000).astype(np.int64)
    columns: dict[int, Column] = {
        c: [round(v / G * 1000) for v in table.numbers(column)] for c, column in AXES.items()
    }
    kind = {"fall": FALL, "up": THROW}.get(name.split("_")[0])
    events = [] if kind is None else [(int(times[0]), int(times[-1]), kind)]
    return Recording(SET, name, LICENCE, name, times, columns, events=events)
