"""What a contract says when it refuses: its error by name, with the values it carries.

Rules
1. The name comes from the ABIs the gateway ships; an error that none of them knows is reported as
   `Unknown` with its four-byte selector, never guessed.
2. Decoding never fails: bytes that do not follow the ABI are also `Unknown`.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_utils.crypto import keccak

from cargoseal.chain.artifacts import NAMES, load_artifact
from cargoseal.errors import ChainError

_TEXT = bytes.fromhex("08c379a0")  # Error(string)
_PANIC = bytes.fromhex("4e487b71")  # Panic(uint256)


@dataclass(frozen=True)
class Revert:
    """One refusal: the error's `name` and its values by parameter name."""

    name: str
    values: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.name}({', '.join(f'{key}={_show(v)}' for key, v in self.values.items())})"


class Reverted(ChainError):  # noqa: N818 - the contract's outcome, not a fault of ours
    """A call or transaction that a contract refused; `revert` says by which error."""

    def __init__(self, revert: Revert, where: str) -> None:
        self.revert = revert
        super().__init__(f"{where}: expected success, got {revert}")


def _show(value: Any) -> str:
    return "0x" + value.hex() if isinstance(value, bytes) else str(value)


def _signature(item: Mapping[str, Any]) -> str:
    return f"{item['name']}({','.join(_type(entry) for entry in item['inputs'])})"


def _type(entry: Mapping[str, Any]) -> str:
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(part) for part in entry["components"]) + ")" + kind[5:]


def error_table(abi: Sequence[Mapping[str, Any]]) -> dict[bytes, Mapping[str, Any]]:
    """Selector (4 bytes) → the ABI's entry, for every custom error of an ABI."""
    errors = [item for item in abi if item.get("type") == "error"]
    return {keccak(text=_signature(item))[:4]: item for item in errors}


@functools.cache
def known_errors() -> dict[bytes, Mapping[str, Any]]:
    """The errors of all contracts the gateway ships."""
    table: dict[bytes, Mapping[str, Any]] = {}
    for name in NAMES:
        table |= error_table(load_artifact(name).abi)
    return table


def decode_revert(data: bytes, table: Mapping[bytes, Mapping[str, Any]] | None = None) -> Revert:
    """Revert data of any length → its name and values. Never raises on bad data."""
    selector, body = data[:4], data[4:]
    if not data:
        return Revert("NoReason")
    try:
        if selector == _TEXT:
            return Revert("Error", {"message": decode(["string"], body)[0]})
        if selector == _PANIC:
            return Revert("Panic", {"code": decode(["uint256"], body)[0]})
        item = (known_errors() if table is None else table).get(selector)
        if item is None:
            return Revert("Unknown", {"selector": selector})
        values = decode([_type(entry) for entry in item["inputs"]], body)
    except DecodingError:
        return Revert("Unknown", {"selector": selector})
    names = [entry["name"] or f"arg{index}" for index, entry in enumerate(item["inputs"])]
    return Revert(item["name"], dict(zip(names, values, strict=True)))
