"""What every judge says of everything: recorded bursts, simulated drops, simulated rides."""

from dataclasses import dataclass
from math import sqrt

import numpy as np

from models.data.bursts import Burst
from models.evaluate.metrics import RESAMPLES, SEED, interval
from models.evaluate.result import Figure
from models.evaluate.sets import handling_drops as simulated
from models.evaluate.sets.handling_bursts import Case
from models.evaluate.sets.handling_judges import Judge, Scores
from models.evaluate.sets.handling_streams import Stream


@dataclass(frozen=True)
class Material:
    """What is judged."""

    streams: list[Stream]
    cases: list[Case]
    drops: list[simulated.Fallen]
    rides: dict[str, list[list[Burst]]]


@dataclass(frozen=True)
class Opinion:
    """A judge with its scores of the material, in its order."""

    judge: Judge
    cases: Scores
    drops: Scores
    rides: dict[str, list[Scores]]

    @property
    def name(self) -> str:
        return self.judge.name

    @property
    def threshold(self) -> float:
        return self.judge.threshold

    @property
    def is_baseline(self) -> bool:
        return self.judge.is_baseline


def opinion(judge: Judge, material: Material) -> Opinion:
    """Return what a judge says of the material."""
    return Opinion(
        judge,
        judge.says([c.burst for c in material.cases]),
        judge.says([d.burst for d in material.drops]),
        {kind: [judge.says(ride) for ride in rides] for kind, rides in material.rides.items()},
    )


def rows_of(material: Material, kind: str) -> list[int]:
    """Return the numbers of the recorded cases of a kind."""
    return [i for i, c in enumerate(material.cases) if c.kind == kind]


def count(material: Material, kind: str) -> int:
    """Return how many recorded cases of a kind there are."""
    return len(rows_of(material, kind))


def hits(o: Opinion, material: Material, kind: str) -> int:
    """Return how many of them are alarms."""
    return int((o.cases[rows_of(material, kind)] >= o.threshold).sum())


def found_from(o: Opinion, material: Material, height_m: float) -> Figure:
    """Return the share of simulated drops from a height that are alarms."""
    rows = [i for i, d in enumerate(material.drops) if d.height_m == height_m]
    return share(int((o.drops[rows] >= o.threshold).sum()), len(rows))


def false_per_hour(o: Opinion, material: Material) -> Figure:
    """Return the false alarms per hour of simulated ride; whole rides are drawn, kind by kind."""
    rng = np.random.default_rng(SEED)
    alarms, drawn, hours = 0, np.zeros(RESAMPLES), 0.0
    for kind, rides in material.rides.items():
        of_ride = np.array([int((s >= o.threshold).sum()) for s in o.rides[kind]])
        alarms += int(of_ride.sum())
        drawn += of_ride[rng.integers(0, len(rides), (RESAMPLES, len(rides)))].sum(axis=1)
        hours += simulated.hours(rides)
    return interval(alarms / hours, drawn / hours)


def share(hits: int, count: int) -> Figure:
    """Return a share with its 95 % interval after Wilson.

    >>> share(0, 10).high is not None and round(share(0, 10).high, 3)
    0.278
    """
    if not count:
        return Figure(None)
    z, p = 1.96, hits / count
    middle = (p + z * z / (2 * count)) / (1 + z * z / count)
    half = z / (1 + z * z / count) * sqrt(p * (1 - p) / count + z * z / (4 * count * count))
    return Figure(p, min(p, max(0.0, middle - half)), max(p, min(1.0, middle + half)))


def told(figure: Figure) -> str:
    """Return a share in words.

    >>> told(Figure(0.5, 0.25, 0.75))
    '50.0 % [25.0, 75.0]'
    """
    if figure.value is None or figure.low is None or figure.high is None:
        return "not known"
    return f"{100 * figure.value:.1f} % [{100 * figure.low:.1f}, {100 * figure.high:.1f}]"


def near_share(material: Material, height_m: float) -> Figure:
    """Return the share of simulated drops from a height whose height is told within a quarter."""
    errors = [d.height_error() for d in material.drops if d.height_m == height_m]
    near = [e is not None and abs(e) <= simulated.HEIGHT_ERROR for e in errors]
    return share(sum(near), len(near))
