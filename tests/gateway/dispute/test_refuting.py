"""A gateway's lie, proved on a real chain by somebody who has nothing but the bundle."""

import hashlib
from dataclasses import replace
from typing import Any

import pytest

from cargoseal.chain.ed25519_hints import signature_hints
from cargoseal.chain.history import history_of
from cargoseal.chain.reverts import Reverted
from cargoseal.dispute.acting import send_refutation, simulated
from cargoseal.dispute.lies import Kind
from cargoseal.dispute.offered import read_bundle
from cargoseal.dispute.proof import NoProof
from cargoseal.dispute.refuting import Refutation, find_refutation
from cargoseal.evidence.bundle import Bundle, without
from cargoseal.policy.terms import Condition, Rule
from cargoseal_wire.sections import Claim, section_digest
from cargoseal_wire.segment import Segment, decode_seal, seal_statement, signed_bytes
from tests.contracts import ed25519_reference as book
from tests.gateway.chain.world import ADMIN
from tests.gateway.dispute.court import (
    BESIDE,
    BLOB,
    BLOBS,
    BYSTANDER,
    LIAR,
    LIAR_INDEX,
    MODELS,
    OTHER,
    TOKEN,
    Court,
)
from tests.gateway.sealing import SealingNode

ETHER = 10**18


def find(court: Court, bundle: Bundle, gateway: int = LIAR_INDEX, **options: Any) -> Refutation:
    return find_refutation(read_bundle(bundle.encode()), gateway, court.ground, MODELS, **options)


def prove(court: Court, bundle: Bundle) -> Refutation:
    """By the bystander, all the way."""
    found = find(court, bundle)
    send_refutation(court.ground, BYSTANDER, found, BLOBS, court.sent.append)
    return found


def refused(court: Court, bundle: Bundle, words: str, **options: Any) -> NoProof:
    """Nothing is found, and nothing was sent."""
    before = court.nonce()
    with pytest.raises(NoProof, match=words) as caught:
        prove(court, bundle) if not options else find(court, bundle, **options)
    assert court.nonce() == before
    return caught.value


def three(court: Court) -> list[Segment]:
    return [court.seal() for _ in range(3)]


# -------------------------------------------------------------------------------------- what is won


def test_a_lie_about_a_score_costs_the_gateway_its_right_its_bond_and_its_word(
    court: Court,
) -> None:
    contract = court.ground.contract
    contract.send(LIAR, "deposit", value=2 * ETHER)
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED, BESIDE)
    assert court.token.status_of(TOKEN).condition == Condition.FLAGGED

    found = prove(court, told)

    assert (found.lie.kind, found.leaf.position) == (Kind.SCORE, 4)
    assert [one.what for one in court.sent[-3:]] == ["store the model", "commit", "refuteScore"]
    assert court.token.status_of(TOKEN).condition == Condition.SOUND
    assert not court.token.gateway_at(LIAR_INDEX).active
    assert court.token.is_stale(TOKEN)
    assert contract.owed_to(BYSTANDER.address) == 3 * ETHER // 2
    assert contract.bond_of(LIAR_INDEX)[1] == 0
    last = history_of(court.token, TOKEN)[-1]
    assert (last.type, last.outcome, last.code) == ("refuted", "sound", Rule.REFUTED)
    assert last.evidence == found.leaf_hash


def test_a_score_that_node_and_gateway_agree_on_but_the_model_does_not_is_a_lie(
    court: Court,
) -> None:
    said = [court.seal(), court.seal(score_off=5)]
    found = prove(court, court.liar.anchor(court.log(said), Condition.FLAGGED))
    assert found.lie.kind is Kind.SCORE
    assert "as the model gives" in found.lie.words


def test_a_lie_before_the_last_post_is_found_under_the_first_that_holds_it(court: Court) -> None:
    segments = three(court)
    told = court.liar.anchor(court.log(segments, score=9_999), Condition.FLAGGED)
    longer = court.log([*segments, court.seal()])
    lied = replace(longer, entries=[*told.entries, longer.entries[-1]], anchors=told.anchors)
    found = prove(court, court.liar.anchor(lied, None))
    assert found.seq == told.anchors[0].seq
    assert court.token.status_of(TOKEN).condition == Condition.SOUND


