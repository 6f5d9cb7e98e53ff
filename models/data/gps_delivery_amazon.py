"""Six-minute tracks of delivery agents on foot and driving (Amazon, IWCTS 2022), in metres.

No detector looks at positions; the tracks are here to measure what a position's noise is.
"""

from pathlib import Path

import numpy as np

from models.data.logger import files
from models.data.recording import Recording
from models.data.table import Table

SET = "gps_delivery_amazon"
LICENCE = "CC BY 4.0"


def load(folder: Path) -> list[Recording]:
    """Return one recording per track; `other` has x_m, y_m and driving (0 or 1)."""
    table = Table(files(folder, "trajectories.csv.gz")[0])
    tracks, modes = table.texts("trajectory"), table.texts("groundtruth")
    seconds = table.numbers("t_s")
    x_m, y_m = table.maybe_numbers("x_m"), table.maybe_numbers("y_m")
    rows: dict[str, list[int]] = {}
    for i, track in enumerate(tracks):
        rows.setdefault(track, []).append(i)
    out = []
    for track, part in rows.items():
        times = np.array([round(seconds[i] * 1000) for i in part], np.int64)
        other: dict[str, list[float | None]] = {
            "x_m": [x_m[i] for i in part],
            "y_m": [y_m[i] for i in part],
            "driving": [float(modes[i] == "Driving") for i in part],
        }
        out.append(Recording(SET, f"track {track}", LICENCE, track, times, {}, other=other))
    return out
