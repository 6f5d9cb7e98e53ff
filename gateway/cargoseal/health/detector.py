"""The test behind the drift monitor: do more windows lie where training windows rarely did?

A unit is what one node sends of one shipment in one month: `WINDOWS_PER_UNIT` windows of it. For
every input, for the score, and for every level of rarity (reference.py) a unit has the share f of
its windows that lie in rare bins, where training windows lie with share p. Then

    e = 1 + stake * (f / (TOLERANCE * p) - 1)            for each of STAKES

is an e-value: as long as at most TOLERANCE times as many windows are rare as in training, however
the windows of a unit hang together, its expectation is at most 1. Over units that do not hang
together,

    c <- max(c, 1) * e

is an e-CUSUM, and so is the mean of all of them over inputs, levels and stakes. The alarm is raised
when that mean reaches `UNITS_BETWEEN_FALSE_ALARMS`. What is guaranteed: as long as nothing has
drifted, the mean number of units until an alarm is at least that (Shin, Ramdas and Rinaldo,
"E-detectors: a nonparametric framework for sequential change detection", arXiv:2203.03532: a mean
of e-CUSUMs is an e-detector, and its average run length is no less than its threshold).

What it does not see: windows that stay where training windows were, even if all of them are in one
place. That is a site like one of those the model was made for, and no drift that harms it. A sensor
that is wrong in a way that was normal in training (always saturated, say) is not seen either.

Rules
1. Fixed memory: four numbers for each input, level and stake.
2. After an alarm the test begins anew; while drift goes on it is raised again, and it is over when
   `UNITS_TO_CLEAR` units have passed without one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product

from cargoseal.health.reference import LEVELS, Reference

WINDOWS_PER_UNIT = 12
UNITS_BETWEEN_FALSE_ALARMS = 1000
UNITS_TO_CLEAR = 20
TOLERANCE = 2.0  # a site is never quite like the training: less than this is no drift
STAKES = (0.02, 0.1, 0.5)

_BETS = tuple(product(range(len(LEVELS)), STAKES))


@dataclass
class Unit:
    """The windows of a unit so far: how many had the input, how many of them were rare."""

    present: list[int]  # per input
    rare: list[list[int]]  # per level and input
    windows: int = 0
    begun_ms: int = 0

    @classmethod
    def empty(cls, inputs: int, begun_ms: int) -> "Unit":
        return cls([0] * inputs, [[0] * inputs for _ in LEVELS], 0, begun_ms)

    def add(self, reference: Reference, bins: Sequence[int | None]) -> None:
        """A window by the bins of its inputs; None where the channel has no reading."""
        self.windows += 1
        for i, b in enumerate(bins):
            if b is None:
                continue
            self.present[i] += 1
            for level, rare in enumerate(reference.inputs[i].rare):
                self.rare[level][i] += b in rare.bins


@dataclass
class Bet:
    """One e-CUSUM, when it last began to rise, and the shares of the units since then."""

    wealth: float = 0.0
    from_ms: int = 0
    units: int = 0
    shares: float = 0.0  # their sum


@dataclass
class Alarm:
    """Drift was found: since when, and by which input most."""

    since_ms: int
    most_changed: int
    share: float  # of the windows since then that lie where `expected` of the training windows did
    expected: float


@dataclass
class Detector:
    """The test for one model and one sensor type."""

    reference: Reference
    units: int = 0
    quiet: int = 0  # units since the last alarm
    bets: list[list[Bet]] = field(default_factory=list)  # per input and _BETS

    def __post_init__(self) -> None:
        inputs = len(self.reference.inputs)
        self.bets = self.bets or [[Bet() for _ in _BETS] for _ in range(inputs)]

    def close(self, unit: Unit) -> Alarm | None:
        """Takes a whole unit; the alarm, if it raises one."""
        self.units += 1
        self.quiet += 1
        for i, known in enumerate(self.reference.inputs):
            if known.rare and 2 * unit.present[i] >= unit.windows:
                self._bet(i, unit)
        if self.evidence() < UNITS_BETWEEN_FALSE_ALARMS:
            return None
        return self._alarm()

    def evidence(self) -> float:
        """The mean of all e-CUSUMs."""
        watched = [bets for bets, i in zip(self.bets, self.reference.inputs, strict=True) if i.rare]
        total = sum(bet.wealth for bets in watched for bet in bets)
        return total / max(1, len(watched) * len(_BETS))

    def _bet(self, i: int, unit: Unit) -> None:
        for bet, (level, stake) in zip(self.bets[i], _BETS, strict=True):
            share = unit.rare[level][i] / unit.present[i]
            expected = self.reference.inputs[i].rare[level].share
            if bet.wealth <= 1.0:
                bet.wealth, bet.from_ms, bet.units, bet.shares = 1.0, unit.begun_ms, 0, 0.0
            bet.wealth *= 1.0 + stake * (share / (TOLERANCE * expected) - 1.0)
            bet.units += 1
            bet.shares += share

    def _alarm(self) -> Alarm:
        """The alarm that the strongest bet tells; every bet begins anew."""
        places = [(i, n) for i in range(len(self.bets)) for n in range(len(_BETS))]
        i, n = max(places, key=lambda place: self.bets[place[0]][place[1]].wealth)
        bet, level = self.bets[i][n], _BETS[n][0]
        expected = self.reference.inputs[i].rare[level].share
        alarm = Alarm(bet.from_ms, i, bet.shares / bet.units, expected)
        self.quiet = 0
        self.bets = [[Bet() for _ in _BETS] for _ in self.bets]
        return alarm
