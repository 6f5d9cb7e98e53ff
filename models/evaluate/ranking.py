"""AUC: the chance that a loud row scores above a quiet one, ties counted half. The only place."""

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Ranking:
    """Scores in order, sorted once for any number of weightings."""

    def __init__(self, scores: NDArray[np.generic]) -> None:
        """`scores`: [n], of any number type without nan."""
        self._order = np.argsort(scores, kind="stable")
        rising = np.diff(np.asarray(scores, np.float64)[self._order], prepend=np.nan)
        self._groups = np.flatnonzero(rising != 0)

    def auc(self, quiet: Floats, loud: Floats) -> Floats:
        """Return the AUC [draws] of rows weighted as quiet and as loud [draws, n]; nan where a
        class has no weight."""
        q = np.add.reduceat(quiet[:, self._order], self._groups, axis=1)
        p = np.add.reduceat(loud[:, self._order], self._groups, axis=1)
        below = np.cumsum(q, axis=1) - q / 2.0
        pairs = q.sum(axis=1) * p.sum(axis=1)
        out: Floats = np.full(len(quiet), np.nan)
        return np.divide((p * below).sum(axis=1), pairs, out=out, where=pairs > 0)


def auc(quiet: NDArray[np.generic], loud: NDArray[np.generic]) -> float:
    """Return the AUC of scores of quiet and of loud rows, each of the same weight.

    >>> auc(np.array([1, 2, 3]), np.array([2, 4]))
    0.75
    """
    is_loud = np.repeat([0.0, 1.0], [len(quiet), len(loud)])[None, :]
    ranking = Ranking(np.concatenate((quiet, loud)))
    return float(ranking.auc(1.0 - is_loud, is_loud)[0])
