"""Two temperature series of the Numenta Anomaly Benchmark, with its labelled windows.

The unit is not stated; the values look like degrees Fahrenheit and are converted as such. Local
times without a zone, read as UTC. Events and labels are NAB's anomaly windows, which are wider than
the failures: they allow for early and late detection.
"""

import json
from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.rows import Options
from cargoseal.replay.times import TimeReader, parse_zone
from models.data.logger import Origin, files, read, recording, stem
from models.data.recording import Event, Recording, events_of, labels_of
from models.data.table import read_text

ORIGIN = Origin(
    "nab_temperature",
    "MIT",
    Options(columns={"value": "temperature"}, units={"value": "f"}, zone="UTC"),
)
LABELS = "labels.json"


def load(folder: Path) -> list[Recording]:
    """Return one recording per series."""
    out = []
    for path in files(folder, "*.csv.gz"):
        rows = read(path, ORIGIN)
        made = recording(rows, ORIGIN, stem(path), stem(path))
        written = np.array([row.wall_ms for row in rows], np.int64)
        labels = labels_of(written, _windows(folder / LABELS, f"realKnownCause/{stem(path)}.csv"))
        events = events_of(made.times_ms, labels, "NAB window")
        out.append(
            Recording(
                made.set,
                made.name,
                made.licence,
                made.device,
                made.times_ms,
                made.columns,
                labels,
                events,
            )
        )
    return out


def _windows(path: Path, series: str) -> list[Event]:
    reader = TimeReader(parse_zone("UTC"))
    try:
        pairs = json.loads(read_text(path))["combined_windows"][series]
        moments = [[reader.read(text, f"{path}: {series}") for text in pair] for pair in pairs]
        return [(int(begin or 0), int(end or 0), "NAB window") for begin, end in moments]
    except (ValueError, KeyError, TypeError) as error:
        expected = "combined_windows with pairs of times"
        raise RecordingError(f"{path}: {series}", expected, repr(error)) from error