def test_a_seal_that_no_key_of_the_node_made_is_a_lie(court: Court) -> None:
    true = court.seal()
    stranger = SealingNode(99)
    forged = Segment(
        seal_statement(true.statement, court.node.node, stranger.sign),
        true.statement,
        true.claim,
        true.readings,
        true.location,
    )
    found = prove(court, court.liar.anchor(court.log([court.seal(), forged]), None))
    assert found.lie.kind is Kind.SIGNATURE
    assert not court.token.gateway_at(LIAR_INDEX).active


@pytest.mark.parametrize("field", ["counter", "model", "node", "claim_digest"])
def test_a_leaf_that_says_otherwise_than_its_statement_is_a_lie(court: Court, field: str) -> None:
    lies = {"counter": 77, "model": b"\x05" * 32, "node": b"\x06" * 8, "claim_digest": b"\x07" * 32}
    told = court.log(three(court), **{field: lies[field]})
    found = prove(court, court.liar.anchor(told, None, BESIDE))
    assert found.lie.kind is Kind.STATEMENT
    assert field.split("_")[0] in found.lie.words


def test_a_segment_of_another_deployment_in_the_log_is_a_lie(court: Court) -> None:
    elsewhere = court.seal(audience=b"\x08" * 32)
    found = prove(court, court.liar.anchor(court.log([court.seal(), elsewhere]), None))
    assert found.lie.kind is Kind.STATEMENT
    assert "audience" in found.lie.words


def test_what_is_sound_by_itself_is_told_of_a_later_lie_only(court: Court) -> None:
    """The post that flagged the token was before the lie: its word stays."""
    segments = three(court)
    honest = court.liar.anchor(court.log(segments), Condition.FLAGGED)
    longer = court.log([*segments, court.seal()], score=3)
    lied = replace(longer, entries=[*honest.entries, longer.entries[-1]], anchors=honest.anchors)
    prove(court, court.liar.anchor(lied, None))
    assert not court.token.gateway_at(LIAR_INDEX).active
    assert court.token.status_of(TOKEN).condition == Condition.FLAGGED


def in_a_way_libsodium_refuses(court: Court, segment: Segment) -> Segment:
    """Signed by the node's own key, R with a part of small order: the contract accepts it."""
    scalar = book.private_scalar(bytes(court.node._key))

    def sign(message: bytes) -> bytes:
        r = book.add(book.times(77, book.BASE), book.SMALL[1])
        return book.sign_with(77, scalar, court.node.public_key, r, message)

    one = segment
    seal = seal_statement(one.statement, court.node.node, sign)
    return Segment(seal, one.statement, one.claim, one.readings, one.location)


def test_a_seal_that_only_looks_forged_does_not_hide_the_lie_about_its_score(court: Court) -> None:
    court.ground.executor.store(OTHER, BLOB)
    odd = in_a_way_libsodium_refuses(court, court.seal())
    told = court.liar.anchor(court.log([court.seal(), odd], score=9_999), None)
    assert find(court, told).lie.kind is Kind.SIGNATURE
    found = find(court, told, tried=simulated(court.ground, BYSTANDER.address))
    assert found.lie.kind is Kind.SCORE
    send_refutation(court.ground, BYSTANDER, found, BLOBS, court.sent.append)
    assert not court.token.gateway_at(LIAR_INDEX).active


def test_a_leaf_that_cannot_be_refuted_does_not_hide_a_later_lie(court: Court) -> None:
    court.ground.executor.store(OTHER, BLOB)
    odd = in_a_way_libsodium_refuses(court, court.seal())
    told = court.liar.anchor(court.log([odd, court.seal()], score=9_999), None)
    assert find(court, told).leaf.position == 2
    found = find(court, told, tried=simulated(court.ground, BYSTANDER.address))
    assert (found.lie.kind, found.leaf.position) == (Kind.SCORE, 3)


