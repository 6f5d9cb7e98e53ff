"""Receipts: what is kept, under the node's own key, and nothing else frees a segment."""

from cargoseal_wire import mac
from cargoseal_wire.receipt import (
    MAX_RECEIPT_BYTES,
    MAX_RECEIPT_RANGES,
    decode_receipt,
    encode_receipt,
)
from tests.wire.both.golden import load
from tests.wire.both.refusing import refused

KEY = bytes(range(32))
NODE = b"node-id8"
NOW = 1774000000000


def test_a_receipt_comes_back():
    receipt = decode_receipt(KEY, encode_receipt(KEY, NODE, 7, [(9, 9), (11, 20)], NOW))
    assert receipt.node == NODE
    assert receipt.contiguous == 7
    assert receipt.ranges == [(9, 9), (11, 20)]
    assert receipt.time_ms == NOW


def test_covers_what_it_says_and_nothing_else():
    receipt = decode_receipt(KEY, encode_receipt(KEY, NODE, 3, [(5, 6), (9, 9)], NOW))
    assert [n for n in range(-2, 12) if receipt.covers(n)] == [1, 2, 3, 5, 6, 9]


def test_golden_receipts_read_and_write_the_same():
    golden = load("receipts.json")
    keys = {node["node"]: bytes.fromhex(node["receipt_key"]) for node in golden["world"]["nodes"]}
    for case in golden["valid"]:
        key = keys[case["node"]]
        data = bytes.fromhex(case["bytes"])
        receipt = decode_receipt(key, data)
        ranges = [(low, high) for low, high in case["ranges"]]
        assert (receipt.contiguous, receipt.ranges) == (case["contiguous"], ranges)
        node = bytes.fromhex(case["node"])
        assert encode_receipt(key, node, case["contiguous"], ranges, case["time_ms"]) == data


def test_refuses_every_golden_receipt_that_is_none():
    golden = load("receipts.json")
    key = bytes.fromhex(golden["world"]["nodes"][0]["receipt_key"])
    for case in golden["invalid"]:
        refused(decode_receipt, key, bytes.fromhex(case["bytes"]))


def test_refuses_another_key_and_every_altered_byte():
    data = encode_receipt(KEY, NODE, 3, [(5, 6)], NOW)
    refused(decode_receipt, bytes(32), data)
    for at in range(len(data)):
        for bit in (1, 0x80):
            refused(decode_receipt, KEY, data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])
        refused(decode_receipt, KEY, data[:at])


def test_refuses_counters_that_break_the_rules_when_it_is_made():
    for contiguous, ranges in (
        (-1, []),
        (2**48, []),
        (3, [(4, 5)]),
        (3, [(3, 5)]),
        (3, [(6, 5)]),
        (3, [(5, 6), (7, 8)]),
        (3, [(9, 9), (5, 5)]),
        (0, [(2, 2**48)]),
        (0, [(2 + 2 * at, 2 + 2 * at) for at in range(MAX_RECEIPT_RANGES + 1)]),
    ):
        refused(encode_receipt, KEY, NODE, contiguous, ranges, NOW)
    refused(encode_receipt, KEY, NODE[:7], 1, [], NOW)
    refused(encode_receipt, KEY[:31], NODE, 1, [], NOW)
    refused(encode_receipt, KEY, NODE, 1, [], -1)


def test_the_longest_receipt_is_within_its_limit():
    high = 2**48 - 200
    ranges = [(high + 3 * at, high + 3 * at + 1) for at in range(MAX_RECEIPT_RANGES)]
    data = encode_receipt(KEY, NODE, high - 2, ranges, 2**48 - 1)
    assert len(data) <= MAX_RECEIPT_BYTES
    assert decode_receipt(KEY, data).ranges == ranges


def test_hmac_is_that_of_rfc_4231():
    for key, message, tag in (
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            b"\xaa" * 131,
            b"Test Using Larger Than Block-Size Key - Hash Key First",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
    ):
        assert mac.hmac_sha256(key, message).hex() == tag


def test_tags_are_equal_only_when_all_bytes_are():
    assert mac.equal(b"abc", b"abc")
    assert mac.equal(b"", b"")
    for other in (b"abd", b"ab", b"abcd", b""):
        assert not mac.equal(b"abc", other)
