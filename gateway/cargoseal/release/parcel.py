"""A release as one file: the signed manifest, and the bytes of its files one after the other.

parcel = [1, release: bstr (COSE_Sign1, see cargoseal_wire.release), stream: bstr]
"""

from dataclasses import dataclass
from hashlib import sha256

from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from cargoseal.errors import InputError
from cargoseal.release.contents import Contents
from cargoseal_wire import cbor, fields
from cargoseal_wire.errors import WireError
from cargoseal_wire.release import (
    MAX_IMAGE_BYTES,
    FileEntry,
    Manifest,
    decode_manifest,
    open_release,
    seal_manifest,
    signed_bytes,
)

VERSION = 1
MAX_PARCEL_BYTES = MAX_IMAGE_BYTES + (64 << 10)


@dataclass(frozen=True)
class Parcel:
    """A release that has been read and checked but for who signed it."""

    release: bytes
    manifest: Manifest
    stream: bytes

    def encode(self) -> bytes:
        return cbor.encode([VERSION, self.release, self.stream])

    @property
    def digest(self) -> bytes:
        """What the release is called between node and gateway: SHA-256 of the sealed manifest."""
        return sha256(self.release).digest()

    def is_signed_by(self, public_key: bytes) -> bool:
        """Whether the release key with this public part (32 bytes) signed it."""
        manifest, signature = open_release(self.release)
        try:
            VerifyKey(public_key).verify(signed_bytes(manifest), signature)
        except (BadSignatureError, ValueError):
            return False
        return True


def make(contents: Contents, number: int, key: SigningKey) -> Parcel:
    """Signs. InputError when something is outside of what the format holds."""
    entries = [
        FileEntry(name, len(data), sha256(data).digest())
        for name, data in sorted(contents.files.items())
    ]
    manifest = Manifest(
        contents.component, number, contents.arch, contents.formats, contents.needs, entries
    )
    try:
        release = seal_manifest(manifest.encode(), lambda text: bytes(key.sign(text).signature))
        open_release(release)
    except WireError as error:
        raise InputError(f"a release: {error}") from error
    return Parcel(release, manifest, b"".join(data for _, data in sorted(contents.files.items())))


def read(data: bytes, where: str) -> Parcel:
    """InputError, with `where` named, for what is no parcel or whose files do not fit it."""
    try:
        value = fields.decode_within(data, MAX_PARCEL_BYTES, where)
        items = fields.versioned(value, VERSION, 3, where)
        release = fields.bstr_up_to(items[1], MAX_PARCEL_BYTES, where)
        stream = fields.bstr_up_to(items[2], MAX_PARCEL_BYTES, where)
        manifest = decode_manifest(open_release(release)[0])
    except WireError as error:
        raise InputError(f"{where}: expected a release, got: {error}") from error
    at = 0
    for entry in manifest.files:
        if sha256(stream[at : at + entry.size]).digest() != entry.digest:
            raise InputError(f"{where}: {entry.name} is not the file that was signed")
        at += entry.size
    if at != len(stream):
        raise InputError(f"{where}: expected {at} bytes of files, got {len(stream)}")
    return Parcel(release, manifest, stream)
