"""What becomes durable of a batch: replays, reuse, quarantine, counts, receipts."""

import hashlib
import sqlite3
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from cargoseal.errors import StoreError
from cargoseal.ingest.committer import Arrival, Committer
from cargoseal.ingest.quarantine import Quarantine
from cargoseal.registry import (
    enroll_node,
    refusals,
    refused_bytes,
    revoke_node,
    totals,
    totals_by_node,
)
from cargoseal.store import Store
from cargoseal.store.schema import quarantine, segments
from cargoseal_wire import cbor
from cargoseal_wire.constants import MAX_SEGMENT_BYTES, NO_SEGMENT
from cargoseal_wire.receipt import decode_receipt
from cargoseal_wire.segment import decode_segment, withhold
from tests.gateway.sealing import AUDIENCE, MODELS, START_MS, SealingNode, small_model

NOW_MS = START_MS


def arrival(
    node: SealingNode, raw: bytes, *, redelivery: bool = False, at: int = NOW_MS
) -> Arrival:
    return Arrival(raw, node.topic, redelivery, at)


def commit(committer: Committer, node: SealingNode, *raws: bytes, **more) -> set[bytes]:
    return committer.commit([arrival(node, raw, **more) for raw in raws])


def stored(store: Store) -> list[tuple[bytes, int]]:
    with store.read() as connection:
        query = sa.select(segments.c.node, segments.c.counter).order_by(*segments.primary_key)
        return [tuple(row) for row in connection.execute(query)]


def refused(store: Store) -> dict[str, int]:
    return {row.error: row.count for row in refusals(store)}


def covers(committer: Committer, node: SealingNode) -> tuple[int, list[tuple[int, int]]]:
    data = committer.receipt(node.node, 5)
    assert data is not None
    receipt = decode_receipt(node.receipt_key, data)
    return receipt.contiguous, receipt.ranges