def test_when_no_lie_can_be_proved_each_refusal_is_named(court: Court) -> None:
    odd = in_a_way_libsodium_refuses(court, court.seal())
    told = court.liar.anchor(court.log([odd]), None)
    tried = simulated(court.ground, BYSTANDER.address)
    refused(court, told, "SignatureNotProved", tried=tried)


# -------------------------------------------------------------------------------- what is not proof


def test_an_honest_gateway_is_not_refuted(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court)), Condition.FLAGGED)
    refused(court, told, "all 3 segments in the log are what their nodes sealed")
    refused(court, told, "entry 3 .*: it is true", position=3)
    assert court.token.gateway_at(LIAR_INDEX).active


def test_an_entry_that_is_no_segment_is_no_lie(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), None)
    refused(court, told, "entry 1: expected a segment's entry", position=1)
    refused(court, told, "entry 50: expected a segment's entry", position=50)


def test_a_lie_that_was_never_posted_is_nobodys(court: Court) -> None:
    told = court.log(three(court), score=9_999)
    refused(court, told, "under no root of gateway 2 on chain")


def test_a_lie_is_not_laid_at_another_gateways_door(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED)
    refused(court, told, "under no root of gateway 1 on chain", gateway=1)


def test_a_lie_about_one_token_is_no_lie_about_another(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED, BESIDE)
    refused(court, replace(told, token=TOKEN + 1), "under no root of gateway 2 on chain")


def test_a_log_that_is_not_the_anchored_one_proves_nothing(court: Court) -> None:
    segments = three(court)
    honest = court.liar.anchor(court.log(segments), None)
    invented = replace(court.log(segments, score=9_999), anchors=honest.anchors)
    refused(court, invented, "under no root of gateway 2 on chain")


def test_a_withheld_claim_shows_nothing_and_it_is_said_so(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED)
    withheld = replace(told, segments=[without(raw, {"claim"}) for raw in told.segments])
    assert refused(court, withheld, "the claim is withheld").incomplete


def test_a_withheld_segment_shows_nothing_and_it_is_said_so(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED)
    left = replace(told, segments=told.segments[:2])
    assert refused(court, left, "the segment is not in the bundle").incomplete


def test_what_a_gateway_withholds_somebody_else_may_have(court: Court) -> None:
    segments = three(court)
    told = court.liar.anchor(court.log(segments, score=9_999), Condition.FLAGGED)
    withheld = replace(told, segments=[without(raw, {"claim"}) for raw in told.segments])
    heard = read_bundle(withheld.encode(), [segments[-1].encode()])
    found = find_refutation(heard, LIAR_INDEX, court.ground, MODELS)
    send_refutation(court.ground, BYSTANDER, found, BLOBS, court.sent.append)
    assert found.lie.kind is Kind.SCORE


def test_a_bundle_with_other_seals_does_not_hide_a_made_up_score(court: Court) -> None:
    segments = three(court)
    told = court.liar.anchor(court.log(segments, score=9_999), Condition.FLAGGED)
    last = segments[-1]
    other = Segment(segments[0].seal, last.statement, last.claim, last.readings, last.location)
    hidden = replace(told, segments=[*told.segments[:2], other.encode()])
    assert prove(court, hidden).lie.kind is Kind.SCORE


def test_another_claim_than_the_sealed_one_shows_nothing(court: Court) -> None:
    segments = three(court)
    told = court.liar.anchor(court.log(segments), None)
    last = segments[-1]
    claim = Claim(bytes(16), bytes(8), 123_456).encode()
    swapped = Segment(last.seal, last.statement, claim, last.readings, last.location)
    changed = replace(told, segments=[*told.segments[:2], swapped.encode()])
    assert refused(court, changed, "the claim is withheld").incomplete


def test_another_statement_than_the_sealed_one_shows_nothing(court: Court) -> None:
    segments = three(court)
    told = court.liar.anchor(court.log(segments), None)
    last, other = segments[-1], court.seal()
    swapped = Segment(last.seal, other.statement, other.claim, other.readings, other.location)
    changed = replace(told, segments=[*told.segments[:2], swapped.encode()])
    assert refused(court, changed, "the statement is not the one that was sealed").incomplete


