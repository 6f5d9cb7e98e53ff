"""Dispute on a real chain, with segments that nodes sign: each proof, and each way to fake one.

Rules
1. Every refusal is tried with a proof that is right but for the one thing under test, and by name.
2. What needs no signature (scores, commitments, bonds) is in Refute.t.sol and Bonds.t.sol.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.chain.reverts import Reverted
from cargoseal.evidence.entries import encode
from cargoseal_wire import constants as c
from cargoseal_wire.identity import audience
from cargoseal_wire.merkle import leaf_hash
from cargoseal_wire.seal import PROTECTED, _signed
from cargoseal_wire.sections import Claim
from tests.contracts.dispute_world import (
    BYSTANDER,
    COPYIST,
    DEPLOYMENT,
    PROFILE,
    THRESHOLD,
    DisputeWorld,
    Logs,
    Node,
    Sealed,
    blob_of,
    dispute_world,
    lying,
    network,
)
from tests.gateway.chain.world import ADMIN, CHAIN_ID, FLAGGED, GATEWAY, REVIEWER, SOUND

WEEK_S = 7 * 24 * 3600
GOALS = {"raise, 1k": 200_000, "raise, 4k": 230_000}


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisputeWorld]:
    with dispute_world(tmp_path_factory.mktemp("dispute")) as world:
        yield world


@pytest.fixture
def world(deployed: DisputeWorld) -> Iterator[DisputeWorld]:
    before = deployed.rpc("evm_snapshot")
    yield deployed
    assert deployed.rpc("evm_revert", before) is True


def refused(name: str) -> Any:
    return pytest.raises(Reverted, match=rf"\b{name}\b")


# ------------------------------------------------------------------------------------------ raise


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


def review(world: DisputeWorld, condition: int) -> None:
    seen = world.token.status_of(1).updates
    world.token.review(
        REVIEWER, 1, expected_updates=seen, condition=condition, reason=1, evidence=b"e" * 32
    )


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


# ------------------------------------------------------------------------------- refuteSignature


def forged(world: DisputeWorld, **changes: Any) -> Sealed:
    """What a gateway makes up: a segment whose signature is no node's."""
    sealed = world.seal(**changes)
    bad = bytes([sealed.signature[0] ^ 1]) + sealed.signature[1:]
    return world.seal(signature=bad, **changes)


def anchored(world: DisputeWorld, entry: bytes, updates: bytes = b"") -> tuple[Any, ...]:
    """The leaf of an entry that the gateway anchors now, in the log of token 1."""
    logs = Logs({1: [encode(world.seal(counter=9).entry), entry], 2: [b"y"]})
    return logs.leaf(1, world.anchor(logs, updates), 1, 1)


def test_a_gateway_that_makes_up_a_segment_is_refuted(world: DisputeWorld) -> None:
    made_up = forged(world)
    leaf = anchored(world, encode(made_up.entry), world.flag(FLAGGED))
    assert world.token.status_of(1).condition == FLAGGED
    world.commit(leaf)
    world.refute_signature(leaf, made_up)
    assert world.token.status_of(1).condition == SOUND
    assert world.token.is_stale(1)
    assert not world.token.gateway_at(1).active


@pytest.mark.parametrize("place", [0, 17, 31, 32, 45, 62])
def test_any_changed_byte_of_a_signature_can_be_proved(world: DisputeWorld, place: int) -> None:
    sealed = world.seal()
    changed = bytearray(sealed.signature)
    changed[place] ^= 0x10
    made_up = world.seal(signature=bytes(changed))
    leaf = anchored(world, encode(made_up.entry))
    world.commit(leaf)
    world.refute_signature(leaf, made_up)
    assert not world.token.gateway_at(1).active


def test_an_honest_gateways_seal_cannot_be_refuted(world: DisputeWorld) -> None:
    sealed = world.seal()
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("SignatureNotProved"):
        world.refute_signature(leaf, sealed)


def test_hints_that_show_nothing_punish_nobody(world: DisputeWorld) -> None:
    sealed = world.seal()
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    x_key, x_nonce, scalars = sealed.hints()
    for hints in (
        (0, 0, 0),
        (x_key ^ 1, x_nonce, scalars),
        (x_key, x_nonce ^ 1, scalars),
        (x_key, x_nonce, scalars ^ (1 << 255)),
        (x_key, x_nonce, 0),
    ):
        with refused("SignatureNotProved"):
            world.refute_signature(leaf, sealed, hints=hints)
    assert world.token.gateway_at(1).active


def test_another_signature_than_the_anchored_one_proves_nothing(world: DisputeWorld) -> None:
    sealed, made_up = world.seal(), forged(world)
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("DigestMismatch"):
        world.refute_signature(leaf, made_up)


