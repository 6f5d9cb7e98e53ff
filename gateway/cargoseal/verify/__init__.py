"""From bytes that anyone may have sent to a `VerifiedSegment`, or a refusal with one name.

The steps, in this order (steps.py repeats the numbers), and what each refuses with:

 1. The size is within the limit; nothing has been parsed yet: Oversized.
 2. Segment, seal and statement decode strictly (one encoding, a known version, every field in its
    range): Truncated, NonDeterministic, WrongVersion, Malformed.
 3. The seal signs this statement and both name the same node: DigestMismatch. The topic it came
    under is that node's: WrongTopic.
 4. The node is registered, and its key was valid when the segment came: UnknownNode, RevokedNode.
 5. The node's key signed the seal: BadSignature.
 6. Every section is there and is what the statement commits to: MissingSection, DigestMismatch.
    From here on a refusal carries `authentic`: the node did say this, for us to keep as evidence.
 7. It was sealed for this deployment: WrongAudience.
 8. The sections decode strictly, with as many readings as the statement says: as step 2.
 9. The model is one we have, and made for this kind of window: WrongModel.
10. The model input follows from the readings, value for value: WrongFeatures.
11. The score follows from the model input, bit for bit: WrongScore.

Rules
- Pure: no clock, no store, no log. Nothing but `Refused` leaves `verify`.
- What the caller must still do: see that the counter is fresh (Replayed, CounterReused) inside the
  transaction that stores the segment. The chain (`previous`) is a fact for the evidence, not a
  reason to refuse: segments arrive in any order.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cargoseal import errors
from cargoseal.errors import Authentic, Refused
from cargoseal.scoring import rescore_many
from cargoseal.verify import fast_wire
from cargoseal.verify.steps import (
    NodeKey,
    Opened,
    Registry,
    check_audience,
    check_claim,
    check_key,
    check_model,
    check_score,
    check_sections,
    check_signature,
    decode_claim_and_location,
    decode_sections,
    open_segment,
    refusal_of,
)
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Model
from cargoseal_wire.errors import WireError
from cargoseal_wire.sections import Claim, Location, Readings
from cargoseal_wire.segment import Segment
from cargoseal_wire.statement import Statement

__all__ = [
    "NodeKey",
    "Offered",
    "Opened",
    "Registry",
    "VerifiedSegment",
    "check_audience",
    "check_claim",
    "check_key",
    "check_model",
    "check_score",
    "check_sections",
    "check_signature",
    "decode_sections",
    "open_segment",
    "verify",
    "verify_many",
]


class Offered(NamedTuple):
    """What came in: the bytes, the node its topic names (None: no topic), and when."""

    raw: bytes
    topic_node: bytes | None
    received_ms: int


@dataclass(frozen=True, slots=True)
class VerifiedSegment:
    """A segment that passed every step. Only this module makes one."""

    raw: bytes
    segment: Segment
    statement: Statement
    claim: Claim
    readings: Readings
    location: Location
    seal_digest: bytes
    received_ms: int


def verify(
    raw: bytes,
    topic_node: bytes | None,
    registry: Registry,
    models: Mapping[bytes, Model],
    audience: bytes,
    received_ms: int,
) -> VerifiedSegment:
    """Takes all the steps. `topic_node` is the node the topic names, None when there was no topic.

    `received_ms` is the gateway's time at arrival, by which a key's validity is judged: what a
    stolen key seals can bear any date. Raises Refused and nothing else.
    """
    offered = Offered(raw, topic_node, received_ms)
    outcome = verify_many([offered], registry, models, audience)[0]
    if isinstance(outcome, Refused):
        raise outcome
    return outcome


def verify_many(
    batch: Sequence[Offered],
    registry: Registry,
    models: Mapping[bytes, Model],
    audience: bytes,
) -> list[VerifiedSegment | Refused]:
    """Each one's outcome, in order: the same steps, but columns and scores are done together."""
    outcomes: list[VerifiedSegment | Refused | None] = [None] * len(batch)
    proven: list[tuple[int, _Proven]] = []
    for place, offered in enumerate(batch):
        try:
            proven.append((place, _up_to_claim(offered, registry, audience)))
        except Refused as refused:
            outcomes[place] = refused
    by_model: dict[bytes, list[tuple[int, VerifiedSegment]]] = {}
    for place, outcome in _up_to_model(proven, models):
        outcomes[place] = outcome
        if not isinstance(outcome, Refused):
            by_model.setdefault(outcome.statement.model, []).append((place, outcome))
    for digest, found in by_model.items():
        wrongs = _score_many(models[digest], [one for _, one in found])
        for (place, _), wrong in zip(found, wrongs, strict=True):
            outcomes[place] = wrong or outcomes[place]
    return [outcome for outcome in outcomes if outcome is not None]


