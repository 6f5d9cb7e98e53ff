"""Prove that model folders hold together: `cargoseal model verify` without the chain.

    python -m models.provenance.check [FOLDER …]

Without a folder: every folder of models/shipped. Beside the steps of `cargoseal.model.verify`:

1. golden.json and card.md are, byte for byte, what their generators write from blob, metrics and
   lineage.
2. sources.sha256 and recordings.sha256 are what the lineage speaks of.
3. It says which sources are no longer those that the model was made with. That is no fault: the
   committed model is what ships.
"""

import json
import sys
from pathlib import Path

from cargoseal.audit.result import State
from cargoseal.errors import InputError
from cargoseal.model.card import card_text
from cargoseal.model.folder import ModelFolder, read_folder
from cargoseal.model.golden import golden_text
from cargoseal.model.lineage import (
    RECORDINGS,
    SOURCES,
    manifest_digest,
    manifest_lines,
)
from cargoseal.model.verify import verify_folder
from models.provenance.sources import ROOT, sources

SHIPPED = ROOT / "models" / "shipped"
CHAIN_STEP = "registry"


class CheckError(Exception):
    """The folder contradicts itself."""


def check(folder: Path) -> list[str]:
    """Return what was checked, in words; CheckError for the first contradiction."""
    try:
        found = read_folder(folder)
        result = verify_folder(found)
    except InputError as error:
        raise CheckError(str(error)) from error
    if result.first_wrong:
        raise CheckError(f"{result.name}: {result.verdict}")
    told = []
    for step in result.steps:
        if step.name != CHAIN_STEP:
            state = "" if step.state is State.OK else f" ({step.state.value})"
            told.append(f"{result.name}: {step.name}{state}: {step.detail}")
    _check_generated(found)
    told.append(f"{result.name}: golden.json and card.md as they are generated")
    _check_lists(found)
    told.append(f"{result.name}: {_sources(found)}")
    return told


def _check_lists(found: ModelFolder) -> None:
    """The lists of sources and recordings are those that the lineage has digests of."""
    lineage = found.lineage
    stated = {f"train/{name}": one.sha256 for name, one in lineage.data.items()}
    stated |= {f"public/{name}": one.sha256 for name, one in lineage.judged.items()}
    recordings: dict[str, dict[str, str]] = {}
    listed = manifest_lines(found.files.get(RECORDINGS, b"").decode())
    for path, digest in listed.items():
        recordings.setdefault("/".join(path.split("/", 2)[:2]), {})[path] = digest
    if stated != {name: manifest_digest(lines) for name, lines in recordings.items()}:
        raise CheckError(f"{found.name}/{RECORDINGS}: expected the sets of the lineage, got others")
    code = lineage.code
    if code is not None:
        lines = manifest_lines(found.file(SOURCES).decode())
        if (len(lines), manifest_digest(lines)) != (code.files, code.sha256):
            raise CheckError(f"{found.name}/{SOURCES}: expected that of the lineage, got another")


def _sources(found: ModelFolder) -> str:
    """Say whether the sources are those that made the model, and which are not."""
    if found.lineage.code is None:
        return "made elsewhere"
    then = manifest_lines(found.file(SOURCES).decode())
    now = sources(found.lineage.kind)
    changed = sorted(path for path in {*then, *now} if then.get(path) != now.get(path))
    if changed:
        return f"sources have changed since it was made: {', '.join(changed)}"
    return f"{len(then)} sources as they were when it was made"


def _check_generated(found: ModelFolder) -> None:
    metrics = json.loads(found.file("metrics.json"))
    for name, text in (
        ("golden.json", golden_text(found.tflite, found.blob)),
        ("card.md", card_text(found.lineage, found.blob, found.tflite, metrics)),
    ):
        if text.encode() != found.file(name):
            raise CheckError(f"{found.name}/{name}: expected what is generated, got another")


def main() -> int:
    """Check the folders of the command line; exit code 1 when one contradicts itself."""
    folders = [Path(word) for word in sys.argv[1:]] or sorted(
        path.parent for path in SHIPPED.glob("*/model.blob")
    )
    for folder in folders:
        try:
            told = check(folder)
        except CheckError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        for line in told:
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
