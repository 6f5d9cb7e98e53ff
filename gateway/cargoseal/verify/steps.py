"""The steps of verify.py, one function each; the numbers are those of its list.

Each takes what the steps before it have found right, gives what it adds, and raises the refusal of
its own name. They are public so that the independent check takes the very same ones.
"""

import hashlib
from collections.abc import Mapping
from typing import NamedTuple, Protocol

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

from cargoseal import errors
from cargoseal.errors import Refused
from cargoseal.scoring import rescore
from cargoseal.verify import fast_wire
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model
from cargoseal_wire.constants import MAX_SEGMENT_BYTES
from cargoseal_wire.errors import (
    NonDeterministicError,
    OversizedError,
    TruncatedError,
    WireError,
    WrongVersionError,
)
from cargoseal_wire.sections import (
    Claim,
    Location,
    Readings,
    decode_claim,
    decode_location,
)
from cargoseal_wire.segment import Seal, Segment, decode_seal, decode_segment
from cargoseal_wire.statement import Statement, decode_statement


class NodeKey(NamedTuple):
    """A registered key and when it counts: from `valid_from_ms`, before `revoked_ms`."""

    node: bytes
    public_key: bytes
    valid_from_ms: int
    revoked_ms: int | None


class Registry(Protocol):
    """Whatever knows the nodes' keys; a dict by node id will do."""

    def get(self, node: bytes, /) -> NodeKey | None: ...


class Opened(NamedTuple):
    """A segment after steps 1-3: well-formed and consistent, by nobody proven.

    `bound`: the sections are what the statement commits to because its digests were made from
    them (compact form), so that step 6 has nothing left to compare.
    """

    segment: Segment
    seal: Seal
    statement: Statement
    seal_digest: bytes
    bound: bool


def open_segment(raw: bytes, topic_node: bytes | None) -> Opened:
    """Steps 1-3: well-formed, and seal, statement and topic agree."""
    # 1
    if len(raw) > MAX_SEGMENT_BYTES:
        raise errors.Oversized(f"at most {MAX_SEGMENT_BYTES} bytes", f"{len(raw)} bytes")
    # 2 and, for the compact form, what of 3 follows from its construction
    quick = fast_wire.open_compact(raw)
    opened = _open_any(raw) if quick is None else Opened(*quick, bound=True)
    # 3
    node = opened.statement.node
    if topic_node is not None and topic_node != node:
        refused = errors.WrongTopic(node.hex(), topic_node.hex() or "a topic of no node", "topic")
        refused.node = node
        raise refused
    return opened


def _open_any(raw: bytes) -> Opened:
    """Steps 2 and 3 of a segment in either form, by the definition of the wire."""
    try:
        segment = decode_segment(raw)
        seal = decode_seal(segment.seal)
        statement = decode_statement(segment.statement)
    except WireError as error:
        raise refusal_of(error) from error
    payload = hashlib.sha256(segment.statement).digest()
    if seal.payload != payload:
        raise errors.DigestMismatch(payload.hex(), seal.payload.hex(), "seal.payload")
    if seal.node != statement.node:
        raise errors.DigestMismatch(statement.node.hex(), seal.node.hex(), "seal.node")
    return Opened(segment, seal, statement, hashlib.sha256(segment.seal).digest(), bound=False)


def check_key(key: NodeKey | None, node: bytes, received_ms: int) -> NodeKey:
    """Step 4: the key, if it counts for what came at `received_ms`."""
    if key is None:
        raise errors.UnknownNode("a registered node", node.hex(), "seal.node")
    if received_ms < key.valid_from_ms:
        raise errors.UnknownNode(
            f"a key valid from {key.valid_from_ms}", f"received at {received_ms}", "seal.node"
        )
    if key.revoked_ms is not None and received_ms >= key.revoked_ms:
        raise errors.RevokedNode(
            f"received before {key.revoked_ms}, when the key was revoked", received_ms, "seal.node"
        )
    return key


