"""One MQTT connection as the client sees it."""

from node.session import LinkLost, Session

from cargoseal_wire import mqtt

ANSWER = 20000


def session(keep_alive_s=60, in_flight=2, **more):
    return Session(
        "a1",
        keep_alive_s,
        more.get("user"),
        more.get("secret"),
        ["t/receipt"],
        in_flight,
        ANSWER,
        0,
    )


def out(target, now=0):
    """What the session wants to send, all taken."""
    data = target.unsent
    target.sent(len(data), now)
    return mqtt.PacketReader(65536).feed(data)


def ready(**more):
    target = session(**more)
    out(target)
    target.feed(mqtt.encode_connack(False, 0), 0)
    out(target)
    target.feed(mqtt.encode_suback(1, [1]), 0)
    return target


def lost(action):
    try:
        action()
    except LinkLost as error:
        return str(error)
    raise AssertionError("the link was not given up")


def test_connects_then_subscribes_then_is_ready():
    target = session(user="node", secret="secret")
    connect = mqtt.parse_connect(out(target)[0])
    assert (connect.client_id, connect.keep_alive_s, connect.clean) == ("a1", 60, False)
    assert (connect.username, connect.password) == ("node", b"secret")
    assert not target.room()
    target.feed(mqtt.encode_connack(True, 0), 5)
    assert mqtt.parse_subscribe(out(target)[0]).filters == [("t/receipt", 1)]
    assert not target.ready()
    target.feed(mqtt.encode_suback(1, [1]), 9)
    assert target.ready() and target.room()


def test_a_refused_connection_is_lost():
    target = session()
    text = lost(lambda: target.feed(mqtt.encode_connack(False, 5), 0))
    assert "refused with code 5" in text


def test_a_refused_subscription_is_lost():
    target = session()
    target.feed(mqtt.encode_connack(False, 0), 0)
    assert "subscription" in lost(lambda: target.feed(mqtt.encode_suback(1, [128]), 0))


def test_no_more_publishes_than_the_window_allows():
    target = ready(in_flight=2)
    for packet_id in (7, 8):
        assert target.room()
        target.publish("t/segment", b"x", packet_id, False, 0)
        assert not target.room()  # the packet is still to be sent
        assert mqtt.parse_publish(out(target)[0]).packet_id == packet_id
    assert not target.room()
    assert target.feed(mqtt.encode_puback(7), 1) == [(7, "", b"")]
    assert target.room()


def test_an_acknowledgement_of_something_else_is_no_event():
    target = ready()
    assert target.feed(mqtt.encode_puback(999), 1) == []


def test_a_message_is_acknowledged_and_handed_on():
    target = ready()
    data = mqtt.encode_publish("t/receipt", b"hello", 1, 31)
    assert target.feed(data, 1) == [(0, "t/receipt", b"hello")]
    assert mqtt.parse_puback(out(target)[0]).packet_id == 31
    unacknowledged = mqtt.encode_publish("t/receipt", b"again")
    assert target.feed(unacknowledged, 1) == [(0, "t/receipt", b"again")]
    assert out(target) == []


def test_packets_may_come_byte_by_byte():
    target = session()
    out(target)
    data = mqtt.encode_connack(False, 0) + mqtt.encode_suback(1, [1])
    data += mqtt.encode_publish("t/receipt", b"hello", 1, 31)
    events = []
    for at in range(len(data)):
        events += target.feed(data[at : at + 1], at)
    assert events == [(0, "t/receipt", b"hello")]


def test_a_question_without_an_answer_is_a_lost_link():
    target = session()
    target.tick(ANSWER - 1)
    assert target.wake() == ANSWER
    assert "no answer" in lost(lambda: target.tick(ANSWER))
    target = ready()
    target.publish("t/segment", b"x", 2, False, 500)
    out(target, 500)
    target.tick(500 + ANSWER - 1)
    assert "no answer" in lost(lambda: target.tick(500 + ANSWER))


def test_an_idle_link_is_asked_and_a_dead_one_given_up():
    target = ready(keep_alive_s=60)
    target.tick(44999)
    assert out(target) == []
    assert target.wake() == 45000
    target.tick(45000)
    assert out(target, 45000)[0].type == mqtt.PINGREQ
    target.feed(mqtt.encode_pingresp(), 45100)
    target.tick(46000)
    assert out(target) == []
    target.tick(91000)
    assert out(target, 91000)[0].type == mqtt.PINGREQ
    assert "no answer" in lost(lambda: target.tick(91000 + ANSWER))


def test_a_link_that_only_takes_is_asked_too():
    """Half open: we keep sending, nothing is heard."""
    target = ready(keep_alive_s=60)
    target.publish("t/segment", b"x", 2, False, 40000)
    out(target, 40000)
    target.feed(b"", 0)
    target.tick(45000)
    assert out(target, 45000)[0].type == mqtt.PINGREQ


def test_keep_alive_of_zero_never_pings():
    target = ready(keep_alive_s=0)
    target.tick(10**9)
    assert out(target) == []
    assert target.wake() is None


def test_what_is_not_mqtt_or_out_of_turn_is_a_lost_link():
    for data in (
        b"HTTP/1.1 200 OK\r\n",
        mqtt.encode_connack(False, 0) + mqtt.encode_connack(False, 0),
        mqtt.encode_suback(1, [1]),
        mqtt.encode_publish("t/receipt", b"early"),
        mqtt.encode_pingreq(),
        bytes([0x32, 0x80, 0x80, 0x80, 0x80, 1]),
        mqtt.encode_publish("t/receipt", bytes(5000)),
    ):
        target = session()
        out(target)
        lost(lambda data=data, target=target: target.feed(data, 0))
