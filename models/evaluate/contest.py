"""Whether a model beats its baseline on the public sets: what decides which of them ships.

Rules
1. What is compared is the AUC, which no threshold can flatter. Both judge the same windows. Where
   every rule ranks nearly all recordings rightly, a set asks for decisions to be compared: the AUC
   of alarm or no alarm, which is the balanced accuracy, at thresholds that were set for the same
   number of false alarms.
2. A set that holds anomalous and other rows is a group by itself; the sets that hold only one of
   the two are one group together. The groups' differences are averaged with equal weight, so that
   no set decides by being long.
3. Every group is drawn anew in every draw of the bootstrap (see `metrics`), model and baseline
   alike. The model ships when the lower bound of the 95 % interval is above 0.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.evaluate import metrics
from models.evaluate.result import Figure, Goal, Judged, SetResult

RANKS = "AUC"
DECISIONS = "balanced accuracy"


@dataclass(frozen=True)
class Contest:
    """The model's AUC minus its baseline's: per group, and their mean. `measure` names it."""

    groups: dict[str, Figure]
    model_auc: float
    baseline_auc: float
    difference: Figure
    measure: str = RANKS

    @property
    def model_ships(self) -> bool:
        return self.difference.low is not None and self.difference.low > 0


def contest(results: Sequence[SetResult], model: str, baseline: str) -> Contest | None:
    """Return what the sets say that both detectors judged; None where no group can tell."""
    groups = _groups(results, model, baseline)
    if not groups:
        return None
    figures, drawn, ours, theirs = {}, [], [], []
    for i, (name, (a, b)) in enumerate(groups.items()):
        seed = metrics.SEED + i
        figures[name] = metrics.auc_difference(a, b, seed)
        drawn.append(metrics.auc_draws(a, seed) - metrics.auc_draws(b, seed))
        ours.append(metrics.auc(a))
        theirs.append(metrics.auc(b))
    mean = float(np.mean(ours) - np.mean(theirs))
    return Contest(
        figures,
        float(np.mean(ours)),
        float(np.mean(theirs)),
        metrics.interval(mean, np.mean(drawn, axis=0)),
        DECISIONS if any(r.by_decisions for r in results if model in r.judged) else RANKS,
    )


def _groups(
    results: Sequence[SetResult], model: str, baseline: str
) -> Mapping[str, tuple[list[Judged], list[Judged]]]:
    """Return the groups of rule 2 as (model's, baseline's) recordings."""
    whole: dict[str, tuple[list[Judged], list[Judged]]] = {}
    halves: dict[str, tuple[list[Judged], list[Judged]]] = {}
    for result in results:
        pair = _compared(result, model), _compared(result, baseline)
        if not pair[0] or not pair[1]:
            continue
        both = _has_both(pair[0])
        (whole if both else halves)[result.set] = (pair[0], pair[1])
    if halves:
        a = [r for pair in halves.values() for r in pair[0]]
        b = [r for pair in halves.values() for r in pair[1]]
        if _has_both(a):
            whole[" + ".join(halves)] = a, b
    return whole


def _compared(result: SetResult, detector: str) -> list[Judged]:
    recordings = result.judged.get(detector, [])
    if not result.by_decisions:
        return recordings
    return [replace(r, scores=r.alarms.astype(np.float64)) for r in recordings]


def _has_both(recordings: Sequence[Judged]) -> bool:
    return any(r.loud.sum() for r in recordings) and any(r.quiet.sum() for r in recordings)


def goal(found: Contest, kind: str, order: int) -> Goal:
    """Return the report's line on which detector of a kind ships."""
    low, high = found.difference.low, found.difference.high
    ships = "the model ships" if found.model_ships else "the baseline ships"
    interval = "" if low is None or high is None else f" [{low:+.3f}, {high:+.3f}]"
    return Goal(
        f"the {kind} model beats its baseline",
        f"{found.measure} difference over the public sets above 0 with 95 % confidence, else the"
        " baseline ships",
        found.model_ships,
        f"{found.measure} {found.model_auc:.3f}, difference"
        f" {found.difference.value:+.3f}{interval}: {ships}",
        f"{found.measure} {found.baseline_auc:.3f}",
        order,
    )
