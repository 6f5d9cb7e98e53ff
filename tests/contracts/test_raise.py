"""Raising a sealed segment on a real chain: the proof, and each way to fake one.

Every refusal is tried with a proof that is right but for the one thing under test, and by name.
"""

from dataclasses import replace

import pytest

from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience
from cargoseal_wire.seal import PROTECTED, _signed
from cargoseal_wire.sections import Claim
from tests.contracts.dispute_world import (
    BYSTANDER,
    COPYIST,
    DEPLOYMENT,
    PROFILE,
    DisputeWorld,
    Logs,
    Node,
    anchored,
    blob_of,
    lying,
    network,
    refused,
    review,
)
from tests.gateway.chain.world import ADMIN, CHAIN_ID, FLAGGED, SOUND

WEEK_S = 7 * 24 * 3600


def test_anybody_flags_a_token_with_a_sealed_segment(world: DisputeWorld) -> None:
    sealed = world.seal()
    world.raise_(sealed)
    status = world.token.status_of(1)
    assert (status.condition, status.rule, status.standing) == (FLAGGED, 16, FLAGGED)
    event = world.token.events("Escalated", 0, "latest", tokenId=1)[0]["args"]
    assert bytes(event["evidence"]) == sealed.entry.seal_digest
    told = world.dispute.events("Raised", 0, "latest", tokenId=1)[0]["args"]
    assert (told["by"], told["score"]) == (BYSTANDER.address, sealed.entry.score)


def test_the_contract_knows_its_deployment_as_nodes_do(world: DisputeWorld) -> None:
    assert bytes(world.dispute.read("audience")) == world.audience


def test_a_segment_flags_a_token_once(world: DisputeWorld) -> None:
    sealed = world.seal()
    world.raise_(sealed)
    with refused("ForbiddenTransition"):
        world.raise_(sealed)


def test_a_token_that_its_gateway_flagged_is_raised_once_and_the_flag_then_stands(
    world: DisputeWorld,
) -> None:
    world.anchor(Logs({1: [b"x"]}), world.flag(FLAGGED))
    assert world.token.status_of(1).standing == SOUND
    sealed = world.seal()
    world.raise_(sealed)
    status = world.token.status_of(1)
    assert (status.condition, status.rule, status.standing) == (FLAGGED, 16, FLAGGED)
    told = world.token.events("Escalated", 0, "latest", tokenId=1)[0]["args"]
    assert (told["from"], told["to"]) == (FLAGGED, FLAGGED)
    with refused("ForbiddenTransition"):
        world.raise_(sealed)


def test_a_gateway_refuted_for_a_lie_before_its_flag_does_not_wash_off_what_was_raised(
    world: DisputeWorld,
) -> None:
    sealed = world.seal()
    leaf = anchored(world, lying(sealed, score=sealed.entry.score - 1))
    world.anchor(Logs({1: [b"x"]}), world.flag(FLAGGED))
    world.raise_(sealed)
    world.commit(leaf)
    world.refute_score(leaf, sealed.claim)
    assert not world.token.gateway_at(1).active
    assert world.token.status_of(1).condition == FLAGGED


def test_a_good_segment_proves_nothing(world: DisputeWorld) -> None:
    world.enter(network(16, 8), 2**40)
    with refused("BelowThreshold"):
        world.raise_(world.seal(by=network(16, 8)))
    assert world.token.status_of(1).condition == SOUND


def test_a_score_that_just_reaches_the_threshold_is_enough(world: DisputeWorld) -> None:
    model, sealed = world.model, world.seal()
    world.models.point(ADMIN, PROFILE, model.kind, model.digest, sealed.entry.score + 1)
    with refused("BelowThreshold"):
        world.raise_(sealed)
    world.models.point(ADMIN, PROFILE, model.kind, model.digest, sealed.entry.score)
    world.raise_(sealed)


def test_a_segment_of_another_chain_contract_or_deployment_is_refused(
    world: DisputeWorld,
) -> None:
    token = world.addresses.token_bytes
    for other in (
        audience(CHAIN_ID + 1, token, DEPLOYMENT),
        audience(CHAIN_ID, bytes(20), DEPLOYMENT),
        audience(CHAIN_ID, token, DEPLOYMENT + "2"),
    ):
        with refused("WrongAudience"):
            world.raise_(world.seal(audience=other))


