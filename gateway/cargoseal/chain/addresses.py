"""The address book: which contracts this gateway uses, one entry per chain id, as JSON.

Rules
1. It is written whole beside itself and moved into place: a reader sees the old or the new.
2. Entries of other chains are left as they are.
3. An address in it is a claim until the chain shows code there; `deploy` and `client` check that.
"""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from eth_utils.address import is_address, to_checksum_address

from cargoseal.errors import ConfigError


@dataclass(frozen=True)
class Addresses:
    """The contracts of one deployment, checksummed; `block` is where the first was created."""

    deployment: str
    block: int
    manager: str
    renderer: str
    token: str
    verifier: str
    executor: str
    devices: str
    models: str
    dispute: str

    @property
    def token_bytes(self) -> bytes:
        """The token contract's address as 20 bytes, as it goes into the audience."""
        return bytes.fromhex(self.token[2:])


CONTRACTS = (  # in the order of their creation
    "manager",
    "renderer",
    "token",
    "verifier",
    "executor",
    "devices",
    "models",
    "dispute",
)


def read_book(path: Path) -> dict[str, Any]:
    """All entries; an empty book when there is no file. Raises ConfigError."""
    try:
        book = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: expected an address book in JSON, got: {error}") from error
    if not isinstance(book, dict):
        raise ConfigError(f"{path}: expected a JSON object, got {type(book).__name__}")
    return book


def read_addresses(path: Path, chain_id: int) -> Addresses:
    """The complete entry of a chain. Raises ConfigError naming the file and the place."""
    entry = read_book(path).get(str(chain_id))
    if entry is None:
        raise ConfigError(
            f"{path}: expected the contracts of chain {chain_id}, got no entry: "
            "run `cargoseal contracts deploy`"
        )
    values: dict[str, Any] = {}
    for item in fields(Addresses):
        value = entry.get(item.name) if isinstance(entry, dict) else None
        place = f"{path}: {chain_id}.{item.name}"
        if item.name in CONTRACTS:
            if not isinstance(value, str) or not is_address(value):
                raise ConfigError(f"{place}: expected an address, got {value!r}")
            values[item.name] = to_checksum_address(value)
        elif not isinstance(value, item.type if isinstance(item.type, type) else object):
            raise ConfigError(f"{place}: expected {item.type}, got {value!r}")
        else:
            values[item.name] = value
    return Addresses(**values)


def write_entry(path: Path, chain_id: int, entry: dict[str, Any] | Addresses) -> None:
    """Sets one chain's entry, whole or in part (a deployment that is still going on)."""
    book = read_book(path)
    book[str(chain_id)] = asdict(entry) if isinstance(entry, Addresses) else entry
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8") as file:
        file.write(json.dumps(book, indent=2) + "\n")
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside, path)
