"""The endpoint as a client sees it: answers after the commit, receipts, take-over, limits."""

import asyncio
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from cargoseal.errors import ConfigError, LinkError, StoreError
from cargoseal.ingest import connection as connection_module
from cargoseal.ingest.committer import Committer
from cargoseal.ingest.endpoint import Endpoint, EndpointSettings
from cargoseal.ingest.run import _server_tls
from cargoseal.registry import enroll_node, refusals, revoke_node, totals
from cargoseal.store import Store
from cargoseal.store.schema import segments
from cargoseal_wire import mqtt
from cargoseal_wire.receipt import decode_receipt
from tests.gateway.mqtt_client import Client
from tests.gateway.running import FixedClock, Running, running_endpoint
from tests.gateway.sealing import AUDIENCE, MODELS, SealingNode


@pytest.fixture
def running(committer: Committer, clock: FixedClock) -> Iterator[Running]:
    with running_endpoint(committer, clock) as found:
        yield found


def receipt_of(client: Client, node: SealingNode) -> tuple[int, list[tuple[int, int]]]:
    publish = mqtt.parse_publish(client.expect(mqtt.PUBLISH))
    assert publish.topic == mqtt.topic(node.node, "receipt")
    assert not publish.retain
    receipt = decode_receipt(node.receipt_key, publish.payload)
    return receipt.contiguous, receipt.ranges


def stored(store: Store) -> int:
    with store.read() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(segments)).scalar_one()


def test_a_puback_comes_when_the_segment_is_in_the_store(
    running: Running, store: Store, node: SealingNode
) -> None:
    with Client(running.port) as client:
        client.deliver(node.topic, node.seal(), 77)
        assert stored(store) == 1


def test_qos_0_is_stored_without_an_answer(
    running: Running, store: Store, node: SealingNode
) -> None:
    with Client(running.port) as client:
        client.publish(node.topic, node.seal(), qos=0)
        client.deliver(node.topic, node.seal(), 3)
    assert stored(store) == 2


def test_a_refused_segment_is_acknowledged_and_the_next_one_goes_on(
    running: Running, store: Store, node: SealingNode
) -> None:
    with Client(running.port) as client:
        client.deliver(node.topic, b"junk", 1)
        client.deliver(node.topic, b"x" * 20_000, 2)
        client.deliver("some/other/topic", node.altered(1), 3)
        client.deliver(node.topic, node.seal(), 4)
    assert stored(store) == 1
    assert {r.error for r in refusals(store)} == {"Malformed", "Oversized", "WrongTopic"}


def test_the_receipt_comes_right_after_subscribing_and_after_each_commit(
    running: Running, node: SealingNode
) -> None:
    with Client(running.port) as client:
        assert client.subscribe(mqtt.topic(node.node, "receipt")) == [0]
        assert receipt_of(client, node) == (0, [])
        client.deliver(node.topic, node.seal(), 1)
        assert receipt_of(client, node) == (1, [])
        node.seal()
        client.deliver(node.topic, node.altered(4), 2)
        assert receipt_of(client, node) == (1, [(4, 4)])
    with Client(running.port) as again:
        again.subscribe(mqtt.topic(node.node, "receipt"))
        assert receipt_of(again, node) == (1, [(4, 4)])


def test_a_redelivery_gets_its_puback_and_the_receipt_again(
    running: Running, store: Store, node: SealingNode
) -> None:
    raw = node.seal()
    with Client(running.port) as client:
        client.deliver(node.topic, raw, 1)
    with Client(running.port) as client:
        client.subscribe(mqtt.topic(node.node, "receipt"))
        receipt_of(client, node)
        client.deliver(node.topic, raw, 1, dup=True)
        assert receipt_of(client, node) == (1, [])
    assert (totals(store).redelivered, refusals(store)) == (1, [])


