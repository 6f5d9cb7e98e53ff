"""The exported bundle: complete, always the same, and nothing private in it unless asked for."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from cargoseal import registry
from cargoseal.audit import audit_bundle
from cargoseal.audit.view import PostedBatch
from cargoseal.errors import UsageError
from cargoseal.evidence.bundle import Bundle, decode_bundle, export_bundle
from cargoseal.evidence.entries import Opened, Review, Verdict, decode
from cargoseal.evidence.heads import Head, batch_root, head_path, holds
from cargoseal.evidence.log import HeadReader
from cargoseal.store.schema import batch_heads, batches, nodes
from cargoseal_wire import cbor
from cargoseal_wire.errors import WireError
from cargoseal_wire.segment import decode_segment
from tests.gateway.audit.fakechain import FakeChain, minted, update_of
from tests.gateway.evidence.gatehouse import Gatehouse
from tests.gateway.policy.world import HOUR, START_MS, WARM, Box, profile, steady

RULES = profile(WARM, grace=10, silence=240)
PLACE = (0, 481_371_540, 115_761_240, 12, 1)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Gatehouse]:
    """Two shipments; the first flagged and reviewed, both anchored in two batches."""
    first, second = Box(1), Box(2)
    made = Gatehouse(tmp_path, first, second)
    made.ship(7, RULES, first)
    made.ship(8, RULES, second)
    made.take(first.seal(steady(0, 59, 500), location=[PLACE]), second.seal(steady(0, 59, 500)))
    anchor(made, 0)
    made.take(first.seal(steady(60, 119, 900), location=[PLACE]))
    body = {"condition": "flagged", "reason": "other", "comment": "a secret comment"}
    registry.ask(made.store, 7, "review", body, person="A. Person", now_ms=START_MS + 3 * HOUR)
    made.recorder.step()
    anchor(made, 1)
    yield made
    made.store.close()


def anchor(house: Gatehouse, seq: int) -> None:
    reader = HeadReader()
    with house.store.write() as connection:
        heads = [reader.head(connection, token) for token in (7, 8)]
        connection.execute(
            batches.insert().values(
                seq=seq,
                root=batch_root(heads),
                content_id=bytes(32),
                updates=b"",
                created_ms=0,
                state="mined",
            )
        )
        rows = [{"seq": seq, "token": h.token, "size": h.size, "root": h.root} for h in heads]
        connection.execute(batch_heads.insert(), rows)


def export(house: Gatehouse, *withhold: str, people: bool = False) -> bytes:
    with house.store.read() as connection:
        return export_bundle(connection, 7, withhold=set(withhold), people=people)


def test_a_bundle_holds_the_log_its_segments_and_its_anchors(house: Gatehouse) -> None:
    bundle = decode_bundle(export(house))
    assert [decode(data) for data in bundle.entries] == house.log(7)
    assert len(bundle.segments) == 2
    assert [anchor.seq for anchor in bundle.anchors] == [0, 1]
    for found in bundle.anchors:
        assert holds(found.head, found.index, found.heads, found.path, found.batch_root)
    assert len(bundle.models) == 1
    assert bundle.encode() == export(house)


def test_an_exported_bundle_passes_the_check(house: Gatehouse) -> None:
    bundle = decode_bundle(export(house))
    verdict = next(entry for entry in house.log(7) if isinstance(entry, Verdict))
    review = next(entry for entry in house.log(7) if isinstance(entry, Review))
    opened = house.log(7)[0]
    assert isinstance(opened, Opened)
    status = minted(opened.profile_digest)
    box = Box(1)
    chain = FakeChain(status, {box.node: box.public_key})
    for found, updates in zip(bundle.anchors, (b"", update_of(verdict)), strict=True):
        chain.events.append(PostedBatch(1, found.seq, found.batch_root, updates))
    chain.tell(verdict)
    chain.review(review)
    result = audit_bundle(export(house), chain, 7)
    assert result.exit_code == 0, result.verdict


@pytest.mark.parametrize("section", ["readings", "location", "claim"])
def test_a_withheld_section_is_in_no_segment(house: Gatehouse, section: str) -> None:
    bundle = decode_bundle(export(house, section))
    for raw in bundle.segments:
        segment = decode_segment(raw)
        kept = {"readings", "location", "claim"} - {section}
        assert getattr(segment, section) is None
        assert all(getattr(segment, name) is not None for name in kept)


def test_nothing_private_is_in_a_bundle_unless_asked_for(house: Gatehouse) -> None:
    data = export(house, "location")
    private = [b"A. Person", b"secret comment", *_secrets(house)]
    private += [abs(value).to_bytes(4, "big") for value in PLACE[1:3]]
    assert all(secret not in data for secret in private)


def _secrets(house: Gatehouse) -> list[bytes]:
    with house.store.read() as connection:
        return [bytes(key) for key in connection.execute(sa.select(nodes.c.receipt_key)).scalars()]


def test_who_reviewed_comes_only_when_asked_for(house: Gatehouse) -> None:
    assert decode_bundle(export(house)).openings == []
    (opening,) = decode_bundle(export(house, people=True)).openings
    assert b"A. Person" in opening


def test_a_section_that_is_none_is_told(house: Gatehouse) -> None:
    with pytest.raises(UsageError, match="readings, location, claim"):
        export(house, "names")


def test_a_token_without_a_log_is_told(house: Gatehouse) -> None:
    with house.store.read() as connection, pytest.raises(UsageError, match="token 9"):
        export_bundle(connection, 9)


@pytest.mark.parametrize(
    ("number", "value", "place"),
    [
        (0, "another-bundle", "name"),
        (1, 2, "version"),
        (2, -1, "token"),
        (3, [1], "entries"),
        (4, {}, "segments"),
        (5, [[1]], "anchors"),
        (5, [[0, 1, bytes(32), 0, 1, [bytes(31)], bytes(32)]], "path"),
        (6, ["x"], "models"),
        (7, 0, "openings"),
    ],
)
def test_a_bundle_of_another_shape_is_refused(number: int, value: object, place: str) -> None:
    items = cbor.decode(Bundle(7, [b"\x00"], [], [], [], []).encode())
    assert isinstance(items, list)
    items[number] = value
    with pytest.raises(WireError) as caught:
        decode_bundle(cbor.encode(items))
    assert place in caught.value.where


def test_heads_must_stand_in_the_order_of_their_tokens() -> None:
    heads = [Head(2, 1, bytes(32)), Head(1, 1, bytes(32))]
    with pytest.raises(ValueError, match="ascending"):
        batch_root(heads)
    with pytest.raises(KeyError):
        head_path(sorted(heads), 3)


def test_a_head_of_another_size_or_token_is_not_in_the_batch() -> None:
    heads = [Head(token, 5, bytes([token]) * 32) for token in range(1, 6)]
    index, path = head_path(heads, 3)
    batch = batch_root(heads)
    assert holds(heads[2], index, 5, path, batch)
    assert not holds(heads[2]._replace(size=6), index, 5, path, batch)
    assert not holds(heads[2]._replace(token=4), index, 5, path, batch)
    assert not holds(heads[2], index + 1, 5, path, batch)
