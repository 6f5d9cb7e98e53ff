"""Keys that sign transactions, read from files.

Rules
1. A key file is either a V3 keystore (JSON, with a password) or, for development chains only, 64
   hex digits. Which one it is shows in the file, not in a setting.
2. The password comes from a file, else from the environment variable CARGOSEAL_KEY_PASSWORD.
3. No message, repr or log ever holds the key, the password or a line of the file.
4. A file that others may read is refused.
"""

import json
import os
import re
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount

from cargoseal.errors import ConfigError

PASSWORD_VARIABLE = "CARGOSEAL_KEY_PASSWORD"  # noqa: S105  the variable's name, not a password
_SCRYPT_ROUNDS = 2**15  # the library's default needs 298 MB at its peak; this needs 32 MB
_HEX_KEY = re.compile(r"(?:0x)?([0-9a-fA-F]{64})\Z")


@dataclass(frozen=True)
class SignedTransaction:
    """Bytes ready to be sent, and the hash they will be known by."""

    raw: bytes
    hash: bytes


class Signer:
    """Holds one key and signs with it. `address` is checksummed."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address: str = account.address

    def __repr__(self) -> str:
        return f"Signer({self.address})"

    def sign(self, transaction: dict[str, Any]) -> SignedTransaction:
        """Signs a complete transaction (nonce, gas, fees and chain id set). Deterministic."""
        signed = self._account.sign_transaction(transaction)
        return SignedTransaction(bytes(signed.raw_transaction), bytes(signed.hash))


def load_signer(path: Path, password_file: Path | None = None) -> Signer:
    """Reads a key file. Raises ConfigError naming the file, what was expected and what came."""
    text = _read_private(path).strip()
    match = _HEX_KEY.match(text)
    if match:
        return _signer(bytes.fromhex(match[1]), path)
    try:
        keystore = json.loads(text)
    except ValueError:
        raise _unusable(path, f"{len(text)} characters that are neither") from None
    if not isinstance(keystore, dict) or "crypto" not in {key.lower() for key in keystore}:
        raise _unusable(path, "JSON without a `crypto` part")
    password = _password(path, password_file)
    try:
        return _signer(bytes(Account.decrypt(keystore, password)), path)
    except ConfigError:
        raise
    except Exception as error:
        got = "a password that does not open it" if "MAC" in str(error) else type(error).__name__
        raise ConfigError(f"{path}: expected a keystore the password opens, got {got}") from None


def _signer(key: bytes, path: Path) -> Signer:
    try:
        return Signer(Account.from_key(key))
    except Exception:
        raise _unusable(path, "a number outside the curve's order") from None


def _unusable(path: Path, got: str) -> ConfigError:
    return ConfigError(f"{path}: expected a V3 keystore or 64 hex digits, got {got}")


def _password(path: Path, password_file: Path | None) -> str:
    if password_file is not None:
        return _read_private(password_file).removesuffix("\n")
    password = os.environ.get(PASSWORD_VARIABLE)
    if password is None:
        raise ConfigError(
            f"{path}: expected a password for this keystore, got none: set "
            f"chain.key_password_file or {PASSWORD_VARIABLE}"
        )
    return password


def _read_private(path: Path) -> str:
    """The text of a file that only its owner may read."""
    try:
        mode = path.stat().st_mode
        if mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigError(
                f"{path}: expected a file only its owner can read, got mode "
                f"{stat.S_IMODE(mode):04o}: run chmod 600"
            )
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise ConfigError(f"{path}: expected UTF-8 text, got other bytes") from None
    except OSError as error:
        raise ConfigError(f"{path}: expected a readable file, got: {error.strerror}") from error


def create_key_file(path: Path, password: str | None, key: bytes | None = None) -> Signer:
    """Writes a new key (or the given 32 bytes) with mode 0600 and returns its signer.

    With a password it is a V3 keystore, without one bare hex for a development chain. Raises
    ConfigError when the file is there already: a key is never overwritten.
    """
    key = secrets.token_bytes(32) if key is None else key
    signer = _signer(key, path)
    if password is None:
        text = key.hex()
    else:
        text = json.dumps(Account.encrypt(key, password, kdf="scrypt", iterations=_SCRYPT_ROUNDS))
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ConfigError(f"{path}: expected to create this file, got: {error.strerror}") from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text + "\n")
    return signer
