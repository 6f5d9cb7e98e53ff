"""Deterministic CBOR: one encoding per value, everything else refused by name."""

from cargoseal_wire import cbor
from cargoseal_wire.cbor import Tag
from cargoseal_wire.errors import (
    NonDeterministicError,
    OversizedError,
    TruncatedError,
    WireError,
)
from tests.wire.both.lcg import Lcg
from tests.wire.both.refusing import refused


def unhex(text):
    return bytes.fromhex(text.replace(" ", ""))


def test_ints_take_the_shortest_head():
    for value, text in (
        (0, "00"),
        (23, "17"),
        (24, "1818"),
        (255, "18ff"),
        (256, "190100"),
        (65535, "19ffff"),
        (65536, "1a00010000"),
        (2**32 - 1, "1affffffff"),
        (2**32, "1b0000000100000000"),
        (2**64 - 1, "1bffffffffffffffff"),
        (-1, "20"),
        (-24, "37"),
        (-25, "3818"),
        (-(2**64), "3bffffffffffffffff"),
    ):
        assert cbor.encode(value) == unhex(text)
        assert cbor.decode(unhex(text)) == value


def test_every_kind_of_value_comes_back():
    value = {
        1: [None, True, False, -5],
        2: b"\x00\xff",
        "text": "Grüße, 貨物",
        b"key": Tag(18, [b"", {}, []]),
    }
    assert cbor.decode(cbor.encode(value)) == value


def test_map_keys_are_ordered_by_their_encoded_bytes():
    encoded = cbor.encode({"aa": 1, b"": 2, 10: 3, -1: 4, 100: 5, "z": 6})
    assert encoded == unhex("a6 0a03 186405 2004 4002 617a06 62616101")
    assert cbor.encode(cbor.decode(encoded)) == encoded


def test_refuses_map_keys_out_of_order():
    assert isinstance(refused(cbor.decode, unhex("a2 02 00 01 00")), NonDeterministicError)


def test_refuses_a_map_key_twice():
    assert isinstance(refused(cbor.decode, unhex("a2 01 00 01 00")), NonDeterministicError)


def test_refuses_map_keys_that_are_not_int_bytes_or_text():
    for key in ("f5", "f6", "80", "a0", "c100"):
        error = refused(cbor.decode, unhex("a1" + key + "00"))
        assert "map key" in str(error)


def test_refuses_heads_longer_than_needed():
    for text in ("1817", "1900ff", "1a0000ffff", "1b00000000ffffffff", "3817", "5801ff"):
        assert isinstance(refused(cbor.decode, unhex(text)), NonDeterministicError)


def test_refuses_indefinite_lengths():
    for text in ("5f4100ff", "7f6161ff", "9f00ff", "bf0000ff", "ff", "81ff"):
        assert isinstance(refused(cbor.decode, unhex(text)), NonDeterministicError)


def test_refuses_floats():
    for text in ("f93c00", "fa3f800000", "fb3ff0000000000000"):
        assert "float" in refused(cbor.decode, unhex(text)).got


def test_refuses_undefined_and_other_simple_values():
    for text in ("f7", "e0", "f0", "f820", "f8ff", "fc"):
        refused(cbor.decode, unhex(text))


def test_refuses_reserved_heads():
    for text in ("1c", "3d", "5e", "7c", "9d", "be", "dc"):
        refused(cbor.decode, unhex(text))


def test_refuses_bytes_after_the_end():
    error = refused(cbor.decode, unhex("0000"), "here")
    assert error.where == "here"
    assert type(error) is WireError


def test_refuses_every_truncation():
    whole = cbor.encode([1000, b"bytes", "text", {1: [2]}, Tag(1000, -1000), None])
    for size in range(len(whole)):
        assert isinstance(refused(cbor.decode, whole[:size]), TruncatedError)


def test_a_declared_length_is_checked_before_anything_is_made_of_it():
    for text in ("5b7fffffffffffffff", "9bffffffffffffffff", "bb7fffffffffffffff", "7affffffff"):
        assert isinstance(refused(cbor.decode, unhex(text)), TruncatedError)


def test_refuses_deep_nesting():
    depth = cbor.MAX_DEPTH
    value = 0
    for _ in range(depth):
        value = [value]
    assert cbor.decode(cbor.encode(value)) == value
    assert isinstance(refused(cbor.decode, b"\x81" * (depth + 1) + b"\x00"), OversizedError)
    assert isinstance(refused(cbor.decode, b"\x81" * 10000), OversizedError)
    assert isinstance(refused(cbor.decode, b"\xc1" * 10000), OversizedError)


def test_refuses_text_that_is_not_utf8():
    for text in (
        "61ff",
        "62c080",
        "63eda080",
        "63e08080",
        "64f0808080",
        "64f4908080",
        "61c3",
        "62c328",
        "64f0288c28",
        "64f888808080"[:10],
    ):
        refused(cbor.decode, unhex(text))


def test_the_encoder_refuses_what_it_has_no_encoding_for():
    for value in (1.5, object(), {None: 1}, {True: 1}, {(1,): 1}):
        try:
            cbor.encode(value)
        except TypeError:
            continue
        raise AssertionError("encoded")


def test_the_encoder_refuses_ints_over_64_bits():
    for value in (2**64, -(2**64) - 1):
        try:
            cbor.encode(value)
        except OverflowError:
            continue
        raise AssertionError("encoded")


def test_decoding_and_encoding_again_gives_the_same_bytes():
    lcg = Lcg(7)
    survivors = 0
    for _ in range(3000):
        data = lcg.bytes(1 + lcg.below(12))
        try:
            value = cbor.decode(data)
        except WireError:
            continue
        survivors += 1
        assert cbor.encode(value) == data
    assert survivors > 50