def test_receipts_under_load_are_few_and_the_last_one_is_complete(
    committer: Committer, clock: FixedClock, node: SealingNode
) -> None:
    settings = EndpointSettings(port=0, batch=10, linger_s=0.01)
    with running_endpoint(committer, clock, settings) as running, Client(running.port) as client:
        client.subscribe(mqtt.topic(node.node, "receipt"))
        receipt_of(client, node)
        raws = [node.seal() for _ in range(300)]
        client.send(
            b"".join(mqtt.encode_publish(node.topic, r, 1, i + 1) for i, r in enumerate(raws))
        )
        for number in range(300):
            assert mqtt.parse_puback(client.expect(mqtt.PUBACK)).packet_id == number + 1
        received = [receipt_of(client, node)]
        while received[-1] != (300, []):
            received.append(receipt_of(client, node))
        assert len(received) < 15


def test_a_client_with_the_same_id_takes_the_place_of_the_earlier_one(
    running: Running, node: SealingNode
) -> None:
    with Client(running.port, "same") as first, Client(running.port, "same") as second:
        assert first.is_closed()
        second.deliver(node.topic, node.seal())
    assert running.endpoint.closed["taken_over"] == 1


def test_clients_without_an_id_do_not_push_each_other_out(
    running: Running, node: SealingNode
) -> None:
    with Client(running.port, "") as first, Client(running.port, "") as second:
        first.deliver(node.topic, node.seal())
        second.deliver(node.topic, node.seal())


@pytest.mark.parametrize(
    "pattern",
    [
        "cargoseal/v1/#",
        "#",
        "cargoseal/v1/+/receipt",
        "cargoseal/v1/0000000000000000/segment",
        "cargoseal/v1/00000000000000/receipt",
    ],
)
def test_refuses_to_let_a_client_listen_to_more_than_a_nodes_own_topics(
    running: Running, pattern: str
) -> None:
    with Client(running.port) as client:
        assert client.subscribe(pattern) == [mqtt.REFUSED_SUBSCRIPTION]


def test_a_client_may_not_listen_to_nodes_without_end(running: Running) -> None:
    topics = [mqtt.topic(n.to_bytes(8, "big"), "receipt") for n in range(70)]
    with Client(running.port) as client:
        codes = [client.subscribe(*topics[i : i + 10]) for i in range(0, 70, 10)]
    flat = [code for part in codes for code in part]
    assert flat == [0] * 64 + [mqtt.REFUSED_SUBSCRIPTION] * 6


def test_no_receipts_come_after_unsubscribing(running: Running, node: SealingNode) -> None:
    topic = mqtt.topic(node.node, "receipt")
    with Client(running.port) as client:
        client.subscribe(topic)
        receipt_of(client, node)
        unsubscribe = bytes([0xA2, 4 + len(topic), 0, 5, 0, len(topic)]) + topic.encode()
        client.send(unsubscribe)
        client.expect(mqtt.UNSUBACK)
        client.deliver(node.topic, node.seal())
        with pytest.raises(TimeoutError):
            client.socket.settimeout(0.2)
            client.socket.recv(100)


def test_an_unknown_or_revoked_node_gets_no_receipt_and_an_enrolled_one_does(
    running: Running, store: Store, node: SealingNode
) -> None:
    late = SealingNode(55)
    with Client(running.port) as client:
        assert client.subscribe(mqtt.topic(late.node, "receipt")) == [0]
        client.deliver(late.topic, late.seal(), 1)
        enroll_node(store, late.public_key, late.receipt_key, now_ms=0)
        client.deliver(late.topic, late.seal(), 2)
        assert receipt_of(client, late) == (0, [(2, 2)])
        revoke_node(store, node.node, reason="stolen", now_ms=0)
        client.deliver(node.topic, node.seal(), 3)
        assert client.subscribe(mqtt.topic(node.node, "receipt")) == [0]
        client.send(mqtt.encode_pingreq())
        client.expect(mqtt.PINGRESP)
        assert not [p for p in client._packets if p.type == mqtt.PUBLISH]


def test_answers_a_ping(running: Running) -> None:
    with Client(running.port) as client:
        client.send(mqtt.encode_pingreq())
        client.expect(mqtt.PINGRESP)


def test_closes_after_a_disconnect(running: Running) -> None:
    with Client(running.port) as client:
        client.send(mqtt.encode_disconnect())
        assert client.is_closed()
    assert not running.endpoint.closed


