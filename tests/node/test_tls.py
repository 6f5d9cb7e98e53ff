"""Mutual TLS between a node and a real Mosquitto: whom the node speaks to, and what it does when it
is somebody else. Certificates are made for each run; the node's ssl is tests/node/board_ssl.py."""

import importlib
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from node.app import App
from node.config import Config
from node.reading import Reading
from node.sensors.queue import QueueSensors

from cargoseal_wire.constants import GNSS
from tests.fleet.broker import Subscriber
from tests.gateway.mosquitto import Mosquitto, free_port
from tests.node import board_ssl
from tests.node.both.chain import assert_unbroken
from tests.node.both.world import START_MS, Dice, MemoryFlash, MemoryNvs, signing_key
from tests.node.certificates import NAME, Authority, for_node
from tests.node.proxy import Proxy

KEY = b"\x11" * 32


@dataclass
class Parties:
    """An authority, a broker that shows its certificate, and the folder of the node's own."""

    authority: Authority
    broker: "TlsMosquitto"
    folder: Path


class TlsMosquitto(Mosquitto):
    """One listener for nodes with certificates, and topics by certificate; one for the gateway."""

    def __init__(self, folder: Path, authority: Authority, issued: tuple[Path, Path]) -> None:
        super().__init__(folder)
        self.tls_port = free_port()
        rules = folder / "acl"
        rules.write_text(
            "pattern write cargoseal/v1/%u/segment\npattern read cargoseal/v1/%u/receipt\n"
        )
        lines = self._config.read_text()
        self._config.write_text(
            f"per_listener_settings true\n{lines}"
            f"listener {self.tls_port} 127.0.0.1\ncafile {authority.ca}\n"
            f"certfile {issued[0]}\nkeyfile {issued[1]}\nrequire_certificate true\n"
            f"use_identity_as_username true\nallow_anonymous false\nacl_file {rules}\n"
        )


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """node.ports.esp32.tls with the board's ssl."""
    monkeypatch.setitem(sys.modules, "ssl", board_ssl)
    names = ("node.ports.esp32.tls", "node.ports.esp32.sockets")
    for name in names:
        monkeypatch.delitem(sys.modules, name, raising=False)
    yield importlib.import_module("node.ports.esp32.tls")
    for name in names:
        sys.modules.pop(name, None)


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("authority") / "ca")


@pytest.fixture
def parties(tmp_path: Path, authority: Authority) -> Iterator[Parties]:
    issued = authority.issue("broker", NAME)
    own = authority.issue("node", node_id())
    (tmp_path / "broker").mkdir()
    broker = TlsMosquitto(tmp_path / "broker", authority, issued)
    broker.start()
    yield Parties(authority, broker, for_node(tmp_path / "tls", authority, own))
    broker.kill()


def node_id() -> str:
    """Of the one key that all of these nodes have."""
    return bytes(made_app(None).node).hex()


def made_app(transport: Any, flash: Any = None, nvs: Any = None) -> App:
    values: dict[str, Any] = {
        "audience": "22" * 32,
        "receipt_key": KEY.hex(),
        "broker": {"host": "127.0.0.1", "port": 1},
        "tls": {"server_name": NAME},
        "max_readings": 2,
        "reconnect_ms": 50,
        "reconnect_most_ms": 200,
        "answer_ms": 5000,
    }
    config = Config(values)
    sensors = QueueSensors(config.burst)
    flash, nvs = flash or MemoryFlash(), nvs or MemoryNvs()
    return App(config, signing_key(), nvs, flash, sensors, transport, Dice())


def read(app: App, segments: int) -> None:
    """So many segments of two readings each."""
    for i in range(2 * segments):
        app._sensors.put(Reading(i, {0: 400 + i}, START_MS + i, GNSS, 1000, 0, None))
        app.sense(i)


def run(app: App, until: Callable[[], bool], seconds: float = 15) -> None:
    start = time.monotonic()
    while not until():
        now = int((time.monotonic() - start) * 1000)
        assert now < seconds * 1000, f"it never came to that: {app.stats()}"
        app.link(now)
        time.sleep(0.002)


def transport_of(tls: ModuleType, port: int, folder: Path, known: bool = True) -> Any:
    return tls.TlsTransport("127.0.0.1", port, NAME, lambda: known, str(folder))


def test_segments_and_receipts_pass_a_broker_that_asks_for_certificates(
    tls: ModuleType, parties: Parties
) -> None:
    subscriber = Subscriber(parties.broker.port, KEY)
    assert subscriber.subscribed.wait(10)
    app = made_app(transport_of(tls, parties.broker.tls_port, parties.folder))
    read(app, 20)
    run(app, lambda: app.spool.pending() == 0)
    assert app.uplink.lost == 0
    kept = subscriber.kept[app.node]
    assert sorted(kept.segments) == list(range(1, 21))
    assert_unbroken(kept.segments)
    subscriber.close()


def lost_with(app: App, words: str) -> None:
    """Runs until the link was lost twice; nothing is forgotten."""
    read(app, 2)
    run(app, lambda: app.uplink.lost >= 2)
    assert words in app.uplink.last_loss, app.uplink.last_loss
    assert app.spool.pending() == 2 and not app.uplink.connects


