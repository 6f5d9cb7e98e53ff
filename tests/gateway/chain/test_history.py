"""A token's history as it is read back from a real chain, and rules that change after a delay."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.backend import default_kind
from cargoseal.chain.delays import act, delay_of, set_delay
from cargoseal.chain.deploy import manager_of
from cargoseal.chain.devkeys import dev_signer
from cargoseal.chain.history import history_of
from cargoseal.chain.registries import ModelRegistry, Pointer
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import GuardSettings
from cargoseal.chain.updates import Update
from cargoseal.cli.tokens import _record_facts, _record_line
from cargoseal.errors import ChainError
from tests.gateway.chain.world import (
    ADMIN,
    CHAIN_ID,
    COMPROMISED,
    FLAGGED,
    GATEWAY,
    PROFILE,
    REVIEWER,
    SOUND,
    Deployed,
    World,
    deployed_on,
)

SECOND = dev_signer(5)
FAR_S = 2**40


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with deployed_on(default_kind(), tmp_path_factory.mktemp("history")) as made:
        yield made


@pytest.fixture
def world(deployed: Deployed, tmp_path: Path) -> Iterator[World]:
    with deployed.world(tmp_path) as made:
        yield made


def post(world: World, *updates: Update, by: int = 1) -> None:
    slot = world.token.gateway_at(by)
    packed = b"".join(update.pack() for update in updates)
    signer = GATEWAY if by == 1 else SECOND
    world.token.transact(signer, "post", slot.next_seq, FAR_S, b"r" * 32, b"c" * 32, packed)


def said(token: int, condition: int, reviews: int = 0) -> Update:
    return Update(token, condition, 1, 90, 4, 5, 1_700_000_000, reviews)


def review(world: World, condition: int, signer: object = REVIEWER) -> bool:
    seen = world.token.status_of(7).updates
    receipt = world.token.review(
        signer,  # type: ignore[arg-type]
        7,
        expected_updates=seen,
        condition=condition,
        reason=2,
        evidence=b"e" * 32,
    )
    return world.token.decided(receipt)


def test_a_history_tells_every_record_with_both_times_and_what_it_corrects(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    world.token.mint(ADMIN, ADMIN.address, 8, 1, PROFILE)
    post(world, said(8, FLAGGED), said(7, FLAGGED))
    review(world, SOUND)
    world.token.set_lifecycle(ADMIN, 7, 2)
    post(world, said(7, COMPROMISED, reviews=1))
    records = history_of(world.token, 7)
    assert [(r.index, r.type, r.outcome) for r in records] == [
        (0, "minted", "sound"),
        (1, "posted", "flagged"),
        (2, "reviewed", "sound"),
        (None, "moved", "in-transit"),
        (3, "posted", "compromised"),
    ]
    flagged, cleared = records[1], records[2]
    assert (flagged.corrected_by, cleared.corrects, cleared.corrected_by) == (2, 1, None)
    assert (flagged.occurred_s, flagged.actor, flagged.code) == (1_700_000_000, "gateway 1", 4)
    assert flagged.recorded_s == world.w3.eth.get_block(flagged.block)["timestamp"]
    assert (flagged.evidence, cleared.evidence) == (b"r" * 32, b"e" * 32)
    assert (cleared.actor, cleared.code) == (REVIEWER.address, 2)


def test_a_history_without_its_beginning_does_not_pass_for_whole(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    post(world, said(7, FLAGGED))
    block = world.w3.eth.block_number
    post(world, said(7, COMPROMISED))
    with pytest.raises(ChainError, match="expected 2 updates since the mint"):
        history_of(world.token, 7, first_block=block + 1)
    with pytest.raises(Reverted, match="UnknownToken"):
        history_of(world.token, 99)


def test_two_gateways_agree_and_the_history_counts_their_voices(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    world.token.set_gateway(ADMIN, 2, SECOND.address, active=True, cap=10)
    world.token.set_guards(ADMIN, GuardSettings(quorum=2))
    assert world.token.guards() == (False, GuardSettings(quorum=2))
    post(world, said(7, COMPROMISED))
    assert world.token.status_of(7).condition == FLAGGED
    post(world, said(7, COMPROMISED), by=2)
    assert world.token.status_of(7).condition == COMPROMISED
    told = [(r.type, r.outcome, r.actor) for r in history_of(world.token, 7)[1:]]
    assert told == [
        ("voice 1", "flagged", "gateway 1"),
        ("voice 2", "compromised", "gateway 2"),
    ]


def test_where_two_reviewers_must_agree_the_first_only_proposes(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    addresses = read_addresses(world.book, CHAIN_ID)
    manager_of(world.w3, addresses).transact(ADMIN, "grantRole", 3, SECOND.address, 0)
    world.token.set_guards(ADMIN, GuardSettings(second_reviewer=True))
    post(world, said(7, COMPROMISED))
    assert not review(world, SOUND)
    assert world.token.status_of(7).condition == COMPROMISED
    assert review(world, SOUND, SECOND)
    kinds = [(r.index, r.type) for r in history_of(world.token, 7)]
    assert kinds == [(0, "minted"), (1, "posted"), (None, "proposed"), (2, "reviewed")]


def test_a_frozen_gateway_is_refused_by_name(world: World) -> None:
    world.token.freeze(ADMIN, 1)
    with pytest.raises(Reverted, match="NotGateway"):
        post(world)


def test_a_profile_moves_to_another_model_without_a_new_token(world: World) -> None:
    models = ModelRegistry(world.w3, read_addresses(world.book, CHAIN_ID).models)
    for digest in (b"a" * 32, b"b" * 32):
        models.register(ADMIN, digest, bytes(32), b"l" * 32, 1000)
    assert models.current_of(PROFILE, 1) is None
    models.point(ADMIN, PROFILE, 1, b"a" * 32, 500)
    assert models.pointer_now(PROFILE, 1) == Pointer(b"a" * 32, 500)
    models.point(ADMIN, PROFILE, 1, b"b" * 32, 0)
    assert models.current_of(PROFILE, 1) == b"b" * 32


def test_with_a_delay_a_setting_is_scheduled_and_holds_only_later(world: World) -> None:
    manager = manager_of(world.w3, read_addresses(world.book, CHAIN_ID))
    set_delay(manager, ADMIN, 3600)
    assert delay_of(manager, ADMIN.address) == 3600
    cap = ("setGateway", 1, GATEWAY.address, True, 5)
    waiting = act(manager, ADMIN, world.token, *cap)
    assert waiting is not None and "setGateway can be done from" in str(waiting)
    again = act(manager, ADMIN, world.token, *cap)
    assert again == waiting
    assert world.token.room_in_epoch(1) != 5
    with pytest.raises(Reverted, match="AccessManagerNotScheduled"):
        world.token.set_gateway(ADMIN, 1, SECOND.address, active=True, cap=5)
    world.token.freeze(ADMIN, 1)  # a guardian's acts hold at once


def test_the_command_line_tells_codes_as_words_and_times_in_utc(world: World) -> None:
    world.token.mint(ADMIN, ADMIN.address, 7, 1, PROFILE)
    post(world, said(7, FLAGGED))
    review(world, SOUND)
    lines = [_record_line(record) for record in history_of(world.token, 7)]
    assert [line["why"] for line in lines] == [None, "tamper", "product-tested"]
    assert lines[1]["occurred"] == "2023-11-14 22:13:20Z"
    facts = json.loads(json.dumps([_record_facts(record) for record in history_of(world.token, 7)]))
    assert [fact["corrected_by"] for fact in facts] == [None, 2, None]
    assert facts[2]["evidence"] == (b"e" * 32).hex()
