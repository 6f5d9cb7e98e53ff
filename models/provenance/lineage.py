"""The last step of making a model: golden vectors, card and lineage into its folder.

What a trainer knows is an `Origin`; `seal_folder` adds what can be computed: digests of the data's
manifests, of the sources, and of every file. Two calls on the same folder and code give the same
bytes.

    python -m models.provenance.lineage [FOLDER ...]

writes cost, card and lineage again (none: of every shipped folder): origin, sources and recordings
stay what they were.
"""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cargoseal.model.card import card_text
from cargoseal.model.folder import check_name, read_folder
from cargoseal.model.golden import golden_text
from cargoseal.model.lineage import (
    FILE,
    RECORDINGS,
    SOURCES,
    Code,
    DataSet,
    Lineage,
    digest_of,
    digests_of,
    lineage_text,
    manifest_digest,
    manifest_text,
)
from models.data.catalogue import CATALOGUE, checked
from models.provenance.cost import cost_of
from models.provenance.sources import sources

ROOT = Path(__file__).resolve().parents[2]
TRAIN = "train"
PUBLIC = ROOT.parent / "shared" / "data" / "public"
SHIPPED = ROOT / "models" / "shipped"


class ProvenanceError(Exception):
    """The origin cannot be stated: a set is not there, or may not be trained on."""


@dataclass(frozen=True)
class Origin:
    """Where a model comes from. `kind`: "climate" or "handling".

    `data`: names of the catalogue's sets that training used; none: simulation only. `sources`: path
    -> SHA-256 of the files that made it; None: those of its kind as they are now. `parent`: the
    blob digest, in hex, of the model that this one follows.
    """

    name: str
    kind: str
    data: tuple[str, ...] = ()
    seeds: Mapping[str, int] = field(default_factory=dict)
    parameters: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, str] | None = None
    parent: str | None = None


def seal_folder(folder: Path, origin: Origin, data: Path | None = None) -> None:
    """Write golden.json, card.md and lineage.json beside blob, .tflite and metrics.json.

    `data`: the folder with the sets that `origin.data` names. What the model was judged on follows
    from the sets in metrics.json, which are looked for in `PUBLIC`. Raises ProvenanceError,
    InputError.
    """
    check_name(origin.name)
    (folder / FILE).unlink(missing_ok=True)
    metrics = json.loads((folder / "metrics.json").read_text())
    trained = {name: _lines(name, data, TRAIN) for name in origin.data}
    judged = {name: _lines(name, PUBLIC, "public") for name in _sets(metrics)}
    made_from = sources(origin.kind) if origin.sources is None else origin.sources
    (folder / SOURCES).write_text(manifest_text(made_from))
    lists = [*trained.values(), *judged.values()]
    recordings = {path: digest for lines in lists for path, digest in lines.items()}
    if recordings:
        (folder / RECORDINGS).write_text(manifest_text(recordings))
    stated = {
        "name": origin.name,
        "kind": origin.kind,
        "data": {name: _data_set(name, lines) for name, lines in trained.items()},
        "judged": {name: _data_set(name, lines) for name, lines in judged.items()},
        "code": Code(files=len(made_from), sha256=manifest_digest(made_from)),
        "seeds": dict(origin.seeds),
        "parameters": json.loads(json.dumps(dict(origin.parameters), sort_keys=True)),
        "parent": origin.parent,
    }
    _complete(folder, stated)


def reseal_folder(folder: Path) -> None:
    """Write cost, golden vectors, card and lineage again; where the model comes from stays."""
    stated = read_folder(folder).lineage.model_dump(by_alias=True)
    (folder / FILE).unlink()
    _complete(folder, stated)


def _complete(folder: Path, stated: Mapping[str, Any]) -> None:
    """Write what follows from the other files and from what is stated of the origin."""
    blob, tflite = (folder / "model.blob").read_bytes(), read_folder(folder).tflite
    metrics = json.loads((folder / "metrics.json").read_text())
    cost = cost_of(blob)
    if cost:
        metrics["cost"] = cost
        (folder / "metrics.json").write_text(json.dumps(metrics, indent=1) + "\n")
    (folder / "golden.json").write_text(golden_text(tflite, blob))
    digests = {"blob": digest_of(blob), "tflite": None if tflite is None else digest_of(tflite)}
    bare = Lineage.model_validate({**stated, **digests, "files": {}})
    (folder / "card.md").write_text(card_text(bare, blob, tflite, metrics))
    files = digests_of(read_folder(folder).files)
    lineage = Lineage.model_validate({**stated, **digests, "files": files})
    (folder / FILE).write_text(lineage_text(lineage))


def _sets(metrics: Mapping[str, Any]) -> list[str]:
    """Return the catalogue's sets that metrics.json has a table of."""
    titles = [table.get("title") for table in metrics.get("tables") or []]
    return [name for name in CATALOGUE if name in titles]


def _lines(name: str, data: Path | None, part: str) -> dict[str, str]:
    """Return "part/set/file" -> SHA-256 of a set; its files are compared with their manifest."""
    if name not in CATALOGUE:
        raise ProvenanceError(f"{name}: expected a set of the catalogue, got none of that name")
    if part == TRAIN and not CATALOGUE[name].may_train:
        raise ProvenanceError(f"{name}: its licence does not allow training, or nobody stated one")
    lines: dict[str, str] = checked(data, name) if data is not None else {}
    if not lines:
        raise ProvenanceError(f"{name}: expected its manifest below {data}, got none")
    return {f"{part}/{file}": digest for file, digest in lines.items()}


def _data_set(name: str, lines: Mapping[str, str]) -> DataSet:
    licence = CATALOGUE[name].licence
    return DataSet(licence=licence, files=len(lines), sha256=manifest_digest(lines))


def main() -> int:
    """Seal the folders of the command line again."""
    for folder in [Path(word) for word in sys.argv[1:]] or sorted(SHIPPED.iterdir()):
        reseal_folder(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
