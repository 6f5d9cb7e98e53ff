"""Handling windows out of a stream of accelerations, cut by the node's own state machine."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.trigger import BurstCutter, BurstSettings
from models.train.dataset import Column, Window

ACCEL = (12, 13, 14)


@dataclass(frozen=True)
class Burst:
    """A handling window and where in the stream it begins, in the stream's milliseconds."""

    start_ms: int
    window: Window

    @property
    def end_ms(self) -> int:
        return self.start_ms + self.window.offsets_ms[-1]

    def magnitude(self) -> NDArray[np.float64]:
        """Return |a| in mg [readings]."""
        axes = np.array([self.window.columns[c] for c in ACCEL], np.float64)
        return np.asarray(np.sqrt((axes**2).sum(axis=0)))


def cut(
    times_ms: NDArray[np.int64], mg: NDArray[np.int64], settings: BurstSettings | None = None
) -> list[Burst]:
    """Return the bursts that a node would seal of a stream: times [n], accelerations [n, 3].

    Only what lies near a sample that could start one is fed to the cutter: the rest changes
    nothing, and rides are long.
    """
    settings = settings or BurstSettings()
    near = _near(times_ms, mg, settings)
    cutter = BurstCutter(settings)
    found = [
        cutter.add(at, x, y, z)
        for at, (x, y, z) in zip(times_ms[near].tolist(), mg[near].tolist(), strict=True)
    ]
    return [_burst(samples) for samples in [*found, cutter.flush()] if samples]


def _near(
    times_ms: NDArray[np.int64], mg: NDArray[np.int64], settings: BurstSettings
) -> NDArray[np.bool_]:
    squared = (mg * mg).sum(axis=1)
    hot = (squared >= settings.shock_mg**2) | (squared <= settings.lull_mg**2)
    count = np.concatenate(([0], np.cumsum(hot)))
    before = settings.before_ms + settings.gap_ms
    after = settings.wait_ms + settings.after_ms + 2 * settings.gap_ms
    ordered = np.maximum.accumulate(times_ms)
    first = np.searchsorted(ordered, ordered - after, side="left")
    last = np.searchsorted(ordered, ordered + before, side="right")
    return np.asarray(count[last] > count[first])


def around_peak(
    times_ms: NDArray[np.int64], mg: NDArray[np.int64], settings: BurstSettings | None = None
) -> Burst:
    """Return the burst around the highest sample, as if the trigger had fired there."""
    settings = settings or BurstSettings()
    peak = int(times_ms[int((mg * mg).sum(axis=1).argmax())])
    inside = (times_ms >= peak - settings.before_ms) & (times_ms <= peak + settings.after_ms)
    samples = zip(times_ms[inside].tolist(), *mg[inside].T.tolist(), strict=True)
    return _burst(list(samples))


def _burst(samples: list[tuple[int, int, int, int]]) -> Burst:
    start = samples[0][0]
    columns: dict[int, Column] = {c: [s[i + 1] for s in samples] for i, c in enumerate(ACCEL)}
    return Burst(start, Window([s[0] - start for s in samples], columns))
