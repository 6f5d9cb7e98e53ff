"""The poster against real chains: anvil and the embedded one, with the real contracts."""

from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from cargoseal.chain.backend import default_kind
from cargoseal.chain.contract import transact
from cargoseal.chain.reverts import Reverted
from cargoseal.chain.token import GuardSettings
from cargoseal.errors import ChainError, StoreError
from cargoseal.evidence.heads import Head, batch_root
from cargoseal.poster.manifest import content_id
from cargoseal.poster.relay import read_raw
from cargoseal.store.schema import batch_heads, shipments
from tests.gateway.chain.world import (
    ADMIN,
    COMPROMISED,
    FLAGGED,
    GATEWAY,
    PROFILE,
    REVIEWER,
    SOUND,
    Deployed,
    World,
    deployed_on,
    settle,
    world_on,
)


@pytest.fixture(scope="module", params=["anvil", "embedded"])
def deployed(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Deployed]:
    with deployed_on(request.param, tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def world(deployed: Deployed, tmp_path: Path) -> Iterator[World]:
    with deployed.world(tmp_path) as made:
        yield made


@pytest.fixture(scope="module")
def deployed_anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    with deployed_on("anvil", tmp_path_factory.mktemp("anvil")) as made:
        yield made


@pytest.fixture
def anvil(deployed_anvil: Deployed, tmp_path: Path) -> Iterator[World]:
    with deployed_anvil.world(tmp_path) as made:
        yield made


def review(world: World, token: int, condition: int) -> None:
    seen = world.token.status_of(token).updates
    world.token.review(
        REVIEWER, token, expected_updates=seen, condition=condition, reason=1, evidence=b"e" * 32
    )


@pytest.fixture(scope="module")
def deployed_either(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """Anvil where there is one, else the embedded chain: for what does not depend on the node."""
    with deployed_on(default_kind(), tmp_path_factory.mktemp("either")) as made:
        yield made


@pytest.fixture
def either(deployed_either: Deployed, tmp_path: Path) -> Iterator[World]:
    with deployed_either.world(tmp_path) as made:
        yield made


# -- the way of a verdict ----------------------------------------------------------------------


def test_every_verdict_reaches_the_chain_once_and_in_order(world: World) -> None:
    world.ship(1, 2, 3)
    world.say(1, FLAGGED)
    world.say(1, COMPROMISED)
    world.say(2, FLAGGED, doubts=1)
    world.say(2, FLAGGED)
    settle(world.poster())
    world.assert_each_verdict_once()
    assert [seq for seq, _ in world.told()] == [0, 0, 1, 1]
    assert world.token.status_of(1).condition == COMPROMISED
    assert world.token.status_of(3).condition == SOUND
    assert not world.token.is_stale(3)


def test_a_batch_anchors_the_head_of_every_open_shipment(world: World) -> None:
    world.ship(4, 9)
    world.say(9, FLAGGED)
    settle(world.poster())
    with world.store.read() as connection:
        rows = connection.execute(batch_heads.select().order_by(batch_heads.c.token))
        heads = [Head(row.token, row.size, bytes(row.root)) for row in rows]
    assert [(head.token, head.size) for head in heads] == [(4, 1), (9, 2)]
    posted = world.token.posted(0, gateway=1)[0]
    assert posted.root == batch_root(heads) == world.token.anchor_of(1, 0)
    assert posted.content_id == content_id(1, 0, heads, posted.updates)


def test_a_heartbeat_anchors_new_evidence_when_nothing_is_to_be_said(either: World) -> None:
    either.ship(1)
    poster = either.poster(heartbeat_s=100)
    settle(poster)
    either.enter(1)
    settle(poster)
    assert len(either.token.posted(0, gateway=1)) == 1
    either.real.shift_ms += 101_000
    settle(poster)
    first, second = either.token.posted(0, gateway=1)
    assert (first.updates, second.updates) == (b"", b"")
    assert first.root != second.root


def test_a_clock_that_runs_ahead_in_a_replay_makes_one_heartbeat_per_jump(either: World) -> None:
    either.ship(1)
    poster = either.poster(heartbeat_s=100)
    settle(poster)
    either.clock.ms += 90_000
    settle(poster)
    assert len(either.token.posted(0, gateway=1)) == 1
    either.clock.ms += 86_400_000
    settle(poster)
    assert len(either.token.posted(0, gateway=1)) == 2
    settle(either.poster(heartbeat_s=100))  # a new life asks when the last batch was made
    assert len(either.token.posted(0, gateway=1)) == 2


def test_an_idle_poster_asks_the_chain_nothing(either: World) -> None:
    either.ship(1)
    poster = either.poster(confirmations=0)
    settle(poster)
    poster._relay = None  # type: ignore[assignment]
    assert poster.step() is False


def test_the_end_of_a_closed_shipment_is_anchored_once_more(either: World) -> None:
    either.ship(1, 2)
    poster = either.poster(heartbeat_s=100)
    settle(poster)
    either.enter(1)
    with either.store.write() as connection:
        connection.execute(shipments.update().where(shipments.c.token == 1).values(closed_ms=1))
    for _ in range(2):
        either.real.shift_ms += 101_000
        settle(poster)
    with either.store.read() as connection:
        rows = connection.execute(batch_heads.select().order_by(batch_heads.c.seq))
        anchored = [(row.seq, row.token, row.size) for row in rows]
    assert anchored == [(0, 1, 1), (0, 2, 1), (1, 1, 2), (1, 2, 1), (2, 2, 1)]


def test_a_batch_becomes_final_after_its_confirmations(either: World) -> None:
    either.ship(1)
    poster = either.poster(confirmations=3)
    settle(poster)
    assert [batch.state for batch in either.batches()] == ["mined"]
    either.mine(3)
    settle(poster)
    assert [batch.state for batch in either.batches()] == ["final"]


# -- bad updates -------------------------------------------------------------------------------


def test_a_verdict_a_person_overtook_is_set_apart_with_the_reason(world: World) -> None:
    world.ship(1, 2, 3)
    poster = world.poster()
    settle(poster)
    review(world, 2, COMPROMISED)
    for token in (1, 2, 3):
        world.say(token, FLAGGED)
    settle(poster)
    world.assert_each_verdict_once()
    assert world.refused() == [(2, "ReviewedSince(tokenId=2, stated=0, reviews=1)")]
    assert world.token.status_of(3).condition == FLAGGED


def test_a_verdict_that_knows_of_the_review_is_taken(world: World) -> None:
    world.ship(1)
    settle(world.poster())
    world.say(1, FLAGGED)
    settle(world.poster())
    review(world, 1, SOUND)
    world.say(1, FLAGGED, score=1)  # judged before the review was in the log
    world.enter_review(1)
    world.say(1, FLAGGED, score=2)
    settle(world.poster())
    assert [token for token, _ in world.refused()] == [1]
    status = world.token.status_of(1)
    assert (status.condition, status.score, status.reviews) == (FLAGGED, 2, 1)


def test_a_verdict_waits_for_a_review_that_only_the_log_knows(world: World) -> None:
    world.ship(1)
    world.enter_review(1)
    world.say(1, FLAGGED)
    poster = world.poster()
    settle(poster)
    assert world.refused() == [] and world.token.status_of(1).condition == SOUND
    review(world, 1, SOUND)
    world.real.shift_ms += 10_000
    settle(poster)
    assert world.token.status_of(1).condition == FLAGGED


def test_a_gateway_that_does_not_watch_a_token_says_only_that_it_is_compromised(
    either: World,
) -> None:
    either.ship(1)
    either.token.set_gateway(ADMIN, 2, REVIEWER.address, active=True, cap=10)
    either.token.set_guards(ADMIN, GuardSettings(quorum=2))
    either.token.transact(ADMIN, "handOver", 1, 2)
    either.say(1, FLAGGED)
    either.say(1, COMPROMISED)
    settle(either.poster())
    assert [token for token, _ in either.refused()] == [1]
    status = either.token.status_of(1)
    assert (status.condition, status.voices, status.gateway) == (FLAGGED, 1, 2)


def test_a_frozen_batch_that_a_person_overtook_is_taken_back_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.ship(1, 2)
    poster = world.poster()
    settle(poster)
    world.say(1, FLAGGED)
    world.say(2, FLAGGED)
    _die_in(poster, "_push")
    assert [batch.state for batch in world.batches()][-1] == "frozen"
    review(world, 1, COMPROMISED)
    settle(world.poster())
    world.assert_each_verdict_once()
    assert [token for token, _ in world.refused()] == [1]
    assert world.token.status_of(2).condition == FLAGGED


def test_a_posted_transaction_that_reverts_is_isolated_once_that_has_settled(
    anvil: World,
) -> None:
    anvil.ship(1, 2)
    settle(anvil.poster())
    anvil.say(1, FLAGGED)
    anvil.say(2, FLAGGED)
    anvil.rpc("evm_setAutomine", False)
    poster = anvil.poster(bump_after_s=5)
    settle(poster)
    _review_first_in_the_block(anvil, 1)
    settle(poster)
    assert [item.result for item in anvil.transactions()][-1] is None
    anvil.rpc("evm_setAutomine", True)
    assert not anvil.refused()
    anvil.real.shift_ms += 6_000
    settle(poster)
    anvil.assert_each_verdict_once()
    assert [token for token, _ in anvil.refused()] == [1]
    results = [item.result for item in anvil.transactions()]
    assert results == ["mined", "withdrawn", "mined"]


def _review_first_in_the_block(world: World, token: int) -> None:
    """A person's transaction that pays more stands before ours in the same block."""
    data = world.token.encode("review", token, 0, COMPROMISED, 1, b"e" * 32)
    nonce = world.w3.eth.get_transaction_count(REVIEWER.address)  # type: ignore[arg-type]
    fields = {"nonce": nonce, "to": world.token.address, "value": 0, "gas": 300_000}
    fields |= {"chainId": 31337, "data": "0x" + data.hex()}
    fields |= {"maxFeePerGas": 400 * 10**9, "maxPriorityFeePerGas": 100 * 10**9}
    world.w3.eth.send_raw_transaction(REVIEWER.sign(fields).raw)
    world.mine()


def test_a_token_that_is_not_minted_yet_waits_and_holds_up_nobody(world: World) -> None:
    world.ship(1)
    with world.store.write() as connection:
        connection.execute(
            shipments.insert().values(
                token=5, profile_name="p", profile_digest=PROFILE, profile_text="", created_ms=1
            )
        )
    world.say(5, FLAGGED)
    world.say(1, FLAGGED)
    poster = world.poster()
    settle(poster)
    assert [update.token for _, update in world.told()] == [1]
    world.token.mint(ADMIN, ADMIN.address, 5, 1, PROFILE)
    settle(poster)
    assert [update.token for _, update in world.told()] == [1]  # still within its pause
    world.real.shift_ms += 3_000
    settle(poster)
    world.assert_each_verdict_once()
    assert [update.token for _, update in world.told()] == [1, 5]


def test_a_verdict_on_a_closed_token_is_refused_for_good(world: World) -> None:
    world.ship(1, 2)
    world.token.set_lifecycle(ADMIN, 1, 4)
    world.say(1, FLAGGED)
    world.say(2, FLAGGED)
    settle(world.poster())
    world.assert_each_verdict_once()
    assert world.refused() == [(1, "ShipmentClosed(tokenId=1)")]


def test_more_verdicts_than_an_epoch_allows_go_as_far_as_it_allows(either: World) -> None:
    either.ship(1, 2, 3)
    either.token.set_gateway(ADMIN, 1, GATEWAY.address, active=True, cap=2)
    for token in (1, 2, 3):
        either.say(token, FLAGGED)
    poster = either.poster()
    settle(poster)
    assert [update.token for _, update in either.told()] == [1, 2]
    either.token.set_gateway(ADMIN, 1, GATEWAY.address, active=True, cap=10)
    settle(poster)
    either.assert_each_verdict_once()


def test_a_paused_contract_loses_nothing(world: World) -> None:
    world.ship(1)
    world.say(1, FLAGGED)
    world.token.pause(ADMIN)
    poster = world.poster()
    with pytest.raises(Reverted, match="Paused"):
        settle(poster)
    world.token.unpause(ADMIN)
    settle(poster)
    world.assert_each_verdict_once()


def test_an_account_that_is_no_gateway_is_told_so(either: World) -> None:
    either.token.set_gateway(ADMIN, 1, REVIEWER.address, active=True, cap=10)
    with pytest.raises(ChainError, match="to be a gateway"):
        either.poster().step()


# -- fees, nonces, reorganisations -------------------------------------------------------------


def _assert_replaced_at_its_nonce(world: World) -> None:
    *_, stuck, mined = world.transactions()
    before, after = read_raw(bytes(stuck.raw)), read_raw(bytes(mined.raw))
    assert before.nonce == after.nonce
    assert after.fee.highest * 8 >= before.fee.highest * 9
    assert after.fee.tip * 8 >= before.fee.tip * 9
    assert (stuck.result, mined.result) == ("replaced", "mined")


def test_a_transaction_nobody_mines_is_replaced_after_a_while(anvil: World) -> None:
    anvil.ship(1)
    poster = anvil.poster()
    settle(poster)
    anvil.say(1, FLAGGED)
    anvil.rpc("evm_setAutomine", False)
    settle(poster)
    anvil.real.shift_ms += 59_000
    settle(poster)
    assert len(anvil.transactions()) == 2
    anvil.real.shift_ms += 2_000
    settle(poster)
    assert len(anvil.transactions()) == 3
    anvil.mine()
    settle(poster)
    anvil.assert_each_verdict_once()
    _assert_replaced_at_its_nonce(anvil)


def test_a_fee_below_the_base_fee_is_raised_when_the_node_drops_it(anvil: World) -> None:
    anvil.ship(1)
    poster = anvil.poster()
    settle(poster)
    anvil.say(1, FLAGGED)
    anvil.rpc("evm_setAutomine", False)
    settle(poster)
    anvil.rpc("anvil_setNextBlockBaseFeePerGas", hex(50 * 10**9))
    anvil.mine()
    assert len(anvil.told()) == 0
    anvil.real.shift_ms += 61_000
    settle(poster)
    anvil.mine()
    settle(poster)
    anvil.assert_each_verdict_once()
    _assert_replaced_at_its_nonce(anvil)


def test_a_fee_never_passes_the_ceiling(anvil: World) -> None:
    anvil.ship(1)
    settle(anvil.poster())
    anvil.say(1, FLAGGED)
    anvil.rpc("evm_setAutomine", False)
    poster = anvil.poster(bump_after_s=1, max_fee=10 * 10**9)
    settle(poster)
    for _ in range(30):
        anvil.real.shift_ms += 2_000
        try:
            settle(poster)
        except ChainError as error:
            assert "ceiling" in str(error)
            break
    else:
        pytest.fail("the fee was raised for ever")
    assert max(int(item.max_fee) for item in anvil.transactions()) <= 10 * 10**9
    anvil.mine()
    settle(poster)
    anvil.assert_each_verdict_once()


def test_a_reorganisation_sends_the_very_same_batch_again(world: World) -> None:
    world.ship(1, 2)
    poster = world.poster(confirmations=5)
    settle(poster)
    world.say(1, FLAGGED)
    settle(poster)
    world.say(1, COMPROMISED)
    settle(poster)
    before = [asdict(posted) for posted in world.token.posted(0, gateway=1)]
    assert len(before) == 3
    world.rpc("anvil_reorg", 2, [])
    world.real.shift_ms += 61_000
    settle(poster)
    after = [asdict(posted) for posted in world.token.posted(0, gateway=1)]
    for old, new in zip(before, after, strict=True):
        for name in ("seq", "root", "content_id", "updates"):
            assert old[name] == new[name]
    world.assert_each_verdict_once()
    assert len(world.batches()) == 3


def test_a_reorganisation_deeper_than_the_confirmations_is_noticed_with_the_next_verdict(
    either: World,
) -> None:
    either.ship(1, 2)
    poster = either.poster(confirmations=0)
    either.say(1, FLAGGED)
    settle(poster)
    assert [batch.state for batch in either.batches()] == ["final"]
    either.rpc("anvil_reorg", 1, [])
    either.say(2, FLAGGED)
    either.real.shift_ms += 61_000
    settle(poster)
    either.assert_each_verdict_once()


def test_a_nonce_that_another_transaction_took_is_replaced_by_the_next(world: World) -> None:
    world.ship(1)
    settle(world.poster())
    world.say(1, FLAGGED)
    _die_in(world.poster(), "_relay.send")
    other = transact(world.w3, GATEWAY, ADMIN.address, b"", "a transfer by the same key")
    settle(world.poster())
    world.assert_each_verdict_once()
    *_, lost, mined = world.transactions()
    assert lost.nonce + 1 == mined.nonce
    assert other.succeeded


def test_a_nonce_gap_left_by_a_vanished_transaction_is_filled(anvil: World) -> None:
    anvil.ship(1)
    settle(anvil.poster())
    anvil.rpc("evm_setAutomine", False)
    nonce = anvil.w3.eth.get_transaction_count(GATEWAY.address)  # type: ignore[arg-type]
    fields = {"nonce": nonce, "to": ADMIN.address, "value": 0, "gas": 21_000, "chainId": 31337}
    fields |= {"maxFeePerGas": 10**10, "maxPriorityFeePerGas": 10**9, "data": "0x"}
    gone = GATEWAY.sign(fields)
    anvil.w3.eth.send_raw_transaction(gone.raw)
    anvil.say(1, FLAGGED)
    poster = anvil.poster()
    settle(poster)
    assert anvil.transactions()[-1].nonce == nonce + 1
    anvil.rpc("anvil_dropTransaction", "0x" + gone.hash.hex())
    anvil.mine()
    assert not anvil.told()
    anvil.real.shift_ms += 61_000
    settle(poster)
    anvil.mine()
    settle(poster)
    anvil.assert_each_verdict_once()


# -- deaths, twins, restored stores ------------------------------------------------------------


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing after it runs."""


def _die_in(poster: Any, name: str) -> None:
    """Steps a poster that dies instead of doing the named thing."""
    *path, last = name.split(".")
    owner = poster
    for part in path:
        owner = getattr(owner, part)

    def die(*_: object, **__: object) -> None:
        raise Killed

    setattr(owner, last, die)
    with pytest.raises(Killed):
        settle(poster)


EFFECTS = (
    ("_ledger", "freeze"),
    ("_ledger", "store_transaction"),
    ("_relay", "send"),
    ("_ledger", "mined"),
    ("_ledger", "final"),
)


def _mortal(poster: Any, deaths: list[int]) -> Any:
    """A poster that counts its effects down and dies before or after one of them."""

    def mortal(act: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            for done in (False, True):
                if done:
                    result = act(*arguments, **named)
                deaths[0] -= 1
                if deaths[0] == 0:
                    raise Killed
            return result

        return run

    for owner_name, name in EFFECTS:
        owner = getattr(poster, owner_name)
        setattr(owner, name, mortal(getattr(owner, name)))
    poster._settler._ledger = poster._ledger
    return poster


def test_killed_before_and_after_each_of_its_effects_it_posts_every_verdict_once(
    either: World,
) -> None:
    either.ship(1, 2)
    settle(either.poster())
    moment, deaths = 0, 0
    while deaths == moment:
        moment += 1
        either.say(1, FLAGGED, doubts=moment % 16, score=moment)
        either.say(2, FLAGGED, doubts=moment % 16, score=moment)
        try:
            settle(_mortal(either.poster(), [moment]))
        except Killed:
            deaths += 1
        settle(either.poster())
        either.assert_each_verdict_once()
    assert deaths >= 8


def test_bytes_stored_but_not_sent_are_sent_by_the_next_life(either: World) -> None:
    either.ship(1)
    settle(either.poster())
    either.say(1, FLAGGED)
    _die_in(either.poster(), "_relay.send")
    stored = bytes(either.transactions()[-1].hash)
    settle(either.poster())
    assert either.token.posted(0, gateway=1)[-1].transaction == stored
    assert len(either.transactions()) == 2
    either.assert_each_verdict_once()


def test_two_posters_on_one_store_lose_harmlessly_to_each_other(either: World) -> None:
    either.ship(1, 2, 3)
    twins = [either.poster(), either.poster()]
    for turn in range(12):
        either.say(1 + turn % 3, FLAGGED, score=turn)
        for twin in twins:
            try:
                twin.step()
            except (ChainError, StoreError):
                continue
    for twin in twins * 3:
        settle(twin)
    either.assert_each_verdict_once()


def test_two_posters_with_copies_of_one_store_post_every_verdict_once(
    either: World, tmp_path: Path
) -> None:
    import shutil

    from cargoseal.store import Store

    either.ship(1, 2)
    settle(either.poster())
    either.say(1, FLAGGED, score=1)
    either.say(2, FLAGGED, score=2)
    either.say(1, FLAGGED, score=3)
    either.store.checkpoint()
    shutil.copy(either.store.path, tmp_path / "copy.db")
    with Store(tmp_path / "copy.db") as copy:
        twins = [either.poster(), either.poster(copy)]
        for twin in twins * 8:
            try:
                twin.step()
            except ChainError:
                continue
            either.mine()
    assert sorted(update.score for _, update in either.told()) == [1, 2, 3]
    either.assert_each_verdict_once()


def test_a_store_restored_from_a_backup_posts_nothing_again(either: World, tmp_path: Path) -> None:
    import shutil

    from cargoseal.store import Store

    either.ship(1, 2)
    settle(either.poster())
    either.say(1, FLAGGED, score=1)
    either.say(2, FLAGGED, score=2)
    either.store.checkpoint()
    shutil.copy(either.store.path, tmp_path / "backup.db")
    settle(either.poster())
    with Store(tmp_path / "backup.db") as backup:
        either.store = backup
        settle(either.poster(backup))
        either.assert_each_verdict_once()
        assert [batch.seq for batch in either.batches()] == [0, 1]
        either.say(1, COMPROMISED)
        settle(either.poster(backup))
        either.assert_each_verdict_once()


def test_a_chain_that_was_away_is_served_when_it_is_back(tmp_path: Path) -> None:
    from cargoseal.chain.backend import ensure_chain

    state = str(tmp_path / "state.json")
    with world_on("anvil", tmp_path, ("--state", state)) as world:
        world.ship(1)
        poster = world.poster()
        settle(poster)
        world.say(1, FLAGGED)
        world.chain.stop()
        for _ in range(3):
            with pytest.raises(ChainError):
                poster.step()
        again = ensure_chain("anvil", world.chain.url, 31337, anvil_options=("--state", state))
        with again:
            settle(poster)
            world.assert_each_verdict_once()