def test_a_model_that_is_not_at_hand_shows_nothing(court: Court) -> None:
    told = court.liar.anchor(court.log([court.seal(score_off=5)]), None)
    before = court.nonce()
    with pytest.raises(NoProof, match="is not at hand") as caught:
        find_refutation(read_bundle(told.encode()), LIAR_INDEX, court.ground, {})
    assert caught.value.incomplete and court.nonce() == before


def test_a_lie_counts_once(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), Condition.FLAGGED)
    prove(court, told)
    refused(court, told, "gateway 2 was refuted by it already")


def test_while_the_token_contract_is_paused_nothing_is_paid_for(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), None)
    court.ground.executor.store(OTHER, BLOB)
    court.token.pause(ADMIN)
    refused(court, told, "the token contract is paused")
    court.token.unpause(ADMIN)
    prove(court, told)


def test_a_copied_proof_is_worth_nothing_to_who_copies_it(court: Court) -> None:
    told = court.liar.anchor(court.log(three(court), score=9_999), None)
    court.ground.executor.store(OTHER, BLOB)
    found = find(court, told)
    contract, salt = court.ground.contract, b"\x02" * 32
    commitment = contract.commitment_of(BYSTANDER.address, 2, TOKEN, found.leaf_hash, salt)
    contract.send(BYSTANDER, "commit", (commitment,))
    with pytest.raises(Reverted, match="NotCommitted"):
        contract.send(OTHER, found.function, found.arguments(salt), state="pending")
    contract.send(BYSTANDER, found.function, found.arguments(salt), state="pending")


def test_the_contract_refuses_what_is_refused_here(court: Court) -> None:
    """An honest leaf, sent all the same: each proof is refused by the contract itself."""
    segments = three(court)
    told = court.liar.anchor(court.log(segments), None)
    lied = court.liar.anchor(court.log(segments, score=9_999), None)
    court.ground.executor.store(OTHER, BLOB)
    citation = find(court, lied).citation
    true = read_bundle(told.encode()).leaves[-1]
    path = read_bundle(told.encode()).path_of(true, told.anchors[0])
    anchor = told.anchors[0]
    honest: tuple[Any, ...] = (
        2,
        anchor.seq,
        tuple(anchor.head),
        (0, 1, []),
        true.data,
        true.position,
        path,
    )
    last, salt = segments[-1], bytes(32)
    seal = decode_seal(last.seal)
    halves = (seal.signature[:32], seal.signature[32:])
    payload = hashlib.sha256(last.statement).digest()
    hints = signature_hints(signed_bytes(seal), court.node.public_key, seal.signature)
    wrong_hints = (hints[0] ^ 1, *hints[1:])
    other_claim = Claim(bytes(16), bytes(8), 1).encode()
    assert section_digest(other_claim) != true.entry.claim_digest
    tries: list[tuple[str, tuple[Any, ...], str]] = [
        ("refuteScore", (honest, salt, last.claim), "NothingWrong"),
        ("refuteScore", (honest, salt, other_claim), "DigestMismatch"),
        ("refuteSignature", (honest, salt, payload, *halves, hints), "SignatureNotProved"),
        ("refuteSignature", (honest, salt, payload, *halves, wrong_hints), "SignatureNotProved"),
        ("refuteSignature", (honest, salt, bytes(32), *halves, hints), "DigestMismatch"),
        ("refuteStatement", (honest, salt, seal.node, last.statement, *halves), "NothingWrong"),
        ("refuteStatement", (honest, salt, bytes(8), last.statement, *halves), "DigestMismatch"),
        ("refuteScore", (citation, salt, last.claim), "NotCommitted"),
        ("refuteScore", ((1, *citation[1:]), salt, last.claim), "AnchorNotKept|NotAnchored"),
    ]
    contract = court.ground.contract
    for function, arguments, error in tries:
        with pytest.raises(Reverted, match=error):
            contract.simulate(BYSTANDER.address, contract.encode(function, *arguments))
