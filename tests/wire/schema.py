"""The normative schema for pycddl, and the rule that every part of a segment must meet.

pycddl 0.6.4 reads the file but for four constructs, which are written here in the way it can check:
it mistakes `.cbor` inside an array for a control on every item, knows no range below zero, and does
not check the values of a map with `*` or with a range as key. The parts inside byte strings are
validated one by one instead.
"""

import re

import cbor2
from pycddl import Schema, ValidationError

from cargoseal_wire.segment import Segment, decode_segment
from tests.shared_data import ROOT

SCHEMA = ROOT / "firmware" / "lib" / "cargoseal_wire" / "cargoseal.cddl"
_REPLACED = (
    (re.compile(r" \.cbor [\w-]+"), ""),
    (re.compile(r"-\d+\.\.\d+"), "int"),
    (re.compile(r"\* channel =>"), "+ uint =>"),
)
_schemas: dict[str, Schema] = {}


def schema_text() -> str:
    text = SCHEMA.read_text(encoding="ascii")
    for pattern, replacement in _REPLACED:
        text = pattern.sub(replacement, text)
    return text


def is_valid(rule: str, data: bytes) -> bool:
    """Whether pycddl takes `data` for what the schema calls `rule`."""
    if rule not in _schemas:
        _schemas[rule] = Schema(f"start = {rule}\n{schema_text()}")
    try:
        _schemas[rule].validate_cbor(data)
    except ValidationError:
        return False
    return True


def parts_by_rule(segment: Segment) -> list[tuple[str, bytes]]:
    """(rule, bytes) of each part that is there, and of the seal's protected header."""
    names = ("seal", "statement", "claim", "readings", "location")
    parts = zip(names, segment.parts(), strict=True)
    found = [(rule, part) for rule, part in parts if isinstance(part, bytes)]
    seal = cbor2.loads(segment.seal)
    if isinstance(seal, cbor2.CBORTag):
        found.append(("seal-header", seal.value[0]))
    return found


def invalid_part(data: bytes) -> str | None:
    """The first rule that a full segment breaks, None when it breaks none."""
    if not is_valid("segment-full", data):
        return "segment-full"
    for rule, part in parts_by_rule(decode_segment(data)):
        if not is_valid(rule, _with_a_channel(part) if rule == "readings" else part):
            return rule
    return None


def _with_a_channel(readings: bytes) -> bytes:
    """Readings without any channel get one, since the schema as pycddl reads it needs one."""
    items = cbor2.loads(readings)
    return cbor2.dumps([*items[:-1], {0: b"\x00"}]) if items[-1] == {} else readings
