"""MQTT 3.1.1: known bytes, any cutting of the stream, and what the standard forbids."""

from cargoseal_wire import mqtt
from cargoseal_wire.errors import OversizedError, TruncatedError, WireError
from cargoseal_wire.mqtt import Packet, PacketReader
from tests.wire.both.lcg import Lcg
from tests.wire.both.refusing import refused


def one(data, max_packet=mqtt.MAX_PACKET_BYTES):
    """The single packet in `data`."""
    packets = PacketReader(max_packet).feed(data)
    assert len(packets) == 1
    return packets[0]


def test_connect_has_the_bytes_of_the_standard():
    data = mqtt.encode_connect("ab", 60, "u", b"pw", clean=True)
    assert data == b"\x10\x15\x00\x04MQTT\x04\xc2\x00\x3c\x00\x02ab\x00\x01u\x00\x02pw"
    connect = mqtt.parse_connect(one(data))
    assert (connect.client_id, connect.keep_alive_s, connect.clean) == ("ab", 60, True)
    assert (connect.username, connect.password, connect.will) == ("u", b"pw", None)


def test_connect_without_a_user_keeps_its_session():
    connect = mqtt.parse_connect(one(mqtt.encode_connect("node", 0)))
    assert (connect.username, connect.password, connect.clean) == (None, None, False)


def test_connect_with_a_will_is_understood():
    body = b"\x00\x04MQTT\x04\x2e\x00\x0a\x00\x01c\x00\x01t\x00\x02by"
    connect = mqtt.parse_connect(Packet(mqtt.CONNECT, 0, body))
    assert connect.will == ("t", b"by", 1, True)


def test_refuses_connects_that_the_standard_forbids():
    start = b"\x00\x04MQTT\x04"
    for body in (
        b"",
        b"\x00\x06MQIsdp\x03\x02\x00\x0a\x00\x01c",  # MQTT 3.1
        b"\x00\x04MQTT\x05\x02\x00\x0a\x00\x00\x01c",  # MQTT 5
        start + b"\x03\x00\x0a\x00\x01c",  # reserved flag
        start + b"\x42\x00\x0a\x00\x01c\x00\x01p",  # password without user name
        start + b"\x1e\x00\x0a\x00\x01c\x00\x01t\x00\x00",  # will of QoS 3
        start + b"\x0a\x00\x0a\x00\x01c",  # QoS of a will that is not there
        start + b"\x22\x00\x0a\x00\x01c",  # retain of a will that is not there
        start + b"\x00\x00\x0a\x00\x00",  # kept session without a name
        start + b"\x02\x00\x0a\x00\x01c\x00",  # a byte behind
        start + b"\x82\x00\x0a\x00\x01c",  # user name announced and not there
        start + b"\x02\x00\x0a\x00\x02c",  # cut off
        start + b"\x02\x00\x0a\x00\x01\x00",  # U+0000
        start + b"\x02\x00\x0a\x00\x01\xff",  # not UTF-8
        start + b"\x06\x00\x0a\x00\x01c\x00\x01#\x00\x00",  # wildcard as will topic
    ):
        refused(mqtt.parse_connect, Packet(mqtt.CONNECT, 0, body))
    refused(mqtt.encode_connect, "c", 60, None, b"pw")
    refused(mqtt.encode_connect, "c", 65536)


def test_publish_has_the_bytes_of_the_standard():
    assert mqtt.encode_publish("a/b", b"hi") == b"\x30\x07\x00\x03a/bhi"
    data = mqtt.encode_publish("a/b", b"hi", 1, 258, dup=True, retain=True)
    assert data == b"\x3b\x09\x00\x03a/b\x01\x02hi"
    message = mqtt.parse_publish(one(data))
    assert (message.topic, message.payload, message.qos) == ("a/b", b"hi", 1)
    assert (message.packet_id, message.dup, message.retain) == (258, True, True)


def test_an_empty_payload_is_a_payload():
    message = mqtt.parse_publish(one(mqtt.encode_publish("t", b"")))
    assert (message.payload, message.qos, message.packet_id) == (b"", 0, 0)


