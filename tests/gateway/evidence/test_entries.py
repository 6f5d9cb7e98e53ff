"""Entries: one encoding each, strict decoding, fixed places for a contract."""

import random
from typing import Any

import cbor2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cargoseal.evidence.entries import (
    MAX_ENTRY_BYTES,
    Assigned,
    ChainBreak,
    Closed,
    Entry,
    Gap,
    GapClosed,
    HeardAgain,
    Leg,
    Opened,
    Opening,
    Released,
    Review,
    Revoked,
    SegmentEntry,
    Silence,
    Verdict,
    decode,
    decode_opening,
    encode,
)
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal_wire import cbor
from cargoseal_wire.errors import WireError

D = bytes(range(32))
N = bytes(range(8))
EVERY: list[Entry] = [
    SegmentEntry(D, D[::-1], D, N, 5, 77, 1_700_000_000_000),
    Opened(7, D, b"\xa0", D, 1),
    Assigned(N, D, 2, 3),
    Released(N, 4, 5),
    Gap(N, 5, 9, 6),
    GapClosed(N, 5, 9, 7),
    Silence(N, 8, 9),
    HeardAgain(N, 10),
    Leg("transit", 11, 12),
    Verdict(
        Condition.FLAGGED,
        Doubt.SILENT | Doubt.GAP_IN_EVIDENCE,
        Rule.SINGLE_LIMIT,
        50,
        1000,
        13,
        {"limit": {"above": "8"}, "node": N},
        (1, 2, 9),
        None,
        14,
    ),
    Review(Condition.SOUND, Reason.GOODS_INSPECTED, D, D, 4, 15),
    ChainBreak(N, 6, 16),
    Revoked(N, 17, 18),
    Closed(19),
]


@pytest.mark.parametrize("entry", EVERY, ids=lambda e: type(e).__name__)
def test_an_entry_comes_back_as_it_was(entry: Entry) -> None:
    data = encode(entry)
    assert decode(data) == entry
    assert encode(decode(data)) == data
    assert cbor2.loads(data)[0] == entry.TYPE
    assert entry.time_ms > 0


def test_every_type_has_its_own_number() -> None:
    assert sorted(entry.TYPE for entry in EVERY) == list(range(1, 15))


def test_a_contract_finds_a_segments_fields_at_fixed_places() -> None:
    data = encode(EVERY[0])
    assert data[:4] == b"\x88\x01\x58\x20"
    assert data[4:36] == D
    assert data[38:70] == D[::-1]
    assert data[72:104] == D
    assert data[105:113] == N


def test_a_review_does_not_hold_who_reviewed() -> None:
    opening = Opening(bytes(16), "A. Person", "opened the box")
    data = encode(EVERY[10])
    assert b"Person" not in data
    assert decode_opening(opening.encode()) == opening


@pytest.mark.parametrize("entry", EVERY, ids=lambda e: type(e).__name__)
def test_a_missing_or_a_further_item_is_refused(entry: Entry) -> None:
    items = cbor.decode(encode(entry))
    assert isinstance(items, list)
    for changed in (items[:-1], [*items, 0]):
        with pytest.raises(WireError, match="items"):
            decode(cbor.encode(changed))


def changed(at: int, number: int, value: Any) -> bytes:
    items = cbor.decode(encode(EVERY[at]))
    assert isinstance(items, list)
    items[number] = value
    return cbor.encode(items)


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (cbor.encode([0]), "type"),
        (cbor.encode([15]), "type"),
        (cbor.encode([True]), "type"),
        (cbor.encode([]), "entry"),
        (cbor.encode({1: 2}), "entry"),
        (changed(0, 1, D[1:]), "seal_digest"),
        (changed(0, 4, D), "node"),
        (changed(0, 5, -1), "counter"),
        (changed(0, 7, "now"), "received_ms"),
        (changed(1, 1, 2**63), "token"),
        (changed(1, 3, "toml"), "profile"),
        (changed(8, 1, ""), "leg"),
        (changed(9, 1, 4), "condition"),
        (changed(9, 2, 16), "doubts"),
        (changed(9, 3, 18), "rule"),
        (changed(9, 4, 101), "health"),
        (changed(9, 5, 2**24), "score"),
        (changed(9, 7, []), "snapshot"),
        (changed(9, 7, {1: 2}), "snapshot"),
        (changed(9, 8, [2, 1]), "evidence"),
        (changed(9, 8, list(range(33))), "evidence"),
        (changed(9, 9, -1), "corrects"),
        (changed(10, 2, 99), "reason"),
        (b"\x98\x02\x0e\x13", "entry"),
        (b"", "entry"),
        (b"\x00" * (MAX_ENTRY_BYTES + 1), "entry"),
    ],
)
def test_what_no_entry_can_hold_is_refused_with_its_place(data: bytes, place: str) -> None:
    with pytest.raises(WireError) as caught:
        decode(data)
    assert place in caught.value.where


@settings(derandomize=True, deadline=None, max_examples=300)
@given(st.integers(0, len(EVERY) - 1), st.integers(0, 2**32))
def test_nothing_but_a_wire_error_leaves_the_decoder(number: int, seed: int) -> None:
    chance = random.Random(seed)
    data = bytearray(encode(EVERY[number]))
    for _ in range(chance.randint(1, 4)):
        data[chance.randrange(len(data))] = chance.randrange(256)
    cut = bytes(data[: chance.randint(0, len(data))]) if chance.random() < 0.3 else bytes(data)
    try:
        entry = decode(cut)
    except WireError:
        return
    assert encode(entry) == cut
