"""One run of `cargoseal dispute`: what is offered, to which contracts, who pays, what was sent."""

import hashlib
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from cargoseal.cli.chains import token_contract
from cargoseal.cli.session import Session, show
from cargoseal.errors import InputError, UsageError
from cargoseal.policy.terms import Condition, Doubt, told

if TYPE_CHECKING:
    from cargoseal.chain.keys import Signer
    from cargoseal.chain.token import TokenContract
    from cargoseal.dispute.acting import Sent
    from cargoseal.dispute.chain import ChainGround
    from cargoseal.dispute.offered import Offered
    from cargoseal_score.model import Model

NOBODY = "0x000000000000000000000000000000000000dEaD"  # for whom a dry run without a key simulates
WEI = 10**18
_MAX_TOLD = 20  # reasons


@dataclass
class Case:
    """One run of a command: what is proved, to whom, and what has been sent."""

    token: int
    ground: "ChainGround"
    _signer: "Signer | None"
    facts: dict[str, Any]

    @property
    def status(self) -> Any:
        return self.ground.token.status_of(self.token)

    @property
    def sender(self) -> str:
        return NOBODY if self._signer is None else self._signer.address

    @property
    def signer(self) -> "Signer":
        if self._signer is None:
            raise UsageError("expected --key, got none: only a dry run needs no account")
        return self._signer

    def say(self, **facts: object) -> None:
        self.facts.update(facts)

    def executes(self, model: bytes | None) -> bool:
        """Whether a dry run can simulate: the chain has the model, or none is needed."""
        from cargoseal.dispute.acting import is_stored

        there = model is None or is_stored(self.ground, model)
        if not there:
            self.say(
                not_simulated="the chain does not have the model yet: it would be stored first"
            )
        return there

    def sent(self, one: "Sent") -> None:
        said = {"what": one.what, "transaction": "0x" + one.transaction.hex()}
        self.facts["sent"].append({**said, "block": one.block, "gas": one.gas})
        print(f"{one.what}: block {one.block}, {one.gas} gas", file=sys.stderr)

    def finish(self, as_json: bool) -> None:
        """After the proof was accepted, or would be."""
        if self.facts["sent"]:
            self.say(accepted=True, after=told_status(self.ground.token, self.token))
            self.say(owed_ether=self.ground.contract.owed_to(self.sender) / WEI)
        else:
            self.say(would_be_accepted=True)
        show(self.facts if as_json else _for_people(self.facts), as_json)


def told_status(contract: "TokenContract", token: int) -> dict[str, object]:
    """A token's condition, and whether its gateway may still post, for reading before and after."""
    status = contract.status_of(token)
    stale = contract.is_stale(token)
    condition = Condition(status.condition)
    return {
        "condition": told(condition, Doubt(status.doubts), stale=stale),
        "condition_on_chain": condition.name.lower(),
        "updates": status.updates,
        "gateway": status.gateway,
        "gateway_active": contract.gateway_at(status.gateway).active,
    }


def _for_people(facts: Mapping[str, Any]) -> dict[str, object]:
    """The same in sentences."""
    told_facts = dict(facts)
    for name in {"before", "after"} & facts.keys():
        one = facts[name]
        may = "may post" if one["gateway_active"] else "is frozen"
        told_facts[name] = f"{one['condition']}; gateway {one['gateway']} {may}"
    told_facts["sent"] = [f"{one['what']} ({one['gas']:,} gas)" for one in facts["sent"]]
    return told_facts


def open_case(
    current: Session,
    token: int,
    rpc: str,
    contract: str,
    key: Path | None,
    password_file: Path | None,
    dry_run: bool,
) -> Case:
    """Raises UsageError for a token that is not there, for no dispute contract, and for no key
    where one is needed."""
    from cargoseal.dispute.chain import ChainGround

    found = token_contract(current, rpc, contract)
    if not found.exists(token):
        raise UsageError(f"expected a minted token, got {token}")
    ground = ChainGround(found)
    signer = None if dry_run and key is None else signer_of(current, rpc, key, password_file)
    facts = {"token": token, "before": told_status(found, token), "sent": []}
    return Case(token, ground, signer, facts)


def signer_of(current: Session, rpc: str, key: Path | None, password_file: Path | None) -> "Signer":
    """Who pays: the key that was named, else the configured gateway's."""
    from cargoseal.chain.client import open_client
    from cargoseal.chain.keys import load_signer

    if key is not None:
        return load_signer(key, password_file)
    if rpc:
        raise UsageError("expected --key: an account with ether, of whomever you like")
    return open_client(current.config).gateway


def offered_by(source: str, token: int, segments: Sequence[Path] = ()) -> "Offered":
    """The token's bundle from a file or an address, with segments from files beside it."""
    from cargoseal.audit import fetch_bundle
    from cargoseal.dispute.offered import read_bundle

    offered = read_bundle(fetch_bundle(source, token), [bytes_of(path) for path in segments])
    if offered.token != token:
        raise InputError(f"{source}: expected the bundle of token {token}, got {offered.token}")
    return offered


def bytes_of(path: Path) -> bytes:
    """A file's bytes. Raises InputError."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: expected a readable file, got: {error}") from error


def blobs_of(offered: "Offered | None") -> dict[bytes, bytes]:
    """Models that can be executed here, by the SHA-256 of their blobs."""
    from cargoseal.evidence.bundle import shipped_models

    given = offered.bundle.models if offered else []
    return shipped_models() | {hashlib.sha256(blob).digest(): blob for blob in given}


def models_of(blobs: Mapping[bytes, bytes]) -> dict[bytes, "Model"]:
    """Those of the blobs that a node would load, by digest."""
    from cargoseal_score.blob import load
    from cargoseal_score.errors import ScoreError

    models = {}
    for digest, blob in blobs.items():
        try:
            models[digest] = load(blob)
        except ScoreError:  # what no node would load was never scored with
            continue
    return models


def refuse(case: Case, reasons: tuple[str, ...], incomplete: bool, as_json: bool) -> None:
    """Says why nothing (more) is sent, and ends with exit code 1 or 3."""
    case.say(accepted=False, refused=list(reasons))
    if as_json:
        show(case.facts, True)
    for reason in reasons[:_MAX_TOLD]:
        print(f"cargoseal: token {case.token}: {reason}", file=sys.stderr)
    if len(reasons) > _MAX_TOLD:
        print(f"cargoseal: and {len(reasons) - _MAX_TOLD} more", file=sys.stderr)
    raise typer.Exit(3 if incomplete else 1)
