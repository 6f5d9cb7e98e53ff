"""Whether a model beats its baselines on the public sets: what decides which of them ships.

Rules
1. What is compared is the AUC, which no threshold can flatter: for every kind of detector, and
   nothing else beside it. All judge the same windows.
2. A set that holds anomalous and other rows is a group by itself; the sets that hold only one of
   the two are one group together. The groups' differences are averaged with equal weight, so that
   no set decides by being long.
3. Every group is drawn anew in every draw of the bootstrap (see `metrics`), model and baseline
   alike. A model beats a baseline when the lower bound of the 95 % interval is above 0.
4. It has to beat every baseline of its kind. Otherwise the first one ships: the strongest of them
   on simulated shipments, which was settled before any recording was asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from models.evaluate import metrics
from models.evaluate.result import Figure, Goal, Judged, SetResult

Groups = Mapping[str, tuple[list[Judged], list[Judged]]]


@dataclass(frozen=True)
class Duel:
    """A model's AUC minus one baseline's: per group, and their mean."""

    baseline: str
    groups: dict[str, Figure]
    model_auc: float
    baseline_auc: float
    difference: Figure

    @property
    def won(self) -> bool:
        return self.difference.low is not None and self.difference.low > 0


@dataclass(frozen=True)
class Contest:
    """A model against every baseline that judged the same sets, in their order; at least one."""

    duels: tuple[Duel, ...]

    @property
    def model_ships(self) -> bool:
        return all(duel.won for duel in self.duels)

    @property
    def hardest(self) -> Duel:
        """The duel with the least lower bound, the first of equals."""
        return min(self.duels, key=_lower_bound)


def _lower_bound(duel: Duel) -> float:
    return -np.inf if duel.difference.low is None else duel.difference.low


def contest(results: Sequence[SetResult], model: str, baselines: Sequence[str]) -> Contest | None:
    """Return what the sets say that model and baseline judged; None where no group can tell."""
    fought = [_duel(_groups(results, model, name), name) for name in baselines]
    duels = tuple(duel for duel in fought if duel is not None)
    return Contest(duels) if duels else None


def _duel(groups: Groups, baseline: str) -> Duel | None:
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
    return Duel(baseline, figures, float(np.mean(ours)), float(np.mean(theirs)), difference)


def _groups(results: Sequence[SetResult], model: str, baseline: str) -> Groups:
    """Return the groups of rule 2 as (model's, baseline's) recordings."""
    whole: dict[str, tuple[list[Judged], list[Judged]]] = {}
    halves: dict[str, tuple[list[Judged], list[Judged]]] = {}
    for result in results:
        pair = result.judged.get(model, []), result.judged.get(baseline, [])
        if not pair[0] or not pair[1]:
            continue
        both = _has_both(pair[0])
        (whole if both else halves)[result.set] = pair
    if halves:
        a = [r for pair in halves.values() for r in pair[0]]
        b = [r for pair in halves.values() for r in pair[1]]
        if _has_both(a):
            whole[" + ".join(halves)] = a, b
    return whole


def _has_both(recordings: Sequence[Judged]) -> bool:
    return any(r.loud.sum() for r in recordings) and any(r.quiet.sum() for r in recordings)


def goal(found: Contest, kind: str, order: int) -> Goal:
    """Return the report's line on which detector of a kind ships."""
    ships = "the model ships" if found.model_ships else f"{found.duels[0].baseline} ships"
    told = [f"{signed(d.difference)} to {d.baseline}" for d in found.duels]
    return Goal(
        f"the {kind} model beats its baselines",
        "AUC difference over the public sets above 0 with 95 % confidence to each, else a rule"
        " ships",
        found.model_ships,
        f"AUC {found.duels[0].model_auc:.3f}; difference {', '.join(told)}: {ships}",
        ", ".join(f"AUC {d.baseline_auc:.3f} ({d.baseline})" for d in found.duels),
        order,
    )


def signed(figure: Figure) -> str:
    """Return a difference with its interval.

    >>> signed(Figure(0.1, -0.02, 0.2)), signed(Figure(None))
    ('+0.100 [-0.020, +0.200]', 'not known')
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return "not known"
    return f"{figure.value:+.3f} [{figure.low:+.3f}, {figure.high:+.3f}]"
