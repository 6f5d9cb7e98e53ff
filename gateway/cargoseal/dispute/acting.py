"""Sends a proof that was found: simulated first, and only if the simulation passes.

Steps of a refutation
1. A model that the proof executes and the chain does not have yet is stored: anybody may.
2. The proof is simulated. Everything is in order when all the contract misses is the commitment.
3. The commitment is sent. It says that this account has a proof, not which.
4. In a later block the proof is sent; whoever copies it from the queue has no commitment.
Raising is one transaction: nobody gains by copying it.

A dry run stops before the first transaction.
"""

import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from cargoseal.chain.contract import Receipt
from cargoseal.chain.keys import Signer
from cargoseal.chain.reverts import Reverted
from cargoseal.dispute.chain import ChainGround
from cargoseal.dispute.proof import NoProof
from cargoseal.dispute.raising import Raising
from cargoseal.dispute.refuting import Refutation, Tried

_NEXT_BLOCK_S = 180.0


@dataclass(frozen=True)
class Sent:
    """One transaction that was mined."""

    what: str
    transaction: bytes
    block: int
    gas: int


Told = Callable[[Sent], None]


def try_raising(ground: ChainGround, sender: str, raising: Raising) -> None:
    """Simulates it. Raises NoProof with the contract's words."""
    _simulate(ground, sender, "raise", (raising.token, raising.argument))


def send_raising(
    ground: ChainGround, signer: Signer, raising: Raising, blobs: Mapping[bytes, bytes], told: Told
) -> None:
    """Sends what `find_raising` found."""
    _store(ground, signer, raising.sealed.statement.model, blobs, told)
    try_raising(ground, signer.address, raising)
    arguments = (raising.token, raising.argument)
    told(_sent("raise", ground.contract.send(signer, "raise", arguments)))


def try_refutation(ground: ChainGround, sender: str, refutation: Refutation) -> None:
    """Simulates it (step 2). Raises NoProof with the contract's words."""
    paused, _ = ground.token.guards()
    if paused:  # what a simulation that ends at the missing commitment does not come to
        raise NoProof(["the token contract is paused: nothing can be proved to it now"])
    try:
        _simulate(ground, sender, refutation.function, refutation.arguments(bytes(32)))
    except NoProof as refused:
        if not isinstance(refused.__cause__, Reverted):
            raise
        if refused.__cause__.revert.name != "NotCommitted":
            raise


def simulated(ground: ChainGround, sender: str) -> Tried:
    """For `find_refutation`: refuses what the contract would, where its model is there already."""

    def tried(refutation: Refutation) -> None:
        model = refutation.lie.model
        if model is None or is_stored(ground, model):
            try_refutation(ground, sender, refutation)

    return tried


def send_refutation(
    ground: ChainGround,
    signer: Signer,
    refutation: Refutation,
    blobs: Mapping[bytes, bytes],
    told: Told,
) -> None:
    """Sends what `find_refutation` found, in the steps above."""
    if refutation.lie.model is not None:
        _store(ground, signer, refutation.lie.model, blobs, told)
    try_refutation(ground, signer.address, refutation)
    contract, salt = ground.contract, secrets.token_bytes(32)
    commitment = contract.commitment_of(
        signer.address, refutation.gateway, refutation.token, refutation.leaf_hash, salt
    )
    told(_sent("commit", contract.send(signer, "commit", (commitment,))))
    arguments = refutation.arguments(salt)
    _await_next_block(ground, signer.address, refutation.function, arguments)
    receipt = contract.send(signer, refutation.function, arguments, state="pending")
    told(_sent(refutation.function, receipt))


def is_stored(ground: ChainGround, model: bytes) -> bool:
    """Whether the chain can execute a model, by the SHA-256 of its blob."""
    return ground.executor.code_of(model) is not None


def _store(
    ground: ChainGround, signer: Signer, model: bytes, blobs: Mapping[bytes, bytes], told: Told
) -> None:
    if model in blobs and not is_stored(ground, model):
        receipt = ground.executor.store(signer, blobs[model])
        if receipt is not None:
            told(_sent("store the model", receipt))


def _simulate(
    ground: ChainGround, sender: str, function: str, arguments: tuple[object, ...]
) -> None:
    contract = ground.contract
    try:
        contract.simulate(sender, contract.encode(function, *arguments), "pending")
    except Reverted as refused:
        raise NoProof([f"the contract would refuse: {refused.revert}"]) from refused


def _await_next_block(
    ground: ChainGround, sender: str, function: str, arguments: tuple[object, ...]
) -> None:
    """Until the commitment is in an earlier block than the one that the node would fill next."""
    deadline_s = time.monotonic() + _NEXT_BLOCK_S
    while True:
        try:
            return _simulate(ground, sender, function, arguments)
        except NoProof as refused:
            cause = refused.__cause__
            waiting = isinstance(cause, Reverted) and cause.revert.name == "CommittedInThisBlock"
            if not waiting or time.monotonic() > deadline_s:
                raise
        time.sleep(0.5)


def _sent(what: str, receipt: Receipt) -> Sent:
    return Sent(what, receipt.hash, receipt.block, receipt.gas_used)
