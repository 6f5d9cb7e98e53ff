"""The registry: who may seal, what is shipped, who watches it, what was asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cargoseal import registry
from cargoseal.errors import UsageError
from cargoseal.store import Store
from cargoseal_wire.identity import node_id

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
RECEIPT_KEY = b"r" * 32
NODE = node_id(KEY)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "gateway.db") as opened:
        yield opened


@pytest.fixture
def enrolled(store: Store) -> Store:
    registry.enroll_node(store, KEY, RECEIPT_KEY, now_ms=1000, label="pallet 1")
    for token in (1, 2):
        ship(store, token)
    return store


def ship(store: Store, token: int, label: str = "") -> registry.Shipment:
    return registry.create_shipment(
        store,
        token,
        profile_name="dry-goods",
        profile_digest=b"d" * 32,
        profile_text="text",
        now_ms=1000,
        label=label,
    )


def version(store: Store) -> int:
    with store.read() as connection:
        return registry.registry_version(connection)


def test_an_enrolled_node_has_the_id_of_its_key_and_hides_its_receipt_key(enrolled: Store) -> None:
    [node] = registry.list_nodes(enrolled)
    assert node.node == NODE
    assert (node.enrolled_ms, node.valid_from_ms, node.revoked_ms) == (1000, 1000, None)
    assert RECEIPT_KEY.hex() not in repr(node)
    assert str(RECEIPT_KEY) not in repr(node)


def test_enrolling_again_with_the_same_keys_changes_nothing(enrolled: Store) -> None:
    before = version(enrolled)
    again = registry.enroll_node(enrolled, KEY, RECEIPT_KEY, now_ms=5000)
    assert (again.enrolled_ms, again.label) == (1000, "pallet 1")
    assert version(enrolled) == before


def test_refuses_to_enroll_a_key_with_another_receipt_key(enrolled: Store) -> None:
    with pytest.raises(UsageError, match="others"):
        registry.enroll_node(enrolled, KEY, b"s" * 32, now_ms=5000)


def test_refuses_to_enroll_a_revoked_key_again(enrolled: Store) -> None:
    registry.revoke_node(enrolled, NODE, reason="stolen", now_ms=2000)
    with pytest.raises(UsageError, match="stolen"):
        registry.enroll_node(enrolled, KEY, RECEIPT_KEY, now_ms=5000)


@pytest.mark.parametrize("key", [b"", b"k" * 31, b"k" * 33])
def test_refuses_a_key_of_a_wrong_length(store: Store, key: bytes) -> None:
    with pytest.raises(UsageError, match="32 bytes"):
        registry.enroll_node(store, key, RECEIPT_KEY, now_ms=1)
    with pytest.raises(UsageError, match="32 bytes"):
        registry.enroll_node(store, KEY, key, now_ms=1)


def test_revoking_keeps_the_first_time_and_reason(enrolled: Store) -> None:
    registry.revoke_node(enrolled, NODE, reason="stolen", now_ms=2000)
    again = registry.revoke_node(enrolled, NODE, reason="lost", now_ms=3000)
    assert (again.revoked_ms, again.revoked_reason) == (2000, "stolen")


def test_revoking_needs_a_reason_and_a_registered_node(enrolled: Store) -> None:
    with pytest.raises(UsageError, match="reason"):
        registry.revoke_node(enrolled, NODE, reason=" ", now_ms=2000)
    with pytest.raises(UsageError, match="registered"):
        registry.revoke_node(enrolled, b"12345678", reason="x", now_ms=2000)


@pytest.mark.parametrize("text", [NODE.hex(), NODE.hex()[:5], NODE.hex().upper(), "pallet 1"])
def test_a_person_may_name_a_node_by_id_beginning_or_label(enrolled: Store, text: str) -> None:
    assert registry.find_node(enrolled, text).node == NODE


def test_a_name_that_fits_no_node_or_several_is_refused_with_the_choice(enrolled: Store) -> None:
    registry.enroll_node(enrolled, OTHER_KEY, RECEIPT_KEY, now_ms=1, label="pallet 1")
    for text in ("pallet 1", "zz", ""):
        with pytest.raises(UsageError, match=NODE.hex()):
            registry.find_node(enrolled, text)


def test_every_change_of_who_may_seal_raises_the_version(enrolled: Store) -> None:
    seen = [version(enrolled)]
    registry.enroll_node(enrolled, OTHER_KEY, RECEIPT_KEY, now_ms=1)
    seen.append(version(enrolled))
    registry.assign_node(enrolled, 1, NODE, from_ms=1)
    seen.append(version(enrolled))
    registry.release_node(enrolled, 1, NODE, to_ms=2)
    seen.append(version(enrolled))
    registry.revoke_node(enrolled, NODE, reason="x", now_ms=2)
    seen.append(version(enrolled))
    assert seen == sorted(set(seen))


def test_a_token_stands_for_one_shipment(enrolled: Store) -> None:
    assert ship(enrolled, 1) == registry.get_shipment(enrolled, 1)
    with pytest.raises(UsageError, match="another token"):
        ship(enrolled, 1, label="other goods")
    with pytest.raises(UsageError, match="create it first"):
        registry.get_shipment(enrolled, 77)


@pytest.mark.parametrize("token", [-1, 2**63])
def test_refuses_a_token_id_that_does_not_fit(store: Store, token: int) -> None:
    with pytest.raises(UsageError, match="token id from 0"):
        ship(store, token)


def test_a_token_id_of_63_bits_is_kept_exactly(store: Store) -> None:
    ship(store, registry.MAX_TOKEN)
    assert registry.list_shipments(store)[0].token == 2**63 - 1


def test_a_node_watches_one_shipment_at_a_time(enrolled: Store) -> None:
    registry.assign_node(enrolled, 1, NODE, from_ms=10, person="Ana")
    with pytest.raises(UsageError, match="release it there first"):
        registry.assign_node(enrolled, 2, NODE, from_ms=20)
    registry.release_node(enrolled, 1, NODE, to_ms=30)
    with pytest.raises(UsageError, match="at or after 30"):
        registry.assign_node(enrolled, 2, NODE, from_ms=29)
    registry.assign_node(enrolled, 2, NODE, from_ms=30)
    assert [(a.token, a.from_ms, a.to_ms) for a in registry.list_assignments(enrolled)] == [
        (1, 10, 30),
        (2, 30, None),
    ]
    assert [a.token for a in registry.list_assignments(enrolled, token=2)] == [2]


def test_assigning_again_changes_nothing(enrolled: Store) -> None:
    first = registry.assign_node(enrolled, 1, NODE, from_ms=10)
    assert registry.assign_node(enrolled, 1, NODE, from_ms=99) == first


def test_refuses_to_assign_what_is_unknown_or_revoked(enrolled: Store) -> None:
    with pytest.raises(UsageError, match="create it first"):
        registry.assign_node(enrolled, 9, NODE, from_ms=1)
    with pytest.raises(UsageError, match="enrol it first"):
        registry.assign_node(enrolled, 1, b"12345678", from_ms=1)
    registry.revoke_node(enrolled, NODE, reason="stolen", now_ms=2)
    with pytest.raises(UsageError, match="stolen"):
        registry.assign_node(enrolled, 1, NODE, from_ms=1)


def test_refuses_to_release_a_node_that_does_not_watch_or_before_it_began(enrolled: Store) -> None:
    with pytest.raises(UsageError, match="watches shipment 1"):
        registry.release_node(enrolled, 1, NODE, to_ms=5)
    registry.assign_node(enrolled, 1, NODE, from_ms=10)
    with pytest.raises(UsageError, match="at or after 10"):
        registry.release_node(enrolled, 1, NODE, to_ms=9)


def test_a_request_is_kept_with_its_person_and_body(enrolled: Store) -> None:
    body = {"condition": "sound", "reason": 3}
    made = registry.ask(enrolled, 1, "review", body, person="Ana", now_ms=7)
    assert registry.list_requests(enrolled, 1) == [made]
    assert registry.list_requests(enrolled, 2) == []
    assert (made.body, made.person, made.asked_ms, made.entered) == (body, "Ana", 7, False)


def test_refuses_a_request_without_a_person_a_known_kind_or_a_shipment(enrolled: Store) -> None:
    with pytest.raises(UsageError, match="person"):
        registry.ask(enrolled, 1, "leg", {}, person="", now_ms=1)
    with pytest.raises(UsageError, match="leg, review, close"):
        registry.ask(enrolled, 1, "erase", {}, person="Ana", now_ms=1)
    with pytest.raises(UsageError, match="create it first"):
        registry.ask(enrolled, 9, "leg", {}, person="Ana", now_ms=1)
    assert registry.list_requests(enrolled) == []


@pytest.mark.parametrize("label", ["x" * 501, "two\nlines", "\x1b[31mred"])
def test_refuses_text_that_would_spoil_a_listing(store: Store, label: str) -> None:
    with pytest.raises(UsageError, match="printable"):
        registry.enroll_node(store, KEY, RECEIPT_KEY, now_ms=1, label=label)


def test_an_empty_store_has_no_totals(store: Store) -> None:
    found = registry.totals(store)
    assert (found.accepted, found.redelivered, found.refused, found.refused_total) == (0, 0, {}, 0)
    assert registry.refusals(store) == []
    assert registry.refused_bytes(store, b"x" * 32) is None
