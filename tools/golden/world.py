"""The fixed world in which golden vectors are sealed: keys, salts, audience, one way to seal."""

import hashlib
from dataclasses import dataclass
from typing import Any

from nacl.signing import SigningKey

from cargoseal_wire import identity
from cargoseal_wire.constants import GATEWAY, NO_SEGMENT
from cargoseal_wire.sections import Claim, Location, Readings, section_digest
from cargoseal_wire.segment import Segment, seal_digest, seal_statement
from cargoseal_wire.statement import Statement

CHAIN_ID = 31337
CONTRACT = bytes.fromhex("c0ffee0000000000000000000000000000c0ffee")
DEPLOYMENT = "golden"
AUDIENCE = identity.audience(CHAIN_ID, CONTRACT, DEPLOYMENT)
START_MS = 1_774_000_000_000
Columns = dict[int, list[int | None]]
Fix = tuple[int, int, int, int, int]


def fixed(text: str) -> bytes:
    """32 bytes that stand for a key, a digest or a salt."""
    return hashlib.sha256(b"cargoseal golden " + text.encode()).digest()


def salt(text: str) -> bytes:
    return fixed("salt " + text)[:16]


MODEL = fixed("model")


@dataclass(frozen=True)
class Node:
    """A node's keys."""

    name: str

    @property
    def seed(self) -> bytes:
        return fixed("node " + self.name)

    @property
    def receipt_key(self) -> bytes:
        return fixed("receipt key " + self.name)

    @property
    def public_key(self) -> bytes:
        return bytes(SigningKey(self.seed).verify_key)

    @property
    def id(self) -> bytes:
        return identity.node_id(self.public_key)

    def sign(self, message: bytes) -> bytes:
        return SigningKey(self.seed).sign(message).signature

    def described(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "seed": self.seed.hex(),
            "public_key": self.public_key.hex(),
            "node": self.id.hex(),
            "receipt_key": self.receipt_key.hex(),
        }


ONE = Node("one")
TWO = Node("two")
REVOKED = Node("revoked")  # in the registry, revoked before START_MS
STRANGER = Node("stranger")  # not in the registry


def described() -> dict[str, Any]:
    """The world as every file of vectors states it."""
    return {
        "chain_id": CHAIN_ID,
        "contract": CONTRACT.hex(),
        "deployment": DEPLOYMENT,
        "audience": AUDIENCE.hex(),
        "model": MODEL.hex(),
        "received_ms": START_MS + 3_600_000,
        "nodes": [ONE.described(), TWO.described()],
        "revoked": [{**REVOKED.described(), "revoked_ms": START_MS - 1}],
        "unknown": [STRANGER.described()],
    }


def sealed(
    name: str,
    node: Node = ONE,
    *,
    offsets: list[int] | None = None,
    columns: Columns | None = None,
    fixes: list[Fix] | None = None,
    claim: Claim | None = None,
    faults: int = 0,
    sign_with: Node | None = None,
    **statement: Any,
) -> Segment:
    """A segment of `node`; `name` makes its salts. Keywords replace fields of the statement."""
    offsets = [0, 60_000, 120_000] if offsets is None else offsets
    columns = {0: [510, 515, 515], 1: [4400, 4400, 4450]} if columns is None else columns
    readings = Readings(
        salt(name + " readings"), fixed("sensors")[:8], faults, offsets, columns
    ).encode()
    location = Location(salt(name + " location"), fixes or []).encode()
    claim = claim or Claim(salt(name + " claim"), bytes(range(120, 136)), 1234)
    fields: dict[str, Any] = {
        "audience": AUDIENCE,
        "node": node.id,
        "previous": NO_SEGMENT,
        "model": MODEL,
        "claim_digest": section_digest(claim.encode()),
        "readings_digest": section_digest(readings),
        "location_digest": section_digest(location),
        "kind": 0,
        "boot": 1,
        "counter": 1,
        "start_ms": START_MS,
        "uptime_ms": 5_000,
        "duration_ms": offsets[-1],
        "clock_source": GATEWAY,
        "clock_error_ms": 250,
        "count": len(offsets),
        "dropped": 0,
        "flags": 0,
        "application": 0,
        "configuration": 0,
    }
    encoded = Statement(**{**fields, **statement}).encode()
    seal = seal_statement(encoded, node.id, (sign_with or node).sign)
    return Segment(seal, encoded, claim.encode(), readings, location)


def following(segment: Segment) -> bytes:
    """`previous` of the segment sealed next."""
    return seal_digest(segment.seal)
