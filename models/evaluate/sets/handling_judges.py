"""Who judges bursts: every blob of the kind at its threshold, and the rules as people set them.

The blobs' thresholds are those for the same number of false alarms a week (`calibrate`). The rules
have the limits that data sheets and loggers come with, in their own units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.bursts import LOW, statistic
from cargoseal_score.fall import fall
from models.data.bursts import Burst
from models.evaluate.detectors import Detector, Detectors
from models.evaluate.result import Judged
from models.evaluate.sets.handling_bursts import FALL, LOUD, Case
from models.evaluate.sets.handling_streams import Stream
from models.train.handling import LOW as LOW_RULE
from models.train.handling import PEAK

Scores = NDArray[np.float64]
USUAL_LOW = f"{LOW_RULE}, usual limit 0.1 s"
USUAL_PEAK = f"{PEAK}, usual limit 5 g"
NO_BURST = -1.0
WEEK_MS = 7 * 86_400_000
BOUNCING_MS = 1500


@dataclass(frozen=True)
class Judge:
    """Gives bursts a score; at or over its threshold a burst is an alarm. No burst is none."""

    name: str
    threshold: float
    is_baseline: bool
    says: Callable[[Sequence[Burst | None]], Scores]


def judges(detectors: Detectors) -> list[Judge]:
    """Return all of them: the model, its baselines, the usual rules."""
    return [
        *(_blob(detector, detectors) for detector in detectors.handling),
        _rule(USUAL_LOW, 100, low_ms),
        _rule(USUAL_PEAK, 5000, peak_mg),
    ]


def _blob(detector: Detector, detectors: Detectors) -> Judge:
    def says(bursts: Sequence[Burst | None]) -> Scores:
        windows = [b.window for b in bursts if b is not None]
        scores = iter(detectors.scores(detector, windows).tolist())
        return np.array([NO_BURST if b is None else next(scores) for b in bursts], np.float64)

    return Judge(detector.name, float(detector.threshold), detector.is_baseline, says)


def _rule(name: str, limit: float, measured: Callable[[Burst], int]) -> Judge:
    def says(bursts: Sequence[Burst | None]) -> Scores:
        return np.array([NO_BURST if b is None else measured(b) for b in bursts], np.float64)

    return Judge(name, limit, True, says)


def low_ms(burst: Burst) -> int:
    """Return the longest stretch below 0.35 g in ms."""
    values = [int(v) for v in burst.magnitude()]
    return statistic(LOW, 350, 0, burst.window.offsets_ms, values)[0]


def peak_mg(burst: Burst) -> int:
    """Return the highest |a| in mg."""
    return int(burst.magnitude().max())


def flight_ms(burst: Burst) -> int:
    """Return the free flight that is found in it, 0 for none."""
    return fall(burst.window.offsets_ms, [int(v) for v in burst.magnitude()])[0]


def judged(
    judge: Judge, scores: Scores, found: Sequence[Case], streams: Sequence[Stream]
) -> list[Judged]:
    """Return what a judge says of every recording that has cases.

    An event is a throw or fall from its release until what bounces is at rest. Of the alarms those
    are told to somebody whose burst a node cuts.
    """
    out = []
    for stream in streams:
        rows = [i for i, c in enumerate(found) if (c.set, c.recording) == (stream.set, stream.name)]
        if rows:
            out.append(_recording(judge, scores[rows], [found[i] for i in rows], stream))
    return out


def _recording(judge: Judge, scores: Scores, found: list[Case], stream: Stream) -> Judged:
    loud = np.array([c.kind in LOUD for c in found])
    alarms = scores >= judge.threshold
    return Judged(
        stream.name,
        scores,
        alarms,
        (~loud).astype(np.int64),
        loud.astype(np.int64),
        np.array([c.start_ms for c in found], np.int64),
        np.array([c.end_ms for c in found], np.int64),
        [(c.span[0], c.span[1] + BOUNCING_MS, FALL) for c in found if c.kind == FALL],
        1000.0 * stream.seconds / WEEK_MS,
        alarms & np.array([c.natural for c in found]),
    )
