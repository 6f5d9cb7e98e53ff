"""The models that come with the gateway, as its package holds them: one folder each.

A folder is named after what the model looks at and its version: `climate-v1`. Which there are is
read from the package; nobody keeps a list. `model.blob` executes; `metrics.json` has the operating
point; a baseline has no `model.tflite`.
"""

import json
import re
from dataclasses import dataclass
from importlib import resources

from cargoseal_score.blob import Model, load

BLOB = "model.blob"


@dataclass(frozen=True)
class ShippedModel:
    """A shipped model. `tflite` is None for a baseline, which was compiled from no network.

    `golden` is the text of its golden vectors.
    """

    name: str
    blob: bytes
    tflite: bytes | None
    golden: bytes
    model: Model


def shipped_names() -> tuple[str, ...]:
    """Return the folders that hold a model: by what they look at, then the oldest version first."""
    folder = resources.files("cargoseal.model").joinpath("shipped")
    names = [entry.name for entry in folder.iterdir() if entry.joinpath(BLOB).is_file()]
    return tuple(sorted(names, key=_subject_and_version))


def _subject_and_version(name: str) -> tuple[str, int]:
    found = re.fullmatch(r"(.+)-v(\d+)", name)
    return (found[1], int(found[2])) if found else (name, 0)


def shipped_file(name: str, file: str) -> bytes:
    """Return a file of a shipped model's folder, such as `model.blob` or `golden.json`."""
    return resources.files("cargoseal.model").joinpath("shipped", name, file).read_bytes()


def shipped_models() -> list[ShippedModel]:
    """Return every shipped model, in the order of `shipped_names`; ScoreError for a broken one."""
    return [_read(name) for name in shipped_names()]


def shipped(kind: int) -> ShippedModel:
    """Return the newest shipped model for windows of a kind; LookupError where there is none."""
    found = [one for one in shipped_models() if one.model.kind == kind]
    if not found:
        raise LookupError(f"no shipped model for windows of kind {kind}")
    return found[-1]


def load_models() -> dict[bytes, Model]:
    """Return the shipped models by digest (SHA-256 of the blob)."""
    return {one.model.digest: one.model for one in shipped_models()}


def recommended_threshold(name: str) -> int:
    """Return the score from which a node flags a window, as the model's evaluation found it."""
    return int(json.loads(shipped_file(name, "metrics.json"))["recommended_threshold"])


def _read(name: str) -> ShippedModel:
    blob = shipped_file(name, BLOB)
    try:
        tflite = shipped_file(name, "model.tflite")
    except FileNotFoundError:
        tflite = None
    return ShippedModel(name, blob, tflite, shipped_file(name, "golden.json"), load(blob))
