"""Trips by car and bus with an app (Go!Track, Aracaju): latitude and longitude, median 6 s.

No detector looks at positions. Local times, read as UTC. A track's points are put in their order.
"""

from pathlib import Path

import numpy as np

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.times import TimeReader, parse_zone
from models.data.logger import files
from models.data.recording import Recording
from models.data.table import Table

SET = "gps_gotrack"
LICENCE = "none in the mirror at hand"


def load(folder: Path) -> list[Recording]:
    """Return one recording per track; `other` has lat_deg and lon_deg."""
    table = Table(files(folder, "trackpoints.csv.gz")[0])
    reader = TimeReader(parse_zone("UTC"))
    tracks, texts = table.texts("track_id"), table.texts("time")
    lat, lon = table.maybe_numbers("latitude"), table.maybe_numbers("longitude")
    points: dict[str, list[tuple[int, int]]] = {}
    for i, text in enumerate(texts):
        moment = reader.read(text, f"{table.path}: line {i + 2}")
        if moment is None:
            raise RecordingError(f"{table.path}: line {i + 2}, column 'time'", "a time", repr(text))
        points.setdefault(tracks[i], []).append((moment, i))
    out = []
    for track, moments in points.items():
        moments.sort()
        times = np.array([moment for moment, _ in moments], np.int64)
        other = {
            "lat_deg": [lat[i] for _, i in moments],
            "lon_deg": [lon[i] for _, i in moments],
        }
        out.append(Recording(SET, f"track {track}", LICENCE, track, times, {}, other=other))
    return out