class _Proven(NamedTuple):
    """What its node did say (steps 1-7), its claim and location decoded, its readings packed."""

    offered: Offered
    opened: Opened
    readings: bytes
    claim: Claim
    location: Location


def _up_to_claim(offered: Offered, registry: Registry, audience: bytes) -> _Proven:
    """Steps 1-7, and 8 without the readings."""
    opened = open_segment(offered.raw, offered.topic_node)
    statement = opened.statement
    try:
        key = check_key(registry.get(statement.node), statement.node, offered.received_ms)
        check_signature(opened.seal, key.public_key)
        claim, readings, location = check_sections(opened)
    except Refused as refused:
        refused.node = statement.node
        raise
    try:
        check_audience(statement, audience)
        return _Proven(offered, opened, readings, *decode_claim_and_location(claim, location))
    except Refused as refused:
        raise _said_by(refused, opened) from refused.__cause__


def _up_to_model(
    proven: Sequence[tuple[int, _Proven]], models: Mapping[bytes, Model]
) -> Iterator[tuple[int, VerifiedSegment | Refused]]:
    """Step 8 of the readings, and step 9; with the place of each.

    What this gives is no VerifiedSegment to anybody before steps 10 and 11.
    """
    sections = [(one.readings, one.opened.statement.count) for _, one in proven]
    decoded = fast_wire.decode_readings_many(sections)
    for (place, one), readings in zip(proven, decoded, strict=True):
        opened = one.opened
        try:
            if isinstance(readings, WireError):
                raise refusal_of(readings) from readings
            check_model(opened.statement, models)
        except Refused as refused:
            yield place, _said_by(refused, opened)
        else:
            yield (
                place,
                VerifiedSegment(
                    one.offered.raw,
                    opened.segment,
                    opened.statement,
                    one.claim,
                    readings,
                    one.location,
                    opened.seal_digest,
                    one.offered.received_ms,
                ),
            )


def _score_many(model: Model, batch: Sequence[VerifiedSegment]) -> list[Refused | None]:
    """Steps 10 and 11 for segments of one model: the refusal of each, or None."""
    try:
        scored = rescore_many(model, [one.readings for one in batch])
    except ScoreError as error:
        if len(batch) > 1:  # one of them cannot be scored; alone, it is told which
            return [_score_many(model, [one])[0] for one in batch]
        refused = errors.WrongFeatures(error.expected, error.got, error.where)
        return [_said_by(refused, batch[0])]
    outcomes: list[Refused | None] = []
    for one, (model_input, score) in zip(batch, scored, strict=True):
        try:
            check_claim(one.claim, model_input, score)
        except Refused as refused:
            outcomes.append(_said_by(refused, one))
        else:
            outcomes.append(None)
    return outcomes


def _said_by(refused: Refused, said: Opened | VerifiedSegment) -> Refused:
    """The refusal, marked with the proof that the node did say this."""
    statement = said.statement
    refused.node = statement.node
    refused.authentic = Authentic(
        statement.node, statement.counter, statement.previous, said.seal_digest
    )
    return refused
