"""Puts the contracts on a chain and gives out the roles. Running it again changes nothing.

Steps
1. Each contract of the address book that has code is kept; the others are created, in the order of
   CONTRACTS, and written into the book one by one, so that a run that was cut off goes on where it
   stopped. A new manager means new contracts that obey it.
2. What is there must be what this program ships, byte for byte with its constructor's arguments
   (see creation.py). Of the core (manager, token, registries) another code is an error; what stands
   around it (renderer, verifier, executor, dispute) is created anew.
3. The token must carry this deployment's text, because the nodes seal for it.
4. The functions of each role are wired, the roles granted, the gateway's account, the renderer and
   the dispute contract set. With a delay (see delays.py) each of these is scheduled, and done by
   the run after the delay.

What the caller must still do: give the gateway's account enough coin, and let the poster run once
(until its first post every token is stale).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from web3 import Web3

from cargoseal.chain.addresses import CONTRACTS, Addresses, read_addresses, read_book, write_entry
from cargoseal.chain.artifacts import load_artifact
from cargoseal.chain.contract import Contract, link_errors, transact
from cargoseal.chain.creation import ARTIFACTS, creation_of, has_code, is_as_shipped
from cargoseal.chain.delays import Scheduled, act
from cargoseal.chain.keys import Signer
from cargoseal.chain.token import TokenContract
from cargoseal.errors import ChainError, ConfigError

GATEWAY_INDEX = 1
_AROUND = ("renderer", "verifier", "executor", "dispute")  # what is not the core


@dataclass(frozen=True)
class Roles:
    """Accounts that get a role; None: the administrator's, or, for reviewing, nobody's."""

    gateway: str | None = None
    issuer: str | None = None
    reviewer: str | None = None


@dataclass(frozen=True)
class Limits:
    """`stale_after_s`: silence that makes tokens stale; `cap`: updates per epoch (an hour)."""

    stale_after_s: int = 3 * 3600
    cap: int = 100_000


def deploy(
    w3: Web3,
    admin: Signer,
    deployment: str,
    book: Path,
    roles: Roles | None = None,
    limits: Limits | None = None,
) -> Addresses:
    """Deploys what is missing and wires it. Raises ChainError, Reverted or ConfigError."""
    roles, limits = roles or Roles(), limits or Limits()
    with link_errors("chain id"):
        chain_id = w3.eth.chain_id
    _create_missing(w3, admin, deployment, book, chain_id, limits)
    addresses = read_addresses(book, chain_id)
    token = TokenContract(w3, addresses.token)
    if token.deployment() != deployment:
        raise ConfigError(
            f"{book}: {chain_id}.token: expected the token of deployment {deployment!r}, got that "
            f"of {token.deployment()!r}: use another address book"
        )
    manager = manager_of(w3, addresses)
    waiting = [*_wire(manager, admin, addresses), *_grant(manager, admin, roles)]
    waiting += _set_around(manager, token, admin, addresses)
    waiting.append(_set_gateway(manager, token, admin, roles.gateway or admin.address, limits.cap))
    left = [item for item in waiting if item is not None]
    if left:
        raise ChainError(
            f"expected no delay for the administrator, got: {', '.join(map(str, left))}: run this "
            "again then"
        )
    return addresses


def _create_missing(
    w3: Web3, admin: Signer, deployment: str, book: Path, chain_id: int, limits: Limits
) -> None:
    """Steps 1 and 2."""
    entry = dict(read_book(book).get(str(chain_id), {}))
    if not has_code(w3, entry.get("manager")):
        entry = {"deployment": deployment, "block": None}
    for name in CONTRACTS:
        made_by = creation_of(name, entry, admin.address, deployment, limits.stale_after_s)
        if has_code(w3, entry.get(name)):
            if is_as_shipped(w3, name, entry, made_by):
                continue
            if name not in _AROUND:
                raise ConfigError(
                    f"{book}: {chain_id}.{name}: expected the {ARTIFACTS[name]} that this program "
                    f"ships, got other code at {entry[name]}: use another address book"
                )
        receipt = transact(w3, admin, None, made_by, f"{ARTIFACTS[name]} (creation)")
        entry[name] = receipt.created
        if entry.get("block") is None:
            entry["block"] = receipt.block
        write_entry(book, chain_id, entry)


def role_table() -> dict[str, Any]:
    """Role name → {"id", "functions": {contract: [{"signature", "selector"}]}}."""
    file = resources.files("cargoseal.chain").joinpath("abi", "roles.json")
    roles: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))["roles"]
    return roles


def _wire(manager: Contract, admin: Signer, addresses: Addresses) -> Iterator[Scheduled | None]:
    """Step 4, the functions: asks first, so that a second run sends nothing."""
    for role in role_table().values():
        for contract, functions in role["functions"].items():
            place = [name for name, artifact in ARTIFACTS.items() if artifact == contract]
            if not place:
                continue
            target = getattr(addresses, place[0])
            selectors = [bytes.fromhex(item["selector"][2:]) for item in functions]
            missing = [
                selector
                for selector in selectors
                if manager.read("getTargetFunctionRole", target, selector) != role["id"]
            ]
            if missing:
                name = "setTargetFunctionRole"
                yield act(manager, admin, manager, name, target, missing, role["id"])


def _grant(manager: Contract, admin: Signer, roles: Roles) -> Iterator[Scheduled | None]:
    """Step 4, the roles. Reviewing is granted only to the account that was named for it."""
    issuer = roles.issuer or admin.address
    holders = {"ISSUER": [issuer], "OPERATOR": [issuer], "GUARDIAN": [admin.address]}
    if roles.reviewer is not None:
        holders["REVIEWER"] = [roles.reviewer]
        if Web3.to_checksum_address(roles.reviewer) == (roles.gateway or admin.address):
            raise ChainError(
                "roles: expected a reviewer that is not the gateway, got the same account: a "
                "person's review must not be signed by the key of the automation"
            )
    table = role_table()
    for name, accounts in holders.items():
        for account in accounts:
            role = table[name]["id"]
            if not manager.read("hasRole", role, Web3.to_checksum_address(account))[0]:
                checked = Web3.to_checksum_address(account)
                yield act(manager, admin, manager, "grantRole", role, checked, 0)


def manager_of(w3: Web3, addresses: Addresses) -> Contract:
    """The access manager of a deployment."""
    return Contract(w3, addresses.manager, load_artifact("AccessManager").abi, "AccessManager")


def _set_around(
    manager: Contract, token: TokenContract, admin: Signer, addresses: Addresses
) -> Iterator[Scheduled | None]:
    """Step 4, what the token asks: its renderer, and the contract whose proofs it believes."""
    for reader, setter in (("renderer", "setRenderer"), ("dispute", "setDispute")):
        wanted = getattr(addresses, reader)
        if Web3.to_checksum_address(token.read(reader)) != wanted:
            yield act(manager, admin, token, setter, wanted)


def _set_gateway(
    manager: Contract, token: TokenContract, admin: Signer, account: str, cap: int
) -> Scheduled | None:
    slot = token.gateway_at(GATEWAY_INDEX)
    same = slot.account.lower() == account.lower() and slot.active
    if same and int(token.read("capAt", GATEWAY_INDEX)[0]) == cap:
        return None
    checked = Web3.to_checksum_address(account)
    return act(manager, admin, token, "setGateway", GATEWAY_INDEX, checked, True, cap)
