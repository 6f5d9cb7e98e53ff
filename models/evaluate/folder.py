"""The last stages of a model: metrics.json with everything measured, then the folders that ship.

`evaluate` writes, for the model and for its first baseline, what metrics.json would be if it
shipped, and which of the two does. `ship` copies: shipped/<name>/ gets blob, .tflite (a baseline
has none), metrics, the reference of its inputs for the drift monitor, golden vectors, card and
lineage; contenders/<kind>-model/ and -baseline/ get both blobs, which the report judges.
"""

import json
import shutil
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

from cargoseal.health.making import write_reference
from cargoseal_score.blob import load
from models.evaluate.calibrate import OperatingPoint
from models.evaluate.contest import Contest
from models.evaluate.decide import (
    KINDS,
    WHY,
    Calibrated,
    Named,
    Verdict,
    decide,
    point_of,
)
from models.evaluate.report import cell
from models.evaluate.result import FIGURES, Figure
from models.provenance.lineage import Origin, seal_folder
from models.train import dataset
from models.train.dataset import NORMAL, Progress, inputs
from models.train.feature_table import ZERO_POINT
from models.train.pipeline import MODEL, training_facts
from models.train.task import TRAINING, Task

Told = dict[str, Any]
CHOSEN = "ships.json"


def evaluate(task: Task, folder: Path, data: Path | None, progress: Progress) -> None:
    """Judge the detectors of a build folder and write their metrics. `data`: as public/."""
    verdict = decide(task, folder, data, progress)
    facts = training_facts(task, folder)
    for named, place in zip(verdict.detectors[:2], _contender_folders(folder), strict=True):
        _write(place / "metrics.json", metrics(task, verdict, named, facts))
        _write(place / "detector.json", _detector(task, verdict, named))
    chosen = "baseline" if verdict.ships.is_baseline else "model"
    _write(folder / CHOSEN, {"ships": chosen, "why": _why(verdict.contest)})
    progress(f"the {chosen} ships: {_why(verdict.contest)}")


def ship(task: Task, folder: Path, out: Path, progress: Progress) -> None:
    """Write the shipped folder and both contenders below `out`."""
    chosen = json.loads((folder / CHOSEN).read_text())["ships"]
    for kind, place in zip(("model", "baseline"), _contender_folders(folder), strict=True):
        made = out / "contenders" / f"{KINDS[task.kind]}-{kind}"
        _fresh(made)
        for file in ("model.blob", "detector.json"):
            shutil.copy(place / file, made / file)
        if kind == chosen:
            _ship(task, folder, place, out / "shipped" / task.name)
            progress(f"{out / 'shipped' / task.name}: the {kind}")


def _ship(task: Task, folder: Path, place: Path, made: Path) -> None:
    _fresh(made)
    for file in ("model.blob", "model.tflite", "metrics.json"):
        if (place / file).exists():
            shutil.copy(place / file, made / file)
    model = load((made / "model.blob").read_bytes())
    training = dataset.read(folder / "dataset" / f"{TRAINING}.npz")
    normal = training.pick(training.where(NORMAL))
    x = inputs(task.kind, ZERO_POINT, model.features, normal.windows)
    columns = [w.columns for w in normal.windows]
    write_reference(made / "reference.json", model, x, columns, normal.shipments)
    facts = training_facts(task, folder)
    origin = Origin(
        name=task.name,
        kind=KINDS[task.kind],
        data=task.trained_on,
        seeds={"kept_start": int(str(facts["kept_start"])), "starts": task.recipe.starts},
        parameters=facts,
    )
    seal_folder(made, origin, _training_sets(task))


def _training_sets(task: Task) -> Path | None:
    root = Path(__file__).resolve().parents[3]
    return root / "shared" / "data" / "train" if task.trained_on else None


def _contender_folders(folder: Path) -> tuple[Path, Path]:
    return folder / MODEL, folder / "baseline-0"


def _fresh(folder: Path) -> None:
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)


def _detector(task: Task, verdict: Verdict, named: Named) -> Told:
    points = verdict.points[named.name]
    return {
        "name": named.name,
        "kind": KINDS[task.kind],
        "threshold": points[0].point.threshold,
        "is_baseline": named.is_baseline,
        "why": WHY,
        "points": {c.use.name: asdict(point_of(c)) for c in points},
    }


