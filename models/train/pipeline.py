"""The way of a model, one function per stage; each reads what the stages before it wrote.

    dataset    dataset/<split>.npz, weeks/<use>-<part>.npz    simulated shipments, by split
               made_with.json                                 sources and versions, for the lineage
    features   features.json, inputs/<split>.npz              what the node would compute of them
    train      network.npz, starts.json                       a few starts, the best kept
    quantize   model/, baseline-0/, ...                       .tflite and blobs
    evaluate   metrics.json                                   thresholds, simulated and public sets
    card       the shipped folder and the contenders          with golden vectors, card and lineage

Everything lies in one folder per kind. Seeds are fixed: the same code gives the same figures.
"""

import json
import platform
from dataclasses import asdict
from pathlib import Path

import numpy as np

from cargoseal_score.model import Feature
from models.provenance.sources import sources
from models.train import dataset
from models.train.dataset import NORMAL, Dataset, Progress, inputs
from models.train.export import compiled
from models.train.feature_table import ZERO_POINT
from models.train.fit import Labelled, best, calibration
from models.train.network import Network
from models.train.task import CALIBRATION, CHECK, SPLITS, TRAINING, VALIDATION, Task

MODEL = "model"
MADE_WITH = "made_with.json"


def make_dataset(task: Task, folder: Path, scale: float, progress: Progress) -> None:
    """Simulate every split, and the weeks of every use."""
    (folder / "dataset").mkdir(parents=True, exist_ok=True)
    versions = {"python": platform.python_version(), "numpy": np.__version__}
    _write(folder / MADE_WITH, {"sources": sources(task.subject), "versions": versions})
    (folder / "weeks").mkdir(exist_ok=True)
    owners: set[int] = set()
    for split in SPLITS:
        data = task.simulate(split, scale, progress)
        _disjoint(owners, data)
        dataset.save(folder / "dataset" / f"{split}.npz", data)
    counts = {}
    for use in task.uses:
        for part in (CALIBRATION, CHECK):
            data, count = task.weeks(use, part, scale, progress)
            _disjoint(owners, data)
            dataset.save(folder / "weeks" / f"{use.name}-{part}.npz", data)
            counts[f"{use.name}-{part}"] = count
    _write(folder / "weeks.json", counts)


def _disjoint(owners: set[int], data: Dataset) -> None:
    """Note the shipments of a split. ValueError where another split has one of them."""
    mine = set(data.shipments.tolist())
    if owners & mine:
        raise ValueError(f"shipments {sorted(owners & mine)[:3]} are in two splits")
    owners |= mine


def make_features(task: Task, folder: Path, progress: Progress) -> None:
    """Fit the feature table on the training windows, and compute every split's inputs."""
    (folder / "inputs").mkdir(exist_ok=True)
    features: list[Feature] = []
    for split in SPLITS:
        data = dataset.read(folder / "dataset" / f"{split}.npz")
        if split == TRAINING:
            features = task.table(data)
            _write(folder / "features.json", [vars(f) for f in features])
            _save_baselines(task, folder, data)
        x = inputs(task.kind, ZERO_POINT, features, data.windows)
        np.savez(
            folder / "inputs" / f"{split}.npz",
            x=x,
            faults=np.array(data.faults),
            shipments=data.shipments,
            groups=data.grouped,
        )
        progress(f"{split}: {x.shape[0]} windows, {x.shape[1]} inputs")


def _save_baselines(task: Task, folder: Path, training: Dataset) -> None:
    for number, (name, blob) in enumerate(task.baselines(training).items()):
        made = folder / f"baseline-{number}"
        made.mkdir(exist_ok=True)
        (made / "model.blob").write_bytes(blob)
        (made / "name").write_text(name)


def train(task: Task, folder: Path, progress: Progress) -> None:
    """Train from every start and keep the best network."""
    starts = best(
        task,
        read_features(folder),
        read_inputs(folder, TRAINING),
        read_inputs(folder, VALIDATION),
        progress,
    )
    kept = starts[0].network
    arrays = {f"weights{i}": w for i, w in enumerate(kept.weights)}
    arrays |= {f"biases{i}": b for i, b in enumerate(kept.biases)}
    np.savez(folder / "network.npz", **arrays)
    _write(folder / "starts.json", [{"seed": c.seed, "grade": c.grade} for c in starts])


def quantize(task: Task, folder: Path, progress: Progress) -> None:
    """Write the .tflite and the blob compiled from it."""
    with np.load(folder / "network.npz") as file:
        layers = range(len(file.files) // 2)
        network = Network(
            [file[f"weights{i}"] for i in layers], [file[f"biases{i}"] for i in layers]
        )
    held = calibration(task, read_inputs(folder, TRAINING))
    tflite, blob = compiled(task.kind, network, read_features(folder), held)
    (folder / MODEL).mkdir(exist_ok=True)
    (folder / MODEL / "model.tflite").write_bytes(tflite)
    (folder / MODEL / "model.blob").write_bytes(blob)
    (folder / MODEL / "name").write_text(f"{task.name} model")
    progress(f"{len(tflite)} B .tflite, {len(blob)} B blob")


def read_features(folder: Path) -> list[Feature]:
    """Return the feature table."""
    return [Feature(**row) for row in json.loads((folder / "features.json").read_text())]


def read_inputs(folder: Path, split: str) -> Labelled:
    """Return a split's inputs with what each window shows."""
    with np.load(folder / "inputs" / f"{split}.npz") as file:
        return Labelled(file["x"], file["faults"], file["groups"])


def training_facts(task: Task, folder: Path) -> dict[str, object]:
    """Return what the card and the lineage say of the training."""
    labelled = read_inputs(folder, TRAINING)
    starts = json.loads((folder / "starts.json").read_text())
    return {
        "normal_windows": int((labelled.faults == NORMAL).sum()),
        "windows_with_faults": int((labelled.faults != NORMAL).sum()),
        "kept_start": starts[0]["seed"],
        "grade": round(starts[0]["grade"], 4),
        "recipe": {**asdict(task.recipe), "widths": list(task.recipe.widths)},
        "versions": json.loads((folder / MADE_WITH).read_text())["versions"],
    }


def made_with(folder: Path) -> dict[str, str]:
    """Return path -> SHA-256 of the sources as they were when the data set was made."""
    found: dict[str, str] = json.loads((folder / MADE_WITH).read_text())["sources"]
    return found


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=1) + "\n")
