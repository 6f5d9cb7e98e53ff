"""Where a model comes from, as one file whose SHA-256 is what the model registry stores.

`lineage.json` names the model, its blob and .tflite, what it was trained on and with (data, code,
seeds, parameters, the model it follows), what it was judged on, and every other file of the folder.
So one digest on chain binds the whole folder: card, figures, golden vectors, and where they come
from. Of sources and recordings there is a list each, with a SHA-256 for every file, as `sha256sum`
writes and checks it (`SOURCES`, `RECORDINGS`).

Rules
1. The text is canonical: keys sorted, one way to write it (`canonical`). Another text is refused.
2. A digest is SHA-256 in lower-case hex. A baseline has no .tflite: null.
3. Every file of the folder but lineage.json is in `files`, and no other.
"""

import json
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from cargoseal.errors import InputError
from cargoseal.model.bounded import parse_json

FILE = "lineage.json"
SOURCES, RECORDINGS = "sources.sha256", "recordings.sha256"
BLOB, TFLITE = "model.blob", "model.tflite"
MAX_LINEAGE_BYTES = 65_536
NO_TFLITE = bytes(32)  # what the registry has for a baseline

Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class DataSet(_Table):
    """A set of recordings. `files`: how many; `sha256`: over their lines in `RECORDINGS`."""

    licence: str
    files: int
    sha256: Digest


class Code(_Table):
    """The sources that made the model: how many, and the SHA-256 of `SOURCES`, which lists them."""

    files: int
    sha256: Digest


class Lineage(_Table):
    """The contents of lineage.json. `code` and `parent` are null where there is none to name;
    `data`: the sets that training used, `judged`: those that the figures are about."""

    schema_: Annotated[Literal[1], Field(alias="schema")] = 1
    name: str
    kind: Literal["climate", "handling"]
    blob: Digest
    tflite: Digest | None
    data: dict[str, DataSet] = {}
    judged: dict[str, DataSet] = {}
    code: Code | None = None
    seeds: dict[str, int] = {}
    parameters: dict[str, JsonValue] = {}
    parent: Digest | None = None
    files: dict[FileName, Digest]


def canonical(value: Any) -> str:
    """Return the one text of a JSON value."""
    return json.dumps(value, indent=1, sort_keys=True, allow_nan=False) + "\n"


def lineage_text(lineage: Lineage) -> str:
    """Return the text of lineage.json."""
    return canonical(lineage.model_dump(by_alias=True))


def parse_lineage(data: bytes, where: str) -> Lineage:
    """Check a lineage.json. Raises InputError unless it is canonical and complete."""
    try:
        lineage = Lineage.model_validate(parse_json(data))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"{where}: {place}: {first['msg']}") from error
    except ValueError as error:
        raise InputError(f"{where}: expected JSON, got: {error}") from error
    if lineage_text(lineage).encode() != data:
        raise InputError(f"{where}: expected its canonical form, got another")
    return lineage


def digest_of(data: bytes) -> str:
    return sha256(data).hexdigest()


def digests_of(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the `files` of a lineage for a folder's files; lineage.json is left out."""
    return {name: digest_of(data) for name, data in sorted(files.items()) if name != FILE}


def manifest_text(lines: Mapping[str, str]) -> str:
    """Return sorted "SHA-256, two blanks, path" lines. `lines`: path -> SHA-256 in hex."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(lines.items()))


def manifest_digest(lines: Mapping[str, str]) -> str:
    """Return the SHA-256 of the lines as `manifest_text` writes them."""
    return digest_of(manifest_text(lines).encode())


def manifest_lines(text: str) -> dict[str, str]:
    """Return path -> SHA-256 of what `manifest_text` wrote. ValueError for another text."""
    lines = {path: digest for digest, _, path in (row.partition("  ") for row in text.splitlines())}
    if manifest_text(lines) != text:
        raise ValueError("expected sorted lines of SHA-256, two blanks, path")
    return lines