def test_refuses_publishes_that_the_standard_forbids():
    for body in (b"", b"\x00\x00", b"\x00\x03a/", b"\x00\x01+", b"\x00\x03a/#", b"\x00\x01\x00"):
        refused(mqtt.parse_publish, Packet(mqtt.PUBLISH, 0, body))
    for body in (b"\x00\x01t", b"\x00\x01t\x01", b"\x00\x01t\x00\x00"):
        refused(mqtt.parse_publish, Packet(mqtt.PUBLISH, 2, body))
    refused(mqtt.encode_publish, "t", b"", 2, 1)
    refused(mqtt.encode_publish, "t", b"", 1, 0)
    refused(mqtt.encode_publish, "t", b"", 1, 65536)
    refused(mqtt.encode_publish, "t" * 65536, b"")


def test_answers_come_back():
    connack = mqtt.parse_connack(one(mqtt.encode_connack(True, 0)))
    assert (connack.session_present, connack.code) == (True, 0)
    assert mqtt.parse_connack(one(mqtt.encode_connack(False, 5))).code == 5
    assert mqtt.encode_puback(0x1234) == b"\x40\x02\x12\x34"
    assert mqtt.parse_puback(one(mqtt.encode_puback(0x1234))).packet_id == 0x1234
    suback = mqtt.parse_suback(one(mqtt.encode_suback(7, [1, 0x80])))
    assert (suback.packet_id, suback.codes) == (7, [1, 0x80])
    assert mqtt.parse_unsuback(one(mqtt.encode_unsuback(9))) == 9


def test_refuses_answers_that_the_standard_forbids():
    for body in (b"", b"\x00", b"\x02\x00", b"\x00\x06", b"\x01\x01", b"\x00\x00\x00"):
        refused(mqtt.parse_connack, Packet(mqtt.CONNACK, 0, body))
    for body in (b"", b"\x01", b"\x00\x00", b"\x00\x01\x00"):
        refused(mqtt.parse_puback, Packet(mqtt.PUBACK, 0, body))
        refused(mqtt.parse_unsuback, Packet(mqtt.UNSUBACK, 0, body))
    for body in (b"", b"\x00\x01", b"\x00\x01\x03", b"\x00\x01\xff", b"\x00\x00\x00"):
        refused(mqtt.parse_suback, Packet(mqtt.SUBACK, 0, body))


def test_subscriptions_come_back():
    data = mqtt.encode_subscribe(3, [("a/b", 1), ("c/#", 0)])
    assert data == b"\x82\x0e\x00\x03\x00\x03a/b\x01\x00\x03c/#\x00"
    subscribe = mqtt.parse_subscribe(one(data))
    assert (subscribe.packet_id, subscribe.filters) == (3, [("a/b", 1), ("c/#", 0)])
    body = b"\x00\x04\x00\x01a\x00\x01b"
    assert mqtt.parse_unsubscribe(Packet(mqtt.UNSUBSCRIBE, 2, body)).filters == ["a", "b"]


def test_refuses_subscriptions_that_the_standard_forbids():
    for body in (
        b"",
        b"\x00\x01",
        b"\x00\x00\x00\x01a\x00",
        b"\x00\x01\x00\x00\x00",
        b"\x00\x01\x00\x01a",
        b"\x00\x01\x00\x01a\x03",
        b"\x00\x01\x00\x02a\x00",
    ):
        refused(mqtt.parse_subscribe, Packet(mqtt.SUBSCRIBE, 2, body))
    many = b"\x00\x01" + b"\x00\x01a\x00" * 17
    assert isinstance(
        refused(mqtt.parse_subscribe, Packet(mqtt.SUBSCRIBE, 2, many)), OversizedError
    )


def test_packets_without_a_body_come_back():
    for data, kind in (
        (mqtt.encode_pingreq(), mqtt.PINGREQ),
        (mqtt.encode_pingresp(), mqtt.PINGRESP),
        (mqtt.encode_disconnect(), mqtt.DISCONNECT),
    ):
        assert len(data) == 2
        packet = one(data)
        assert (packet.type, packet.flags, packet.body) == (kind, 0, b"")


def test_lengths_are_coded_as_in_the_standard():
    for size, head in (
        (127, b"\x7f"),
        (128, b"\x80\x01"),
        (16383, b"\xff\x7f"),
        (16384, b"\x80\x80\x01"),
    ):
        data = mqtt.encode_publish("t", bytes(size - 3))
        assert data[1 : 1 + len(head)] == head
        assert len(one(data, 20000).body) == size


