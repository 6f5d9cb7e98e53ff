"""A release: what a node may be told to run, signed by the fleet's release key.

Rules
1. One release brings one component (application, model, configuration, or the whole MicroPython
   image) and has a number; a node takes a number above every number of that component it has seen,
   and nothing below.
2. The manifest names every file with its size and SHA-256, so the files themselves may come by any
   way. It says what they need: the chip's code (`arch`), the formats of models that the application
   executes, the least application that a model or a configuration needs.
3. It is sealed as a COSE_Sign1 (RFC 9052). The key is the release key and never a device's: its
   signature starts with another protected header than a segment's seal.
"""

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import (
    DIGEST_BYTES,
    MAX_MODEL_INPUT_BYTES,
    MAX_RELEASE,
    SIGNATURE_BYTES,
)
from cargoseal_wire.errors import WireError, describe

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

VERSION = 1
APPLICATION = 0
MODEL = 1
CONFIGURATION = 2
IMAGE = 3
COMPONENTS = ("application", "model", "configuration", "image")
ANY_ARCH = "any"

# What a configuration's release holds, and what it may not change: who the node is, whom it
# believes, and what has a component of its own.
SETTINGS = "settings.json"
FIXED_SETTINGS = ("audience", "receipt_key", "release_key", "release", "seed", "models")
# What a model's release holds, for each kind of window: <kind>.blob and <kind>.golden.
BLOB = ".blob"
GOLDEN = ".golden"

MAX_RELEASE_BYTES = 12288
MAX_GOLDEN_BYTES = 65536
MAX_FILES = 160
MAX_FILE_BYTES = 262144
MAX_IMAGE_BYTES = 4194304
MAX_NAME_BYTES = 64

CONTENT_TYPE = "application/vnd.cargoseal.release+cbor"
COSE_SIGN1 = 18
PROTECTED = cbor.encode({1: -8, 3: CONTENT_TYPE})  # EdDSA
_ITEMS = 7


class FileEntry:
    """A file of a release: a relative path, its size in bytes, its SHA-256."""

    def __init__(self, name: str, size: int, digest: bytes) -> None:
        self.name = name
        self.size = size
        self.digest = digest

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FileEntry) and _row(self) == _row(other)


class Manifest:
    """What a release says. `formats`: the lowest and highest format of model blobs that an
    application executes, (0, 0) for the other components; `needs`: the least application."""

    def __init__(
        self,
        component: int,
        number: int,
        arch: str,
        formats: tuple[int, int],
        needs: int,
        files: list[FileEntry],
    ) -> None:
        self.component = component
        self.number = number
        self.arch = arch
        self.formats = formats
        self.needs = needs
        self.files = files

    def encode(self) -> bytes:
        """The manifest's bytes. WireError when a field is outside of what the format holds."""
        _check(self)
        rows: list[object] = [_row(entry) for entry in self.files]
        return cbor.encode(
            [VERSION, self.component, self.number, self.arch, list(self.formats), self.needs, rows]
        )


def seal_manifest(manifest: bytes, sign: "Callable[[bytes], bytes]") -> bytes:
    """The release: `sign` gives the 64-byte Ed25519 signature of a message by the release key."""
    items = [PROTECTED, {}, manifest, sign(signed_bytes(manifest))]
    return cbor.encode(cbor.Tag(COSE_SIGN1, items))


def signed_bytes(manifest: bytes) -> bytes:
    """What a release's signature signs: the Sig_structure of RFC 9052 section 4.4."""
    return cbor.encode(["Signature1", PROTECTED, b"", manifest])


def open_release(data: bytes) -> tuple[bytes, bytes]:
    """(manifest's bytes, signature) of a release, else WireError. The signature is not checked."""
    value = fields.decode_within(data, MAX_RELEASE_BYTES, "release")
    if not isinstance(value, cbor.Tag) or value.tag != COSE_SIGN1:
        raise WireError("release", "tag 18 (COSE_Sign1)", describe(value))
    items = fields.array(value.value, 4, "release")
    if items[0] != PROTECTED:
        raise WireError("release.protected", "EdDSA, " + CONTENT_TYPE, describe(items[0]))
    if items[1] != {}:
        raise WireError("release.unprotected", "an empty map", describe(items[1]))
    manifest = fields.bstr_up_to(items[2], MAX_RELEASE_BYTES, "release.manifest")
    return manifest, fields.bstr(items[3], SIGNATURE_BYTES, "release.signature")


