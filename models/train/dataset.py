"""What a model is trained and judged on: simulated windows, thinned as real loggers thin them.

All windows come from `simulate` with fixed seeds. Of recordings, only sets whose licence allows it
may enter training; `recordings` says which. Inputs are made by the node's own integer feature code
(`cargoseal_score.features`), so training sees exactly what the node will compute.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.features import extract
from cargoseal_score.model import Feature, Model
from models.simulate.shipment import Windows, simulate

READINGS = 60
PERIODS_S = (10.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1800.0, 3600.0)
CHANNELS = (0, 1, 3, 4)
MISSING_CHANNEL = {0: 0.03, 1: 0.25, 3: 0.35, 4: 0.25}
SHORT_WINDOWS = 0.3
SPARSE_WINDOWS = 0.25
ONSET_BEFORE_END = 5

Column = list[int | None]
Progress = Callable[[str], None]


@dataclass(frozen=True)
class Window:
    """One window as a segment carries it: offsets in ms, one column of counts per channel."""

    offsets_ms: list[int]
    columns: dict[int, Column]


def normal_windows(seed: int, count: int, progress: Progress) -> list[Window]:
    """Return normal windows, spread evenly over the sampling periods."""
    return _windows(seed, count, None, progress)


def anomalous_windows(seed: int, count: int, anomaly: str, progress: Progress) -> list[Window]:
    """Return windows that each hold the one anomaly. Used to judge and to choose, not to train."""
    return _windows(seed, count, anomaly, progress)


def _windows(seed: int, count: int, anomaly: str | None, progress: Progress) -> list[Window]:
    rng = np.random.default_rng(seed)
    share = -(-count // len(PERIODS_S))
    out: list[Window] = []
    for period in PERIODS_S:
        out += thin(rng, simulate(rng, share, READINGS, period, anomaly), anomaly is None)
    progress(f"{len(out)} windows: {anomaly or 'normal'}")
    return out[:count]


def thin(rng: np.random.Generator, windows: Windows, whole: bool) -> list[Window]:
    """Cut windows short, drop channels and single values, as segments in the field come.

    `whole` False keeps the end of the window and the channels an anomaly may show in.
    """
    arrays = {c: windows.columns[c].astype(np.int64) for c in CHANNELS}
    out = []
    for row in range(len(arrays[0])):
        first, last = 0, READINGS
        if whole and rng.random() < SHORT_WINDOWS:
            first = int(rng.integers(0, READINGS - ONSET_BEFORE_END))
            last = int(rng.integers(first + ONSET_BEFORE_END, READINGS + 1))
        kept = 1.0 if rng.random() >= SPARSE_WINDOWS else float(rng.uniform(0.15, 0.95))
        columns: dict[int, Column] = {}
        for channel in CHANNELS:
            if whole and rng.random() < MISSING_CHANNEL[channel]:
                continue
            values: Column = list(arrays[channel][row, first:last].tolist())
            if kept < 1.0 and whole:
                present = rng.random(len(values)) < kept
                values = [v if p else None for v, p in zip(values, present, strict=True)]
            columns[channel] = values
        offsets = [round(i * windows.period_s * 1000) for i in range(last - first)]
        out.append(Window(offsets, columns))
    return out


def inputs(
    kind: int, zero_point: int, features: list[Feature], windows: list[Window]
) -> NDArray[np.int8]:
    """Return the model inputs of the windows, [windows, features]."""
    model = Model(b"", kind, zero_point, features, [])
    rows = [extract(model, w.offsets_ms, w.columns) for w in windows]
    return np.frombuffer(b"".join(rows), np.int8).reshape(len(rows), len(features))