def test_drops_a_client_silent_for_one_and_a_half_times_its_keep_alive(running: Running) -> None:
    with Client(running.port, "quiet", keep_alive_s=1) as quiet:
        with Client(running.port, "forever", keep_alive_s=0) as forever:
            started = time.monotonic()
            assert quiet.is_closed(6)
            assert time.monotonic() - started >= 1.4
            forever.send(mqtt.encode_pingreq())
            forever.expect(mqtt.PINGRESP)
    assert running.endpoint.closed["silent"] == 1


def test_drops_a_connection_that_never_says_connect(
    committer: Committer, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "CONNECT_WITHIN_S", 0.5)
    with running_endpoint(committer, clock) as running:
        with Client(running.port, connect=False) as client:
            assert client.is_closed(6)
        assert running.endpoint.closed["no_connect"] == 1


def test_refuses_more_connections_than_allowed_and_takes_new_ones_later(
    committer: Committer, clock: FixedClock
) -> None:
    settings = EndpointSettings(port=0, max_connections=2)
    with running_endpoint(committer, clock, settings) as running:
        with Client(running.port, "a"), Client(running.port, "b") as second:
            with Client(running.port, "c", connect=False) as third:
                assert third.is_closed()
            second.send(mqtt.encode_disconnect())
            assert second.is_closed()
            with Client(running.port, "d") as fourth:
                assert fourth.code == mqtt.ACCEPTED
        assert running.endpoint.closed["too_many_connections"] == 1


def test_drops_a_client_that_does_not_read_what_it_asked_for(
    committer: Committer, clock: FixedClock, node: SealingNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection_module, "MAX_UNREAD_BYTES", 20_000)
    with running_endpoint(committer, clock) as running, Client(running.port) as client:
        client.socket.setblocking(False)
        wish = mqtt.encode_subscribe(1, [(mqtt.topic(node.node, "receipt"), 0)])
        deadline = time.monotonic() + 20
        while not running.endpoint.closed["does_not_read"] and time.monotonic() < deadline:
            try:
                client.socket.send(wish * 500)
            except BlockingIOError:
                time.sleep(0.01)
            except OSError:
                break
        assert running.endpoint.closed["does_not_read"] == 1


