"""Whether a model beats its baseline on the public sets: what decides which of them ships.

Rules
1. What is compared is the AUC, which no threshold can flatter. Both judge the same windows. Where
   every rule ranks nearly all recordings rightly, a set asks for decisions to be compared: the AUC
   of alarm or no alarm, which is the balanced accuracy, at thresholds that were set for the same
   number of false alarms. That is another measure than the one fixed before anything was judged:
   the goal stays with the AUC, and says beside it what ships and by which measure.
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
    """The model's AUC minus its baseline's: per group, and their mean. `measure` names it.

    `ranks` is the difference by AUC, also where decisions were compared.
    """

    groups: dict[str, Figure]
    model_auc: float
    baseline_auc: float
    difference: Figure
    measure: str = RANKS
    ranks: Figure | None = None

    @property
    def model_ships(self) -> bool:
        return self.difference.low is not None and self.difference.low > 0


def contest(results: Sequence[SetResult], model: str, baseline: str) -> Contest | None:
    """Return what the sets say that both detectors judged; None where no group can tell."""
    by_decisions = any(r.by_decisions for r in results if model in r.judged)
    found = _compared_by(DECISIONS if by_decisions else RANKS, results, model, baseline)
    if found is None or not by_decisions:
        return found
    ranked = [replace(result, by_decisions=False) for result in results]
    by_ranks = _compared_by(RANKS, ranked, model, baseline)
    return replace(found, ranks=by_ranks.difference if by_ranks else None)


def _compared_by(
    measure: str, results: Sequence[SetResult], model: str, baseline: str
) -> Contest | None:
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
    difference = metrics.interval(mean, np.mean(drawn, axis=0))
    return Contest(
        figures, float(np.mean(ours)), float(np.mean(theirs)), difference, measure, difference
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
    """Return the report's line on which detector of a kind ships.

    The goal is the one that was fixed beforehand, by AUC, whatever measure decided.
    """
    ranks = found.ranks or found.difference
    ships = "the model ships" if found.model_ships else "the baseline ships"
    text = f"AUC difference {_signed(ranks)}"
    if found.measure != RANKS:
        text += f"; by {found.measure}, a measure chosen after scores had been seen,"
        text += f" {found.model_auc:.3f}, difference {_signed(found.difference)}"
        beside = f"{found.measure} {found.baseline_auc:.3f}"
    else:
        text = f"AUC {found.model_auc:.3f}, difference {_signed(ranks)}"
        beside = f"AUC {found.baseline_auc:.3f}"
    return Goal(
        f"the {kind} model beats its baseline",
        "AUC difference over the public sets above 0 with 95 % confidence, else the baseline ships",
        ranks.low is not None and ranks.low > 0,
        f"{text}: {ships}",
        beside,
        order,
    )


def _signed(figure: Figure) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return "not known"
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"
