"""Train a few networks from different starts and keep the one that detects most when quantized.

The validation windows are simulated with seeds of their own, neither trained on nor used in the
evaluation. A candidate is judged as it would ship, in int8: the mean over the kinds of anomaly of
(AUC + the share detected at one false alarm in 1000) / 2.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring.fast_infer import InferencePlan
from cargoseal_score.blob import load
from cargoseal_score.model import KIND_CLIMATE, Feature
from models.evaluate.simulated import auc, threshold
from models.simulate.shipment import ANOMALIES
from models.train.dataset import Progress, Window, anomalous_windows, inputs, normal_windows
from models.train.export import compiled
from models.train.feature_table import ZERO_POINT
from models.train.network import Network, train
from models.train.quantize import to_network

WIDTHS = (24, 16, 6, 16, 24)
RATE = 3e-3


@dataclass(frozen=True)
class Validation:
    """int8 inputs [windows, inputs] of normal windows and of every kind of anomaly."""

    normal: NDArray[np.int8]
    anomalies: list[NDArray[np.int8]]


def validation(
    features: list[Feature], seed: int, sizes: tuple[int, int], progress: Progress
) -> Validation:
    """Return validation inputs. sizes: normal windows, windows per anomaly."""

    def made(windows: list[Window]) -> NDArray[np.int8]:
        return inputs(KIND_CLIMATE, ZERO_POINT, features, windows)

    normal = made(normal_windows(seed, sizes[0], progress))
    return Validation(
        normal,
        [
            made(anomalous_windows(seed + 1 + i, sizes[1], kind, progress))
            for i, kind in enumerate(ANOMALIES)
        ],
    )


def best_network(
    x: NDArray[np.int8],
    features: list[Feature],
    judge: Validation,
    starts: int,
    epochs: int,
    progress: Progress,
) -> tuple[Network, int]:
    """Return the best of `starts` networks trained on x [windows, inputs], and its seed."""
    best: tuple[float, int, Network] | None = None
    for seed in range(starts):
        network = train(to_network(x, ZERO_POINT), WIDTHS, seed=seed, epochs=epochs, rate=RATE)
        grade = _grade(network, features, x, judge)
        progress(f"start {seed}: grade {grade:.3f}")
        if best is None or grade > best[0]:
            best = grade, seed, network
    if best is None:
        raise ValueError("no start")
    return best[2], best[1]


def _grade(
    network: Network, features: list[Feature], x: NDArray[np.int8], judge: Validation
) -> float:
    plan = InferencePlan(load(compiled(network, features, x)[1]))

    def scores(rows: NDArray[np.int8]) -> NDArray[np.float64]:
        return np.array(plan.scores(rows.astype(np.float64)), np.float64)

    quiet = scores(judge.normal)
    limit = threshold(quiet, 0.001)
    grades = []
    for rows in judge.anomalies:
        loud = scores(rows)
        grades.append((auc(quiet, loud) + float((loud >= limit).mean())) / 2.0)
    return float(np.mean(grades))
