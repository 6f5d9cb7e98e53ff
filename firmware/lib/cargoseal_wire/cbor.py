"""Deterministic CBOR (RFC 8949 section 4.2.1) of the kinds of value the wire uses.

Rules
1. Values: int in -2^64 … 2^64-1, bytes, str, list, dict, bool, None, Tag. No float, no undefined,
   no other simple value, no indefinite length; map keys are int, bytes or str.
2. One value has one encoding: shortest heads, map keys in the order of their encoded bytes, no key
   twice. Any other encoding is refused with NonDeterministicError.
3. A length is compared with the bytes that are left before anything is made of it, so that work and
   memory are bounded by the size of the input. Nesting is bounded by MAX_DEPTH.
4. `decode` takes the whole input: a byte left over is an error.
"""

from cargoseal_wire.errors import (
    NonDeterministicError,
    OversizedError,
    TruncatedError,
    WireError,
    describe,
)
from cargoseal_wire.utf8 import decode_text

MAX_DEPTH = 8  # arrays, maps and tags inside each other

_MAJOR = ("unsigned int", "negative int", "byte string", "text", "array", "map", "tag")


class Tag:
    """A tagged value (RFC 8949 section 3.4)."""

    def __init__(self, tag: int, value: object) -> None:
        self.tag = tag
        self.value = value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Tag) and self.tag == other.tag and self.value == other.value

    def __repr__(self) -> str:
        return f"Tag({self.tag}, {self.value!r})"


def encode(value: object) -> bytes:
    """The one encoding of a value. TypeError or OverflowError when rule 1 does not know it."""
    out = bytearray()
    _put(out, value, MAX_DEPTH)
    return bytes(out)


def decode(data: bytes, where: str = "cbor") -> object:
    """The value that the whole of `data` encodes. WireError names `where`."""
    value, end = _take(data, 0, MAX_DEPTH, where)
    if end != len(data):
        raise WireError(where, "the end after byte " + str(end), str(len(data) - end) + " more")
    return value


def head(major: int, argument: int) -> bytes:
    """First bytes of an item: major type 0 … 7 and argument 0 … 2^64-1, in the shortest form."""
    if argument < 0 or argument >> 64:
        raise OverflowError("CBOR holds 64 bits")
    major <<= 5
    if argument < 24:
        return bytes((major | argument,))
    if argument < 0x100:
        return bytes((major | 24, argument))
    if argument < 0x10000:
        return bytes((major | 25, argument >> 8, argument & 0xFF))
    if argument >> 32 == 0:
        return bytes((major | 26,)) + argument.to_bytes(4, "big")
    return bytes((major | 27,)) + argument.to_bytes(8, "big")


def _put(out: bytearray, value: object, depth: int) -> None:
    if type(value) is int:
        if value < 0:
            _put_head(out, 1, -1 - value)
        elif value < 24:
            out.append(value)
        else:
            _put_head(out, 0, value)
    elif type(value) is bytes:
        _put_head(out, 2, len(value))
        out.extend(value)
    elif value is None:
        out.append(0xF6)
    elif value is True or value is False:
        out.append(0xF5 if value else 0xF4)
    elif isinstance(value, int):
        out.extend(head(0, value) if value >= 0 else head(1, -1 - value))
    elif isinstance(value, (bytes, bytearray)):
        out.extend(head(2, len(value)))
        out.extend(value)
    elif isinstance(value, str):
        text = value.encode("utf-8")
        out.extend(head(3, len(text)))
        out.extend(text)
    elif depth == 0:
        raise OverflowError("CBOR nested deeper than " + str(MAX_DEPTH))
    elif isinstance(value, (list, tuple)):
        out.extend(head(4, len(value)))
        for item in value:
            _put(out, item, depth - 1)
    elif isinstance(value, dict):
        _put_map(out, value, depth)
    elif isinstance(value, Tag):
        out.extend(head(6, value.tag))
        _put(out, value.value, depth - 1)
    else:
        raise TypeError("no CBOR for " + type(value).__name__)


def _put_head(out: bytearray, major: int, argument: int) -> None:
    """As `head`; most heads have one byte or two."""
    if argument < 24:
        out.append(major << 5 | argument)
    elif argument < 0x100:
        out.append(major << 5 | 24)
        out.append(argument)
    else:
        out.extend(head(major, argument))


