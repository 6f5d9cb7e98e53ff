"""Real recordings a model is tried on. None of them trains the shipped model.

They live outside the repository, in `../shared/data` (or the folder CARGOSEAL_SHARED names);
without it the evaluation has no recordings section and everything else is the same. Sets with no
stated licence are evaluated only, and nothing of them is copied. The one set that shaped the
simulation is `phone_freefall` (CC0 1.0): its noise at rest and its impacts are parameters there.
"""

import csv
import gzip
import os
from dataclasses import dataclass
from pathlib import Path

from models.train.dataset import READINGS, Column, Window

# counts per unit of a column, by channel
_CONTAINER = {0: ("temp_c", 100), 1: ("rh_pct", 100), 4: ("gforce_g", 1000)}
_FREEZER = {0: ("temp_c", 100), 1: ("rh_pct", 100)}
_NOT_STATED = "none stated (evaluation only)"
_SETS = [
    *(
        (f"schenker_containers/device_{d}", part, _CONTAINER, _NOT_STATED)
        for d, part in (
            ("A", "train"),
            ("B", "public"),
            ("C", "train"),
            ("G", "public"),
            ("H", "train"),
        )
    ),
    ("freezer_celsi/freezer_1min_0707_0714", "train", _FREEZER, _NOT_STATED),
]


@dataclass(frozen=True)
class Recording:
    """A recording cut into windows of `READINGS` rows."""

    name: str
    licence: str
    windows: list[Window]


def shared_folder() -> Path:
    """Return the folder with the data; it need not exist."""
    default = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("CARGOSEAL_SHARED", default))


def load_recordings() -> list[Recording]:
    """Return the recordings that are there."""
    out = []
    for name, part, columns, licence in _SETS:
        path = shared_folder() / "data" / part / f"{name}.csv.gz"
        if path.exists():
            out.append(Recording(name, licence, _windows(path, columns)))
    return out


def _windows(path: Path, columns: dict[int, tuple[str, int]]) -> list[Window]:
    with gzip.open(path, "rt", newline="") as file:
        rows = list(csv.DictReader(file))
    out = []
    for first in range(0, len(rows) - READINGS + 1, READINGS):
        part = rows[first : first + READINGS]
        made: dict[int, Column] = {
            channel: [round(float(r[name]) * scale) if r[name] else None for r in part]
            for channel, (name, scale) in columns.items()
        }
        out.append(Window(list(range(READINGS)), made))
    return out
