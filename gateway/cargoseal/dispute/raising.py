"""From a sealed segment to the call that makes a token flagged: check it, write it down.

Rules; a segment that breaks one is refused here, before it costs anything
1. It was sealed for this deployment. Its clock bounds its error, and by its earliest possible time
   it is no older than the contract allows, and not to come.
2. Its node has an Ed25519 key that is registered, was valid, and was never revoked, and watched the
   token during the whole window.
3. Its statement is the one that was sealed, and the key signed it.
4. It was scored by the model that the token's profile points at, which was in use then, and the
   claim is there, is the sealed one, and says what the model gives: at least the score from which
   a segment raises.
Whether the token takes a flag at all (open, not reviewed since, not flagged yet by a proof or a
person) the simulation tells; one that only its gateway flagged does: the flag then stands without
that gateway's word.

Of several segments the one with the highest score is chosen; of equal ones the youngest.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.dispute.ground import Ground
from cargoseal.dispute.lies import Unseen, claim_of, is_signed, score_of
from cargoseal.dispute.offered import Sealed
from cargoseal.dispute.proof import NoProof
from cargoseal_score.model import Model
from cargoseal_wire.constants import CLOCK_NONE
from cargoseal_wire.segment import signed_bytes


@dataclass(frozen=True)
class Raising:
    """A segment that flags a token. `argument` is the contract's Segment."""

    token: int
    sealed: Sealed
    score: int
    argument: tuple[object, ...]


def find_raising(
    token: int, segments: Sequence[Sealed], ground: Ground, models: Mapping[bytes, Model]
) -> Raising:
    """The best of the segments as a call. Raises NoProof when none would be accepted."""
    found: list[Raising] = []
    reasons: list[str] = []
    unseen = False
    for sealed in segments:
        try:
            found.append(_raising(token, sealed, ground, models))
        except NoProof as refused:
            reasons += [f"{sealed.name}: {reason}" for reason in refused.reasons]
        except Unseen as nothing:
            unseen = True
            reasons.append(f"{sealed.name}: {nothing}")
    if not found:
        raise NoProof(reasons, unseen)
    return max(found, key=lambda one: (one.score, one.sealed.statement.start_ms))


def sealed_at_s(sealed: Sealed) -> int:
    """The earliest time at which the window can have ended, in Unix seconds."""
    said = sealed.statement
    return max(0, said.start_ms + said.duration_ms - said.clock_error_ms) // 1000


def _raising(token: int, sealed: Sealed, ground: Ground, models: Mapping[bytes, Model]) -> Raising:
    _fresh(sealed, ground)
    public_key = _of_its_node(token, sealed, ground)
    _signed(sealed, public_key)
    score = _scored(token, sealed, ground, models)
    return Raising(token, sealed, score, argument_of(sealed, public_key))


def argument_of(sealed: Sealed, public_key: bytes) -> tuple[object, ...]:
    """The contract's Segment, unchecked: statement, claim, r, s, hints."""
    signature = sealed.seal.signature
    hints = signature_hints(signed_bytes(sealed.seal), public_key, signature)
    claim = sealed.segment.claim or b""
    return (sealed.segment.statement, claim, signature[:32], signature[32:], hints)


def _fresh(sealed: Sealed, ground: Ground) -> None:
    """Rule 1."""
    said = sealed.statement
    bounds, now_s, time_s = ground.bounds(), ground.now_s(), sealed_at_s(sealed)
    if said.audience != ground.audience():
        expected = f"a seal for {ground.audience().hex()}, this deployment on this chain"
        raise _refused(expected, f"one for {said.audience.hex()}")
    if said.clock_source == CLOCK_NONE or said.clock_error_ms > bounds.max_error_ms:
        got = f"{said.clock_error_ms} ms of source {said.clock_source}"
        raise _refused(f"a clock that errs by at most {bounds.max_error_ms} ms", got)
    if time_s + bounds.max_age_s < now_s:
        expected = f"a segment of {now_s - bounds.max_age_s} or later"
        raise _refused(expected, f"a stale one of {time_s}")
    if time_s > now_s:
        raise _refused(f"a segment of {now_s} or earlier", f"one of {time_s}")


def _of_its_node(token: int, sealed: Sealed, ground: Ground) -> bytes:
    """Rule 2; gives the node's key."""
    said = sealed.statement
    from_s, to_s = said.start_ms // 1000, (said.start_ms + said.duration_ms) // 1000
    sealer = ground.sealer_at(said.node, from_s, to_s)
    if sealer is None or not sealer.ed25519:
        raise _refused("a node that is registered with an Ed25519 key", said.node.hex())
    if sealer.revoked_s:
        raise _refused("a node that was never revoked", f"one revoked at {sealer.revoked_s}")
    if from_s < sealer.valid_from_s:
        expected = f"a key that was valid at {from_s}"
        raise _refused(expected, f"one from {sealer.valid_from_s} on")
    if sealer.token != token:
        expected = f"a node that watched token {token} from {from_s} to {to_s}"
        raise _refused(expected, f"one that watched {sealer.token or 'none'}")
    return sealer.public_key


def _signed(sealed: Sealed, public_key: bytes) -> None:
    """Rule 3."""
    if sealed.seal.payload != hashlib.sha256(sealed.segment.statement).digest():
        raise _refused("the statement that was sealed", "another")
    if sealed.seal.node != sealed.statement.node:
        raise _refused("a seal of the statement's node", "another's")
    if not is_signed(signed_bytes(sealed.seal), public_key, sealed.seal.signature):
        raise _refused("a signature by the node's key", "another")


def _scored(token: int, sealed: Sealed, ground: Ground, models: Mapping[bytes, Model]) -> int:
    """Rule 4; gives the score."""
    said = sealed.statement
    wanted, threshold = ground.pointer_at(token, said.kind, sealed_at_s(sealed))
    if threshold == 0:
        got = "none, or no threshold"
        raise _refused(f"a model of the token's profile for windows of kind {said.kind}", got)
    if said.model != wanted:
        raise _refused(f"model {wanted.hex()}", said.model.hex())
    claim = claim_of(sealed)
    if claim is None:
        raise Unseen("the claim is withheld, so the score cannot be computed again")
    computed = score_of(models, wanted, claim)
    if claim.score != computed:
        raise _refused(f"score {computed}, as the model gives", f"{claim.score} sealed")
    if computed < threshold:
        raise _refused(f"a score of {threshold} or more", str(computed))
    return computed


def _refused(expected: str, got: str) -> NoProof:
    return NoProof([f"expected {expected}, got {got}"])
