"""Every climate detector and rule over the recordings of a set, set up for one use.

Beside the blobs stand two rules that cost nothing: `limits` (alarm where any channel leaves
mean ± LIMIT_SIGMAS deviations of the recording's first 15 %, as a person would set limits who has
watched it for a while) and, where a set has labels, `always alarm`, which no figure may flatter.
Both pause after an alarm as the blobs do.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.recording import Recording
from models.evaluate import metrics
from models.evaluate.detectors import Detectors, Point
from models.evaluate.result import Judged, Row
from models.evaluate.windows import CutWindow, cut, judged

Progress = Callable[[str], None]

HOUR_MS = 3_600_000
LIMITS = "limits of the first 15 %"
ALWAYS = "always alarm"
LIMIT_SIGMAS = 4.0
_LEARNED = 0.15
_LEAST_DEVIATION = 0.1  # of a channel's unit (counts are hundredths): no limit is finer


@dataclass(frozen=True)
class Use:
    """For what detectors are set up: whose operating point, and how long windows may last (None: an
    hour, or twelve readings where that is longer)."""

    name: str
    max_duration_ms: int | None = None


ANY = Use("any")
FROZEN = Use("frozen-minus-15", HOUR_MS)
DRY_GOODS = Use("dry-goods", 12 * HOUR_MS)


@dataclass(frozen=True)
class Scored:
    """One recording, its windows, and what every detector says of them (by name)."""

    recording: Recording
    windows: list[CutWindow]
    judged: dict[str, Judged]
    thresholds: dict[str, float]


def judge(
    recordings: Sequence[Recording], detectors: Detectors, progress: Progress, use: Use = ANY
) -> list[Scored]:
    """Return every recording's windows with the scores of all detectors and rules."""
    points = {d.name: d.point(use.name) for d in detectors.climate}
    pause_h = next((point.cool_down_h for point in points.values()), 0.0)
    points[LIMITS] = Point(LIMIT_SIGMAS, cool_down_h=pause_h)
    points[ALWAYS] = Point(0.5, cool_down_h=pause_h)
    out = []
    for number, recording in enumerate(recordings, start=1):
        windows = cut(recording, max_duration_ms=use.max_duration_ms)
        scores: dict[str, NDArray[Any]] = {
            d.name: detectors.scores(d, windows) for d in detectors.climate
        }
        scores[LIMITS] = limit_scores(recording, windows)
        if recording.labels is not None or recording.events:
            scores[ALWAYS] = np.ones(len(windows))
        said = {n: judged(recording, windows, values, points[n]) for n, values in scores.items()}
        thresholds = {name: float(points[name].threshold) for name in scores}
        out.append(Scored(recording, windows, said, thresholds))
        if number % 25 == 0 or number == len(recordings):
            progress(f"{recording.set}: {number} of {len(recordings)} recordings")
    return out


def by_detector(scored: Sequence[Scored]) -> dict[str, list[Judged]]:
    """Return detector -> its recordings."""
    names = scored[0].judged if scored else {}
    return {name: [one.judged[name] for one in scored] for name in names}


def rows(scored: Sequence[Scored], detectors: Detectors) -> list[Row]:
    """Return the set's table: blobs first, then the rules."""
    models = {d.name for d in detectors.climate if not d.is_baseline}
    out = []
    for name, recordings in by_detector(scored).items():
        found, events = metrics.found_events(recordings)
        note = f"{found} of {events} events found" if events else ""
        out.append(Row(name, metrics.figures(recordings), name not in models, note))
    return out


def limit_scores(recording: Recording, windows: Sequence[CutWindow]) -> NDArray[np.float64]:
    """Return per window how many deviations its furthest reading is from the first 15 %'s mean."""
    furthest = np.zeros(len(recording))
    learned = max(1, int(len(recording) * _LEARNED))
    for channel, column in recording.columns.items():
        values = np.array([np.nan if v is None else v for v in column], np.float64)
        known = values[:learned][~np.isnan(values[:learned])]
        if channel >= 4 or not known.size:  # climate: temperature, humidity, pressure, light
            continue
        deviation = max(float(known.std()), 100 * _LEAST_DEVIATION)
        furthest = np.fmax(furthest, np.abs(values - known.mean()) / deviation)
    return np.array([furthest[w.first : w.end].max() for w in windows])
