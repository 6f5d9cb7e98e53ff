"""The last step of making a model: golden vectors, card and lineage into its folder.

What a trainer knows is an `Origin`; `seal_folder` adds what can be computed: digests of the data's
manifests, of the code, and of every file. Two calls on the same folder and code give the same
bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cargoseal.model.card import card_text
from cargoseal.model.folder import check_name, read_folder
from cargoseal.model.golden import golden_text
from cargoseal.model.lineage import (
    FILE,
    Code,
    DataSet,
    Lineage,
    digest_of,
    digests_of,
    lineage_text,
    manifest_digest,
)
from models.data.catalogue import CATALOGUE, checked

ROOT = Path(__file__).resolve().parents[2]
# What decides which weights come out: simulation, loaders, training, features, compiler.
SOURCES = (
    "models/data",
    "models/simulate",
    "models/train",
    "firmware/lib/cargoseal_score",
    "gateway/cargoseal/model",
)


class ProvenanceError(Exception):
    """The origin cannot be stated: a set is not there, or may not be trained on."""


@dataclass(frozen=True)
class Origin:
    """Where a model comes from. `kind`: "climate" or "handling".

    `data`: names of the catalogue's sets that training used; none: simulation only. `parent`: the
    blob digest, in hex, of the model that this one follows.
    """

    name: str
    kind: str
    data: tuple[str, ...] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    parent: str | None = None


def seal_folder(folder: Path, origin: Origin, data: Path | None = None) -> None:
    """Write golden.json, card.md and lineage.json beside blob, .tflite and metrics.json.

    `data`: the folder with the sets that `origin.data` names. Raises ProvenanceError, InputError.
    """
    check_name(origin.name)
    (folder / FILE).unlink(missing_ok=True)
    files = dict(read_folder(folder).files)
    blob, tflite = files["model.blob"], files.get("model.tflite")
    golden = golden_text(tflite, blob)
    (folder / "golden.json").write_text(golden)
    stated = {
        "name": origin.name,
        "kind": origin.kind,
        "blob": digest_of(blob),
        "tflite": None if tflite is None else digest_of(tflite),
        "data": {name: data_set(name, data) for name in origin.data},
        "code": code(),
        "seeds": dict(origin.seeds),
        "parameters": json.loads(json.dumps(dict(origin.parameters), sort_keys=True)),
        "parent": origin.parent,
    }
    bare = Lineage.model_validate({**stated, "files": {}})
    card = card_text(bare, blob, tflite, json.loads(files["metrics.json"]))
    (folder / "card.md").write_text(card)
    files |= {"golden.json": golden.encode(), "card.md": card.encode()}
    lineage = Lineage.model_validate({**stated, "files": digests_of(files)})
    (folder / FILE).write_text(lineage_text(lineage))


def data_set(name: str, data: Path | None) -> DataSet:
    """Return what the lineage says of a set; its files are compared with their manifest."""
    if name not in CATALOGUE:
        raise ProvenanceError(f"{name}: expected a set of the catalogue, got none of that name")
    if not CATALOGUE[name].may_train:
        raise ProvenanceError(f"{name}: its licence does not allow training, or nobody stated one")
    lines = checked(data, name) if data is not None else {}
    if not lines:
        raise ProvenanceError(f"{name}: expected its manifest below {data}, got none")
    return DataSet(licence=CATALOGUE[name].licence, files=len(lines), sha256=manifest_digest(lines))


def code(root: Path = ROOT) -> Code:
    """Return the digest over the sources that training uses: sorted (path, SHA-256)."""
    lines = {
        path.relative_to(root).as_posix(): digest_of(path.read_bytes())
        for folder in SOURCES
        for path in sorted((root / folder).rglob("*.py"))
        if "shipped" not in path.parts
    }
    return Code(files=len(lines), sha256=manifest_digest(lines))
