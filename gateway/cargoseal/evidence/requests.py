"""What staff asked for, as entries of the log.

Rules
1. A review's person and comment do not go into the log: it is published. What goes in is the digest
   of salt, person and comment; the salt is kept with the request, so the opening can be shown.
2. A request whose body makes no sense is answered with UsageError by whoever reads it; it never
   becomes an entry.
"""

import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.evidence.entries import Closed, Leg, Opening, Review
from cargoseal.policy.terms import Condition, Reason
from cargoseal.store.schema import requests
from cargoseal_wire.constants import DIGEST_BYTES, SALT_BYTES


def new_salt() -> str:
    """A salt for a review's body, as hex."""
    return secrets.token_hex(SALT_BYTES)


def _code(kind: type[Condition] | type[Reason], body: dict[str, Any], key: str) -> Any:
    value = body.get(key)
    names = {member.name.lower(): member for member in kind}
    if isinstance(value, str) and value.lower() in names:
        return names[value.lower()]
    if type(value) is int and value in {member.value for member in kind}:
        return kind(value)
    raise UsageError(f"{key}: expected one of {', '.join(names)}, got {value!r}")


def _digest(body: dict[str, Any], key: str) -> bytes:
    text = body.get(key) or "00" * DIGEST_BYTES
    try:
        value = bytes.fromhex(str(text).removeprefix("0x"))
    except ValueError:
        value = b""
    if len(value) != DIGEST_BYTES:
        raise UsageError(f"{key}: expected {DIGEST_BYTES} bytes in hex, got {text!r}")
    return value


def _time(body: dict[str, Any], key: str, default: int) -> int:
    value = body.get(key, default)
    if type(value) is not int or not 0 <= value < 2**48:
        raise UsageError(f"{key}: expected Unix milliseconds, got {value!r}")
    return value


def opening_of(body: dict[str, Any], person: str) -> Opening:
    """Who reviewed and what they wrote; the body must have its salt."""
    comment = body.get("comment", "")
    if not isinstance(comment, str):
        raise UsageError(f"comment: expected a text, got {comment!r}")
    try:
        salt = bytes.fromhex(body["salt"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"salt: expected {SALT_BYTES} bytes in hex, got {error}") from error
    return Opening(salt, person, comment)


def review_of(body: dict[str, Any], person: str, time_ms: int, last_verdict: int | None) -> Review:
    """The entry of a review; it corrects the verdict it names, else the log's last one."""
    condition = _code(Condition, body, "condition")
    if condition is Condition.NONE:
        raise UsageError("condition: expected sound, flagged or compromised, got none")
    corrects = body.get("corrects", last_verdict)
    if corrects is not None and (type(corrects) is not int or corrects < 0):
        raise UsageError(f"corrects: expected a position in the log, got {corrects!r}")
    digest = hashlib.sha256(opening_of(body, person).encode()).digest()
    reason = _code(Reason, body, "reason")
    return Review(condition, reason, digest, _digest(body, "evidence"), corrects, time_ms)


def leg_of(body: dict[str, Any], time_ms: int) -> Leg:
    """The entry of a leg that began at `from_ms`, by default when it was asked for."""
    leg = body.get("leg")
    if not isinstance(leg, str) or not 0 < len(leg) <= 64:
        raise UsageError(f"leg: expected a name, got {leg!r}")
    return Leg(leg, _time(body, "from_ms", time_ms), time_ms)


def closed_of(time_ms: int) -> Closed:
    return Closed(time_ms)


def openings(connection: sa.Connection, token: int) -> dict[bytes, Opening]:
    """The openings of a shipment's reviews by their digests."""
    found: dict[bytes, Opening] = {}
    query = sa.select(requests.c.body, requests.c.person).where(
        requests.c.token == token, requests.c.kind == "review", requests.c.entered.is_(True)
    )
    for row in connection.execute(query):
        try:
            opening = opening_of(json.loads(row.body), row.person)
        except (UsageError, ValueError):
            continue
        found[hashlib.sha256(opening.encode()).digest()] = opening
    return found