def test_another_statement_than_the_sealed_one_proves_nothing(world: DisputeWorld) -> None:
    sealed = world.seal()
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    other = hashlib.sha256(b"another statement").digest()
    hints = signature_hints(_signed(PROTECTED, other), sealed.public_key, sealed.signature)
    with refused("DigestMismatch"):
        world.refute_signature(leaf, sealed, payload=other, hints=hints)


def test_a_node_without_a_key_on_chain_proves_nothing(world: DisputeWorld) -> None:
    sealed = Node(9, world.audience).seal(world.model, world.start_ms)
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("NotAnEd25519Node"):
        world.refute_signature(leaf, sealed)


# ------------------------------------------------------------------------------- refuteStatement


@pytest.mark.parametrize(
    "change",
    [
        {"model": b"\x07" * 32},
        {"claim_digest": b"\x07" * 32},
        {"node": b"\x07" * 8},
        {"counter": 8},
    ],
)
def test_a_leaf_that_says_other_than_its_seal_is_refuted(
    world: DisputeWorld, change: dict[str, Any]
) -> None:
    sealed = world.seal()
    leaf = anchored(world, lying(sealed, **change))
    world.commit(leaf)
    world.refute_statement(leaf, sealed)
    assert not world.token.gateway_at(1).active


def test_a_leaf_of_a_seal_for_another_deployment_is_refuted(world: DisputeWorld) -> None:
    sealed = world.seal(audience=audience(CHAIN_ID, bytes(20), DEPLOYMENT))
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    world.refute_statement(leaf, sealed)
    assert not world.token.gateway_at(1).active


def test_a_leaf_whose_seal_names_another_node_is_refuted(world: DisputeWorld) -> None:
    sealed = world.seal(key_id=world.other.node)
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    world.refute_statement(leaf, sealed)
    assert not world.token.gateway_at(1).active


def test_an_honest_leaf_cannot_be_refuted_by_its_statement(world: DisputeWorld) -> None:
    sealed = world.seal()
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("NothingWrong"):
        world.refute_statement(leaf, sealed)


def test_the_statement_of_another_segment_proves_nothing(world: DisputeWorld) -> None:
    sealed, other = world.seal(), world.seal(counter=2)
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("DigestMismatch"):
        world.refute_statement(leaf, other)


def test_a_segment_of_the_same_counter_proves_nothing(world: DisputeWorld) -> None:
    sealed, twin = world.seal(), world.seal(start_ms=world.start_ms + 5000)
    assert sealed.entry.counter == twin.entry.counter
    leaf = anchored(world, encode(sealed.entry))
    world.commit(leaf)
    with refused("DigestMismatch"):
        world.refute_statement(leaf, twin)


# ---------------------------------------------------------------------------------- refuteScore


def test_a_gateway_that_lies_about_a_networks_score_is_refuted_and_slashed(
    world: DisputeWorld,
) -> None:
    world.call(GATEWAY, "deposit", value=10**18)
    sealed = world.seal()
    leaf = anchored(world, lying(sealed, score=sealed.entry.score - 1), world.flag(FLAGGED))
    world.commit(leaf)
    world.refute_score(leaf, sealed.claim)
    assert world.token.status_of(1).condition == SOUND
    owed = world.dispute.read("owedTo", BYSTANDER.address)
    before = world.w3.eth.get_balance(BYSTANDER.address)  # type: ignore[arg-type]
    receipt = world.call(BYSTANDER, "collect")
    assert owed == 75 * 10**16
    after = world.w3.eth.get_balance(BYSTANDER.address)  # type: ignore[arg-type]
    assert before < after <= before + owed
    assert receipt.succeeded


def test_a_copied_refutation_is_not_paid(world: DisputeWorld) -> None:
    sealed = world.seal()
    leaf = anchored(world, lying(sealed, score=1))
    world.commit(leaf)
    with refused("NotCommitted"):
        world.refute_score(leaf, sealed.claim, who=COPYIST)
    world.refute_score(leaf, sealed.claim)
    assert world.dispute.read("isRefuted", 1, 1, leaf_hash(leaf[4]))


# ------------------------------------------------------------------------------------------ gas


def test_the_gas_of_a_proof_is_what_is_written_down(world: DisputeWorld) -> None:
    """The goals of 200,000 and 230,000 are missed by an eighth: contracts/GAS.md."""
    small = world.raise_(world.seal()).gas_used
    large_model = network(64, 32)
    world.enter(large_model, THRESHOLD)
    review(world, SOUND)
    now_s = int(world.w3.eth.get_block("latest")["timestamp"])
    world.rpc("evm_setNextBlockTimestamp", hex(now_s + 1200))
    world.rpc("evm_mine")
    large = world.raise_(world.seal(by=large_model, start_ms=(now_s + 2) * 1000)).gas_used
    assert small < GOALS["raise, 1k"] * 1.15
    assert large < GOALS["raise, 4k"] * 1.15