def test_a_segment_about_one_token_is_refused_for_another(world: DisputeWorld) -> None:
    with refused("NotAssigned"):
        world.raise_(world.seal(), token=2)
    with refused("NotAssigned"):
        world.raise_(world.seal(), token=77)


def test_a_segment_of_a_node_that_watches_nothing_is_refused(world: DisputeWorld) -> None:
    with refused("NotAssigned"):
        world.raise_(world.other.seal(world.model, world.start_ms))


def test_a_segment_of_a_node_that_nobody_registered_is_refused(world: DisputeWorld) -> None:
    stranger = Node(9, world.audience)
    with refused("NotAssigned"):
        world.raise_(stranger.seal(world.model, world.start_ms))


def test_a_window_that_began_before_the_assignment_is_refused(world: DisputeWorld) -> None:
    with refused("NotAssigned"):
        world.raise_(world.seal(start_ms=world.start_ms - 59_000 - 2000))
    world.raise_(world.seal(start_ms=world.start_ms - 59_000))


def test_a_window_that_ended_after_the_release_is_refused(world: DisputeWorld) -> None:
    world.devices.release(ADMIN, world.node.node, world.start_ms + 599_000)
    with refused("NotAssigned"):
        world.raise_(world.seal())


def test_a_window_of_before_the_release_counts_after_it(world: DisputeWorld) -> None:
    world.devices.release(ADMIN, world.node.node, world.start_ms + 602_000)
    world.raise_(world.seal())


def test_a_revoked_nodes_segment_is_refused_whatever_time_it_states(world: DisputeWorld) -> None:
    world.devices.revoke(ADMIN, world.node.node, world.start_ms + 3_000_000)
    with refused("RevokedNode"):
        world.raise_(world.seal())


def test_a_segment_with_a_statement_changed_after_the_sealing_is_refused(
    world: DisputeWorld,
) -> None:
    sealed = world.seal()
    later = world.seal(start_ms=world.start_ms + 60_000)
    moved = replace(sealed, statement=later.statement)
    with refused("SignatureNotProved"):
        world.raise_(moved)


def test_a_signature_by_another_registered_node_is_refused(world: DisputeWorld) -> None:
    sealed = world.seal()
    forged = bytes(world.other.key.sign(_signed(PROTECTED, sealed.payload)).signature)
    with refused("SignatureNotProved"):
        world.raise_(replace(sealed, signature=forged))


def test_a_good_signature_with_hints_that_do_not_fit_is_refused(world: DisputeWorld) -> None:
    sealed, other = world.seal(), world.seal(counter=2)
    x_key, x_nonce, scalars = sealed.hints()
    for hints in (
        (x_key, x_nonce, 0),
        (x_key, x_nonce, scalars ^ 1),
        (x_key, other.hints()[1], scalars),
        (0, 0, 0),
    ):
        arguments = (sealed.statement, sealed.claim, *sealed.halves, hints)
        with refused("SignatureNotProved"):
            world.call(BYSTANDER, "raise", 1, arguments)


def test_another_claim_than_the_sealed_one_is_refused(world: DisputeWorld) -> None:
    sealed, other = world.seal(), world.seal(counter=2)
    with refused("DigestMismatch"):
        world.raise_(replace(sealed, claim=other.claim))


def test_a_claim_whose_score_its_model_does_not_give_is_refused(world: DisputeWorld) -> None:
    model_input = bytes(world.model.inputs)
    claim = Claim(b"s" * 16, model_input, 2**31).encode()
    with refused("ScoreMismatch"):
        world.raise_(world.seal(claim=claim, model_input=model_input))


def test_a_claim_with_an_input_of_another_length_is_refused(world: DisputeWorld) -> None:
    claim = Claim(b"s" * 16, bytes(world.model.inputs + 1), 2**31).encode()
    with refused("WrongInput"):
        world.raise_(world.seal(claim=claim))


def test_a_model_that_the_profile_does_not_point_at_is_refused(world: DisputeWorld) -> None:
    other = network(16, 8)
    world.models.register(ADMIN, other.digest, bytes(32), b"l" * 32, 1000)
    world.executor.store(ADMIN, blob_of(other))
    with refused("NotThisModel"):
        world.raise_(world.seal(by=other))


def test_a_model_that_was_retired_before_the_sealing_is_refused(world: DisputeWorld) -> None:
    world.models.retire(ADMIN, world.model.digest, world.start_ms)
    with refused("NothingRaises"):
        world.raise_(world.seal())