def decode_manifest(data: bytes) -> Manifest:
    """The manifest in `data`, every field in its range, else WireError."""
    where = "release.manifest"
    items = fields.versioned(
        fields.decode_within(data, MAX_RELEASE_BYTES, where), VERSION, _ITEMS, where
    )
    formats = fields.array(items[4], 2, where + ".formats")
    files = [_entry(row) for row in fields.array_up_to(items[6], MAX_FILES, where + ".files")]
    manifest = Manifest(items[1], items[2], items[3], (formats[0], formats[1]), items[5], files)  # type: ignore[arg-type]  # checked on the next line
    _check(manifest)
    return manifest


def encode_golden(threshold: int | None, pairs: "list[tuple[bytes, int]]") -> bytes:
    """A `.golden` file: from which score a window is urgent (None: never), and inputs with the
    scores that the model must give them."""
    return cbor.encode([threshold, [list(pair) for pair in pairs]])


def decode_golden(data: bytes, where: str) -> tuple[int | None, list[tuple[bytes, int]]]:
    """(threshold, pairs), at least one pair, else WireError."""
    value = fields.decode_within(data, MAX_GOLDEN_BYTES, where)
    threshold, rows = fields.array(value, 2, where)
    if threshold is not None:
        threshold = fields.uint(threshold, 1 << 24, where + ".threshold")
    pairs = []
    for row in fields.array_up_to(rows, MAX_GOLDEN_BYTES, where):
        model_input, score = fields.array(row, 2, where)
        size = MAX_MODEL_INPUT_BYTES
        pairs.append(
            (fields.bstr_up_to(model_input, size, where), fields.uint(score, 1 << 24, where))
        )
    if not pairs:
        raise WireError(where, "pairs of input and score", "none")
    return threshold, pairs


def _entry(row: object) -> FileEntry:
    return FileEntry(*fields.array(row, 3, "release.manifest.files"))  # type: ignore[arg-type]


def _row(entry: FileEntry) -> list[object]:
    return [entry.name, entry.size, entry.digest]


def _check(manifest: Manifest) -> None:
    where = "release.manifest."
    fields.uint(manifest.component, len(COMPONENTS), where + "component")
    fields.integer(manifest.number, 1, MAX_RELEASE, where + "number")
    fields.integer(manifest.needs, 0, MAX_RELEASE, where + "needs")
    for one in manifest.formats:
        fields.uint(one, 256, where + "formats")
    if type(manifest.arch) is not str or not 0 < len(manifest.arch) <= MAX_NAME_BYTES:
        raise WireError(where + "arch", "a chip's code, or any", describe(manifest.arch))
    if not manifest.files:
        raise WireError(where + "files", "at least one file", "none")
    names = set()
    most = MAX_IMAGE_BYTES if manifest.component == IMAGE else MAX_FILE_BYTES
    for entry in manifest.files:
        _check_name(entry.name)
        fields.uint(entry.size, most + 1, where + "files.size")
        fields.bstr(entry.digest, DIGEST_BYTES, where + "files.digest")
        names.add(entry.name)
    if len(names) != len(manifest.files):
        raise WireError(where + "files", "a name for each file", "a name twice")


def _check_name(name: object) -> None:
    """A relative path of plain names: nothing that leads out of the release's folder."""
    plain = type(name) is str and 0 < len(name.encode()) <= MAX_NAME_BYTES
    if plain:
        for part in str(name).split("/"):
            plain = plain and part not in ("", ".", "..") and not _odd(part)
    if not plain:
        raise WireError("release.manifest.files.name", "a relative path", describe(name))


def _odd(part: str) -> bool:
    for letter in part:
        if not (letter.isalpha() or letter.isdigit() or letter in "._-") or ord(letter) > 127:
            return True
    return False
