"""The entries of an evidence log: what each says, and its one encoding.

Rules
1. An entry is a deterministic CBOR array; its first item is its type. Its leaf in the shipment's
   tree is the RFC 9162 leaf hash of these bytes.
2. A segment's entry begins with fields of fixed size, so that a contract can read them by offset.
3. An entry states a fact with the time it was noted, or a verdict; none is ever edited. What
   corrects an earlier entry names its position.
4. Entries may be published: they hold no place, and of a person only a salted digest (`opening`).
5. Decoding refuses every array that is not exactly of its type's shape, with WireError.
"""

from dataclasses import fields
from typing import Any

from cargoseal.evidence.kinds import (
    TYPES,
    Assigned,
    ChainBreak,
    Closed,
    Entry,
    Gap,
    GapClosed,
    HeardAgain,
    Leg,
    Opened,
    Released,
    Review,
    Revoked,
    SegmentEntry,
    Silence,
    Snapshot,
    Verdict,
)
from cargoseal.evidence.opening import Opening, decode_opening
from cargoseal.policy.terms import MAX_SCORE, Condition, Doubt, Reason, Rule
from cargoseal_wire import cbor
from cargoseal_wire.constants import (
    DIGEST_BYTES,
    MAX_COUNTER,
    MAX_TIME_MS,
    NODE_BYTES,
)
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.merkle import leaf_hash

__all__ = [
    "MAX_ENTRY_BYTES",
    "MAX_EVIDENCE",
    "MAX_TOKEN",
    "TYPES",
    "Assigned",
    "ChainBreak",
    "Closed",
    "Entry",
    "Gap",
    "GapClosed",
    "HeardAgain",
    "Leg",
    "Opened",
    "Opening",
    "Released",
    "Review",
    "Revoked",
    "SegmentEntry",
    "Silence",
    "Snapshot",
    "Verdict",
    "decode",
    "decode_opening",
    "encode",
    "leaf",
]

MAX_ENTRY_BYTES = 65_536
MAX_TOKEN = 2**63 - 1
MAX_EVIDENCE = 32
MAX_TEXT = 500

_SIZES = {
    "seal_digest": DIGEST_BYTES,
    "claim_digest": DIGEST_BYTES,
    "model": DIGEST_BYTES,
    "profile_digest": DIGEST_BYTES,
    "audience": DIGEST_BYTES,
    "public_key": 32,
    "opening": DIGEST_BYTES,
    "node": NODE_BYTES,
}
_TOPS = {  # highest value of an unsigned field; times otherwise
    "token": MAX_TOKEN,
    "counter": MAX_COUNTER - 1,
    "after": MAX_COUNTER - 1,
    "before": MAX_COUNTER - 1,
    "score": 2**32 - 1,
    "health": 100,
    "corrects": 2**63,
}


def _fail(where: str, expected: str, got: object) -> WireError:
    return WireError(where, expected, got)


def _unsigned(value: object, top: int, where: str) -> int:
    if type(value) is not int or not 0 <= value <= top:
        raise _fail(where, f"an int from 0 to {top}", value)
    return value


def _of_size(value: object, size: int, where: str) -> bytes:
    if not isinstance(value, bytes) or len(value) != size:
        raise _fail(where, f"{size} bytes", value)
    return value


def _text(value: object, where: str) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= MAX_TEXT:
        raise _fail(where, f"a text of 1 to {MAX_TEXT} characters", value)
    return value


def _enum(kind: Any, value: object, where: str) -> Any:
    try:
        member = kind(_unsigned(value, 255, where))
    except ValueError as error:
        if isinstance(error, WireError):
            raise
        raise _fail(where, f"a {kind.__name__.lower()}", value) from error
    if kind is Doubt and member.value & ~sum(doubt.value for doubt in Doubt):
        raise _fail(where, "known doubts", value)
    return member


def _plain_snapshot(value: object, where: str) -> Snapshot:
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise _fail(where, "a map with text keys", value)
    return value


def _positions(value: object, where: str) -> tuple[int, ...]:
    if not isinstance(value, list) or len(value) > MAX_EVIDENCE:
        raise _fail(where, f"at most {MAX_EVIDENCE} positions", value)
    positions = tuple(_unsigned(item, 2**63, where) for item in value)
    if list(positions) != sorted(set(positions)):
        raise _fail(where, "ascending positions", value)
    return positions


def _field(entry_type: type[Any], name: str, value: object, where: str) -> Any:
    """One checked field; what a field must be follows from its name."""
    if name in _SIZES:
        return _of_size(value, _SIZES[name], where)
    if name == "condition":
        return _enum(Condition, value, where)
    if name == "doubts":
        return _enum(Doubt, value, where)
    if name == "rule":
        return _enum(Rule, value, where)
    if name == "reason":
        return _enum(Reason, value, where)
    if name == "leg":
        return _text(value, where)
    if name == "snapshot":
        return _plain_snapshot(value, where)
    if name == "evidence":
        if entry_type is Verdict:
            return _positions(value, where)
        return _of_size(value, DIGEST_BYTES, where)
    if name == "profile":
        if not isinstance(value, bytes):
            raise _fail(where, "a byte string", value)
        return value
    if name == "corrects" and value is None:
        return None
    if name == "score" and entry_type is Verdict:
        return _unsigned(value, MAX_SCORE, where)
    return _unsigned(value, _TOPS.get(name, MAX_TIME_MS - 1), where)


def encode(entry: Entry) -> bytes:
    """The entry's bytes. WireError when a value is outside of what an entry holds."""
    items: list[Any] = [entry.TYPE]
    for field in fields(entry):
        value = getattr(entry, field.name)
        items.append(list(value) if isinstance(value, tuple) else value)
    items = [int(item) if isinstance(item, int) else item for item in items]
    data = cbor.encode(items)
    decode(data)
    return data


def decode(data: bytes, where: str = "entry") -> Entry:
    """The entry in `data`, else WireError."""
    if len(data) > MAX_ENTRY_BYTES:
        raise OversizedError(where, f"at most {MAX_ENTRY_BYTES} bytes", str(len(data)))
    items = cbor.decode(data, where)
    if not isinstance(items, list) or not items:
        raise WireError(where, "an array", items)
    kind = TYPES.get(items[0]) if type(items[0]) is int else None
    if kind is None:
        raise WireError(f"{where}.type", f"an int from 1 to {max(TYPES)}", items[0])
    names = [field.name for field in fields(kind)]
    if len(items) != 1 + len(names):
        raise WireError(where, f"{1 + len(names)} items", items)
    values = [
        _field(kind, name, item, f"{where}.{name}")
        for name, item in zip(names, items[1:], strict=True)
    ]
    entry: Entry = kind(*values)
    return entry


def leaf(data: bytes) -> bytes:
    """The leaf hash of an encoded entry."""
    return leaf_hash(data)
