"""The contracts' ABIs and bytecode, as committed beside this file.

Rules
1. They are built from `contracts/` and compared with it by the checks; nothing is compiled here, so
   a gateway needs neither a compiler nor node.
"""

import functools
import json
from dataclasses import dataclass
from importlib import resources
from typing import Any

from cargoseal.errors import ChainError

NAMES = (
    "CargoToken",
    "DeviceRegistry",
    "ModelRegistry",
    "Renderer",
    "AccessManager",
    "Ed25519Verifier",
    "Int8Model",
    "Dispute",
)


@dataclass(frozen=True)
class Artifact:
    """One compiled contract: its ABI and its creation code."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes


@functools.cache
def load_artifact(name: str) -> Artifact:
    """Reads `abi/<name>.json`. Raises ChainError when this installation does not have it."""
    file = resources.files("cargoseal.chain").joinpath("abi", f"{name}.json")
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        return Artifact(name, raw["abi"], bytes.fromhex(raw["bytecode"].removeprefix("0x")))
    except (OSError, KeyError, ValueError) as error:
        raise ChainError(
            f"chain/abi/{name}.json: expected the contract's ABI and bytecode, got: {error!r}"
        ) from error
