"""How good a detector is on simulated shipments that it has not seen: per kind of fault.

Detectors are blobs, scored by the fast twin of the node's code. AUC is the chance that a window
showing the fault scores above a normal one. `detected` is 1 - MAR at the threshold that one in 100
of the normal windows reaches. Intervals: 2.5 and 97.5 % quantiles when shipments are drawn again,
whole, the same ones for every detector. F1 is not given: it hides the false alarm rate.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.evaluate.ranking import Ranking
from models.evaluate.result import Figure
from models.train.dataset import NORMAL
from models.train.fit import threshold
from models.train.network import Floats

RESAMPLES = 200
SEED = 20_260_703
FALSE_ALARMS = 0.01

Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Told:
    """A detector on one kind of fault, or on the mean of all."""

    auc: Figure
    detected: Figure


@dataclass(frozen=True)
class Scored:
    """Scores of one detector over the windows of a split."""

    scores: Floats
    faults: NDArray[np.str_]
    shipments: Ints


def judge(detectors: Mapping[str, Scored], faults: Sequence[str]) -> dict[str, dict[str, Told]]:
    """Return detector -> fault -> figures; the fault `NORMAL` stands for the mean over all."""
    out = {}
    for name, scored in detectors.items():
        figures = {f: _draws(scored, f) for f in faults if (scored.faults == f).any()}
        mean = np.mean(list(figures.values()), axis=0)
        out[name] = {f: _told(values) for f, values in {NORMAL: mean, **figures}.items()}
    return out


def _draws(scored: Scored, fault: str) -> Floats:
    """Return (AUC, detected) as it is and for every draw of shipments, [1 + RESAMPLES, 2]."""
    quiet_rows, loud_rows = scored.faults == NORMAL, scored.faults == fault
    quiet, loud = scored.scores[quiet_rows], scored.scores[loud_rows]
    limit = threshold(quiet, FALSE_ALARMS)
    ranking = Ranking(np.concatenate((quiet, loud)))
    is_loud = np.repeat([0.0, 1.0], [len(quiet), len(loud)])
    rng = np.random.default_rng(SEED)
    quiet_of = _Drawn(rng, scored.shipments[quiet_rows])
    loud_of = _Drawn(rng, scored.shipments[loud_rows])
    out = np.empty((1 + RESAMPLES, 2))
    for i in range(1 + RESAMPLES):
        a, b = quiet_of.weights(i), loud_of.weights(i)
        drawn = np.concatenate((a, b))
        auc = ranking.auc((drawn * (1.0 - is_loud))[None, :], (drawn * is_loud)[None, :])
        out[i] = auc[0], b[loud >= limit].sum() / b.sum()
    return out


class _Drawn:
    """Weights of windows when their shipments are drawn again; draw 0 is as they are."""

    def __init__(self, rng: np.random.Generator, shipments: Ints) -> None:
        names, self._owner = np.unique(shipments, return_inverse=True)
        drawn = rng.integers(0, len(names), (RESAMPLES, len(names)))
        self._times = np.ones((1 + RESAMPLES, len(names)))
        for i, row in enumerate(drawn, start=1):
            self._times[i] = np.bincount(row, minlength=len(names))

    def weights(self, draw: int) -> Floats:
        return np.asarray(self._times[draw][self._owner])


def _told(values: Floats) -> Told:
    low, high = np.quantile(values[1:], (0.025, 0.975), axis=0)
    figures = [
        Figure(float(v), float(min(a, v)), float(max(b, v)))
        for v, a, b in zip(values[0], low, high, strict=True)
    ]
    return Told(*figures)
