"""What an evaluation returns: figures with their intervals, goals, plots. Values, no rules."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Canvas

# What is told of every detector on every set, in the order of the report's columns, with headings.
FIGURES = {
    "precision": "precision",
    "recall": "recall",
    "far": "FAR %",
    "mar": "MAR %",
    "auc": "AUC",
    "event_f1": "event F1",
    "delay_s": "delay",
    "alarms_per_week": "alarms/week",
}


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval; None where it is not defined or has no interval.

    `why` says in a few words why the figure, or its interval, is not there.
    """

    value: float | None
    low: float | None = None
    high: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Row:
    """What one detector reached on one set.

    `figures` has every key of FIGURES, defined or not (`metrics.figures` makes them so), and may
    have keys of the set's own, which are then their headings.
    """

    detector: str
    figures: dict[str, Figure]
    is_baseline: bool = False
    note: str = ""


@dataclass(frozen=True)
class Goal:
    """A goal of the project, what was reached and what its baseline reaches, in words with numbers.

    `reached` is None where the data at hand cannot tell. `order` sorts the report's first table.
    """

    name: str
    wanted: str
    reached: bool | None
    figure: str
    baseline: str
    order: int = 100


@dataclass(frozen=True)
class Plot:
    """A picture of the report. `draw` fills an empty matplotlib Figure of `inches`."""

    file: str  # name of the PNG, in lower case with underscores
    title: str  # said below the picture
    draw: "Callable[[Canvas], None]"
    inches: tuple[float, float] = (9.0, 4.2)


@dataclass(frozen=True)
class Judged:
    """One detector over one recording: a score per window (or burst), and what is true of it.

    `quiet` and `loud` count the rows of a window that are not and that are anomalous; a set that
    judges bursts counts each burst as one row. Times are those of a window's first and last row.
    `raised` are the alarms that a person is told of, after a pause behind each; None: every one.
    `labelled`: somebody has said of every row whether it is anomalous. Without it the rows count as
    `quiet` for the drawing of windows only, and no rate is told of them.
    """

    device: str
    scores: NDArray[np.float64]  # [windows]
    alarms: NDArray[np.bool_]  # [windows]
    quiet: NDArray[np.int64]  # [windows]
    loud: NDArray[np.int64]  # [windows]
    starts_ms: NDArray[np.int64]  # [windows]
    ends_ms: NDArray[np.int64]  # [windows]
    events: list[tuple[int, int, str]]
    weeks: float
    raised: NDArray[np.bool_] | None = None  # [windows]
    labelled: bool = True


@dataclass
class SetResult:
    """One set's part of the report.

    `judged` (detector -> its recordings) is what `contest` pools over the sets to decide which
    detector ships: fill it for the model and the baseline blob of a kind where a set has labels.
    `facts` is for JSON: whatever else was counted.
    """

    set: str
    text: str
    rows: list[Row] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    windows_compared: int = 0
    judged: dict[str, list[Judged]] = field(default_factory=dict)
    facts: dict[str, object] = field(default_factory=dict)
