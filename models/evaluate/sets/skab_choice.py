"""Choosing settings and policy on other runs than those they are judged on.

Rules
1. What is chosen for a run comes from runs that do not include it: all others (leave one file out),
   or those of the other folders (leave one folder out: another fault, partly another loop).
2. Chosen is what most often keeps FAR and MAR within the goal when the choosing runs are drawn
   again with replacement; of equals, the one with the smaller larger ratio to its bound.
3. Nothing is stored: every evaluation chooses again, with fixed draws.
4. This guards the values, not the form: how the detector is built, and this list of options, were
   settled with all 34 runs in view. The report says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from models.evaluate.sets.skab_fit import Settings, fit, scores
from models.evaluate.sets.skab_policy import Policy, states
from models.evaluate.sets.skab_protocol import WANTED_FAR, WANTED_MAR, Run

SETTINGS = [
    Settings(*values)
    for values in product((5, 7, 10, 14, 20), (150, 200, 300, 400), (2.0, 2.5, 3.0, 4.0, 6.0))
]
POLICIES = [Policy(*v) for v in product(range(4, 15), (1.0, 0.8, 0.6), (0.0, 0.1, 0.2, 0.3))]
DRAWS = 200
SEED = 1

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Option:
    """One way to do it."""

    settings: Settings
    policy: Policy


@dataclass(frozen=True)
class Tried:
    """What every option does on every run."""

    options: list[Option]
    rows: Ints  # [4, options, runs]: false alarms, quiet rows, missed rows, loud rows

    def only(self, wanted: Callable[[Option], bool]) -> "Tried":
        """Return the options that are wanted, to choose among fewer."""
        kept = [i for i, option in enumerate(self.options) if wanted(option)]
        return Tried([self.options[i] for i in kept], self.rows[:, kept])


def try_all(runs: Sequence[Run], progress: Callable[[str], None]) -> Tried:
    """Return the errors of all options on all runs."""
    options, counts = [], []
    for number, settings in enumerate(SETTINGS, start=1):
        options += [Option(settings, policy) for policy in POLICIES]
        counts.append(_errors(runs, settings))
        if number % 25 == 0:
            progress(f"skab: {number} of {len(SETTINGS)} settings tried on {len(runs)} runs")
    return Tried(options, np.concatenate(counts, axis=1))


def _errors(runs: Sequence[Run], settings: Settings) -> Ints:
    """Return [4, policies, runs] of one way to fit."""
    longest = max(len(one.truth) for one in runs)
    distances = np.zeros((longest, len(runs)))
    loud, quiet = np.zeros((2, longest, len(runs)), bool)
    for i, one in enumerate(runs):
        n = len(one.truth)
        distances[:n, i] = np.sqrt(scores(fit(one, settings), one, settings.rows))
        loud[:n, i], quiet[:n, i] = one.truth, ~one.truth
    false, missed = np.zeros((2, len(POLICIES), len(runs)), np.int64)
    for row, (on, _) in enumerate(states(distances, POLICIES)):
        false += on & quiet[row]
        missed += ~on & loud[row]
    rows = np.broadcast_to(quiet.sum(axis=0), false.shape)
    return np.stack([false, rows, missed, np.broadcast_to(loud.sum(axis=0), false.shape)])


def choose(tried: Tried, on: Bools) -> Option:
    """Return the option to use, chosen on the runs where `on` [runs] holds."""
    chosen = tried.rows[:, :, on].astype(np.float32)  # whole numbers below 2^24: exact
    count = int(on.sum())
    drawn = np.random.default_rng(SEED).multinomial(count, np.full(count, 1 / count), DRAWS)
    false, quiet, missed, loud = chosen @ drawn.T.astype(np.float32)
    far, mar = false / quiet / WANTED_FAR, missed / loud / WANTED_MAR
    worse = np.maximum(far, mar)
    order = np.lexsort((worse.mean(axis=1), -(worse <= 1).mean(axis=1)))
    return tried.options[int(order[0])]


def chosen_without(tried: Tried, groups: Sequence[str]) -> list[Option]:
    """Return per run what was chosen on the runs of the other groups. groups: [runs]."""
    names = np.array(groups)
    found = {name: choose(tried, names != name) for name in dict.fromkeys(groups)}
    return [found[name] for name in groups]
