"""A sealed segment flags a token on a real chain; each segment that may not is refused twice.

Here, before anything is paid, and by the contract itself when it is sent all the same.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from cargoseal.chain.contract import transact
from cargoseal.chain.history import history_of
from cargoseal.chain.reverts import Reverted
from cargoseal.dispute.acting import send_raising
from cargoseal.dispute.offered import Sealed, read_segment
from cargoseal.dispute.proof import NoProof
from cargoseal.dispute.raising import Raising, argument_of, find_raising
from cargoseal.policy.terms import Condition, Rule
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience
from cargoseal_wire.sections import Claim
from cargoseal_wire.segment import Segment, seal_digest, seal_statement, withhold
from tests.gateway.chain.world import ADMIN, REVIEWER
from tests.gateway.dispute.court import (
    BLOB,
    BLOBS,
    BYSTANDER,
    DAY_MS,
    MODELS,
    OTHER,
    PROFILE,
    TOKEN,
    Court,
)
from tests.gateway.sealing import MODEL, SealingNode, small_model

ELSEWHERE = 8  # a token that the node does not watch


def sealed(segment: Segment) -> Sealed:
    return read_segment(segment.encode())


def find(court: Court, *segments: Segment, token: int = TOKEN) -> Raising:
    return find_raising(token, [sealed(one) for one in segments], court.ground, MODELS)


def raised(court: Court, *segments: Segment) -> Raising:
    found = find(court, *segments)
    send_raising(court.ground, BYSTANDER, found, BLOBS, court.sent.append)
    return found


def test_a_fresh_segment_with_a_high_score_flags_the_token(court: Court) -> None:
    segment = court.seal()
    found = raised(court, segment)
    assert found.score > 0
    assert court.token.status_of(TOKEN).condition == Condition.FLAGGED
    assert court.token.gateway_at(2).active  # nobody lied
    last = history_of(court.token, TOKEN)[-1]
    assert (last.type, last.outcome, last.code) == ("escalated", "flagged", Rule.PROVED)
    assert last.evidence == seal_digest(segment.seal)


def test_of_several_segments_the_highest_score_is_raised(court: Court) -> None:
    court.models.point(ADMIN, PROFILE.digest, MODEL.kind, MODEL.digest, 1)
    segments = [court.seal() for _ in range(5)]
    found = find(court, *segments)
    assert found.score == max(find(court, one).score for one in segments)


def test_a_token_that_is_flagged_is_not_flagged_again(court: Court) -> None:
    raised(court, court.seal())
    before = court.nonce()
    with pytest.raises(NoProof, match="the contract would refuse: ForbiddenTransition"):
        raised(court, court.seal())
    assert court.nonce() == before


def test_what_only_the_gateway_flagged_is_raised_so_that_it_stands(court: Court) -> None:
    segment = court.seal()
    court.liar.anchor(court.log([segment]), Condition.FLAGGED)
    raised(court, segment)
    status = court.token.status_of(TOKEN)
    assert (status.condition, status.standing) == (Condition.FLAGGED, Condition.FLAGGED)
    last = history_of(court.token, TOKEN)[-1]
    assert (last.type, last.outcome, last.code) == ("escalated", "flagged", Rule.PROVED)
    with pytest.raises(NoProof, match="the contract would refuse: ForbiddenTransition"):
        raised(court, segment)


def test_what_was_sealed_before_a_person_decided_does_not_count(court: Court) -> None:
    old = court.seal()
    raised(court, court.seal())
    updates = court.token.status_of(TOKEN).updates
    court.token.review(
        REVIEWER, TOKEN, expected_updates=updates, condition=1, reason=1, evidence=b"\x01" * 32
    )
    with pytest.raises(NoProof, match="the contract would refuse: ProofTooOld"):
        raised(court, old)


# --------------------------------------------------------------------------------- what is refused


@dataclass(frozen=True)
class Attack:
    """How to make it, what is said here, and what the contract says."""

    make: Callable[[Court], Segment]
    words: str
    error: str
    token: int = TOKEN


def _foreign_node(court: Court) -> Segment:
    return court.seal(SealingNode(55, audience=court.audience))


def _unassigned(court: Court) -> Segment:
    node = SealingNode(56, audience=court.audience)
    court.devices.register(ADMIN, node.node, node.public_key, 0)
    return court.seal(node)


def _young(court: Court) -> Segment:
    node = SealingNode(57, audience=court.audience)
    court.devices.register(ADMIN, node.node, node.public_key, court.now_ms())
    return court.seal(node)


def _revoked(court: Court) -> Segment:
    court.devices.revoke(ADMIN, court.node.node, court.now_ms())
    return court.seal(start_ms=court.now_ms() - DAY_MS)


def _released(court: Court) -> Segment:
    court.devices.release(ADMIN, court.node.node, court.now_ms() - DAY_MS)
    return court.seal()


def _reassigned(court: Court) -> Segment:
    now_ms = court.now_ms()
    court.devices.release(ADMIN, court.node.node, now_ms - DAY_MS)
    court.devices.assign(ADMIN, court.node.node, ELSEWHERE, now_ms - DAY_MS)
    return court.seal()


def _forged(court: Court) -> Segment:
    true, stranger = court.seal(), SealingNode(58)
    seal = seal_statement(true.statement, court.node.node, stranger.sign)
    return Segment(seal, true.statement, true.claim, true.readings, true.location)


def _another_claim(court: Court) -> Segment:
    true = court.seal()
    claim = Claim(bytes(16), bytes(8), 1 << 20).encode()
    return Segment(true.seal, true.statement, claim, true.readings, true.location)


def _below(court: Court) -> Segment:
    court.models.point(ADMIN, PROFILE.digest, MODEL.kind, MODEL.digest, 1 << 30)
    return court.seal()


def _pointed_elsewhere(court: Court) -> Segment:
    other = small_model(weight=41)
    court.models.register(ADMIN, other.digest, bytes(32), b"\x02" * 32, court.now_ms() - DAY_MS)
    court.models.point(ADMIN, PROFILE.digest, MODEL.kind, other.digest, 1)
    return court.seal()


def _no_threshold(court: Court) -> Segment:
    court.models.point(ADMIN, PROFILE.digest, MODEL.kind, MODEL.digest, 0)
    return court.seal()


def _of_another_kind(court: Court) -> Segment:
    return court.seal(kind=c.HANDLING)


def _other_chain(court: Court) -> Segment:
    there = audience(1, bytes.fromhex(court.token.address[2:]), court.token.deployment())
    return court.seal(audience=there)


ATTACKS = {
    "for another chain": Attack(_other_chain, "expected a seal for", "WrongAudience"),
    "for another deployment": Attack(
        lambda court: court.seal(audience=b"\x09" * 32), "expected a seal for", "WrongAudience"
    ),
    "for another token": Attack(
        lambda court: court.seal(), "watched token 9", "NotAssigned", token=9
    ),
    "stale": Attack(
        lambda court: court.seal(start_ms=court.now_ms() - 8 * DAY_MS), "a stale one", "Stale"
    ),
    "to come": Attack(
        lambda court: court.seal(start_ms=court.now_ms() + DAY_MS), "or earlier", "FromTheFuture"
    ),
    "without a clock": Attack(
        lambda court: court.seal(
            start_ms=0, clock_source=c.CLOCK_NONE, clock_error_ms=c.CLOCK_ERROR_UNKNOWN
        ),
        "a clock that errs by at most",
        "ClockUnsound",
    ),
    "with a clock that may be an hour off": Attack(
        lambda court: court.seal(clock_error_ms=3_600_000), "a clock that errs", "ClockUnsound"
    ),
    "of a node nobody registered": Attack(
        _foreign_node, "a node that is registered", "NotAssigned"
    ),
    "of a node that watches nothing": Attack(_unassigned, "that watched none", "NotAssigned"),
    "of a node that was released": Attack(_released, "that watched none", "NotAssigned"),
    "of a node that watches another": Attack(_reassigned, "that watched 8", "NotAssigned"),
    "of a key that was not valid yet": Attack(_young, "a key that was valid", "NotValidYet"),
    "of a node that was revoked since": Attack(_revoked, "was never revoked", "RevokedNode"),
    "signed by another key": Attack(_forged, "a signature by the node's key", "SignatureNotProved"),
    "with a claim of its own": Attack(
        _another_claim, "the claim is not the one that was sealed", "DigestMismatch"
    ),
    "without its claim": Attack(
        lambda court: withhold(court.seal(), claim=True),
        "the claim is withheld",
        "DigestMismatch",
    ),
    "with a score that the model does not give": Attack(
        lambda court: court.seal(score_off=1000), "as the model gives", "ScoreMismatch"
    ),
    "below the threshold": Attack(_below, "a score of 1073741824 or more", "BelowThreshold"),
    "by another model": Attack(_pointed_elsewhere, "expected model", "NotThisModel"),
    "without a threshold": Attack(_no_threshold, "none, or no threshold", "NothingRaises"),
    "of a kind that no model is for": Attack(_of_another_kind, "of kind 1", "NothingRaises"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_a_segment_is_refused_here_and_by_the_contract(court: Court, name: str) -> None:
    attack = ATTACKS[name]
    court.ground.executor.store(OTHER, BLOB)
    segment = attack.make(court)
    before = court.nonce()
    with pytest.raises(NoProof, match=attack.words):
        find(court, segment, token=attack.token)
    one = sealed(segment)
    sealer = court.ground.sealer_at(one.statement.node, 0, 0)
    key = sealer.public_key if sealer else court.node.public_key
    contract = court.ground.contract
    data = contract.encode("raise", attack.token, argument_of(one, key))
    with pytest.raises(Reverted, match=attack.error):
        contract.simulate(BYSTANDER.address, data)
    assert court.nonce() == before


def test_a_segment_is_of_no_use_twice(court: Court) -> None:
    segment = court.seal()
    raised(court, segment)
    contract, argument = court.ground.contract, argument_of(sealed(segment), court.node.public_key)
    data = contract.encode("raise", TOKEN, argument)
    with pytest.raises(Reverted, match="ForbiddenTransition"):
        transact(court.w3, OTHER, contract.address, data, "again")


def test_withheld_and_unknown_is_told_apart_from_refused(court: Court) -> None:
    with pytest.raises(NoProof) as caught:
        find(court, withhold(court.seal(), claim=True))
    assert caught.value.incomplete
    with pytest.raises(NoProof, match="is not at hand") as caught:
        find_raising(TOKEN, [sealed(court.seal())], court.ground, {})
    assert caught.value.incomplete
    with pytest.raises(NoProof, match="a stale one") as caught:
        find(court, court.seal(start_ms=court.now_ms() - 8 * DAY_MS))
    assert not caught.value.incomplete


def test_nothing_offered_is_nothing_proved(court: Court) -> None:
    with pytest.raises(NoProof, match="nothing was offered"):
        find(court)
