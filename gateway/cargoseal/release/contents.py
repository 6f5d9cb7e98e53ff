"""What each component's release holds: files by relative name, and what they need."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cargoseal.errors import InputError
from cargoseal.model.features_file import KINDS
from cargoseal.model.golden import golden_inputs
from cargoseal_score import blob as blobs
from cargoseal_score.errors import ScoreError
from cargoseal_score.infer import score
from cargoseal_wire.release import (
    ANY_ARCH,
    APPLICATION,
    BLOB,
    CONFIGURATION,
    FIXED_SETTINGS,
    GOLDEN,
    IMAGE,
    MAX_FILES,
    MODEL,
    SETTINGS,
    encode_golden,
)

FORMATS = (blobs.VERSION, blobs.VERSION)  # of blobs that this checkout's application executes

_NAMES = {kind: name for name, kind in KINDS.items()}


@dataclass(frozen=True)
class Contents:
    """Files by name; see cargoseal_wire.release.Manifest for the rest."""

    component: int
    files: dict[str, bytes]
    arch: str = ANY_ARCH
    formats: tuple[int, int] = (0, 0)
    needs: int = 0


def application(folder: Path, arch: str) -> Contents:
    """A folder of compiled modules, as tools/application.py makes it. InputError for one without
    `node/app` or `node/selftest`: a node could not start it, or not test it."""
    files = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    names = {name.rpartition(".")[0] for name in files}
    for wanted in ("node/app", "node/selftest"):
        if wanted not in names:
            raise InputError(f"{folder}: expected {wanted}.mpy, got {len(files)} other files")
    if len(files) > MAX_FILES:
        raise InputError(f"{folder}: expected at most {MAX_FILES} files, got {len(files)}")
    return Contents(APPLICATION, files, arch, FORMATS)


def image(data: bytes, arch: str) -> Contents:
    """A whole MicroPython image, for boards whose partition table has two places for one."""
    return Contents(IMAGE, {"micropython.bin": data}, arch)


def models(chosen: Sequence[tuple[bytes, int | None]], needs: int = 0) -> Contents:
    """Blobs with their thresholds, and the scores that a node must reproduce. InputError for what
    is no model, and for two of one kind."""
    files: dict[str, bytes] = {}
    for data, threshold in chosen:
        try:
            model = blobs.load(data)
        except ScoreError as error:
            raise InputError(f"a model for a release: {error}") from error
        name = _NAMES[model.kind]
        if name + BLOB in files:
            raise InputError(f"a release: expected one model for {name} windows, got two")
        pairs = [(row, score(model, row)) for row in golden_inputs(model.inputs)]
        files[name + BLOB] = data
        files[name + GOLDEN] = encode_golden(threshold, pairs)
    return Contents(MODEL, files, needs=needs)


def configuration(text: bytes, needs: int = 0) -> Contents:
    """Settings that replace those of the enrolment. InputError for what is no JSON object, or
    holds a setting that a release may not change."""
    try:
        settings = json.loads(text)
    except ValueError as error:
        raise InputError(f"settings for a release: {error}") from error
    if not isinstance(settings, dict):
        raise InputError("settings for a release: expected a JSON object, got another value")
    refused = [name for name in FIXED_SETTINGS if name in settings]
    if refused:
        raise InputError(f"settings for a release: {refused[0]} is only set at the enrolment")
    return Contents(CONFIGURATION, {SETTINGS: text}, needs=needs)