def test_any_cutting_of_the_stream_gives_the_same_packets():
    lcg = Lcg(11)
    stream, sent = b"", []
    for at in range(40):
        payload = lcg.bytes(lcg.below(300))
        stream += mqtt.encode_publish("topic", payload, 1, at + 1) + mqtt.encode_pingreq()
        sent.append(payload)
    for longest in (1, 2, 7, 1000):
        reader, got, at = PacketReader(), [], 0
        while at < len(stream):
            size = 1 + lcg.below(longest)
            for packet in reader.feed(stream[at : at + size]):
                if packet.type == mqtt.PUBLISH:
                    got.append(mqtt.parse_publish(packet).payload)
            at += size
        assert got == sent


def test_a_packet_over_the_limit_is_refused_by_its_length_alone():
    reader = PacketReader(100)
    assert len(reader.feed(mqtt.encode_publish("t", bytes(95)))) == 1
    assert isinstance(refused(reader.feed, b"\x30\x63"), OversizedError)
    assert isinstance(refused(PacketReader(100).feed, b"\x30\xff\xff\xff\x7f"), OversizedError)


def test_refuses_a_length_of_five_bytes():
    refused(PacketReader().feed, b"\x30\x80\x80\x80\x80\x01")


def test_refuses_types_and_flags_that_the_standard_forbids():
    for byte in (0x00, 0x50, 0x62, 0x70, 0xF0):  # reserved, and what only QoS 2 needs
        refused(PacketReader().feed, bytes([byte, 2, 0, 1]))
    for byte in (0x11, 0x21, 0x41, 0x80, 0x8A, 0x91, 0xA0, 0xC1, 0xD8, 0xE4):
        refused(PacketReader().feed, bytes([byte, 2, 0, 1]))
    for byte in (0x34, 0x36, 0x38, 0x3C, 0x3F):  # QoS 2, QoS 3, DUP at QoS 0
        refused(PacketReader().feed, bytes([byte, 3, 0, 1, 97]))
    for byte in (0xC0, 0xD0, 0xE0):
        refused(PacketReader().feed, bytes([byte, 1, 0]))


def test_a_broken_stream_stays_broken():
    reader = PacketReader()
    assert len(reader.feed(mqtt.encode_pingreq())) == 1
    refused(reader.feed, b"\x00\x00")
    refused(reader.feed, mqtt.encode_pingreq())


def test_a_packet_is_parsed_as_what_it_is():
    packet = one(mqtt.encode_puback(1))
    for parse in (mqtt.parse_connect, mqtt.parse_publish, mqtt.parse_suback, mqtt.parse_connack):
        refused(parse, packet)


def test_a_cut_off_body_says_so():
    body = b"\x00\x04MQTT\x04\x02\x00\x0a\x00\x09c"
    error = refused(mqtt.parse_connect, Packet(mqtt.CONNECT, 0, body))
    assert isinstance(error, TruncatedError)


def test_random_streams_are_packets_or_refused():
    lcg = Lcg(12)
    parsers = {
        mqtt.CONNECT: mqtt.parse_connect,
        mqtt.CONNACK: mqtt.parse_connack,
        mqtt.PUBLISH: mqtt.parse_publish,
        mqtt.PUBACK: mqtt.parse_puback,
        mqtt.SUBSCRIBE: mqtt.parse_subscribe,
        mqtt.SUBACK: mqtt.parse_suback,
        mqtt.UNSUBSCRIBE: mqtt.parse_unsubscribe,
        mqtt.UNSUBACK: mqtt.parse_unsuback,
    }
    parsed = 0
    for _ in range(1500):
        kind = 1 + lcg.below(14)
        flags = 2 if kind in (8, 10) else lcg.below(4) if kind == 3 else 0
        body = lcg.bytes(lcg.below(14))
        if lcg.below(2):
            body = b"\x00\x01" + body
        try:
            for packet in PacketReader().feed(bytes([kind << 4 | flags, len(body)]) + body):
                if packet.type in parsers:
                    parsers[packet.type](packet)
                    parsed += 1
        except WireError:
            continue
    assert parsed > 20
