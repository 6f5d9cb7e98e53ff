"""Train a few networks from different starts and keep the one that detects most when quantized.

The validation windows are of shipments neither trained on nor used in the evaluation. A candidate
is judged as it would ship, in int8: the mean over the kinds of fault of (AUC + the share detected
at one false alarm in 100 normal windows) / 2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cargoseal.scoring.fast_infer import InferencePlan
from cargoseal_score.blob import load
from cargoseal_score.model import Feature
from models.evaluate.ranking import auc
from models.train.dataset import NORMAL, Inputs, Progress
from models.train.export import compiled
from models.train.feature_table import ZERO_POINT
from models.train.network import Examples, Floats, Network, train
from models.train.quantize import to_network
from models.train.task import Task

FALSE_ALARMS = 0.01
MOST_WEIGHT = 8.0


@dataclass(frozen=True)
class Labelled:
    """int8 inputs [windows, inputs], what each window shows, and its group (see `Dataset`)."""

    x: Inputs
    faults: NDArray[np.str_]
    groups: NDArray[np.int64]

    def of(self, fault: str) -> Inputs:
        """Return the inputs of the windows that show the fault, or `NORMAL`."""
        return np.asarray(self.x[self.faults == fault])


@dataclass(frozen=True)
class Candidate:
    """One start: its quantized files, and how it did on the validation windows."""

    seed: int
    grade: float
    network: Network


def best(
    task: Task,
    features: list[Feature],
    training: Labelled,
    validation: Labelled,
    progress: Progress,
) -> list[Candidate]:
    """Return all starts, the best first."""
    recipe = task.recipe
    shown = examples(training)
    found = []
    for seed in range(recipe.starts):
        network = train(
            shown,
            recipe.widths,
            seed=seed,
            epochs=recipe.epochs,
            hinge=recipe.hinge,
            jitter=recipe.jitter,
            rate=recipe.rate,
        )
        _, blob = compiled(task.kind, network, features, calibration(task, training))
        grade = grade_of(blob, validation, task.faults)
        progress(f"start {seed}: grade {grade:.4f}")
        found.append(Candidate(seed, grade, network))
    return sorted(found, key=lambda c: -c.grade)


def calibration(task: Task, training: Labelled) -> Inputs:
    """Return the inputs whose activations the quantized network must hold."""
    return training.x if task.recipe.hinge else training.of(NORMAL)


def examples(training: Labelled) -> Examples:
    """Return training windows: every fault counts the same, and all together as the normal ones.

    In every group normal windows count as much as faulty ones, within a factor of `MOST_WEIGHT`.
    """
    quiet = training.faults == NORMAL
    weights = np.ones(len(quiet))
    kinds = sorted(set(training.faults.tolist()) - {NORMAL})
    for kind in kinds:
        rows = training.faults == kind
        weights[rows] = quiet.sum() / len(kinds) / rows.sum()
    names, group = np.unique(training.groups, return_inverse=True)
    normal = np.bincount(group[quiet], minlength=len(names))
    faulty = np.bincount(group[~quiet], weights[~quiet], len(names))
    wanted = (faulty / normal.clip(1)).clip(1 / MOST_WEIGHT, MOST_WEIGHT)[group[quiet]]
    weights[quiet] = wanted * quiet.sum() / wanted.sum()
    return Examples(to_network(training.x, ZERO_POINT), (~quiet).astype(np.float64), weights)


def grade_of(blob: bytes, validation: Labelled, faults: Sequence[str]) -> float:
    """Return the grade of a blob, between 0 and 1."""
    quiet = scores(blob, validation.of(NORMAL))
    limit = threshold(quiet, FALSE_ALARMS)
    grades = []
    for fault in faults:
        loud = scores(blob, validation.of(fault))
        if len(loud):
            grades.append((auc(quiet, loud) + float((loud >= limit).mean())) / 2.0)
    return float(np.mean(grades))


def scores(blob: bytes, x: Inputs) -> Floats:
    """Return the scores [windows] of model inputs, by the fast twin of the node's code."""
    if not len(x):
        return np.zeros(0)
    return np.array(InferencePlan(load(blob)).scores(x.astype(np.float64)), np.float64)


def threshold(quiet: Floats, rate: float) -> int:
    """Return the least integer that at most `rate` of the quiet scores reach."""
    ordered = np.sort(quiet)
    return int(ordered[len(ordered) - int(rate * len(ordered)) - 1]) + 1
