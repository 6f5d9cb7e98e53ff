"""Through a real Mosquitto: what is durable is acknowledged, and a restart loses nothing."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import paho.mqtt.client as paho
import pytest
import sqlalchemy as sa

from cargoseal.errors import StoreError
from cargoseal.ingest.broker import Broker, BrokerSettings
from cargoseal.ingest.committer import Committer
from cargoseal.registry import refusals, totals
from cargoseal.release.desk import Desk
from cargoseal.store import Store
from cargoseal.store.schema import segments
from cargoseal_wire import mqtt
from cargoseal_wire.receipt import decode_receipt
from tests.gateway.mosquitto import Mosquitto
from tests.gateway.mqtt_client import Client
from tests.gateway.running import FixedClock
from tests.gateway.sealing import AUDIENCE, MODELS, SealingNode


@pytest.fixture
def mosquitto(tmp_path: Path) -> Iterator[Mosquitto]:
    folder = tmp_path / "broker"
    folder.mkdir()
    broker = Mosquitto(folder)
    broker.start()
    yield broker
    broker.kill()


@pytest.fixture
def committer(store: Store) -> Committer:
    return Committer(store, AUDIENCE, MODELS, repeats_are_replays=False)


@contextmanager
def running(
    committer: Committer, clock: FixedClock, port: int, desk: Desk | None = None, **more
) -> Iterator[Broker]:
    settings = BrokerSettings(port=port, **{"batch": 10, "linger_s": 0.01, **more})
    broker, ready = Broker(committer, clock, settings, desk), threading.Event()
    thread = threading.Thread(target=broker.run, args=(ready.set,), daemon=True)
    thread.start()
    assert ready.wait(15)
    try:
        yield broker
    finally:
        broker.stop()
        thread.join(15)
        assert not thread.is_alive()


def until(condition: Callable[[], bool], within_s: float = 15) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "not within the time"
        time.sleep(0.02)


def stored(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one()


def receipt_of(port: int, node: SealingNode) -> tuple[int, bool] | None:
    """(contiguous, retained) of the receipt that a node gets on subscribing, None without one."""
    with Client(port, f"node {node.seed}") as client:
        client.subscribe(mqtt.topic(node.node, "receipt"))
        client.send(mqtt.encode_pingreq())
        client.expect(mqtt.PINGRESP)
        found = [p for p in client._packets if p.type == mqtt.PUBLISH]
    if not found:
        return None
    publish = mqtt.parse_publish(found[-1])
    return decode_receipt(node.receipt_key, publish.payload).contiguous, publish.retain


def send(port: int, node: SealingNode, raws: list[bytes]) -> None:
    with Client(port, f"node {node.seed}") as client:
        for number, raw in enumerate(raws, 1):
            client.publish(node.topic, raw, number)
        for _ in raws:
            client.expect(mqtt.PUBACK)


def test_a_node_that_reconnects_finds_the_latest_receipt_retained_at_the_broker(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [node.seal() for _ in range(25)])
        until(lambda: receipt_of(mosquitto.port, node) == (25, True))
    assert stored(store) == 25
    assert receipt_of(mosquitto.port, node) == (25, True)


def test_a_repeat_through_the_broker_is_absorbed(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    raw = node.seal()
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [raw, raw])
        until(lambda: totals(store).redelivered == 1)
    assert (stored(store), refusals(store)) == (1, [])


def test_bad_messages_neither_stop_the_loop_nor_the_messages_behind_them(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    with running(committer, clock, mosquitto.port):
        with Client(mosquitto.port) as client:
            client.deliver("cargoseal/v1/no-node/segment", node.altered(5), 1)
            client.deliver(node.topic, b"", 2)
            client.deliver(node.topic, b"\xff" * 20_000, 3)
            client.deliver(node.topic, node.seal(), 4)
        until(lambda: stored(store) == 1)
        until(lambda: receipt_of(mosquitto.port, node) == (1, True))
    assert {r.error for r in refusals(store)} == {"WrongTopic", "Truncated", "Oversized"}


def test_a_fault_of_ours_while_judging_does_not_stop_the_loop(
    mosquitto: Mosquitto,
    committer: Committer,
    clock: FixedClock,
    store: Store,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    commit, faults = committer.commit, [ZeroDivisionError(), KeyError("x")]

    def faulty(arrivals):
        if faults:
            raise faults.pop()
        return commit(arrivals)

    monkeypatch.setattr(committer, "commit", faulty)
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [node.seal() for _ in range(5)])
        until(lambda: stored(store) == 5)


def test_what_was_not_durable_is_delivered_again_to_the_next_gateway(
    mosquitto: Mosquitto,
    committer: Committer,
    clock: FixedClock,
    store: Store,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def disk_full(arrivals):
        tries.append(len(arrivals))
        raise StoreError("database or disk is full")

    monkeypatch.setattr(committer, "commit", disk_full)
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [node.seal() for _ in range(15)])
        until(lambda: bool(tries))
    assert stored(store) == 0
    with running(Committer(store, AUDIENCE, MODELS), clock, mosquitto.port):
        until(lambda: stored(store) == 15)
    assert refusals(store) == []


def test_a_broker_killed_and_restarted_is_found_again_and_nothing_is_lost(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    with running(committer, clock, mosquitto.port):
        for _ in range(3):
            raws = [node.seal() for _ in range(20)]
            send(mosquitto.port, node, raws)
            mosquitto.kill()
            time.sleep(0.1)
            mosquitto.start()
            send(mosquitto.port, node, raws)  # as a node does, that got no receipt
            until(lambda: stored(store) == node.counter)
    assert totals(store).accepted == 60
    assert refusals(store) == []


def test_receipts_are_published_again_to_a_broker_that_lost_everything(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, node: SealingNode
) -> None:
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [node.seal() for _ in range(4)])
        until(lambda: receipt_of(mosquitto.port, node) == (4, True))
        mosquitto.kill()
        mosquitto.forget()
        mosquitto.start()
        until(lambda: receipt_of(mosquitto.port, node) == (4, True))


def test_packet_ids_of_an_earlier_connection_are_not_acknowledged(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    """Segments wait for their batch while the broker goes and comes back with other ids."""
    with running(committer, clock, mosquitto.port, linger_s=1.0, batch=1000) as broker:
        acknowledged = []
        ack = broker._client.ack
        broker._client.ack = lambda mid, qos: (acknowledged.append(mid), ack(mid, qos))[1]
        send(mosquitto.port, node, [node.seal() for _ in range(5)])
        until(lambda: len(broker._queue) == 5)
        broker._client.socket().shutdown(2)
        until(lambda: stored(store) == 5)
        until(lambda: len(acknowledged) == 5)
        assert totals(store).redelivered == 5
    assert stored(store) == 5


def message(node: SealingNode, qos: int, packet_id: int = 0) -> paho.MQTTMessage:
    made = paho.MQTTMessage(packet_id, node.topic.encode())
    made.payload, made.qos = node.seal(), qos
    return made


def test_while_the_store_fails_qos_0_is_dropped_at_the_limit_counted_and_told_once(
    committer: Committer,
    clock: FixedClock,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("cargoseal.ingest.broker.MAX_WAITING", 5)
    broker = Broker(committer, clock, BrokerSettings(batch=100))
    for _ in range(8):
        broker._on_message(broker._client, None, message(node, qos=0))
    assert (len(broker._queue), broker.dropped) == (5, 3)
    broker._on_message(broker._client, None, message(node, qos=1, packet_id=7))
    assert (len(broker._queue), broker.dropped) == (6, 3)
    assert caplog.text.count("messages of QoS 0 are dropped") == 1


def test_a_receipt_that_the_full_outgoing_queue_refused_stays_due(
    committer: Committer, clock: FixedClock, node: SealingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cargoseal.ingest.broker.MAX_OUTGOING", 1)
    broker = Broker(committer, clock, BrokerSettings(batch=100))
    broker._on_message(broker._client, None, message(node, qos=0))
    broker._flush(everything=True)
    assert len(broker._due) == 1
    broker._client.publish("filled", b"", qos=1)
    broker._send_receipts()
    assert len(broker._due) == 1
    broker._client = broker._make_client()
    broker._send_receipts()
    assert not broker._due


def test_a_gateway_started_before_its_broker_waits_for_it(
    mosquitto: Mosquitto, committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    mosquitto.kill()
    timer = threading.Timer(0.5, mosquitto.start)
    timer.start()
    with running(committer, clock, mosquitto.port):
        send(mosquitto.port, node, [node.seal()])
        until(lambda: stored(store) == 1)
