"""What is no MQTT closes its own connection and disturbs nobody else."""

import random

import pytest

from cargoseal.registry import totals
from cargoseal.store import Store
from cargoseal_wire import mqtt
from tests.gateway.mqtt_client import Client
from tests.gateway.running import running_endpoint
from tests.gateway.sealing import SealingNode

CONNECT = mqtt.encode_connect("bad", 60, clean=True)


def text(value: bytes) -> bytes:
    return len(value).to_bytes(2, "big") + value


def packet(kind: int, flags: int, body: bytes) -> bytes:
    assert len(body) < 128
    return bytes([kind << 4 | flags, len(body)]) + body


FIRST_PACKETS = {
    "http": b"GET / HTTP/1.1\r\nHost: x\r\n\r\n",
    "tls hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "zeros": bytes(50),
    "ff": b"\xff" * 50,
    "publish before connect": mqtt.encode_publish("t", b"x", 1, 1),
    "ping before connect": mqtt.encode_pingreq(),
    "length over four bytes": b"\x10\xff\xff\xff\xff\x01",
    "a packet of 100 MB": b"\x10\x80\x80\x80\x30",
    "connect with flags": b"\x11" + CONNECT[1:],
    "connect, reserved bit": packet(1, 0, text(b"MQTT") + b"\x04\x03\x00\x3c" + text(b"a")),
    "connect, password only": packet(
        1, 0, text(b"MQTT") + b"\x04\x42\x00\x3c" + text(b"a") + text(b"p")
    ),
    "connect, will QoS 3": packet(
        1, 0, text(b"MQTT") + b"\x04\x1e\x00\x3c" + text(b"a") + text(b"t") + text(b"m")
    ),
    "connect, bytes left": packet(1, 0, text(b"MQTT") + b"\x04\x02\x00\x3c" + text(b"a") + b"x"),
    "connect, cut": packet(1, 0, text(b"MQTT") + b"\x04\x02\x00"),
    "connect, no UTF-8": packet(1, 0, text(b"MQTT") + b"\x04\x02\x00\x3c" + text(b"\xff\xfe")),
    "connect, NUL": packet(1, 0, text(b"MQTT") + b"\x04\x02\x00\x3c" + text(b"a\x00b")),
    "connect, no id and a kept session": packet(
        1, 0, text(b"MQTT") + b"\x04\x00\x00\x3c" + text(b"")
    ),
}

LATER_PACKETS = {
    "second connect": CONNECT,
    "publish of QoS 2": packet(3, 4, text(b"t") + b"\x00\x01x"),
    "publish of QoS 3": packet(3, 6, text(b"t") + b"\x00\x01x"),
    "publish, DUP at QoS 0": packet(3, 8, text(b"t") + b"x"),
    "publish, packet id 0": packet(3, 2, text(b"t") + b"\x00\x00x"),
    "publish, no packet id": packet(3, 2, text(b"t")),
    "publish, topic longer than the packet": packet(3, 0, b"\x00\xfft"),
    "publish, empty topic": packet(3, 0, text(b"") + b"x"),
    "publish, wildcard": packet(3, 0, text(b"a/+/b") + b"x"),
    "publish, no UTF-8": packet(3, 0, text(b"\xc3\x28") + b"x"),
    "publish, too long": b"\x30\x80\x80\x05",
    "subscribe without flags": packet(8, 0, b"\x00\x01" + text(b"a") + b"\x00"),
    "subscribe to nothing": packet(8, 2, b"\x00\x01"),
    "subscribe, QoS 3": packet(8, 2, b"\x00\x01" + text(b"a") + b"\x03"),
    "subscribe, cut": packet(8, 2, b"\x00\x01\x00\x09a"),
    "unsubscribe from nothing": packet(10, 2, b"\x00\x01"),
    "ping with a body": packet(12, 0, b"x"),
    "disconnect with flags": packet(14, 1, b""),
    "a server's packet": mqtt.encode_connack(False, 0),
    "pubrec": packet(5, 0, b"\x00\x01"),
    "type 0": packet(0, 0, b""),
    "type 15": packet(15, 0, b""),
}


@pytest.mark.parametrize("name", FIRST_PACKETS)
def test_refuses_a_first_packet_that_is_no_connect(committer, clock, name: str) -> None:
    with running_endpoint(committer, clock) as running:
        with Client(running.port, connect=False) as client:
            client.send(FIRST_PACKETS[name])
            assert client.is_closed()
        assert running.endpoint.closed["protocol_error"] == 1


@pytest.mark.parametrize("name", LATER_PACKETS)
def test_refuses_a_packet_that_the_standard_forbids(
    committer, clock, store: Store, node: SealingNode, name: str
) -> None:
    with running_endpoint(committer, clock) as running, Client(running.port, "good") as good:
        with Client(running.port, "bad") as bad:
            bad.send(LATER_PACKETS[name])
            assert bad.is_closed()
        assert running.endpoint.closed["protocol_error"] == 1
        good.deliver(node.topic, node.seal())
    assert totals(store).accepted == 1


@pytest.mark.parametrize("level", [3, 5])
def test_another_level_of_mqtt_is_told_so(committer, clock, level: int) -> None:
    with running_endpoint(committer, clock) as running:
        with Client(running.port, connect=False) as client:
            body = text(b"MQTT") + bytes([level]) + b"\x02\x00\x3c" + text(b"a")
            client.send(packet(1, 0, body))
            assert mqtt.parse_connack(client.expect(mqtt.CONNACK)).code == mqtt.BAD_PROTOCOL
            assert client.is_closed()


def test_packets_may_come_byte_by_byte_or_all_at_once(
    committer, clock, store: Store, node: SealingNode
) -> None:
    stream = CONNECT + b"".join(
        mqtt.encode_publish(node.topic, node.seal(), 1, n) for n in range(1, 4)
    )
    with running_endpoint(committer, clock) as running:
        with Client(running.port, connect=False) as client:
            for at in range(len(CONNECT) + 30):
                client.send(stream[at : at + 1])
            client.send(stream[len(CONNECT) + 30 :])
            client.expect(mqtt.CONNACK)
            for _ in range(3):
                client.expect(mqtt.PUBACK)
    assert totals(store).accepted == 3


def test_a_link_that_drops_in_mid_packet_leaves_nothing_of_it(
    committer, clock, store: Store, node: SealingNode
) -> None:
    raw = node.seal()
    whole = mqtt.encode_publish(node.topic, raw, 1, 1)
    with running_endpoint(committer, clock) as running:
        for cut in (1, 2, 30, len(whole) // 2, len(whole) - 1):
            with Client(running.port) as client:
                client.send(whole[:cut])
        with Client(running.port) as client:
            client.deliver(node.topic, raw)
    assert (totals(store).accepted, totals(store).refused) == (1, {})


@pytest.mark.parametrize("seed", range(3))
def test_random_streams_close_their_connection_or_wait_and_hurt_nobody(
    committer, clock, store: Store, node: SealingNode, seed: int
) -> None:
    chance = random.Random(seed)
    with running_endpoint(committer, clock) as running, Client(running.port, "good") as good:
        for _ in range(60):
            stream = bytearray(CONNECT + mqtt.encode_publish(node.topic, b"junk", 1, 1))
            for _ in range(chance.randint(1, 6)):
                stream[chance.randrange(len(stream))] = chance.randrange(256)
            with Client(running.port, connect=False) as client:
                client.send(bytes(stream))
        good.deliver(node.topic, node.seal())
    assert totals(store).accepted == 1