def test_a_broker_of_another_authority_is_refused(
    tls: ModuleType, parties: Parties, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    folder = for_node(tmp_path / "tls-other", other, other.issue("node", node_id()))
    app = made_app(transport_of(tls, parties.broker.tls_port, folder))
    lost_with(app, "certificate refused")


def test_a_broker_with_another_name_is_refused(tls: ModuleType, parties: Parties) -> None:
    transport = tls.TlsTransport(
        "127.0.0.1", parties.broker.tls_port, "elsewhere.example", lambda: True, str(parties.folder)
    )
    lost_with(made_app(transport), "certificate refused: Hostname mismatch")


@pytest.mark.parametrize(
    ("start", "end", "words"),
    [
        ("20200101000000Z", "20210101000000Z", "expired"),
        ("20480101000000Z", "20490101000000Z", "not yet valid"),
    ],
    ids=["run out", "of tomorrow"],
)
def test_a_certificate_of_another_time_is_refused(
    tls: ModuleType, authority: Authority, tmp_path: Path, start: str, end: str, words: str
) -> None:
    (tmp_path / "broker").mkdir()
    broker = TlsMosquitto(tmp_path / "broker", authority, authority.issue("old", NAME, start, end))
    broker.start()
    folder = for_node(tmp_path / "tls", authority, authority.issue("node", node_id()))
    try:
        lost_with(made_app(transport_of(tls, broker.tls_port, folder)), words)
    finally:
        broker.kill()


def test_before_there_is_a_time_nothing_is_said(tls: ModuleType, parties: Parties) -> None:
    app = made_app(transport_of(tls, parties.broker.tls_port, parties.folder, known=False))
    lost_with(app, "expected a time to check certificates against")


def test_a_node_whose_certificate_is_not_the_brokers_is_refused_by_the_broker(
    tls: ModuleType, parties: Parties, tmp_path: Path
) -> None:
    other = Authority(tmp_path / "other")
    folder = for_node(tmp_path / "tls-other", parties.authority, other.issue("node", node_id()))
    app = made_app(transport_of(tls, parties.broker.tls_port, folder))
    lost_with(app, "")


@pytest.mark.parametrize("name", ["ca.pem", "node.pem", "node.key"])
def test_a_missing_file_is_named(tls: ModuleType, parties: Parties, name: str) -> None:
    (parties.folder / name).unlink()
    app = made_app(transport_of(tls, parties.broker.tls_port, parties.folder))
    lost_with(app, f"expected {parties.folder}/{name}, got none")


def test_a_key_of_another_certificate_is_told(tls: ModuleType, parties: Parties) -> None:
    _, key = parties.authority.issue("another", "another")
    (parties.folder / "node.key").write_bytes(key.read_bytes())
    app = made_app(transport_of(tls, parties.broker.tls_port, parties.folder))
    lost_with(app, "expected node.pem and node.key to go together")


def test_a_node_cannot_publish_as_another(
    tls: ModuleType, parties: Parties, tmp_path: Path
) -> None:
    """Topics go by certificate: the broker takes what is said for another node, and drops it."""
    subscriber = Subscriber(parties.broker.port, KEY)
    assert subscriber.subscribed.wait(10)
    folder = for_node(
        tmp_path / "tls-thief", parties.authority, parties.authority.issue("thief", "00" * 8)
    )
    app = made_app(transport_of(tls, parties.broker.tls_port, folder))
    read(app, 2)
    run(app, lambda: app.uplink.acknowledged >= 2 or app.uplink.lost >= 2)
    assert subscriber.kept == {} and app.spool.pending() == 2
    subscriber.close()


def test_a_connection_cut_anywhere_in_the_handshake_or_after_loses_nothing(
    tls: ModuleType, parties: Parties
) -> None:
    subscriber = Subscriber(parties.broker.port, KEY)
    assert subscriber.subscribed.wait(10)
    flash, nvs, sealed, cases = MemoryFlash(), MemoryNvs(), 0, 0
    with Proxy(parties.broker.tls_port) as proxy:
        for cut in range(1, 5200, 150):
            proxy.cut_after = cut
            app = made_app(transport_of(tls, proxy.port, parties.folder), flash, nvs)
            read(app, 3)
            run(app, lambda app=app: app.spool.pending() == 0)  # type: ignore[misc]
            sealed, cases = sealed + 3, cases + 1
            assert len(subscriber.kept[app.node].segments) == sealed
            app.uplink._transport.close()
    assert_unbroken(subscriber.kept[app.node].segments)
    print(f"TLS: cut in {cases} places, {proxy.cuts} of them struck")
    assert proxy.cuts > 25
    subscriber.close()


def test_what_tls_could_not_send_at_once_is_sent_unchanged(
    tls: ModuleType, parties: Parties
) -> None:
    """A slow reader, a sender whose unsent bytes grow while it waits: rule 4 of the transport."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*parties.authority.issue("server", NAME))
    listener = socket.create_server(("127.0.0.1", 0))
    got = bytearray()

    def serve() -> None:
        connection, _ = listener.accept()
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        with context.wrap_socket(connection, server_side=True) as secure:
            time.sleep(0.3)
            while data := secure.recv(3000):
                got.extend(data)
                time.sleep(0.0005)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    transport = transport_of(tls, listener.getsockname()[1], parties.folder)
    transport.open()
    dice = Dice(3)
    unsent, sent, made, waits = b"", bytearray(), 0, 0
    deadline = time.monotonic() + 30
    while made < 150_000 or unsent:
        assert time.monotonic() < deadline
        if not transport.ready():
            continue
        if transport._socket is not None and not made:
            transport._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        if made < 150_000 and len(unsent) < 3000:
            more = dice(200 + dice(1)[0])
            unsent, made = unsent + more, made + len(more)
        transport.receive()
        taken = transport.send(unsent)
        waits += not taken
        sent += unsent[:taken]
        unsent = unsent[taken:]
    transport.close()
    thread.join(30)
    listener.close()
    assert waits > 20, "nothing ever had to wait"
    assert bytes(got) == bytes(sent)
