"""SKAB's protocol, and what others have published by it.

1. Each of the 34 labelled runs stands alone: its first 400 rows train, the rest are the test, in
   the order of time. Whatever is fitted is fitted to those 400 rows of the very run.
2. An alarm is said per row. F1, FAR and MAR are of all test rows of all runs together.
3. What a person is told of is the begin of an alarm: rows that follow it without a pause are the
   same one. Alarms per week are counted so, over the length of the test rows. Event F1 is that of
   every set: each alarming row outside an event is a false one.
4. F1 never stands without FAR and MAR: alarming always reaches 0.698, more than most methods.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.data.recording import Recording
from models.data.skab import SIGNALS
from models.evaluate.result import FIGURES, Figure, Judged, Row

TRAIN_ROWS = 400
WANTED_FAR, WANTED_MAR = 0.15, 0.25

Counts = NDArray[np.int64]  # rows, signals

NOT_PUBLISHED = "not published"
NO_INTERVAL = "no interval was published"

# As the benchmark's leaderboard has them: F1, FAR %, MAR %.
PUBLISHED = {
    "Conv-AE": (0.78, 13.55, 28.02),
    "MSET": (0.78, 39.73, 14.13),
    "T2+Q": (0.76, 26.62, 24.92),
    "LSTM-AE": (0.74, 29.96, 25.92),
    "T2": (0.66, 19.21, 42.6),
    "LSTM-VAE": (0.56, 9.13, 55.03),
    "Vanilla LSTM": (0.54, 12.54, 59.53),
    "Vanilla AE": (0.39, 2.59, 75.15),
    "MSCRED": (0.36, 49.94, 69.88),
    "Isolation forest": (0.29, 2.56, 82.89),
}


@dataclass(frozen=True)
class Run:
    """A run's rows and its labels; signals are in the order of SIGNALS."""

    recording: Recording
    counts: Counts  # [rows, signals]
    values: NDArray[np.float64]  # [rows, signals], as written, in units
    labels: NDArray[np.bool_]  # [rows]

    @property
    def name(self) -> str:
        return self.recording.name

    @property
    def folder(self) -> str:
        """Which experiment it belongs to."""
        return self.name.split("_")[0]

    @property
    def truth(self) -> NDArray[np.bool_]:
        """Labels of the test rows."""
        return self.labels[TRAIN_ROWS:]


def run(recording: Recording) -> Run:
    """Return a recording as the protocol takes it; without labels no row is anomalous."""
    counts = np.array([recording.columns[channel] for channel in SIGNALS], np.int64).T
    values = np.array(list(recording.other.values()), np.float64).T
    labels = np.zeros(len(recording), bool) if recording.labels is None else recording.labels
    return Run(recording, counts, values, labels)


def judged(one: Run, scores: NDArray[np.float64], alarms: NDArray[np.bool_]) -> Judged:
    """Return what a detector said of the test rows [rows], each row a window of its own."""
    times = one.recording.times_ms[TRAIN_ROWS:]
    first = int(times[0])
    begins = alarms & ~np.concatenate(([False], alarms[:-1]))
    return Judged(
        one.name,
        scores,
        alarms,
        (~one.truth).astype(np.int64),
        one.truth.astype(np.int64),
        times,
        times,
        [(max(a, first), b, kind) for a, b, kind in one.recording.events if b >= first],
        float(times[-1] - first) / (7 * 86_400_000),
        begins,
    )


def published_rows() -> list[Row]:
    """Return the leaderboard's rows, without intervals: none were published."""
    return [
        Row(
            f"{name} (published)",
            {key: Figure(None, why=NOT_PUBLISHED) for key in FIGURES}
            | {"far": _said(far / 100), "mar": _said(mar / 100), "f1": _said(f1)}
            | {"recall": _said(1 - mar / 100)},
            is_baseline=True,
        )
        for name, (f1, far, mar) in PUBLISHED.items()
    ]


def _said(value: float) -> Figure:
    """A published figure, with the digits that report.json keeps, so that both print the same."""
    return Figure(round(value, 6), why=NO_INTERVAL)


def errors(alarms: Sequence[NDArray[np.bool_]], runs: Sequence[Run]) -> tuple[float, float, float]:
    """Return (F1, FAR, MAR) of the alarms of all test rows, as fractions."""
    said = np.concatenate(list(alarms))
    truth = np.concatenate([one.truth for one in runs])
    hits, false = int((said & truth).sum()), int((said & ~truth).sum())
    missed = int((~said & truth).sum())
    return (
        2 * hits / (2 * hits + false + missed),
        false / int((~truth).sum()),
        missed / int(truth.sum()),
    )