def _put_map(out: bytearray, value: dict[object, object], depth: int) -> None:
    pairs = []
    for key, item in value.items():
        if key is True or key is False or not isinstance(key, (int, bytes, str)):
            raise TypeError("no CBOR map key: " + type(key).__name__)
        pairs.append((encode(key), item))
    pairs.sort(key=_first)
    out.extend(head(5, len(pairs)))
    for encoded, item in pairs:
        out.extend(encoded)
        _put(out, item, depth - 1)


def _first(pair: tuple[bytes, object]) -> bytes:
    return pair[0]


def _take(data: bytes, at: int, depth: int, where: str) -> tuple[object, int]:
    """One value at `at`: (value, where the next one starts)."""
    if at >= len(data):
        raise TruncatedError(where, "a value at byte " + str(at), "the end")
    major = data[at] >> 5
    if major == 7:
        return _take_simple(data[at], where), at + 1
    argument, at = _take_argument(data, at, where)
    if major == 0:
        return argument, at
    if major == 1:
        return -1 - argument, at
    if major < 4:
        _require(data, at, argument, _MAJOR[major], where)
        chunk = bytes(data[at : at + argument])
        return (chunk if major == 2 else decode_text(chunk, where)), at + argument
    if depth == 0:
        raise OversizedError(where, "at most " + str(MAX_DEPTH) + " levels", "more")
    if major == 4:
        return _take_array(data, at, argument, depth - 1, where)
    if major == 5:
        return _take_map(data, at, argument, depth - 1, where)
    value, at = _take(data, at, depth - 1, where)
    return Tag(argument, value), at


def _take_simple(byte: int, where: str) -> object:
    if byte == 0xF6:
        return None
    if byte == 0xF5 or byte == 0xF4:
        return byte == 0xF5
    if byte == 0xFF:
        raise NonDeterministicError(where, "a definite length", "a break")
    got = "a float" if 0xF9 <= byte <= 0xFB else "simple value " + hex(byte)
    raise WireError(where, "false, true or null", got)


def _take_argument(data: bytes, at: int, where: str) -> tuple[int, int]:
    """The argument of the head at `at`, which must be in its shortest form."""
    info = data[at] & 31
    at += 1
    if info < 24:
        return info, at
    if info == 31:
        raise NonDeterministicError(where, "a definite length", "an indefinite one")
    if info > 27:
        raise WireError(where, "a head of RFC 8949", "reserved value " + str(info))
    width = 1 << (info - 24)
    if at + width > len(data):
        raise TruncatedError(where, "a head of " + str(width) + " bytes", str(len(data) - at))
    argument = int.from_bytes(data[at : at + width], "big")
    shortest = argument >= 24 if width == 1 else argument >> (4 * width) != 0
    if not shortest:
        raise NonDeterministicError(where, "the shortest head", str(width) + " bytes")
    return argument, at + width


def _require(data: bytes, at: int, size: int, what: str, where: str) -> None:
    """Rule 3: `size` items of at least one byte each must still be there."""
    left = len(data) - at
    if size > left:
        raise TruncatedError(where, what + " of " + str(size), str(left) + " bytes left")


def _take_array(
    data: bytes, at: int, size: int, depth: int, where: str
) -> tuple[list[object], int]:
    _require(data, at, size, "array", where)
    items = []
    for _ in range(size):
        item, at = _take(data, at, depth, where)
        items.append(item)
    return items, at


def _take_map(
    data: bytes, at: int, size: int, depth: int, where: str
) -> tuple[dict[object, object], int]:
    _require(data, at, 2 * size, "map", where)
    items: dict[object, object] = {}
    last = b""
    for _ in range(size):
        key, end = _take(data, at, depth, where)
        if key is True or key is False or not isinstance(key, (int, bytes, str)):
            raise WireError(where, "a map key of int, bytes or text", describe(key))
        if bytes(data[at:end]) <= last:
            raise NonDeterministicError(where, "map keys in order, none twice", describe(key))
        last = bytes(data[at:end])
        items[key], at = _take(data, end, depth, where)
    return items, at
