"""By what one kind of model differs from another: everything else of the pipeline is common.

A task says what is simulated, what the inputs are, how wide the network is, which simple rules
stand beside it and for which uses a threshold is set. `models.train.climate.TASK` and
`models.train.handling.TASK` are the two there are. Splits never share a shipment.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cargoseal_score.model import Feature
from models.train.dataset import Dataset, Progress

TRAINING = "training"
VALIDATION = "validation"  # chooses the start that is kept
TEST = "test"  # tells how good the model is, and decides nothing
SPLITS = (TRAINING, VALIDATION, TEST)

CALIBRATION = "calibration"  # weeks that set the thresholds
CHECK = "check"  # other weeks, on which the thresholds are tried


@dataclass(frozen=True)
class Recipe:
    """How the network is trained. `widths` are those of the layers, the inputs included.

    With `hinge` 0 the network learns to reproduce normal inputs and nothing else. Above 0 it is
    also shown simulated faults, whose score is pushed up. See `models.train.network`.
    """

    widths: tuple[int, ...]
    epochs: int
    starts: int
    rate: float = 3e-3
    hinge: float = 0.0
    jitter: float = 0.0


@dataclass(frozen=True)
class Use:
    """A kind of shipment for which a threshold is set: false alarms per week, and persistence.

    An alarm is `windows` of the last `of` windows at or above the threshold, and none follows it
    for `cool_down_h`. The target counts alarms so. The shipments that are simulated for it last
    `days`; shorter ones must be at least as long as the pause.
    """

    name: str
    about: str
    alarms_per_week: float
    windows: int = 1
    of: int = 1
    cool_down_h: float = 24.0
    days: int = 7


@dataclass(frozen=True)
class Words:
    """What the card says that no figure says."""

    about: str
    use: str
    training: str
    failures: tuple[str, ...]
    attacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One kind of model.

    `simulate(split, scale, progress)` returns that split's windows, about `scale` times as many as
    the shipped model takes, for any scale above 0; the same arguments give the same windows.
    `weeks(use, part, scale, progress)` returns normal shipments of that use, `use.days` long, for
    CALIBRATION or CHECK; and how many shipments that was.
    `table(training)` returns the features with their scales.
    `baselines(training)` returns blobs without layers by name; the first is the one that the model
    has to beat. `sets` are the modules of `models.evaluate.sets` with recordings for this kind.
    `trained_on` names the catalogue's sets that shaped the training; none: simulation only.
    `seeds`: by part, the first seed that its shipments are drawn from, for the lineage.
    """

    name: str
    kind: int
    words: Words
    faults: tuple[str, ...]
    recipe: Recipe
    uses: tuple[Use, ...]
    simulate: Callable[[str, float, Progress], Dataset]
    weeks: Callable[[Use, str, float, Progress], tuple[Dataset, int]]
    table: Callable[[Dataset], list[Feature]]
    baselines: Callable[[Dataset], dict[str, bytes]]
    sets: tuple[str, ...]
    trained_on: tuple[str, ...] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)

    @property
    def subject(self) -> str:
        """What the model looks at: its name without the version."""
        return self.name.rsplit("-v", 1)[0]