def metrics(task: Task, verdict: Verdict, named: Named, facts: dict[str, object]) -> Told:
    """Return metrics.json of one detector: keys of the card, and the figures for programs."""
    points = verdict.points[named.name]
    return {
        "model": sha256(named.blob).hexdigest(),
        "recommended_threshold": points[0].point.threshold,
        "about": task.words.about,
        "use": task.words.use,
        "ships": {
            "detector": "baseline" if verdict.ships.is_baseline else "model",
            "why": _why(verdict.contest),
        },
        "operating_points": [_operating_point(c) for c in points],
        "training": task.words.training,
        "tables": [_thresholds(verdict, points), _simulated(verdict), *_recordings(verdict)],
        "failures": list(task.words.failures),
        "attacks": list(task.words.attacks),
        "contest": _contest(verdict.contest),
        "training_facts": facts,
    }


def _why(contest: Contest | None) -> str:
    if contest is None:
        return "Nobody has judged the model on recordings: they were not here."
    d = contest.difference
    said = (
        f"{cell('auc', d)} ({contest.measure} over {', '.join(contest.groups)}; paired bootstrap)"
    )
    if contest.model_ships:
        return f"On recordings it is better than its baseline by {said}."
    return f"The model's lead over it on recordings is {said}: not above 0 with 95 % confidence."


def _contest(contest: Contest | None) -> Told | None:
    if contest is None:
        return None
    return {
        "groups": {name: asdict(figure) for name, figure in contest.groups.items()},
        "model_auc": contest.model_auc,
        "baseline_auc": contest.baseline_auc,
        "difference": asdict(contest.difference),
        "measure": contest.measure,
    }


def _operating_point(c: Calibrated) -> Told:
    many = f"{c.use.windows} of {c.use.of} windows" if c.use.of > 1 else "one window"
    return {
        "use": c.use.name,
        "threshold": c.point.threshold,
        "windows": c.use.windows,
        "of": c.use.of,
        "cool_down_minutes": round(c.use.cool_down_h * 60),
        "alarms_per_week": c.use.alarms_per_week,
        "interval": c.point.interval,
        "peaks_over_threshold": c.point.peaks_threshold,
        "achieved_per_week": asdict(c.alarms_per_week),
        "means": f"{c.use.name}: false alarms at most {c.use.alarms_per_week:g} per shipment-week"
        f" ({many}; {c.use.about})",
    }


def _thresholds(verdict: Verdict, points: list[Calibrated]) -> Told:
    return {
        "title": "Thresholds",
        "text": (
            f"From {points[0].point.weeks} or more simulated normal weeks for each use, by"
            " conformal risk control; beside it peaks over threshold. Tried on as many other weeks:"
            " alarms per week, and the share of weeks with any. Intervals are 95 %."
        ),
        "columns": [
            *("use", "target per week", "threshold", "by peaks", "reached per week"),
            "weeks with an alarm",
        ],
        "rows": [
            [
                c.use.name,
                f"{c.use.alarms_per_week:g}",
                _threshold(c.point),
                _number(c.point.peaks_threshold),
                cell("auc", c.alarms_per_week),
                cell("auc", c.weeks_with_alarm),
            ]
            for c in points
        ],
    }


def _threshold(point: OperatingPoint) -> str:
    if point.threshold is None or point.interval is None:
        return _number(point.threshold)
    return f"{point.threshold:,} [{point.interval[0]:,}, {point.interval[1]:,}]"


def _number(value: int | None) -> str:
    return "–" if value is None else f"{value:,}"


def _simulated(verdict: Verdict) -> Told:
    names = [d.name for d in verdict.detectors]
    faults = list(verdict.simulated[names[0]])
    rows = []
    for fault in faults:
        row = [fault.replace("_", " ") or "mean of all"]
        for name in names:
            told = verdict.simulated[name][fault]
            row += [cell("auc", told.auc), f"{told.detected.value or 0.0:.2f}"]
        rows.append(row)
    return {
        "title": "Simulated faults",
        "text": (
            "Shipments of the test split, which decides nothing. Per detector: AUC of windows that"
            " show the fault against normal ones, and the share of them that score above 99 % of"
            " the normal ones."
        ),
        "columns": ["fault", *(c for name in names for c in (f"{name}: AUC", "found at 1 %"))],
        "rows": rows,
    }


def _recordings(verdict: Verdict) -> list[Told]:
    keys = ("auc", "precision", "recall", "far", "event_f1", "delay_s", "alarms_per_week")
    return [
        {
            "title": result.set,
            "text": result.text,
            "columns": ["detector", *(FIGURES[key] for key in keys)],
            "rows": [
                [row.detector, *(cell(k, row.figures.get(k, Figure(None))) for k in keys)]
                for row in result.rows
            ],
        }
        for result in verdict.sets
    ]


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
