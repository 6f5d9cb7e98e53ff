"""How each contract of a deployment is made, and whether what is at an address was made so.

Rules
1. An address is believed only when the code there is, byte for byte, what the chain itself makes of
   the shipped bytecode and these arguments: a call that creates without effect gives it.
2. Arguments that only set what can be changed later (who administers, seconds, texts) leave no
   trace in the code, so that two deployments of one version compare equal.
"""

from collections.abc import Mapping
from typing import Any

from eth_abi.abi import encode
from web3 import Web3

from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, link_errors
from cargoseal.chain.reverts import Reverted
from cargoseal.errors import ChainError

ARTIFACTS = {
    "manager": "AccessManager",
    "renderer": "Renderer",
    "token": "CargoToken",
    "verifier": "Ed25519Verifier",
    "executor": "Int8Model",
    "devices": "DeviceRegistry",
    "models": "ModelRegistry",
    "dispute": "Dispute",
}
_DISPUTE_ASKS = ("token", "devices", "models", "verifier", "executor")


def creation_of(
    name: str, entry: Mapping[str, Any], admin: str, deployment: str, stale_after_s: int
) -> bytes:
    """Bytecode and arguments of a creation; `entry`: the addresses of those before it."""
    return load_artifact(ARTIFACTS[name]).bytecode + _arguments(
        name, entry, admin, deployment, stale_after_s
    )


def _arguments(
    name: str, entry: Mapping[str, Any], admin: str, deployment: str, stale_after_s: int
) -> bytes:
    if name == "manager":
        return encode(["address"], [admin])
    if name == "token":
        return encode(
            ["address", "address", "string", "uint32"],
            [entry["manager"], entry["renderer"], deployment, stale_after_s],
        )
    if name == "devices":
        return encode(["address", "address"], [entry["manager"], entry["verifier"]])
    if name == "models":
        return encode(["address"], [entry["manager"]])
    if name == "dispute":
        return encode(["address"] * 5, [entry[part] for part in _DISPUTE_ASKS])
    return b""


def has_code(w3: Web3, address: object) -> bool:
    return len(_code(w3, address)) > 0


def is_as_shipped(w3: Web3, name: str, entry: Mapping[str, Any], creation: bytes) -> bool:
    """Rule 1. A registry of nodes keeps the verifier it was made with when there is a newer one."""
    if name == "devices":
        creation = _with_its_verifier(w3, entry, creation)
    with link_errors(f"{ARTIFACTS[name]} (compared)"):
        made = bytes(w3.eth.call({"data": "0x" + creation.hex()}))  # type: ignore[typeddict-item]
    return made == _code(w3, entry[name])


def _with_its_verifier(w3: Web3, entry: Mapping[str, Any], creation: bytes) -> bytes:
    abi = load_artifact("DeviceRegistry").abi
    try:
        verifier = Contract(w3, entry["devices"], abi, "DeviceRegistry").read("verifier")
    except (Reverted, ChainError):  # no registry of nodes at all
        return creation
    return creation[:-32] + encode(["address"], [verifier])


def _code(w3: Web3, address: object) -> bytes:
    if not isinstance(address, str) or not Web3.is_address(address):
        return b""
    with link_errors("code"):
        return bytes(w3.eth.get_code(Web3.to_checksum_address(address)))
