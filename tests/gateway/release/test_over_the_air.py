"""A release on its way to a node: through the real endpoint, through Mosquitto, and with losses."""

import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from node.update import dialogue as dialogues
from node.update.dialogue import Dialogue

from cargoseal.errors import UsageError
from cargoseal.ingest.broker import Broker, BrokerSettings
from cargoseal.ingest.committer import Committer
from cargoseal.release import contents, offers
from cargoseal.release.desk import Desk
from cargoseal.release.parcel import Parcel, make
from cargoseal.store import Store
from cargoseal_boot.start import choose
from cargoseal_wire import mqtt
from cargoseal_wire import release as rel
from tests.gateway.mosquitto import Mosquitto
from tests.gateway.mqtt_client import Client
from tests.gateway.release.conftest import KEY
from tests.gateway.running import FixedClock, running_endpoint
from tests.gateway.sealing import AUDIENCE, MODELS, START_MS, SealingNode
from tests.node.both.updates import Board, model_files


def application(number: int, size: int = 20_000) -> Parcel:
    """An application of so many bytes: some pieces' worth."""
    files = {"node/app.mpy": bytes(at * 7 % 251 for at in range(size)), "node/selftest.mpy": b"M"}
    return make(contents.Contents(rel.APPLICATION, files, "rv32imc", (1, 2)), number, KEY)


def state(store: Store) -> list[tuple[object, ...]]:
    return [
        (row["component"], row["number"], row["state"], row["said"]) for row in offers.listed(store)
    ]


def exchange(
    dialogue: Dialogue, ask: Callable[[bytes], bytes | None], *, now: int = 0, most: int = 400
) -> int:
    """Runs the node's side until it is silent; how many wishes it had."""
    dialogue.connected(now)
    for count in range(most):
        wish = dialogue.wish(now)
        if wish is None:
            return count
        answer = ask(wish)
        if answer is not None:
            dialogue.take(answer, now)
    raise AssertionError("no end")


@contextmanager
def by_endpoint(store: Store, node: SealingNode) -> Iterator[Callable[[bytes], bytes | None]]:
    committer = Committer(store, AUDIENCE, MODELS)
    with (
        running_endpoint(committer, FixedClock(START_MS), desk=Desk(store)) as running,
        Client(running.port) as client,
    ):
        assert client.subscribe(mqtt.topic(node.node, "release")) == [0]

        def ask(wish: bytes) -> bytes | None:
            client.deliver(mqtt.topic(node.node, "wish"), wish)
            client.send(mqtt.encode_pingreq())
            client.expect(mqtt.PINGRESP)
            found = [p for p in client._packets if p.type == mqtt.PUBLISH]
            client._packets = []
            return mqtt.parse_publish(found[0]).payload if found else None

        yield ask


def test_a_node_gets_a_release_through_the_endpoint_and_runs_it(
    store: Store, node: SealingNode
) -> None:
    offers.offer(store, application(6), [node.node], START_MS)
    board = Board(application=5)
    with by_endpoint(store, node) as ask:
        dialogue = Dialogue(board.installer())
        exchange(dialogue, ask)
    assert dialogue.restart
    assert state(store) == [("application", 6, "installed", "")]
    start = choose(board.nvs, woke=False)
    assert (start.number, start.trial) == (6, True)
    files = board.folders["/application/a"]
    assert bytes(files.files["node/app.mpy"]) == application(6).stream[:20_000]


def test_a_node_gets_a_release_through_mosquitto(
    store: Store, node: SealingNode, tmp_path: Path
) -> None:
    offers.offer(store, application(6), [node.node], START_MS)
    folder = tmp_path / "mosquitto"
    folder.mkdir()
    mosquitto = Mosquitto(folder)
    mosquitto.start()
    committer = Committer(store, AUDIENCE, MODELS, repeats_are_replays=False)
    broker = Broker(
        committer, FixedClock(START_MS), BrokerSettings(port=mosquitto.port), Desk(store)
    )
    ready = threading.Event()
    thread = threading.Thread(target=broker.run, args=(ready.set,), daemon=True)
    thread.start()
    try:
        assert ready.wait(15)
        board = Board(application=5)
        dialogue = Dialogue(board.installer())
        with Client(mosquitto.port, "a node") as client:
            client.subscribe(mqtt.topic(node.node, "release"))

            def ask(wish: bytes) -> bytes | None:
                client.publish(mqtt.topic(node.node, "wish"), wish, qos=0)
                if dialogue.restart:
                    return None
                return mqtt.parse_publish(client.expect(mqtt.PUBLISH)).payload

            exchange(dialogue, ask)
        assert dialogue.restart
        assert choose(board.nvs, woke=False).number == 6
    finally:
        broker.stop()
        thread.join(15)
        mosquitto.kill()