def test_a_model_that_was_retired_after_the_sealing_counts(world: DisputeWorld) -> None:
    world.models.retire(ADMIN, world.model.digest, world.start_ms + 1_800_000)
    world.raise_(world.seal())


def test_a_profile_without_a_threshold_raises_nothing(world: DisputeWorld) -> None:
    model = world.model
    world.models.point(ADMIN, PROFILE, model.kind, model.digest, 0)
    with refused("NothingRaises"):
        world.raise_(world.seal())


def test_the_threshold_of_one_kind_says_nothing_of_the_other(world: DisputeWorld) -> None:
    with refused("NothingRaises"):
        world.raise_(world.seal(kind=c.HANDLING))


def test_a_segment_older_than_a_week_is_refused(world: DisputeWorld) -> None:
    sealed = world.seal()
    end_s = world.start_ms // 1000 + 600
    world.rpc("evm_setNextBlockTimestamp", hex(end_s + WEEK_S))
    world.rpc("evm_mine")
    with refused("Stale"):
        world.raise_(sealed)


def test_a_segment_is_fresh_up_to_a_week(world: DisputeWorld) -> None:
    sealed = world.seal()
    end_s = world.start_ms // 1000 + 600
    world.rpc("evm_setNextBlockTimestamp", hex(end_s - 60 + WEEK_S))
    world.rpc("evm_mine")
    world.raise_(sealed)


def test_a_segment_from_the_future_is_refused(world: DisputeWorld) -> None:
    with refused("FromTheFuture"):
        world.raise_(world.seal(start_ms=(world.now_s + 3600) * 1000))


@pytest.mark.parametrize(
    "clock",
    [
        {"clock_source": c.CLOCK_NONE, "clock_error_ms": c.CLOCK_ERROR_UNKNOWN, "start_ms": 0},
        {"clock_error_ms": 600_001},
        {"clock_error_ms": c.CLOCK_ERROR_UNKNOWN},
    ],
)
def test_a_clock_that_does_not_know_the_time_cannot_be_fresh(
    world: DisputeWorld, clock: dict[str, int]
) -> None:
    with refused("ClockUnsound"):
        world.raise_(world.seal(**clock))


def test_what_was_sealed_before_a_review_does_not_flag_again(world: DisputeWorld) -> None:
    world.raise_(world.seal())
    review(world, SOUND)
    with refused("ProofTooOld"):
        world.raise_(world.seal())
    with refused("ProofTooOld"):
        world.raise_(world.seal(counter=2, start_ms=world.start_ms + 60_000))


def test_what_is_sealed_after_a_review_flags_again(world: DisputeWorld) -> None:
    review(world, SOUND)
    now_s = int(world.w3.eth.get_block("latest")["timestamp"])
    world.rpc("evm_setNextBlockTimestamp", hex(now_s + 1200))
    world.rpc("evm_mine")
    world.raise_(world.seal(start_ms=(now_s + 2) * 1000))


def test_no_gateway_hides_a_token_from_a_proof_by_posting(world: DisputeWorld) -> None:
    world.anchor(Logs({1: [b"x"]}), world.flag(SOUND))
    world.raise_(world.seal())
    assert world.token.status_of(1).condition == FLAGGED


def test_a_paused_or_closed_token_takes_no_proof(world: DisputeWorld) -> None:
    world.token.pause(ADMIN)
    with refused("Paused"):
        world.raise_(world.seal())
    world.token.unpause(ADMIN)
    world.token.set_lifecycle(ADMIN, 1, 4)
    with refused("ShipmentClosed"):
        world.raise_(world.seal())


def test_a_fork_of_the_chain_takes_no_segment_of_the_old_one(world: DisputeWorld) -> None:
    sealed = world.seal()
    data = world.dispute.encode("raise", 1, sealed.for_chain())
    world.rpc("anvil_setChainId", CHAIN_ID + 1)
    try:
        with refused("WrongChain"):
            world.dispute.simulate(BYSTANDER.address, data)
    finally:
        world.rpc("anvil_setChainId", CHAIN_ID)


def test_whoever_copies_a_proof_does_the_same_for_the_token(world: DisputeWorld) -> None:
    sealed = world.seal()
    world.call(COPYIST, "raise", 1, sealed.for_chain())
    assert world.token.status_of(1).condition == FLAGGED
