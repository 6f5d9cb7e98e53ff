"""A model's folder: model.blob, what it was made from, and what is known of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cargoseal.errors import InputError, UsageError
from cargoseal.model.features_file import KINDS, FeaturesFile, parse_features
from cargoseal.model.lineage import BLOB, FILE, NO_TFLITE, TFLITE, Lineage, digest_of, parse_lineage

MAX_FILES = 32
MAX_FILE_BYTES = 4 << 20
FEATURES = {"features.toml": False, "features.json": True}  # name -> is it JSON
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


@dataclass(frozen=True)
class ModelFolder:
    """A model's files by name, read whole. `name` is the folder's."""

    name: str
    files: Mapping[str, bytes]

    @property
    def blob(self) -> bytes:
        """Raises InputError when there is none."""
        return self.file(BLOB)

    @property
    def tflite(self) -> bytes | None:
        """None for a baseline."""
        return self.files.get(TFLITE)

    @property
    def lineage(self) -> Lineage:
        """Raises InputError when there is none, or it is not canonical."""
        return parse_lineage(self.file(FILE), f"{self.name}/{FILE}")

    @property
    def lineage_digest(self) -> bytes:
        """What the registry on chain stores: SHA-256 of lineage.json. Raises InputError."""
        return bytes.fromhex(digest_of(self.file(FILE)))

    @property
    def tflite_digest(self) -> bytes:
        """What the registry on chain stores: SHA-256 of the .tflite, zeros for a baseline."""
        return NO_TFLITE if self.tflite is None else bytes.fromhex(digest_of(self.tflite))

    def file(self, name: str) -> bytes:
        """Raises InputError when the folder has no such file."""
        if name not in self.files:
            raise InputError(f"{self.name}: expected {name}, got {', '.join(self.files) or 'none'}")
        return self.files[name]

    def features(self, kind: str) -> FeaturesFile | None:
        """Return the features file; None where the .tflite carries the table. Raises InputError."""
        for name, as_json in FEATURES.items():
            if name in self.files:
                where = f"{self.name}/{name}"
                text = self.files[name].decode("utf-8", "replace")
                return parse_features(text, KINDS[kind], where, as_json=as_json)
        return None


def check_name(name: str) -> str:
    """Return a model's name; UsageError for one that is no folder's name."""
    if not _NAME.fullmatch(name):
        raise UsageError(f"expected a name of a-z, 0-9 and -, such as climate-v2, got {name!r}")
    return name


def read_folder(path: Path) -> ModelFolder:
    """Read a model's folder. Raises InputError when it is none or unreasonably large."""
    if not (path / BLOB).is_file():
        raise InputError(f"{path}: expected a model's folder with {BLOB}, got none")
    entries = sorted(path.iterdir())
    if len(entries) > MAX_FILES:
        raise InputError(f"{path}: expected at most {MAX_FILES} files, got {len(entries)}")
    files = {}
    for entry in entries:
        if not entry.is_file() or entry.stat().st_size > MAX_FILE_BYTES:
            raise InputError(f"{entry}: expected a file of at most {MAX_FILE_BYTES} bytes")
        files[entry.name] = entry.read_bytes()
    return ModelFolder(path.resolve().name, files)


def shipped_folder(name: str) -> ModelFolder:
    """Read a folder that comes with the gateway. Raises InputError when there is none."""
    place = resources.files("cargoseal.model").joinpath("shipped", name)
    if not _NAME.fullmatch(name) or not place.joinpath(BLOB).is_file():
        raise InputError(f"{name}: expected a shipped model, got none of that name")
    files = {entry.name: entry.read_bytes() for entry in place.iterdir() if entry.is_file()}
    return ModelFolder(name, files)


def find_folder(name_or_path: str) -> ModelFolder:
    """Read a shipped model by its name, or a folder. Raises InputError."""
    place = resources.files("cargoseal.model").joinpath("shipped", name_or_path)
    if _NAME.fullmatch(name_or_path) and place.joinpath(BLOB).is_file():
        return shipped_folder(name_or_path)
    return read_folder(Path(name_or_path))