def check_signature(seal: Seal, public_key: bytes) -> None:
    """Step 5: libsodium's check, which also refuses malleable signatures and small-order keys."""
    try:
        crypto_sign_open(seal.signature + fast_wire.signed(seal.payload), public_key)
    except (CryptoError, ValueError) as error:
        raise errors.BadSignature(
            f"a signature by the key of node {seal.node.hex()}", "another", "seal.signature"
        ) from error


def check_sections(opened: Opened) -> tuple[bytes, bytes, bytes]:
    """Step 6: no section withheld, each with the digest that was sealed; the three of them."""
    segment, statement = opened.segment, opened.statement
    claim, readings, location = segment.claim, segment.readings, segment.location
    if claim is None or readings is None or location is None:
        missing = [n for n in ("claim", "readings", "location") if getattr(segment, n) is None]
        raise errors.MissingSection("all three sections", f"no {', '.join(missing)}")
    if not opened.bound:
        check_digest("claim", claim, statement.claim_digest)
        check_digest("readings", readings, statement.readings_digest)
        check_digest("location", location, statement.location_digest)
    return claim, readings, location


def check_digest(name: str, section: bytes, sealed: bytes) -> None:
    """Step 6 for one section that is there."""
    found = hashlib.sha256(section).digest()
    if found != sealed:
        raise errors.DigestMismatch(sealed.hex(), found.hex(), name)


def check_audience(statement: Statement, audience: bytes) -> None:
    """Step 7: sealed for the deployment that this gateway serves."""
    if statement.audience != audience:
        raise errors.WrongAudience(audience.hex(), statement.audience.hex(), "statement.audience")


def decode_sections(opened: Opened) -> tuple[Claim, Readings, Location]:
    """Step 8 for one segment: what its sections say, after step 6 has found them right."""
    claim, readings, location = check_sections(opened)
    found = fast_wire.decode_readings_many([(readings, opened.statement.count)])[0]
    if isinstance(found, WireError):
        raise refusal_of(found) from found
    said, where = decode_claim_and_location(claim, location)
    return said, found, where


def decode_claim_and_location(claim: bytes, location: bytes) -> tuple[Claim, Location]:
    """Step 8 without the readings."""
    try:
        return (
            fast_wire.decode_claim(claim) or decode_claim(claim),
            fast_wire.decode_location(location) or decode_location(location),
        )
    except WireError as error:
        raise refusal_of(error) from error


def check_model(statement: Statement, models: Mapping[bytes, Model]) -> Model:
    """Step 9: the model that the statement names."""
    model = models.get(statement.model)
    if model is None:
        known = ", ".join(sorted(digest.hex()[:16] for digest in models)) or "none"
        raise errors.WrongModel(f"one of {known}", statement.model.hex(), "statement.model")
    if model.kind != statement.kind:
        raise errors.WrongModel(
            f"a model for windows of kind {statement.kind}", f"kind {model.kind}", "statement.model"
        )
    return model


def check_claim(claim: Claim, model_input: bytes, score: int) -> None:
    """Steps 10 and 11: the claim says what was computed from the readings here."""
    # 10
    if claim.model_input != model_input:
        raise errors.WrongFeatures(model_input.hex(), claim.model_input.hex(), "claim.model_input")
    # 11
    if claim.score != score:
        raise errors.WrongScore(score, claim.score, "claim.score")


def check_score(
    statement: Statement, claim: Claim, readings: Readings, models: Mapping[bytes, Model]
) -> None:
    """Steps 9-11 of one segment: model, features and score, computed again from the readings."""
    model = check_model(statement, models)
    try:
        model_input, score = rescore(model, readings)
    except ScoreError as error:
        raise errors.WrongFeatures(error.expected, error.got, error.where) from error
    check_claim(claim, model_input, score)


def refusal_of(error: WireError) -> Refused:
    """The refusal that a decoder's error stands for."""
    kind: type[Refused] = errors.Malformed
    if isinstance(error, OversizedError):
        kind = errors.Oversized
    elif isinstance(error, TruncatedError):
        kind = errors.Truncated
    elif isinstance(error, NonDeterministicError):
        kind = errors.NonDeterministic
    elif isinstance(error, WrongVersionError):
        kind = errors.WrongVersion
    return kind(error.expected, error.got, error.where)