def test_many_unanswered_segments_stop_the_reading_and_none_is_lost(
    committer: Committer,
    clock: FixedClock,
    store: Store,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(connection_module, "MAX_UNANSWERED", 4)
    settings = EndpointSettings(port=0, batch=1000, linger_s=0.02)
    with running_endpoint(committer, clock, settings) as running, Client(running.port) as client:
        for number in range(40):
            client.publish(node.topic, node.seal(), number + 1)
        for _ in range(40):
            client.expect(mqtt.PUBACK)
    assert stored(store) == 40


def test_right_password_enters_and_wrong_or_none_does_not(
    committer: Committer, clock: FixedClock
) -> None:
    settings = EndpointSettings(port=0, username="node", password=b"secret")
    with running_endpoint(committer, clock, settings) as running:
        with Client(running.port, username="node", password=b"secret") as client:
            assert client.code == mqtt.ACCEPTED
        for name, password in (
            ("node", b"wrong"),
            ("other", b"secret"),
            ("node", None),
            (None, None),
        ):
            with Client(running.port, username=name, password=password) as client:
                assert client.code == mqtt.BAD_PASSWORD
                assert client.is_closed()
        assert running.endpoint.closed["bad_password"] == 4


def test_while_the_store_fails_nothing_is_answered_and_afterwards_everything(
    committer: Committer,
    clock: FixedClock,
    store: Store,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, broken = store.write, threading.Event()
    broken.set()

    @contextmanager
    def failing():
        if broken.is_set():
            raise StoreError("database or disk is full")
        with write() as connection:
            yield connection

    monkeypatch.setattr(store, "write", failing)
    with running_endpoint(committer, clock) as running, Client(running.port) as client:
        for number in range(3):
            client.publish(node.topic, node.seal(), number + 1)
        time.sleep(0.4)
        assert running.endpoint.stalled
        client.socket.settimeout(0.1)
        with pytest.raises(TimeoutError):
            client.socket.recv(100)
        broken.clear()
        for _ in range(3):
            client.expect(mqtt.PUBACK)
        assert not running.endpoint.stalled
        client.deliver(node.topic, node.seal(), 9)
    assert stored(store) == 4


def test_a_commit_that_failed_but_reached_the_disk_is_no_replay(
    committer: Committer,
    clock: FixedClock,
    store: Store,
    node: SealingNode,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    write, failures = store.write, [1]

    @contextmanager
    def late_failure():
        with write() as connection:
            yield connection
        if failures:
            failures.pop()
            raise StoreError("disk I/O error after the commit")

    monkeypatch.setattr(store, "write", late_failure)
    with running_endpoint(committer, clock) as running, Client(running.port) as client:
        client.deliver(node.topic, node.seal(), 1)
    assert (stored(store), refusals(store), totals(store).redelivered) == (1, [], 1)


def test_stopping_commits_and_answers_what_has_come(
    committer: Committer, clock: FixedClock, store: Store, node: SealingNode
) -> None:
    settings = EndpointSettings(port=0, batch=1000, linger_s=60)
    with running_endpoint(committer, clock, settings) as running:
        client = Client(running.port)
        client.publish(node.topic, node.seal(), 5)
        client.send(mqtt.encode_pingreq())
        client.expect(mqtt.PINGRESP)
    assert mqtt.parse_puback(client.expect(mqtt.PUBACK)).packet_id == 5
    assert client.is_closed()
    assert stored(store) == 1


def test_fifty_nodes_at_once(store: Store, clock: FixedClock) -> None:
    nodes = [SealingNode(1000 + n, readings=4) for n in range(50)]
    for node in nodes:
        enroll_node(store, node.public_key, node.receipt_key, now_ms=0)
    with running_endpoint(Committer(store, AUDIENCE, MODELS), clock) as running:
        clients = [Client(running.port, f"node {i}") for i in range(50)]
        for client, node in zip(clients, nodes, strict=True):
            client.subscribe(mqtt.topic(node.node, "receipt"))
        for number in range(1, 7):
            for client, node in zip(clients, nodes, strict=True):
                client.publish(node.topic, node.seal(), number)
        for client, node in zip(clients, nodes, strict=True):
            for _ in range(6):
                client.expect(mqtt.PUBACK)
            while receipt_of(client, node) != (6, []):
                pass
            client.socket.close()
    assert stored(store) == 300
    assert refusals(store) == []


def test_a_port_in_use_is_told_as_what_it_is(running: Running, committer: Committer, clock) -> None:
    settings = EndpointSettings(port=running.port)
    with pytest.raises(LinkError, match=f"{running.port}.*ingest.port"):
        asyncio.run(Endpoint(committer, clock, settings).start())


# TLS


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate authority, a server's and a client's certificate, made by openssl."""
    folder = tmp_path_factory.mktemp("tls")

    def openssl(*arguments: str) -> None:
        subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)

    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=ca")
    for name in ("server", "client"):
        openssl(
            "req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={name}"
        )
        (folder / "san").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        openssl(
            "x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
            "-CAcreateserial", "-out", f"{name}.pem", "-days", "2", "-extfile", "san",
        )  # fmt: skip
    return folder


def test_over_tls_only_a_client_with_a_certificate_of_ours_gets_in(
    committer: Committer, clock: FixedClock, node: SealingNode, certificates: Path
) -> None:
    folder = certificates
    server = _server_tls(folder / "server.pem", folder / "server.key", folder / "ca.pem")
    with running_endpoint(committer, clock, EndpointSettings(port=0, tls=server)) as running:
        context = ssl.create_default_context(cafile=str(folder / "ca.pem"))

        def wrap(plain):
            return context.wrap_socket(plain, server_hostname="localhost")

        with pytest.raises(OSError):
            Client(running.port, wrap=wrap)
        context.load_cert_chain(folder / "client.pem", folder / "client.key")
        with Client(running.port, wrap=wrap) as client:
            client.deliver(node.topic, node.seal())
        with pytest.raises(OSError):
            Client(running.port)


def test_a_bad_certificate_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.pem"):
        _server_tls(tmp_path / "none.pem", tmp_path / "none.key", None)
