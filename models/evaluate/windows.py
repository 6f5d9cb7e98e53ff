"""Cuts a recording into windows exactly as a node cuts its readings: by the node's own sampler.

A window has at most 60 readings and lasts at most an hour, the node's defaults; a node that samples
so slowly that an hour holds fewer than twelve readings is set to twelve sampling periods. An alarm
of the node (its default limits for shock, door and mount) closes a window early, as on the node.
"""

import sys
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.data.recording import Column, Recording
from models.evaluate.detectors import Point
from models.evaluate.levels import persistent
from models.evaluate.result import Judged

_FIRMWARE = str(Path(__file__).resolve().parents[2] / "firmware")
if _FIRMWARE not in sys.path:
    sys.path.insert(0, _FIRMWARE)

from node.alarms import Alarms  # noqa: E402  the path comes first
from node.config import ALARMS  # noqa: E402
from node.reading import Reading  # noqa: E402
from node.sampler import Sampler  # noqa: E402
from node.window import Window as NodeWindow  # noqa: E402

MAX_READINGS = 60
MAX_DURATION_MS = 3_600_000
FEWEST_PERIODS = 12


@dataclass(frozen=True)
class CutWindow:
    """Readings as a segment carries them, and which rows of the recording they are."""

    offsets_ms: list[int]
    columns: dict[int, Column]
    first: int  # row
    end: int  # the row after the last
    start_ms: int
    end_ms: int  # of the last reading: when a node can know the score


def longest_ms(recording: Recording) -> int:
    """Return how long a window of this recording may last (see the module's text)."""
    steps = [b - a for a, b in pairwise(recording.times_ms.tolist()) if b > a]
    period = median(steps) if steps else 0
    return max(MAX_DURATION_MS, int(FEWEST_PERIODS * period))


def cut(
    recording: Recording, max_readings: int = MAX_READINGS, max_duration_ms: int | None = None
) -> list[CutWindow]:
    """Return the windows of a recording; every row is in exactly one, in order."""
    duration = longest_ms(recording) if max_duration_ms is None else max_duration_ms
    sampler = Sampler(Alarms(ALARMS), max_readings, duration)
    out: list[CutWindow] = []
    times = recording.times_ms.tolist()
    for row, time_ms in enumerate(times):
        values = {c: v for c, column in recording.columns.items() if (v := column[row]) is not None}
        for window in sampler.add(Reading(time_ms, values)):
            out.append(_placed(window, out[-1].end if out else 0))
    last = sampler.tick(times[-1] + duration + 1)
    if last is not None:
        out.append(_placed(last, out[-1].end if out else 0))
    return out


def _placed(window: NodeWindow, first: int) -> CutWindow:
    readings = window.readings
    return CutWindow(
        window.offsets_ms(),
        window.columns(),
        first,
        first + len(readings),
        readings[0].uptime_ms,
        readings[-1].uptime_ms,
    )


def judged(
    recording: Recording, windows: list[CutWindow], scores: NDArray[Any], point: Point
) -> Judged:
    """Return scores [windows] and the alarms of an operating point beside what the recording's
    labels say of every window's rows."""
    labels = recording.labels
    if labels is None:
        labels = np.zeros(len(recording), bool)
    before = np.concatenate(([0], np.cumsum(labels)))
    first = np.array([w.first for w in windows], np.int64)
    end = np.array([w.end for w in windows], np.int64)
    starts = np.array([w.start_ms for w in windows], np.int64)
    loud = before[end] - before[first]
    values = np.asarray(scores, np.float64)
    alarms = persistent(values, point.windows, point.of) >= point.threshold
    return Judged(
        device=recording.device,
        scores=values,
        alarms=alarms,
        quiet=end - first - loud,
        loud=loud,
        starts_ms=starts,
        ends_ms=np.array([w.end_ms for w in windows], np.int64),
        events=list(recording.events),
        weeks=recording.weeks,
        raised=raised(alarms, starts, round(point.cool_down_h * 3_600_000)),
        labelled=recording.labels is not None,
    )


def raised(
    alarms: NDArray[np.bool_], starts_ms: NDArray[np.int64], pause_ms: int
) -> NDArray[np.bool_]:
    """Return the alarms that are told: none begins less than a pause after the one told before."""
    out = np.zeros(len(alarms), bool)
    free_ms: int | None = None
    for i in np.flatnonzero(alarms).tolist():
        if free_ms is None or int(starts_ms[i]) >= free_ms:
            out[i] = True
            free_ms = int(starts_ms[i]) + pause_ms
    return out
