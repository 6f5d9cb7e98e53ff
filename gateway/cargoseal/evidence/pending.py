"""What waits in the store to become evidence, and what was read back from there.

Rules
1. Everything happens inside the caller's transaction.
2. A log that is read back is the same as the one that was written (see shipment.py).
"""

import sqlalchemy as sa

from cargoseal.errors import StoreError
from cargoseal.evidence.entries import Opened, SegmentEntry, decode
from cargoseal.evidence.log import read_entries
from cargoseal.evidence.shipment import ShipmentLog
from cargoseal.evidence.source import facts_of
from cargoseal.policy.profile import profile_from_canonical
from cargoseal.store.schema import assignments, counters, entries, segments, shipments


def mark_entered(connection: sa.Connection, names: list[tuple[bytes, int]]) -> None:
    """Notes that segments, by node and counter, need not be looked at again."""
    if names:
        connection.execute(
            segments.update()
            .where(
                segments.c.node == sa.bindparam("of_node"),
                segments.c.counter == sa.bindparam("of_counter"),
            )
            .values(entered=True),
            [{"of_node": node, "of_counter": counter} for node, counter in names],
        )


def read_back(connection: sa.Connection, token: int) -> ShipmentLog:
    """A log's state from its entries and the segments they name. Raises StoreError."""
    encoded = read_entries(connection, token)
    first = decode(encoded[0])
    if not isinstance(first, Opened):
        raise StoreError(f"log {token}: expected its opening first, got entry type {first.TYPE}")
    log = ShipmentLog(token, profile_from_canonical(first.profile))
    query = (
        sa.select(segments.c.raw, segments.c.seal_digest, segments.c.node, segments.c.counter)
        .join(
            entries,
            sa.and_(entries.c.node == segments.c.node, entries.c.counter == segments.c.counter),
        )
        .where(entries.c.token == token, entries.c.type == SegmentEntry.TYPE)
    )
    raws = {
        (bytes(row.node), int(row.counter)): (bytes(row.raw), bytes(row.seal_digest))
        for row in connection.execute(query)
    }
    for data in encoded:
        entry = decode(data)
        facts = None
        if isinstance(entry, SegmentEntry):
            facts = facts_of(*raws[entry.node, entry.counter])
        log.restore(entry, facts)
    return log


def open_tokens(connection: sa.Connection) -> set[int]:
    query = sa.select(shipments.c.token).where(shipments.c.closed_ms.is_(None))
    return {int(token) for token in connection.execute(query).scalars()}


def due_assignments(now_ms: int) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(assignments)
        .where(assignments.c.entered.is_(False), assignments.c.from_ms <= now_ms)
        .order_by(assignments.c.id)
    )


def due_releases(now_ms: int) -> sa.Select[tuple[object, ...]]:
    return (
        sa.select(assignments)
        .where(
            assignments.c.entered.is_(True),
            assignments.c.released_entered.is_(False),
            assignments.c.to_ms <= now_ms,
        )
        .order_by(assignments.c.id)
    )


def offer_again(connection: sa.Connection, node: bytes, from_ms: int) -> None:
    """Segments that came before their assignment was known may belong to it after all."""
    taken = sa.exists().where(
        entries.c.node == segments.c.node, entries.c.counter == segments.c.counter
    )
    connection.execute(
        segments.update()
        .where(
            segments.c.node == node,
            segments.c.entered.is_(True),
            segments.c.received_ms >= from_ms,
            ~taken,
        )
        .values(entered=False)
    )


def count(connection: sa.Connection, name: str, node: bytes = b"") -> None:
    found = sa.and_(counters.c.name == name, counters.c.node == node)
    changed = connection.execute(counters.update().where(found).values(value=counters.c.value + 1))
    if changed.rowcount == 0:
        connection.execute(counters.insert().values(name=name, node=node, value=1))
