"""The segment: a seal, the statement it signs, and the sections the statement commits to.

Rules
1. A segment has two forms. The full one holds the parts as they are, and may withhold sections.
   The compact one, for the air, leaves out what follows from the rest: of the seal all but the
   signature, of the statement the digests of the sections. `decode_segment` takes both and gives
   the same parts.
2. Decoding checks shape and size. Whoever decodes must still check the seal (seal.py, rule 3) and
   each section's digest.
3. A section that is None is withheld; the seal still holds.
4. The same seal may come in several forms: compare segments by `seal_digest`, never by their bytes.
"""

import hashlib

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import (
    DIGEST_BYTES,
    MAX_CLAIM_BYTES,
    MAX_LOCATION_BYTES,
    MAX_READINGS_BYTES,
    MAX_SEGMENT_BYTES,
    MAX_STATEMENT_BYTES,
    NODE_BYTES,
    SIGNATURE_BYTES,
    VERSION,
)
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.seal import (
    CONTENT_TYPE,
    PROTECTED,
    SEAL_BYTES,
    Seal,
    decode_seal,
    seal_digest,
    seal_statement,
    signed_bytes,
)
from cargoseal_wire.statement import CLAIM_AT, NODE_AT, NUMBERS_AT

__all__ = [
    "COMPACT",
    "CONTENT_TYPE",
    "MAX_CLAIM_BYTES",
    "MAX_LOCATION_BYTES",
    "MAX_READINGS_BYTES",
    "MAX_SEGMENT_BYTES",
    "MAX_STATEMENT_BYTES",
    "PROTECTED",
    "SEAL_BYTES",
    "Seal",
    "Segment",
    "compact_form",
    "decode_seal",
    "decode_segment",
    "seal_digest",
    "seal_statement",
    "signed_bytes",
    "withhold",
]

COMPACT = 2  # first number of the compact form; VERSION is that of the full one
_ITEMS = 6
_ARRAY = 4  # CBOR's major type
_DIGESTS_AT = CLAIM_AT - 2  # where the heads and bytes of the three digests start in a statement
_DIGEST_HEAD = cbor.head(2, DIGEST_BYTES)
FULL_HEAD = b"\x95"  # of a statement: array of 21
SHORT_HEAD = b"\x92"  # without its digests: array of 18


class Segment:
    """The encoded parts of one sealed window; a section that is None is withheld."""

    def __init__(
        self,
        seal: bytes,
        statement: bytes,
        claim: bytes | None,
        readings: bytes | None,
        location: bytes | None,
    ) -> None:
        self.seal = seal
        self.statement = statement
        self.claim = claim
        self.readings = readings
        self.location = location

    def parts(self) -> list[object]:
        """Seal, statement, claim, readings, location."""
        return [self.seal, self.statement, self.claim, self.readings, self.location]

    def encode(self) -> bytes:
        """The full form. OversizedError beyond MAX_SEGMENT_BYTES."""
        _check(self)
        return _within(cbor.encode([VERSION] + self.parts()))  # noqa: RUF005  MicroPython

    def compact(self) -> bytes:
        """The compact form. WireError when a section is withheld or a part does not follow."""
        _check(self)
        decode_seal(self.seal)
        if _expand(_compact_items(self)).parts() != self.parts():
            raise WireError("segment", "seal and statement that follow from the rest", "others")
        return compact_form(self)


def compact_form(segment: Segment) -> bytes:
    """The compact form of a segment whose seal and statement its caller has just made of its
    sections: nothing is compared. OversizedError beyond MAX_SEGMENT_BYTES."""
    return _within(cbor.encode(_compact_items(segment)))


def decode_segment(data: bytes) -> Segment:
    """The parts of a segment in either form, each within its size, else WireError (rule 2)."""
    where = "segment"
    fields.bstr_up_to(data, MAX_SEGMENT_BYTES, where)
    if data and data[0] >> 5 != _ARRAY:  # JSON, say, which would pass for a text cut off
        raise WireError(where, "an array of " + str(_ITEMS), "byte " + hex(data[0]))
    value = cbor.decode(data, where)
    if type(value) is list and value and value[0] == COMPACT:
        return _expand(fields.array(value, _ITEMS, where))
    items = fields.versioned(value, VERSION, _ITEMS, where)
    segment = Segment(*items[1:])  # type: ignore[arg-type]  # checked on the next line
    _check(segment)
    return segment


def withhold(
    segment: Segment, readings: bool = False, location: bool = False, claim: bool = False
) -> Segment:
    """The same segment without the sections that are named; it stays verifiable."""
    return Segment(
        segment.seal,
        segment.statement,
        None if claim else segment.claim,
        None if readings else segment.readings,
        None if location else segment.location,
    )


def _compact_items(segment: Segment) -> list[object]:
    """What the compact form is of; a seal ends with its signature."""
    statement = segment.statement
    short = SHORT_HEAD + statement[1:_DIGESTS_AT] + statement[NUMBERS_AT:]
    signature = segment.seal[-SIGNATURE_BYTES:]
    return [COMPACT, signature, short, segment.claim, segment.readings, segment.location]


def _expand(items: list[object]) -> Segment:
    """The parts that a compact form stands for."""
    signature = fields.bstr(items[1], SIGNATURE_BYTES, "segment.signature")
    short = fields.bstr_up_to(items[2], MAX_STATEMENT_BYTES, "segment.statement")
    if short[:1] != SHORT_HEAD or len(short) <= _DIGESTS_AT:
        raise WireError("segment.statement", "an array of 16", "another statement")
    claim = fields.bstr_up_to(items[3], MAX_CLAIM_BYTES, "segment.claim")
    readings = fields.bstr_up_to(items[4], MAX_READINGS_BYTES, "segment.readings")
    location = fields.bstr_up_to(items[5], MAX_LOCATION_BYTES, "segment.location")
    statement = FULL_HEAD + short[1:_DIGESTS_AT]
    for section in (claim, readings, location):
        statement += _DIGEST_HEAD + hashlib.sha256(section).digest()
    statement += short[_DIGESTS_AT:]
    node = statement[NODE_AT : NODE_AT + NODE_BYTES]
    seal = Seal(node, hashlib.sha256(statement).digest(), signature).encode()
    segment = Segment(seal, statement, claim, readings, location)
    _check(segment)
    return segment


def _within(data: bytes) -> bytes:
    if len(data) > MAX_SEGMENT_BYTES:
        raise OversizedError("segment", "at most " + str(MAX_SEGMENT_BYTES), str(len(data)))
    return data


def _check(segment: Segment) -> None:
    fields.bstr_up_to(segment.seal, SEAL_BYTES, "segment.seal")
    fields.bstr_up_to(segment.statement, MAX_STATEMENT_BYTES, "segment.statement")
    for section, most, where in (
        (segment.claim, MAX_CLAIM_BYTES, "segment.claim"),
        (segment.readings, MAX_READINGS_BYTES, "segment.readings"),
        (segment.location, MAX_LOCATION_BYTES, "segment.location"),
    ):
        if section is not None:
            fields.bstr_up_to(section, most, where)
