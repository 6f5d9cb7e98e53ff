"""Judge a trained model beside its baselines, set their thresholds, and say which of them ships.

1. Every detector, model and rules alike, gets its thresholds from the calibration weeks and is
   tried on the check weeks (`calibrate`).
2. All are judged on the simulated test split (`simulated`).
3. Model and baselines are judged on the sets of recordings in DATA that have labels; `contest`
   says whether the model's AUC is above that of every baseline with 95 % confidence. Only then it
   ships: the same function and the same measure for every kind. Else, or where DATA is not there
   and nobody has judged it, the first baseline ships.
"""

import importlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cargoseal.scoring import rescore_many
from cargoseal_score.blob import load
from models.evaluate.calibrate import (
    OperatingPoint,
    achieved,
    operating_point,
)
from models.evaluate.contest import Contest, contest
from models.evaluate.detectors import CLIMATE, HANDLING, Detector, Detectors, Point
from models.evaluate.levels import weeks_of
from models.evaluate.result import Figure, SetResult
from models.evaluate.simulated import Scored, Told, judge
from models.train import dataset
from models.train.dataset import BATCH, Dataset, Progress
from models.train.network import Floats
from models.train.pipeline import MODEL
from models.train.task import CALIBRATION, CHECK, TEST, Task, Use

KINDS = (CLIMATE, HANDLING)
WHY = "conformal risk control on simulated weeks"


@dataclass(frozen=True)
class Named:
    """A blob with the name it has in tables."""

    name: str
    blob: bytes

    @property
    def is_baseline(self) -> bool:
        return not load(self.blob).layers


@dataclass(frozen=True)
class Calibrated:
    """A use's threshold for one detector, and what it gave in the check weeks."""

    use: Use
    point: OperatingPoint
    alarms_per_week: Figure
    with_alarm: Figure  # the share of shipments


@dataclass(frozen=True)
class Verdict:
    """Everything that metrics.json tells: by detector, the model first."""

    detectors: list[Named]
    points: dict[str, list[Calibrated]]
    simulated: dict[str, dict[str, Told]]
    sets: list[SetResult]
    contest: Contest | None

    @property
    def ships(self) -> Named:
        """The model where it won, else the first baseline."""
        won = self.contest is not None and self.contest.model_ships
        return self.detectors[0 if won else 1]


def decide(task: Task, folder: Path, data: Path | None, progress: Progress) -> Verdict:
    """Return what is known of the model in a build folder. `data`: recordings, as public/."""
    named = detectors(folder)
    points: dict[str, list[Calibrated]] = {d.name: [] for d in named}
    for use in task.uses:
        weeks = [_weeks(folder, use, part) for part in (CALIBRATION, CHECK)]
        for d in named:
            points[d.name].append(_calibrated(d, use, *weeks))
        progress(f"thresholds for {use.name}")
    test = dataset.read(folder / "dataset" / f"{TEST}.npz")
    scored = {d.name: _scored(d, test) for d in named}
    simulated = judge(scored, task.faults)
    progress("simulated faults judged")
    results = _on_recordings(task, named, points, data, progress) if data else []
    found = contest(results, named[0].name, [d.name for d in named[1:]]) if results else None
    return Verdict(named, points, simulated, results, found)


def detectors(folder: Path) -> list[Named]:
    """Return the model and the baselines of a build folder, in the order of the task."""
    return [
        Named((f / "name").read_text(), (f / "model.blob").read_bytes())
        for f in detector_folders(folder)
    ]


def detector_folders(folder: Path) -> list[Path]:
    """Return where they lie in it."""
    return [folder / MODEL, *sorted(folder.glob("baseline-*"))]


def scores(blob: bytes, data: Dataset) -> Floats:
    """Return the scores of a data set's windows [windows]."""
    model = load(blob)
    out = np.empty(len(data.windows))
    for first in range(0, len(out), BATCH):
        rows = rescore_many(model, data.windows[first : first + BATCH])
        out[first : first + len(rows)] = [score for _, score in rows]
    return out


def _weeks(folder: Path, use: Use, part: str) -> tuple[Dataset, int]:
    counts = json.loads((folder / "weeks.json").read_text())
    name = f"{use.name}-{part}"
    return dataset.read(folder / "weeks" / f"{name}.npz"), counts[name]


def _calibrated(
    named: Named, use: Use, calibration: tuple[Dataset, int], check: tuple[Dataset, int]
) -> Calibrated:
    made, tried = (
        weeks_of(
            scores(named.blob, data),
            data.shipments,
            data.starts_ms,
            count,
            windows=use.windows,
            of=use.of,
            cool_down_h=use.cool_down_h,
            days=use.days,
        )
        for data, count in (calibration, check)
    )
    point = operating_point(made, use.alarms_per_week)
    rate, share = Figure(None), Figure(None)
    if point.threshold is not None:
        rate, share = achieved(tried, point.threshold)
    return Calibrated(use, point, rate, share)


def _scored(named: Named, test: Dataset) -> Scored:
    return Scored(scores(named.blob, test), np.array(test.faults), test.shipments)


def _on_recordings(
    task: Task,
    named: Sequence[Named],
    points: dict[str, list[Calibrated]],
    data: Path,
    progress: Progress,
) -> list[SetResult]:
    kind = KINDS[task.kind]
    judged = [detector(kind, d, points[d.name]) for d in named]
    out = []
    for name in task.sets:
        module = importlib.import_module(f"models.evaluate.sets.{name}")
        result = module.evaluate(data, _only(kind, judged), progress)
        if result is not None:
            out.append(result)
    return out


def _only(kind: str, judged: list[Detector]) -> Detectors:
    return Detectors(climate=judged) if kind == CLIMATE else Detectors(handling=judged)


def detector(kind: str, named: Named, points: Sequence[Calibrated]) -> Detector:
    """Return a blob with its thresholds, as the report judges it; without enough weeks none."""
    known = {c.use.name: point_of(c) for c in points if c.point.threshold is not None}
    first = points[0].use.name
    threshold = int(known[first].threshold) if first in known else 1 << 24
    model = load(named.blob)
    return Detector(named.name, kind, model, threshold, named.is_baseline, WHY, known)


def point_of(calibrated: Calibrated) -> Point:
    """Return a use's operating point as the report takes it."""
    use = calibrated.use
    return Point(float(calibrated.point.threshold or 0), use.windows, use.of, use.cool_down_h)
