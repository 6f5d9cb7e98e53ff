"""Positions: no detector looks at them. What is told is how noisy they are at rest and on the way.

A geofence or a speed rule would have to live with this noise; the project has neither.
"""

from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from statistics import median

from models.data.recording import Recording
from models.evaluate.climate_set import recordings_of
from models.evaluate.detectors import Detectors
from models.evaluate.judge import Progress
from models.evaluate.result import SetResult

ORDER = 90
METRES_PER_DEGREE = 111_320.0
STANDING_M_PER_S = 0.5  # below which a person or car is taken to stand


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the sets' part of the report, None where DATA has neither."""
    facts: dict[str, object] = {}
    sentences = ["No detector looks at positions; the tracks were loaded and counted."]
    for name in ("gps_delivery_amazon", "gps_gotrack"):
        recordings = recordings_of(data, name)
        if recordings is None:
            continue
        facts[name], sentence = _noise(recordings)
        sentences.append(f"`{name}`: {sentence}")
        progress(f"{name}: {len(recordings)} tracks")
    return SetResult("positions", " ".join(sentences), facts=facts) if facts else None


def _noise(recordings: list[Recording]) -> tuple[dict[str, object], str]:
    """Return what a set's steps say of noise at rest, as figures and in words."""
    steps = [step for recording in recordings for step in _steps(recording)]
    slow = [metres for metres, seconds in steps if metres < STANDING_M_PER_S * seconds]
    wander_m = median(slow) if slow else None
    share = len(slow) / max(1, len(steps))
    facts: dict[str, object] = {
        "tracks": len(recordings),
        "points": sum(len(r) for r in recordings),
        "steps": len(steps),
        "standing_share": share,
        "standing_step_m": wander_m,
    }
    words = f"{len(recordings)} tracks, {100 * share:.0f} % of the steps slower than"
    words += f" {STANDING_M_PER_S} m/s"
    if wander_m is None:
        return facts, f"{words}."
    return facts, f"{words}; there a position wanders by {wander_m:.2f} m (median) a fix."


def _steps(recording: Recording) -> list[tuple[float, float]]:
    """Return (metres, seconds) between points that follow each other and have a position."""
    points = _points(recording)
    return [
        (hypot(b[1] - a[1], b[2] - a[2]), (b[0] - a[0]) / 1000)
        for a, b in pairwise(points)
        if b[0] > a[0]
    ]


def _points(recording: Recording) -> list[tuple[int, float, float]]:
    """Return (ms, x, y) with x and y in metres."""
    flat = "x_m" in recording.other
    names = ("x_m", "y_m") if flat else ("lon_deg", "lat_deg")
    xs, ys = (recording.other[name] for name in names)
    out = []
    for time, x, y in zip(recording.times_ms.tolist(), xs, ys, strict=True):
        if x is None or y is None:
            continue
        if not flat:
            x, y = x * METRES_PER_DEGREE * cos(radians(y)), y * METRES_PER_DEGREE
        out.append((time, x, y))
    return out
