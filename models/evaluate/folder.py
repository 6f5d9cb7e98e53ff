"""The last stages of a model: metrics.json with everything measured, then the folders that ship.

`evaluate` writes, for the model and for every baseline, what metrics.json would be if it shipped,
and which of them does. `ship` copies: shipped/<name>/ gets blob, .tflite (a baseline has none),
metrics, the reference of its inputs for the drift monitor, golden vectors, card and lineage;
contenders/<kind>-model/, -baseline/ (the one that ships where the model does not), -baseline-2/ and
so on get the blobs, which the report judges.
"""

import json
import shutil
from dataclasses import asdict
from pathlib import Path

from cargoseal.health.making import write_reference
from cargoseal_score.blob import load
from models.evaluate.decide import (
    KINDS,
    WHY,
    Named,
    Verdict,
    decide,
    detector_folders,
    point_of,
)
from models.evaluate.metrics_file import Told, metrics, why
from models.provenance.lineage import Origin, seal_folder
from models.train import dataset
from models.train.dataset import NORMAL, Progress, inputs
from models.train.feature_table import ZERO_POINT
from models.train.pipeline import made_with, training_facts
from models.train.task import TRAINING, Task

CHOSEN = "ships.json"


def evaluate(task: Task, folder: Path, data: Path | None, progress: Progress) -> None:
    """Judge the detectors of a build folder and write their metrics. `data`: as public/."""
    verdict = decide(task, folder, data, progress)
    facts = training_facts(task, folder)
    for named, place in zip(verdict.detectors, _contenders(folder).values(), strict=True):
        _write(place / "metrics.json", metrics(task, verdict, named, facts))
        _write(place / "detector.json", _detector(task, verdict, named))
    chosen = "baseline" if verdict.ships.is_baseline else "model"
    _write(folder / CHOSEN, {"ships": chosen, "why": why(verdict.contest)})
    progress(f"the {chosen} ships: {why(verdict.contest)}")


def ship(task: Task, folder: Path, out: Path, progress: Progress) -> None:
    """Write the shipped folder and all contenders below `out`; earlier ones go."""
    chosen = json.loads((folder / CHOSEN).read_text())["ships"]
    for old in (out / "contenders").glob(f"{KINDS[task.kind]}-*"):
        shutil.rmtree(old)
    for kind, place in _contenders(folder).items():
        made = out / "contenders" / f"{KINDS[task.kind]}-{kind}"
        made.mkdir(parents=True)
        for file in ("model.blob", "model.tflite", "detector.json"):
            if (place / file).exists():
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
        seeds={
            **task.seeds,
            "kept_start": int(str(facts["kept_start"])),
            "starts": task.recipe.starts,
        },
        parameters=facts,
        sources=made_with(folder),
    )
    seal_folder(made, origin, _training_sets(task))


def _training_sets(task: Task) -> Path | None:
    root = Path(__file__).resolve().parents[3]
    return root / "shared" / "data" / "train" if task.trained_on else None


def _contenders(folder: Path) -> dict[str, Path]:
    """Return kind of contender -> its build folder: the model, then the baselines in order."""
    model, *baselines = detector_folders(folder)
    named = {f"baseline-{i}" if i > 1 else "baseline": f for i, f in enumerate(baselines, 1)}
    return {"model": model, **named}


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


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
