"""The release key: 32 bytes of hex in a file of its owner, best kept off the gateway."""

import os
import re
import stat
from pathlib import Path

from nacl.signing import SigningKey

from cargoseal.errors import ConfigError, UsageError

_HEX = re.compile(r"[0-9a-f]{64}\Z")


def make_key(path: Path) -> bytes:
    """Writes a new key that only its owner may read; gives the public key, 32 bytes. UsageError
    where there is a file already."""
    key = SigningKey.generate()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise UsageError(f"{path}: expected a file that is not there yet, got one") from error
    except OSError as error:
        raise UsageError(f"{path}: expected a place to write to, got: {error}") from error
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(bytes(key).hex() + "\n")
    return bytes(key.verify_key)


def load_key(path: Path) -> SigningKey:
    """ConfigError for a file that others may read, or that is no key."""
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: expected a release key, got: {error}") from error
    if stat.S_IMODE(mode) & 0o077:
        raise ConfigError(
            f"{path}: expected a file that only its owner reads, got mode "
            f"{stat.S_IMODE(mode):04o}; run: chmod 600 {path}"
        )
    if not _HEX.fullmatch(text):
        raise ConfigError(f"{path}: expected 64 hex digits, got {len(text)} characters")
    return SigningKey(bytes.fromhex(text))
