"""Make a model's folder from a user's own .tflite.

    cargoseal model import NET.tflite --features FILE --kind climate --name pallet-v1 --out FOLDER

1. The operators are lowered to dense int8 layers (`lowering`); what cannot be is refused by name.
2. The feature table comes from the .tflite's metadata or from a features file (`features_file`).
3. Blob and .tflite are compared on `COMPARED` random inputs with the interpreter, where one is.
4. A threshold is stated by whoever imports it, or found in recordings of normal shipments
   (`normal`); a model without one can be used once somebody states it (`shelf`).
5. The folder is written: the files as they came, blob, golden vectors, a card that says what is
   known and that nothing else was evaluated, and the lineage whose digest goes on chain.
"""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from cargoseal.errors import InputError, UsageError
from cargoseal.model.card import card_text
from cargoseal.model.comparison import compare
from cargoseal.model.compile import Compiled, compiled
from cargoseal.model.features_file import KINDS, read_features
from cargoseal.model.flatbuffer import MAX_FILE_BYTES, TfliteError
from cargoseal.model.folder import check_name
from cargoseal.model.golden import golden_inputs, golden_text
from cargoseal.model.lineage import (
    BLOB,
    FILE,
    TFLITE,
    Lineage,
    digest_of,
    digests_of,
    lineage_text,
)
from cargoseal.model.lowering import FULLY_CONNECTED_WARNING
from cargoseal.model.normal import OperatingPoint
from cargoseal.scoring.tflite import runtime_name
from cargoseal_score.blob import load
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model

COMPARED = 1000
SEED = 7


@dataclass(frozen=True)
class Imported:
    """A folder's files, and what the import has to say."""

    files: Mapping[str, bytes]
    compiled: Compiled
    warnings: list[str]
    compared: str
    point: OperatingPoint | None


def import_model(
    tflite: Path,
    features: Path | None,
    kind: str,
    name: str,
    threshold: Callable[[Model], OperatingPoint] | None = None,
) -> Imported:
    """Return the files of a model's folder. Raises InputError for what cannot be a model here."""
    check_name(name)
    files: dict[str, bytes] = {}
    try:
        if tflite.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{tflite}: expected at most {MAX_FILE_BYTES} bytes")
        files[TFLITE] = tflite.read_bytes()
    except OSError as error:
        raise InputError(f"{tflite}: expected a .tflite file, got: {error}") from error
    table = None
    if features is not None:
        table = read_features(features, KINDS[kind])
        suffix = "json" if features.suffix == ".json" else "toml"
        files[f"features.{suffix}"] = features.read_bytes()
    try:
        done = compiled(files[TFLITE], table)
    except (TfliteError, ScoreError) as error:
        raise InputError(f"{tflite}: {error}") from error
    model = load(done.blob)
    if model.kind != KINDS[kind]:
        raise InputError(f"{tflite}: its feature table is of another kind than {kind}")
    files[BLOB] = done.blob
    compared, warnings = _compared(tflite, files[TFLITE], done)
    point = None if threshold is None else threshold(model)
    _complete(files, kind, name, point)
    return Imported(files, done, [*done.lowering.warnings, *warnings], compared, point)


def write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write a new folder. Raises UsageError when something is there."""
    if folder.exists():
        raise UsageError(f"{folder}: expected a folder that is not there yet, got one")
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).write_bytes(data)


def _complete(files: dict[str, bytes], kind: str, name: str, point: OperatingPoint | None) -> None:
    """Add golden vectors, metrics, card and lineage."""
    blob, tflite = files[BLOB], files[TFLITE]
    metrics: dict[str, object] = {"model": digest_of(blob)}
    if point is not None:
        metrics["recommended_threshold"] = point.threshold
        metrics["operating_points"] = [{"threshold": point.threshold, "means": point.means}]
    files["golden.json"] = golden_text(tflite, blob).encode()
    files["metrics.json"] = (json.dumps(metrics, indent=1) + "\n").encode()
    stated = {
        "name": name,
        "kind": kind,
        "blob": digest_of(blob),
        "tflite": digest_of(tflite),
        "parameters": {"imported": True},
    }
    origin = Lineage.model_validate({**stated, "files": {}})
    files["card.md"] = card_text(origin, blob, tflite, metrics).encode()
    lineage = Lineage.model_validate({**stated, "files": digests_of(files)})
    files[FILE] = lineage_text(lineage).encode()


def _compared(path: Path, tflite: bytes, done: Compiled) -> tuple[str, list[str]]:
    """Say how blob and interpreter compared, and what to be warned of.

    Raises InputError where they differ and floating point is no explanation.
    """
    runtime = runtime_name()
    if runtime is None:
        return "not compared", ["no TensorFlow Lite runtime here: the blob was not compared"]
    width = done.lowering.layers[0].inputs
    rng = random.Random(SEED)  # noqa: S311 - test inputs, no secret
    rows = golden_inputs(width) + [rng.randbytes(width) for _ in range(COMPARED)]
    try:
        difference = compare(tflite, done.lowering, rows, runtime)
    except (ValueError, RuntimeError) as error:
        raise InputError(f"{path}: {runtime} does not run it: {error}") from error
    if difference is None:
        return f"{len(rows)} inputs, the same bits as {runtime} in reference mode", []
    if FULLY_CONNECTED_WARNING not in done.lowering.warnings:
        raise InputError(f"{path}: {runtime} gives other integers: {difference}")
    return f"{runtime} differs", [f"{runtime} differs from the blob: {difference}"]
