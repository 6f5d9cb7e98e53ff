"""The recorder over the real store: everything once, in order, whatever happens in between."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from cargoseal import registry
from cargoseal.errors import StoreError
from cargoseal.evidence.entries import (
    Assigned,
    Closed,
    Entry,
    Leg,
    Opened,
    Opening,
    Released,
    Review,
    Revoked,
    SegmentEntry,
    Silence,
    Verdict,
)
from cargoseal.evidence.log import HeadReader, read_entries
from cargoseal.evidence.requests import openings
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal.store import Store
from cargoseal.store.schema import counters, segments, shipments
from cargoseal_wire.merkle import leaf_hash, root
from tests.gateway.evidence.gatehouse import Gatehouse
from tests.gateway.policy.world import (
    AUDIENCE,
    HOUR,
    MINUTE,
    START_MS,
    WARM,
    Box,
    Story,
    profile,
    steady,
)

RULES = profile(WARM, grace=10, silence=240)
Build = Callable[..., Gatehouse]


@pytest.fixture
def build(tmp_path: Path) -> Iterator[Build]:
    made: list[Gatehouse] = []

    def make(*boxes: Box, rules: object = RULES) -> Gatehouse:
        house = Gatehouse(tmp_path, *boxes)
        house.ship(7, rules, *boxes)  # type: ignore[arg-type]
        house.recorder.step()
        made.append(house)
        return house

    yield make
    for house in made:
        house.store.close()


def kinds(log: list[Entry]) -> list[str]:
    return [type(entry).__name__ for entry in log]


def test_a_shipment_begins_with_its_profile_and_its_nodes(build: Build) -> None:
    box = Box()
    house = build(box)
    house.recorder.step()
    opened, assigned = house.log(7)
    assert opened == Opened(7, RULES.digest, RULES.canonical, AUDIENCE, START_MS - HOUR)
    assert assigned == Assigned(box.node, box.public_key, START_MS - HOUR, START_MS - HOUR)


def test_segments_become_entries_and_verdicts_wait_for_the_chain(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)), box.seal(steady(60, 119, 900)))
    log = house.log(7)
    assert kinds(log)[2:] == ["SegmentEntry", "SegmentEntry", "Verdict"]
    assert house.waiting(7) == [(4, Condition.FLAGGED, 0)]


def test_the_store_holds_the_log_that_the_rules_alone_give(build: Build) -> None:
    box, twin = Box(), Box()
    house, story = build(box), Story(RULES, twin)
    for box_at, log in ((box, house), (twin, story)):
        parts = [
            box_at.seal(steady(0, 59, 500)),
            box_at.seal(steady(60, 119, 900)),
            box_at.seal(steady(600, 659, 500)),
        ]
        (house.take if log is house else story.receive)(*parts)
    assert house.log(7) == story.entries


def test_a_step_without_work_writes_nothing(build: Build) -> None:
    house = build(Box())
    house.recorder.step()
    before = house.log(7)
    assert house.recorder.step() == 0
    assert house.log(7) == before


def test_a_recorder_that_was_killed_goes_on_where_it_was(build: Build) -> None:
    box, twin = Box(), Box()
    house, story = build(box), Story(RULES, twin)
    for n in range(8):
        value = 900 if n > 4 else 500
        house.take(box.seal(steady(60 * n, 60 * n + 59, value)))
        story.receive(twin.seal(steady(60 * n, 60 * n + 59, value)))
        house.restart()
    assert house.log(7) == story.entries
    assert len(house.waiting(7)) == len(story.posted)


def test_a_step_that_fails_has_changed_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Box()
    house = build(box)
    house.recorder.step()
    before = house.log(7)
    sealed = box.seal(steady(0, 59, 900))
    with monkeypatch.context() as patch:

        def fails(*_: object) -> None:
            raise StoreError("the disk is full")

        patch.setattr("cargoseal.recorder.mark_entered", fails)
        with pytest.raises(StoreError):
            house.take(sealed)
    assert house.log(7) == before
    house.recorder.step()
    assert kinds(house.log(7))[2:] == ["SegmentEntry", "Verdict"]


def test_many_segments_are_entered_in_several_steps(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cargoseal.recorder.BATCH", 3)
    box = Box()
    house = build(box)
    for n in range(7):
        house.take(box.seal(steady(60 * n, 60 * n + 59, 500)), record=False)
    assert [house.recorder.step() for _ in range(4)] == [3, 3, 1, 0]
    assert [e.counter for e in house.log(7) if isinstance(e, SegmentEntry)] == list(range(1, 8))


def test_a_silence_is_noted_by_the_clock(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)))
    house.clock.now = START_MS + 20 * HOUR
    house.recorder.step()
    heard = START_MS + 59 * MINUTE
    assert house.log(7)[-2] == Silence(box.node, heard, heard + 4 * HOUR)
    assert house.waiting(7) == [(4, Condition.SOUND, Doubt.SILENT)]


@pytest.mark.parametrize("idle", [True, False])
def test_a_silence_due_before_a_release_is_noted_however_seldom_the_recorder_looks(
    build: Build, idle: bool
) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)), record=idle)
    heard = START_MS + 59 * MINUTE
    if idle:
        house.clock.now = heard + 5 * HOUR
        house.recorder.step()
    registry.release_node(house.store, 7, box.node, to_ms=heard + 6 * HOUR)
    house.clock.now = heard + 20 * HOUR
    house.recorder.step()
    house.recorder.step()
    log = house.log(7)
    assert [e for e in log if isinstance(e, Silence)] == [
        Silence(box.node, heard, heard + 4 * HOUR)
    ]
    assert kinds(log).index("Silence") < kinds(log).index("Released")


def test_a_silence_due_after_a_release_is_none(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)), record=False)
    registry.release_node(house.store, 7, box.node, to_ms=START_MS + 2 * HOUR)
    house.clock.now = START_MS + 20 * HOUR
    house.recorder.step()
    house.recorder.step()
    assert "Silence" not in kinds(house.log(7)) and "Released" in kinds(house.log(7))


def test_a_shipment_is_closed_only_after_a_release_that_waits(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)), record=False)
    registry.release_node(house.store, 7, box.node, to_ms=START_MS + 2 * HOUR)
    house.clock.now = START_MS + 3 * HOUR
    registry.ask(house.store, 7, "close", {}, person="A. Person", now_ms=house.clock.now)
    house.recorder.step()
    house.recorder.step()
    assert kinds(house.log(7))[-2:] == ["Released", "Closed"]


def test_a_window_from_before_the_assignment_is_no_evidence(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(-120, -70, 900), late_ms=3 * HOUR))
    assert "SegmentEntry" not in kinds(house.log(7))
    with house.store.read() as connection:
        set_aside = connection.execute(
            sa.select(counters.c.value).where(counters.c.name == "unassigned")
        ).scalar()
    assert set_aside == 1


def test_a_backlog_goes_to_the_shipment_that_its_node_watched_then(build: Build) -> None:
    box = Box()
    house = build(box)
    house.ship(8, RULES)
    early = box.seal(steady(0, 30, 500), late_ms=2 * HOUR)
    registry.release_node(house.store, 7, box.node, to_ms=START_MS + HOUR)
    registry.assign_node(house.store, 8, box.node, from_ms=START_MS + HOUR)
    house.clock.now = START_MS + HOUR
    house.recorder.step()
    late = box.seal(steady(70, 90, 500))
    house.take(late, early)
    assert [e.counter for e in house.log(7) if isinstance(e, SegmentEntry)] == [1]
    assert [e.counter for e in house.log(8) if isinstance(e, SegmentEntry)] == [2]
    assert Released(box.node, START_MS + HOUR, START_MS + HOUR) in house.log(7)


def test_segments_that_came_before_their_assignment_are_found_again(build: Build) -> None:
    box = Box()
    house = build(box)
    registry.release_node(house.store, 7, box.node, to_ms=START_MS - HOUR)
    house.take(box.seal(steady(0, 59, 500)))
    house.ship(8, RULES)
    registry.assign_node(house.store, 8, box.node, from_ms=START_MS - HOUR)
    house.recorder.step()
    assert [e.counter for e in house.log(8) if isinstance(e, SegmentEntry)] == [1]


def test_a_leg_holds_from_the_time_that_was_stated(build: Build) -> None:
    box = Box()
    house = build(box)
    body = {"leg": "destination", "from_ms": START_MS + HOUR}
    registry.ask(house.store, 7, "leg", body, person="A. Person", now_ms=START_MS)
    house.recorder.step()
    assert house.log(7)[-1] == Leg("destination", START_MS + HOUR, START_MS)


def test_a_review_enters_the_log_without_the_persons_name(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 900)))
    body = {"condition": "sound", "reason": "goods_inspected", "comment": "opened two boxes"}
    registry.ask(house.store, 7, "review", body, person="A. Person", now_ms=START_MS + HOUR)
    house.recorder.step()
    review = house.log(7)[-1]
    assert isinstance(review, Review)
    assert (review.condition, review.reason) == (Condition.SOUND, Reason.GOODS_INSPECTED)
    assert review.corrects == 3
    with house.store.read() as connection:
        assert all(b"Person" not in data for data in read_entries(connection, 7))
        opened = openings(connection, 7)[review.opening]
    assert isinstance(opened, Opening)
    assert (opened.person, opened.comment) == ("A. Person", "opened two boxes")
    assert hashlib.sha256(opened.encode()).digest() == review.opening


@pytest.mark.parametrize(
    "body",
    [
        {"condition": "fine", "reason": "other"},
        {"condition": "none", "reason": "other"},
        {"condition": "sound"},
        {"condition": "sound", "reason": "other", "evidence": "12"},
        {"condition": "sound", "reason": "other", "corrects": -1},
        {"condition": "sound", "reason": "other", "salt": 3},
    ],
)
def test_a_request_that_makes_no_sense_stops_nothing(build: Build, body: dict[str, object]) -> None:
    house = build(Box())
    registry.ask(house.store, 7, "review", body, person="A. Person", now_ms=START_MS)
    house.recorder.step()
    assert "Review" not in kinds(house.log(7))
    assert all(request.entered for request in registry.list_requests(house.store, 7))


def test_a_closed_shipment_takes_nothing_more(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)))
    registry.ask(house.store, 7, "close", {}, person="A. Person", now_ms=START_MS + HOUR)
    house.recorder.step()
    assert house.log(7)[-1] == Closed(START_MS + HOUR)
    house.take(box.seal(steady(60, 119, 900)))
    house.clock.now += 100 * HOUR
    house.restart()
    house.recorder.step()
    assert house.log(7)[-1] == Closed(START_MS + HOUR)
    with house.store.read() as connection:
        closed = connection.execute(sa.select(shipments.c.closed_ms)).scalar()
        left = connection.execute(
            sa.select(segments.c.counter).where(segments.c.entered.is_(False))
        ).all()
    assert closed == START_MS + HOUR
    assert left == []


def test_a_revoked_node_is_told_in_the_log(build: Build) -> None:
    box = Box()
    house = build(box)
    house.take(box.seal(steady(0, 59, 500)))
    registry.revoke_node(house.store, box.node, reason="stolen", now_ms=START_MS + HOUR)
    house.clock.now = START_MS + HOUR
    house.recorder.step()
    revoked, verdict = house.log(7)[-2:]
    assert revoked == Revoked(box.node, START_MS + HOUR, START_MS + HOUR)
    assert isinstance(verdict, Verdict)
    assert (verdict.doubts, verdict.rule) == (Doubt.SILENT, Rule.SILENCE)
    house.recorder.step()
    assert house.log(7)[-1] == verdict


def test_a_profile_text_with_another_digest_is_refused(tmp_path: Path) -> None:
    with Store(tmp_path / "gateway.db") as store:
        registry.create_shipment(
            store, 7, profile_name="x", profile_digest=bytes(32), profile_text=RULES.text, now_ms=0
        )
        house = Gatehouse(tmp_path)
        with pytest.raises(StoreError, match="digest"):
            house.recorder.step()
        house.store.close()


def test_a_head_is_the_root_over_all_entries_and_grows_with_the_log(build: Build) -> None:
    box = Box()
    house = build(box)
    reader = HeadReader()
    for n in range(3):
        house.take(box.seal(steady(60 * n, 60 * n + 59, 500)))
        with house.store.read() as connection:
            encoded = read_entries(connection, 7)
            head = reader.head(connection, 7)
        assert head == (7, len(encoded), root([leaf_hash(data) for data in encoded]))
