"""Who a node is, what an audience is, how topics and error texts look."""

import hashlib

from cargoseal_wire import cbor, constants, errors, identity
from cargoseal_wire.topics import parse_topic, topic
from tests.wire.both.refusing import refused

CONTRACT = bytes(range(20))


def test_a_node_is_named_by_its_public_key():
    key = b"\x07" * 32
    assert identity.node_id(key) == hashlib.sha256(key).digest()[:8]
    refused(identity.node_id, key[:31])


def test_an_audience_is_one_chain_contract_and_deployment():
    one = identity.audience(31337, CONTRACT, "demo")
    wanted = cbor.encode(["cargoseal", 31337, CONTRACT, "demo"])
    assert one == hashlib.sha256(wanted).digest()
    others = [
        identity.audience(1, CONTRACT, "demo"),
        identity.audience(31337, bytes(20), "demo"),
        identity.audience(31337, CONTRACT, "demo2"),
    ]
    assert one not in others


def test_refuses_audiences_that_are_none():
    for chain_id, contract, deployment in (
        (-1, CONTRACT, "demo"),
        (2**64, CONTRACT, "demo"),
        (1, CONTRACT[:19], "demo"),
        (1, CONTRACT, "x" * 65),
    ):
        refused(identity.audience, chain_id, contract, deployment)


def test_topics_come_back():
    node = bytes.fromhex("00ff10ab9c7d0001")
    for name in ("segment", "receipt", "release", "wish"):
        text = topic(node, name)
        assert text == "cargoseal/v1/00ff10ab9c7d0001/" + name
        assert parse_topic(text) == (node, name)


def test_refuses_topics_that_are_not_ours():
    for text in (
        "",
        "cargoseal/v1/",
        "cargoseal/v2/00ff10ab9c7d0001/segment",
        "cargoseal/v1/00FF10AB9C7D0001/segment",
        "cargoseal/v1/00ff10ab9c7d000/segment",
        "cargoseal/v1/00ff10ab9c7d00011/segment",
        "cargoseal/v1/00ff10ab9c7d000g/segment",
        "cargoseal/v1/00ff10ab9c7d0001/segments",
        "cargoseal/v1/00ff10ab9c7d0001/segment/x",
        "cargoseal/v1/00ff10ab9c7d0001",
        "/cargoseal/v1/00ff10ab9c7d0001/segment",
        "cargoseal/v1/+/segment",
    ):
        refused(parse_topic, text)
    refused(topic, bytes(7), "segment")
    refused(topic, bytes(8), "other")


def test_every_flag_and_channel_has_its_name():
    assert len(constants.FLAGS) == 14
    assert constants.FLAGS[13] == "clock_jumped" and constants.FLAG_CLOCK_JUMPED == 1 << 13
    assert len(constants.CHANNELS) == 20
    assert constants.CHANNELS[constants.GYRO_Z][0] == "gyro_z"
    assert constants.CHANNELS[constants.BATTERY] == ("battery", "1", "mV")
    assert constants.CLOCK_SOURCES[constants.GATEWAY] == "gateway"


def test_an_error_says_where_what_was_expected_and_what_came():
    error = errors.WireError("place", "this", [1, 2])
    assert (error.where, error.expected, error.got) == ("place", "this", "array of 2")
    assert str(error) == "place: expected this, got array of 2"
    assert isinstance(error, ValueError)


def test_an_error_text_is_short_whatever_came():
    for value in (b"x" * 100000, "y" * 100000, list(range(100000)), {1: 2}, None, True, 1.5):
        assert len(errors.WireError("place", "this", value).got) <= 120
