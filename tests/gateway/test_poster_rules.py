"""The poster's pure rules: what goes into a batch and what is done next with one."""

from cargoseal.chain.fees import GWEI, Fee, first_offer, raised
from cargoseal.chain.reverts import Revert
from cargoseal.chain.updates import Update, unpack_updates
from cargoseal.poster.daemon import Pauses
from cargoseal.poster.rules import (
    Act,
    Fate,
    Sent,
    Situation,
    Step,
    Waiting,
    choose,
    fate_of,
    match_posted,
    may_take_back,
    next_step,
)

MINUTE_MS = 60_000


def verdict(row: int, token: int, condition: int = 2) -> Waiting:
    return Waiting(row, Update(token, condition, 0, 90, 1, row, 1000))


def sent(nonce: int, age_ms: int = 0, *, known: bool = True, deadline_s: int = 10_000) -> Sent:
    return Sent(nonce.to_bytes(32, "big"), nonce, 1_000_000 - age_ms, deadline_s, known)


def now(*transactions: Sent, next_nonce: int = 5, queued: int | None = None) -> Situation:
    queued = next_nonce if queued is None else queued
    return Situation(transactions, next_nonce, queued, 1_000_000, 1_000, MINUTE_MS)


# -- what goes into a batch --------------------------------------------------------------------


def test_a_batch_holds_the_oldest_verdict_of_each_token() -> None:
    waiting = [verdict(1, 7), verdict(2, 8), verdict(3, 7), verdict(4, 9)]
    assert [item.row for item in choose(waiting, 10)] == [1, 2, 4]


def test_a_batch_is_no_larger_than_allowed() -> None:
    assert [item.row for item in choose([verdict(n, n) for n in range(1, 9)], 3)] == [1, 2, 3]
    assert choose([verdict(1, 1)], 0) == []


def test_a_held_token_does_not_hide_the_others() -> None:
    waiting = [verdict(1, 7), verdict(2, 8)]
    assert [item.row for item in choose(waiting, 1, held={7})] == [2]


def test_a_posted_update_is_matched_with_the_oldest_equal_verdict_only_once() -> None:
    same = [Waiting(1, Update(7, 2, 0, 90, 1, 5, 9)), Waiting(2, Update(7, 2, 0, 90, 1, 5, 9))]
    assert match_posted([same[0].update], same) == [1]
    assert match_posted([same[0].update, same[0].update], same) == [1, 2]
    assert match_posted([Update(7, 3, 0, 90, 1, 5, 9)], same) == []


def test_an_update_packs_into_the_contracts_twenty_bytes() -> None:
    update = Update(2**63 - 1, 3, 15, 100, 14, 2**24 - 1, 2**32 - 1, 5)
    assert update.pack().hex() == "7fffffffffffffff030f640effffff05ffffffff"
    assert unpack_updates(update.pack() * 2) == [update, update]


def test_a_score_beyond_24_bits_and_a_time_before_1970_are_told_at_the_limit() -> None:
    told = Update.unpack(Update(1, 1, 0, 1, 0, 2**30, -5).pack())
    assert (told.score, told.since_s) == (2**24 - 1, 0)


# -- what is done next -------------------------------------------------------------------------


def test_a_batch_without_transactions_is_signed_after_what_is_queued() -> None:
    assert next_step(now(queued=7)) == Step(Act.SIGN, nonce=7)


def test_a_stored_transaction_the_node_does_not_know_is_sent_again() -> None:
    lost = sent(5, known=False)
    assert next_step(now(lost)) == Step(Act.RESEND, target=lost.hash)


def test_a_fresh_known_transaction_is_waited_for() -> None:
    assert next_step(now(sent(5), queued=6)).act is Act.WAIT


def test_a_stuck_transaction_is_replaced_at_its_own_nonce() -> None:
    assert next_step(now(sent(5, MINUTE_MS), queued=6)) == Step(Act.REPLACE, nonce=5)


def test_only_the_newest_replacement_counts_for_waiting() -> None:
    assert next_step(now(sent(5, 2 * MINUTE_MS), sent(5, 10), queued=6)).act is Act.WAIT


def test_a_transaction_past_its_deadline_is_replaced_at_once() -> None:
    assert next_step(now(sent(5, deadline_s=999), queued=6)) == Step(Act.REPLACE, nonce=5)


def test_a_nonce_gap_that_nobody_fills_is_filled() -> None:
    assert next_step(now(sent(8, MINUTE_MS), queued=5)) == Step(Act.REPLACE, nonce=5)


def test_a_nonce_before_ours_that_somebody_queued_is_left_alone() -> None:
    assert next_step(now(sent(6, MINUTE_MS), queued=7)) == Step(Act.REPLACE, nonce=6)


def test_a_nonce_taken_by_another_transaction_of_the_key_is_signed_anew() -> None:
    assert next_step(now(sent(4, 10))) == Step(Act.SIGN, nonce=5)


def test_a_batch_is_taken_back_only_when_nothing_of_it_can_be_mined() -> None:
    assert may_take_back(now(), settled=False)
    assert not may_take_back(now(sent(5)), settled=True)
    assert not may_take_back(now(sent(4)), settled=False)
    assert may_take_back(now(sent(4)), settled=True)
    assert not may_take_back(now(sent(4), sent(5)), settled=True)


def test_every_refusal_has_a_fate() -> None:
    assert fate_of(Revert("ForbiddenTransition", {"tokenId": 7})) == (Fate.NEVER, 7)
    assert fate_of(Revert("UnknownToken", {"tokenId": 7})) == (Fate.LATER, 7)
    assert fate_of(Revert("ReviewedSince", {"tokenId": 7, "stated": 255, "reviews": 0})) == (
        Fate.NEVER,
        7,
    )
    assert fate_of(Revert("ReviewedSince", {"tokenId": 7, "stated": 1, "reviews": 0})) == (
        Fate.LATER,
        7,
    )
    assert fate_of(Revert("Paused")) == (Fate.ALL, None)
    assert fate_of(Revert("WrongSequence", {"expected": 1})) == (Fate.ORDER, None)
    assert fate_of(Revert("Surprise", {})) == (Fate.UNKNOWN, None)


# -- fees and pauses ---------------------------------------------------------------------------


def test_a_replacement_pays_at_least_an_eighth_more_of_both() -> None:
    old = Fee(20 * GWEI, 2 * GWEI)
    new = raised(old, base_fee=GWEI, suggested_tip=1, ceiling=500 * GWEI)
    assert new is not None
    assert new.highest * 8 >= old.highest * 9 and new.tip * 8 >= old.tip * 9


def test_a_replacement_pays_what_the_present_asks_when_that_is_more() -> None:
    new = raised(Fee(GWEI, 1), base_fee=50 * GWEI, suggested_tip=GWEI, ceiling=500 * GWEI)
    assert new == Fee(101 * GWEI, GWEI)


def test_no_offer_passes_the_ceiling() -> None:
    assert first_offer(400 * GWEI, GWEI, 500 * GWEI).highest == 500 * GWEI
    assert raised(Fee(480 * GWEI, GWEI), GWEI, GWEI, 500 * GWEI) is None


def test_pauses_double_up_to_a_minute_with_jitter() -> None:
    pauses = Pauses(0.5, fraction=lambda: 1.0)
    assert [pauses.failure() for _ in range(9)] == [0.5, 1, 2, 4, 8, 16, 32, 60, 60]
    pauses.success()
    assert pauses.failure() == 0.5
    assert Pauses(1.0, fraction=lambda: 0.0).failure() == 0.5
