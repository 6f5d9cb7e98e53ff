"""Steps 7 to 9: whose keys, whose seals, and that the sections are what was sealed."""

import hashlib

from nacl.bindings import crypto_sign_open
from nacl.exceptions import CryptoError

from cargoseal.audit.case import Case, Checked
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.evidence.entries import Assigned, SegmentEntry
from cargoseal_wire.errors import WireError
from cargoseal_wire.identity import node_id
from cargoseal_wire.sections import decode_claim, decode_location, decode_readings
from cargoseal_wire.segment import decode_seal, decode_segment, seal_digest, signed_bytes
from cargoseal_wire.statement import decode_statement


def node_keys(case: Case) -> str:
    """7: every node's name is the hash of its key, and the chain knows it by the same key."""
    keys = _keys(case)
    unknown = []
    for node, key in keys.items():
        if node_id(key) != node:
            raise Wrong(f"node {node.hex()}: expected the hash of its key, {node_id(key).hex()}")
        registered = case.view.device_key(node)
        if registered is None:
            unknown.append(node.hex())
        elif registered != key:
            raise Wrong(f"node {node.hex()}: expected the key on chain, {registered.hex()}")
    if unknown:
        raise Unchecked(f"not registered on chain: {', '.join(unknown)}")
    return f"{len(keys)} nodes, registered on chain with these keys"


def _keys(case: Case) -> dict[bytes, bytes]:
    keys: dict[bytes, bytes] = {}
    for at, entry in enumerate(case.entries):
        if isinstance(entry, Assigned) and keys.setdefault(entry.node, entry.public_key) != (
            entry.public_key
        ):
            raise Wrong(f"entry {at}: expected node {entry.node.hex()}'s earlier key, got another")
    return keys


def seals(case: Case) -> str:
    """8: every segment's entry has its segment, sealed by an assigned node for this deployment."""
    entries = [(at, e) for at, e in enumerate(case.entries) if isinstance(e, SegmentEntry)]
    if len(entries) != len(case.bundle.segments):
        raise Wrong(f"expected {len(entries)} segments, got {len(case.bundle.segments)}")
    keys = _keys(case)
    assigned: set[bytes] = set()
    seen: set[tuple[bytes, int]] = set()
    raws = iter(case.bundle.segments)
    for at, entry in enumerate(case.entries):
        if isinstance(entry, Assigned):
            assigned.add(entry.node)
        if not isinstance(entry, SegmentEntry):
            continue
        if entry.node not in assigned:
            raise Wrong(f"entry {at}: expected an assigned node, got {entry.node.hex()}")
        if (entry.node, entry.counter) in seen:
            raise Wrong(f"entry {at}: expected counter {entry.counter} once, got it twice")
        seen.add((entry.node, entry.counter))
        case.checked[at] = _sealed(case, at, entry, next(raws), keys[entry.node])
    return f"{len(entries)} seals by {len(keys)} keys"


def _sealed(case: Case, at: int, entry: SegmentEntry, raw: bytes, key: bytes) -> Checked:
    try:
        segment = decode_segment(raw)
        seal = decode_seal(segment.seal)
        statement = decode_statement(segment.statement)
    except WireError as error:
        raise Wrong(f"entry {at}: {error}") from error
    found = seal_digest(segment.seal)
    if found != entry.seal_digest:
        raise Wrong(f"entry {at}: expected seal {entry.seal_digest.hex()}, got {found.hex()}")
    if seal.payload != hashlib.sha256(segment.statement).digest():
        raise Wrong(f"entry {at}: expected the statement that was sealed, got another")
    told = (entry.node, entry.counter, entry.model, entry.claim_digest)
    sealed = (statement.node, statement.counter, statement.model, statement.claim_digest)
    if told != sealed or seal.node != entry.node:
        raise Wrong(f"entry {at}: expected node, counter, model and claim as sealed, got others")
    if statement.audience != case.opened.audience:
        raise Wrong(f"entry {at}: expected a seal for this deployment, got one for another")
    try:
        crypto_sign_open(seal.signature + signed_bytes(seal), key)
    except (CryptoError, ValueError) as error:
        raise Wrong(f"entry {at}: expected a signature by {entry.node.hex()}'s key") from error
    return Checked(at, entry, segment, statement)


def sections(case: Case) -> str:
    """9: every section that is there is the one that was sealed, and well-formed."""
    missing = {"claim": 0, "readings": 0, "location": 0}
    for checked in case.checked.values():
        segment, statement = checked.segment, checked.statement
        for name, data, digest in (
            ("claim", segment.claim, statement.claim_digest),
            ("readings", segment.readings, statement.readings_digest),
            ("location", segment.location, statement.location_digest),
        ):
            if data is None:
                missing[name] += 1
            elif hashlib.sha256(data).digest() != digest:
                raise Wrong(f"{checked.name}: expected the {name} that were sealed, got others")
        try:
            if segment.claim is not None:
                checked.claim = decode_claim(segment.claim)
            if segment.readings is not None:
                checked.readings = decode_readings(segment.readings, statement.count)
            if segment.location is not None:
                decode_location(segment.location)
        except WireError as error:
            raise Wrong(f"{checked.name}: {error}") from error
    withheld = ", ".join(f"{count} {name}" for name, count in missing.items() if count)
    if withheld:
        raise Unchecked(f"withheld: {withheld}; all others are as sealed")
    return f"{3 * len(case.checked)} sections are as sealed"