@pytest.mark.parametrize("seed", range(6))
def test_lost_doubled_and_late_messages_only_cost_time(
    store: Store, node: SealingNode, seed: int
) -> None:
    dice = random.Random(seed)
    offers.offer(store, application(6), [node.node], START_MS)
    desk, board = Desk(store), Board(application=5)
    dialogue, now, late = Dialogue(board.installer()), 0, list[bytes]()
    dialogue.connected(now)
    for _ in range(4000):
        now += dialogues.ASK_MS // 3
        dialogue.connected(now)
        wish = dialogue.wish(now)
        answer = desk.answer(node.node, wish) if wish is not None and dice.random() > 0.2 else None
        if answer is not None:
            late.append(answer)
        if late and dice.random() > 0.2:
            dialogue.take(dice.choice(late[-3:]), now)
        if dialogue.restart:
            break
    assert choose(board.nvs, woke=False).number == 6


def test_a_node_goes_on_where_a_power_cut_stopped_it(store: Store, node: SealingNode) -> None:
    offers.offer(
        store,
        make(contents.models([(model_files()["climate.blob"], 400)]), 3, KEY),
        [node.node],
        START_MS,
    )
    desk, board = Desk(store), Board()
    first = Dialogue(board.installer())
    first.connected(0)
    offer = desk.answer(node.node, first.wish(0) or b"")
    first.take(offer or b"", 0)
    second = Dialogue(board.installer())
    exchange(second, lambda wish: desk.answer(node.node, wish))
    assert second.restart
    assert state(store)[0][2] == "installed"


def test_a_refusal_is_told_with_its_reason_and_is_not_repeated(
    store: Store, node: SealingNode
) -> None:
    offers.offer(store, application(6), [node.node], START_MS)
    desk = Desk(store)
    board = Board(arch="xtensawin", application=5)
    wishes = exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert wishes == 2
    assert state(store) == [
        ("application", 6, "refused", "made for rv32imc, this chip runs xtensawin")
    ]


def test_releases_come_in_the_order_of_their_offers(
    store: Store, node: SealingNode, models_release: Parcel, settings_release: Parcel
) -> None:
    offers.offer(store, settings_release, [node.node], START_MS)
    offers.offer(store, models_release, [node.node], START_MS + 1)
    desk, board = Desk(store), Board()
    exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert [row[2] for row in state(store)] == ["installed", "offered"]
    board.slots.keep()
    exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert [row[2] for row in state(store)] == ["installed", "installed"]


def test_another_release_of_the_same_number_is_refused(
    store: Store, node: SealingNode, models_release: Parcel
) -> None:
    offers.offer(store, models_release, [node.node], START_MS)
    other = make(contents.models([(model_files()["climate.blob"], 401)]), 3, KEY)
    with pytest.raises(UsageError, match="got 3"):
        offers.offer(store, other, [node.node], START_MS)


def test_an_offer_again_begins_anew_where_it_was_refused(
    store: Store, node: SealingNode, models_release: Parcel
) -> None:
    offers.offer(store, models_release, [node.node], START_MS)
    offers.note(store, node.node, models_release.digest, offers.REFUSED, 0, "flash is full")
    assert offers.next_digest(store, node.node) is None
    offers.offer(store, models_release, [node.node], START_MS + 5)
    assert offers.next_digest(store, node.node) is not None


def test_what_is_no_wish_is_answered_with_nothing(store: Store, node: SealingNode) -> None:
    desk = Desk(store)
    for payload in (b"", b"\x84\x01", bytes(300), b"\xff" * 40):
        assert desk.answer(node.node, payload) is None


def test_the_node_does_not_check_a_storm_of_offers(store: Store, node: SealingNode) -> None:
    board = Board(application=5)
    installer = board.installer()
    checked = []
    begin = installer.begin

    def counted(data: bytes) -> int:
        checked.append(data)
        return begin(data)

    installer.begin = counted
    dialogue = Dialogue(installer)
    for number in range(200):
        dialogue.take(b"\xd2" + bytes([number]) * 40, now=number * 1000)
    assert len(checked) == 4


def test_a_gateway_that_did_not_hear_of_it_is_told_again_that_a_release_runs(
    store: Store, node: SealingNode
) -> None:
    offers.offer(store, application(6), [node.node], START_MS)
    desk, board = Desk(store), Board(application=5)
    last: list[bytes] = []

    def deaf(wish: bytes) -> bytes | None:
        """Everything but the last word arrives."""
        last.append(wish)
        return None if dialogue.restart else desk.answer(node.node, wish)

    dialogue = Dialogue(board.installer())
    exchange(dialogue, deaf)
    assert state(store)[0][2] == "offered"
    exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert state(store) == [("application", 6, "installed", "")]


def test_a_release_waits_while_the_one_before_is_on_trial(store: Store, node: SealingNode) -> None:
    desk, board = Desk(store), Board(application=5)
    board.install(rel.APPLICATION, 6, {"node/app.mpy": b"M", "node/selftest.mpy": b"M"})
    offers.offer(store, application(7), [node.node], START_MS)
    exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert state(store) == [("application", 7, "offered", "")]
    board.slots.keep()
    exchange(Dialogue(board.installer()), lambda wish: desk.answer(node.node, wish))
    assert state(store) == [("application", 7, "installed", "")]
