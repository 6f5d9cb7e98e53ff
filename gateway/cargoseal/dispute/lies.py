"""Whether a leaf of an evidence log is a lie that the contract can be shown, and how.

A leaf says of one segment: this seal, this claim, this model, this node and counter, this score.
Three things can be shown of it, in this order; each one is looked for, whatever the others say:

1. STATEMENT  the seal holds another statement than the leaf says, or one for another deployment
2. SIGNATURE  no key of the leaf's node signed the seal
3. SCORE      the claim says another score than the leaf, or the model gives another for its input

What cannot be looked at (a withheld claim, a model that is not at hand) shows nothing: it is said
so, and counts neither as a lie nor as the truth.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.dispute.ground import Sealer
from cargoseal.dispute.offered import Leaf, Sealed
from cargoseal_score import infer
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model
from cargoseal_wire.errors import WireError
from cargoseal_wire.sections import Claim, decode_claim, section_digest
from cargoseal_wire.segment import signed_bytes


class Kind(IntEnum):
    """As the contract numbers them (`Lie` of IDispute.sol)."""

    SCORE = 0
    SIGNATURE = 1
    STATEMENT = 2


@dataclass(frozen=True)
class Lie:
    """What is wrong with a leaf, in words, and the arguments that show it: after the leaf and the
    salt, in the order of the contract's function. `model`: what must be stored to execute it."""

    kind: Kind
    words: str
    arguments: tuple[object, ...]
    model: bytes | None = None


class Unseen(Exception):  # noqa: N818 - what could not be looked at, not a fault of ours
    """Nothing was found wrong with a leaf, but not all of it could be looked at."""


Look = Callable[[], Lie | None]


def find_lies(
    leaf: Leaf, audience: bytes, sealer: Sealer | None, models: Mapping[bytes, Model]
) -> tuple[list[Lie], list[Unseen]]:
    """Every lie in the order above, and what could not be looked at; of a true leaf no lie."""
    looks: tuple[Look, ...] = (
        lambda: _statement(leaf, audience),
        lambda: _signature(leaf, sealer),
        lambda: _score(leaf, models),
    )
    lies: list[Lie] = []
    unseen: list[Unseen] = []
    for look in looks:
        try:
            lie = look()
        except Unseen as nothing:
            unseen.append(nothing)
        else:
            lies += [] if lie is None else [lie]
    return lies, unseen


def _seen(leaf: Leaf) -> Sealed:
    if leaf.sealed is None:
        raise Unseen("the segment is not in the bundle")
    return leaf.sealed


def _halves(sealed: Sealed) -> tuple[bytes, bytes]:
    return sealed.seal.signature[:32], sealed.seal.signature[32:]


def _statement(leaf: Leaf, audience: bytes) -> Lie | None:
    sealed = _seen(leaf)
    entry, statement = leaf.entry, sealed.statement
    if sealed.seal.payload != hashlib.sha256(sealed.segment.statement).digest():
        raise Unseen("the statement is not the one that was sealed")
    pairs: dict[str, tuple[bytes | int, bytes | int]] = {
        "node": (entry.node, statement.node),
        "counter": (entry.counter, statement.counter),
        "model": (entry.model, statement.model),
        "claim": (entry.claim_digest, statement.claim_digest),
        "key id": (entry.node, sealed.seal.node),
    }
    arguments = (sealed.seal.node, sealed.segment.statement, *_halves(sealed))
    for name, (said, was) in pairs.items():
        if said != was:
            words = f"{name}: expected {_text(was)}, as sealed, got {_text(said)} in the log"
            return Lie(Kind.STATEMENT, words, arguments)
    if statement.audience != audience:
        words = f"audience: expected {audience.hex()}, got a seal for {statement.audience.hex()}"
        return Lie(Kind.STATEMENT, words, arguments)
    return None


def _signature(leaf: Leaf, sealer: Sealer | None) -> Lie | None:
    sealed = _seen(leaf)
    if sealer is None or not sealer.ed25519:
        raise Unseen(f"no Ed25519 key of node {leaf.entry.node.hex()} is registered on chain")
    message = signed_bytes(sealed.seal)
    if is_signed(message, sealer.public_key, sealed.seal.signature):
        return None
    hints = signature_hints(message, sealer.public_key, sealed.seal.signature)
    words = f"signature: expected one by node {leaf.entry.node.hex()}'s key, got another"
    return Lie(Kind.SIGNATURE, words, (sealed.seal.payload, *_halves(sealed), hints))


def is_signed(message: bytes, public_key: bytes, signature: bytes) -> bool:
    """By libsodium. What the contract accepts beyond it (see Ed25519Verifier) only the private
    key's holder can make; the simulation before sending finds it out."""
    try:
        crypto_sign_open(signature + message, public_key)
    except (CryptoError, ValueError):
        return False
    return True


def _score(leaf: Leaf, models: Mapping[bytes, Model]) -> Lie | None:
    if leaf.claim is None:
        raise Unseen("the claim is withheld, so the score cannot be computed again")
    entry, claim = leaf.entry, _decoded(leaf.claim)
    if claim.score != entry.score:
        words = f"expected score {claim.score}, as the node sealed, got {entry.score} in the log"
        return Lie(Kind.SCORE, words, (leaf.claim,), entry.model)
    computed = score_of(models, entry.model, claim)
    if computed != entry.score:
        words = f"expected score {computed}, as the model gives, got {entry.score} in the log"
        return Lie(Kind.SCORE, words, (leaf.claim,), entry.model)
    return None


def claim_of(sealed: Sealed) -> Claim | None:
    """The claim that was sealed; None when it is withheld. Raises Unseen for another one."""
    data = sealed.segment.claim
    if data is None:
        return None
    if section_digest(data) != sealed.statement.claim_digest:
        raise Unseen("the claim is not the one that was sealed")
    return _decoded(data)


def _decoded(claim: bytes) -> Claim:
    try:
        return decode_claim(claim)
    except WireError as error:
        raise Unseen(f"the claim cannot be read: {error}") from error


def score_of(models: Mapping[bytes, Model], digest: bytes, claim: Claim) -> int:
    """What the model gives for the claim's input, by the reference. Raises Unseen."""
    model = models.get(digest)
    if model is None:
        raise Unseen(f"model {digest.hex()} is not at hand")
    try:
        return int(infer.score(model, claim.model_input))
    except ScoreError as error:
        raise Unseen(f"model {digest.hex()}: {error}") from error


def _text(value: bytes | int) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