def test_a_segment_is_stored_with_its_bytes_and_every_field(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raw = node.seal()
    assert commit(committer, node, raw) == {node.node}
    with store.read() as connection:
        row = connection.execute(sa.select(segments)).one()
    assert (row.node, row.counter, row.raw, row.received_ms) == (node.node, 1, raw, NOW_MS)
    assert (row.previous, row.seal_digest) == (NO_SEGMENT, node.previous)
    assert (row.boot, row.kind, row.flags, row.count) == (1, 0, 0, node.readings)
    assert row.model == node.model.digest
    assert row.entered is False
    assert totals(store).accepted == 1


def test_segments_may_come_in_any_order(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raws = [node.seal() for _ in range(6)]
    commit(committer, node, raws[4], raws[1])
    assert covers(committer, node) == (0, [(2, 2), (5, 5)])
    commit(committer, node, raws[0], raws[5], raws[3], raws[2])
    assert covers(committer, node) == (6, [])
    assert stored(store) == [(node.node, n) for n in range(1, 7)]
    assert refused(store) == {}


def test_a_replayed_segment_is_refused_and_nothing_is_stored_twice(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raw = node.seal()
    commit(committer, node, raw)
    assert commit(committer, node, raw) == {node.node}
    commit(committer, node, raw)
    assert refused(store) == {"Replayed": 2}
    assert stored(store) == [(node.node, 1)]


def test_a_redelivery_is_no_refusal_and_the_receipt_is_due_again(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raw = node.seal()
    commit(committer, node, raw)
    assert commit(committer, node, raw, redelivery=True) == {node.node}
    assert refused(store) == {}
    assert (totals(store).accepted, totals(store).redelivered) == (1, 1)


def test_a_replay_in_another_encoding_is_still_a_replay(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    segment, _ = node.make(1, NO_SEGMENT)
    commit(committer, node, segment.compact())
    commit(committer, node, segment.encode())
    assert refused(store) == {"Replayed": 1}


def test_a_replay_within_one_batch_is_seen(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raw = node.seal()
    commit(committer, node, raw, raw)
    assert (totals(store).accepted, refused(store)) == (1, {"Replayed": 1})


def test_a_replay_is_seen_after_a_restart(store: Store, node: SealingNode) -> None:
    raw = node.seal()
    commit(Committer(store, AUDIENCE, MODELS), node, raw)
    commit(Committer(store, AUDIENCE, MODELS), node, raw)
    assert refused(store) == {"Replayed": 1}


def test_behind_a_broker_a_repeat_counts_as_redelivered(store: Store, node: SealingNode) -> None:
    committer = Committer(store, AUDIENCE, MODELS, repeats_are_replays=False)
    raw = node.seal()
    commit(committer, node, raw, raw)
    assert (totals(store).redelivered, refused(store)) == (1, {})


def test_two_different_segments_under_one_counter_are_reuse_whichever_came_first(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    first, second = node.altered(1), node.altered(1)
    commit(committer, node, first, second)
    assert refused(store) == {"CounterReused": 1}
    [row] = refusals(store)
    assert row.authentic
    assert refused_bytes(store, row.digest) == second
    commit(committer, node, second)
    assert refused(store) == {"CounterReused": 2}
    assert stored(store) == [(node.node, 1)]


def test_reuse_of_a_counter_whose_first_segment_was_refused(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    commit(committer, node, node.altered(1, score_off=1))
    commit(committer, node, node.altered(1))
    assert refused(store) == {"WrongScore": 1, "CounterReused": 1}
    assert stored(store) == []


def test_a_number_passed_over_by_the_chain_may_not_be_used_later_without_being_kept(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    """Counter 2 lies within a bridged run, but nothing is stored there: it is evidence, kept."""
    commit(committer, node, node.seal(), node.seal(skip=3))
    assert covers(committer, node) == (5, [])
    commit(committer, node, node.altered(2))
    assert stored(store) == [(node.node, 1), (node.node, 2), (node.node, 5)]


def test_what_was_refused_for_its_model_is_accepted_once_the_model_is_known(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    newer = small_model(weight=41)
    raw = SealingNode(1, model=newer).seal()
    commit(committer, node, raw)
    assert refused(store) == {"WrongModel": 1}
    taught = Committer(store, AUDIENCE, {**MODELS, newer.digest: newer})
    commit(taught, node, raw)
    assert stored(store) == [(node.node, 1)]


def test_authentic_refusals_count_as_kept_and_mutilated_copies_do_not(
    committer: Committer, node: SealingNode
) -> None:
    commit(committer, node, node.altered(1, score_off=1))
    assert covers(committer, node) == (1, [])
    whole = node.altered(2)
    cut = withhold(decode_segment(whole), readings=True).encode()
    assert commit(committer, node, cut) == set()
    assert covers(committer, node) == (1, [])
    commit(committer, node, whole)
    assert covers(committer, node) == (2, [])


def test_a_forger_cannot_make_a_node_forget(committer: Committer, node: SealingNode) -> None:
    value = cbor.decode(node.altered(1))
    value[1] = value[1][:-1] + bytes([value[1][-1] ^ 1])
    assert commit(committer, node, cbor.encode(value)) == set()
    assert covers(committer, node) == (0, [])


def test_the_quarantine_keeps_a_refused_thing_once_and_counts_it(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    for at in (10, 30, 20):
        commit(committer, node, b"junk", at=at)
    [row] = refusals(store)
    assert (row.error, row.count, row.first_ms, row.last_ms) == ("Malformed", 3, 10, 30)
    assert (row.size, row.topic, row.authentic) == (4, node.topic, False)
    assert refused_bytes(store, hashlib.sha256(b"junk").digest()) == b"junk"


def test_oversized_bytes_are_cut_in_the_quarantine_and_their_size_is_told(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    raw = b"x" * (MAX_SEGMENT_BYTES + 5000)
    commit(committer, node, raw)
    [row] = refusals(store)
    assert (row.error, row.size) == ("Oversized", len(raw))
    assert len(refused_bytes(store, row.digest) or b"") == MAX_SEGMENT_BYTES


def test_a_full_quarantine_drops_what_nobody_proved_and_keeps_what_a_node_said(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    committer._quarantine = Quarantine(max_unproven_bytes=2000)
    commit(committer, node, *[b"junk %d" % n for n in range(10)])
    assert len(refusals(store)) == 3
    commit(committer, node, node.altered(1, score_off=1))
    assert "WrongScore" in refused(store)
    found = totals(store)
    assert (sum(found.refused.values()), found.other) == (11, {"quarantine_full": 7})
    fresh = Committer(store, AUDIENCE, MODELS)
    fresh._quarantine = Quarantine(max_unproven_bytes=2000)
    commit(fresh, node, b"one more")
    assert totals(store).other == {"quarantine_full": 8}


def test_a_refused_segment_does_not_hold_up_the_others_of_its_batch(
    store: Store, committer: Committer, node: SealingNode, other: SealingNode
) -> None:
    batch = [
        arrival(node, node.seal()),
        arrival(node, b"junk"),
        arrival(other, other.seal()),
        arrival(other, node.seal()),
        arrival(node, node.altered(9, score_off=1)),
        arrival(other, other.seal()),
    ]
    assert committer.commit(batch) == {node.node, other.node}
    assert len(stored(store)) == 3
    assert refused(store) == {"Malformed": 1, "WrongTopic": 1, "WrongScore": 1}


def test_refusals_are_counted_under_the_node_they_name_if_it_is_known(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    stranger = SealingNode(99)
    commit(committer, stranger, stranger.seal())
    commit(committer, node, node.altered(1, score_off=1), b"junk")
    by_node = totals_by_node(store)
    assert by_node[node.node].refused == {"WrongScore": 1}
    assert by_node[b""].refused == {"UnknownNode": 1, "Malformed": 1}
    assert totals(store).refused == {"UnknownNode": 1, "Malformed": 1, "WrongScore": 1}


def test_a_node_enrolled_while_running_is_known_at_once(store: Store, committer: Committer) -> None:
    late = SealingNode(7)
    raw = late.seal()
    commit(committer, late, raw)
    assert refused(store) == {"UnknownNode": 1}
    enroll_node(store, late.public_key, late.receipt_key, now_ms=0)
    assert committer.receipt(late.node, 1) is not None
    commit(committer, late, raw)
    assert stored(store) == [(late.node, 1)]


def test_a_node_revoked_between_two_segments_is_refused_from_then_on(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    commit(committer, node, node.seal(), at=NOW_MS)
    revoke_node(store, node.node, reason="stolen", now_ms=NOW_MS + 10)
    assert commit(committer, node, node.seal(), at=NOW_MS + 10) == set()
    assert refused(store) == {"RevokedNode": 1}
    assert stored(store) == [(node.node, 1)]
    assert committer.receipt(node.node, 1) is None


def test_a_revocation_between_verifying_and_storing_is_seen(
    store: Store, committer: Committer, node: SealingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worst moment: the batch is verified, the node is revoked, then the batch is stored."""
    judge = committer._judge
    calls = []

    def judge_then_revoke(arrivals):
        outcome = judge(arrivals)
        if not calls:
            revoke_node(store, node.node, reason="stolen", now_ms=NOW_MS)
        calls.append(1)
        return outcome

    monkeypatch.setattr(committer, "_judge", judge_then_revoke)
    commit(committer, node, node.seal())
    assert (stored(store), refused(store)) == ([], {"RevokedNode": 1})


def test_another_process_that_stored_the_same_first_leads_to_a_repeat_not_an_error(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    first, second = node.seal(), node.seal()
    commit(committer, node, first)
    commit(Committer(store, AUDIENCE, MODELS), node, second)
    commit(committer, node, second, redelivery=True)
    assert stored(store) == [(node.node, 1), (node.node, 2)]
    assert (totals(store).accepted, totals(store).redelivered) == (2, 1)
    assert covers(committer, node) == (2, [])


def test_a_failed_commit_leaves_nothing_behind_in_store_or_memory(
    store: Store, committer: Committer, node: SealingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = node.seal()
    write = store.write

    @contextmanager
    def full_disk():
        with write() as connection:
            yield connection
            raise StoreError("database or disk is full")

    monkeypatch.setattr(store, "write", full_disk)
    with pytest.raises(StoreError):
        commit(committer, node, raw, b"junk")
    assert covers(committer, node) == (0, [])
    monkeypatch.setattr(store, "write", write)
    assert (stored(store), refusals(store), totals(store).accepted) == ([], [], 0)
    commit(committer, node, raw)
    assert stored(store) == [(node.node, 1)]
    assert refused(store) == {}


def test_the_bytes_in_the_store_are_those_on_the_wire_to_the_last_bit(
    tmp_path: Path, store: Store, committer: Committer, node: SealingNode
) -> None:
    raws = [node.seal() for _ in range(30)]
    commit(committer, node, *raws)
    found = sqlite3.connect(tmp_path / "gateway.db").execute(
        "SELECT raw FROM segments ORDER BY counter"
    )
    assert [row[0] for row in found] == raws


def test_the_order_of_storing_is_the_order_of_the_row_ids(
    store: Store, committer: Committer, node: SealingNode
) -> None:
    """The recorder takes pending segments by row id: that must be the order of arrival."""
    raws = [node.seal() for _ in range(4)]
    commit(committer, node, raws[2], raws[0])
    commit(committer, node, raws[3], raws[1])
    rowid = sa.literal_column("rowid")
    query = sa.select(segments.c.counter).where(segments.c.entered.is_(False)).order_by(rowid)
    with store.read() as connection:
        assert list(connection.execute(query).scalars()) == [3, 1, 4, 2]
        plan = connection.exec_driver_sql(
            "EXPLAIN QUERY PLAN SELECT counter FROM segments WHERE entered IS 0 ORDER BY rowid"
        ).all()
    assert "segments_pending" in str(plan)


def test_authentic_refusals_of_a_node_are_found_by_their_index(store: Store) -> None:
    query = sa.select(quarantine.c.counter).where(
        quarantine.c.node == b"x", quarantine.c.authentic.is_(True)
    )
    with store.read() as connection:
        text = str(query.compile(connection.engine, compile_kwargs={"literal_binds": False}))
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", (b"x",)).all()
    assert "quarantine_authentic" in str(plan)
