"""Which release is offered to which node, and how far it is. One row per node and release.

Rules
1. A node is offered the oldest of its releases that it has neither installed nor refused.
2. What a node says of its progress is not authenticated (whoever publishes as the node may say it)
   and decides nothing: what a node runs is what its sealed statements say, shown beside it.
"""

from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.release.parcel import Parcel, read
from cargoseal.store import Store
from cargoseal.store.schema import nodes, offers, releases, segments
from cargoseal_wire.release import APPLICATION, COMPONENTS, CONFIGURATION
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import Statement, decode_statement

OFFERED, INSTALLED, REFUSED = "offered", "installed", "refused"


def offer(store: Store, parcel: Parcel, chosen: Sequence[bytes], now_ms: int) -> None:
    """Notes the offer; again with the same release it starts anew where it was refused. UsageError
    for another release of the same component and number: a number names one release."""
    manifest = parcel.manifest
    with store.write() as connection:
        known = connection.execute(
            sa.select(releases.c.digest).where(
                releases.c.component == manifest.component, releases.c.number == manifest.number
            )
        ).scalar()
        if known is not None and known != parcel.digest:
            raise UsageError(
                f"expected a number that no other {COMPONENTS[manifest.component]} has, "
                f"got {manifest.number}, which is release {known.hex()[:16]}"
            )
        if known is None:
            connection.execute(
                releases.insert().values(
                    digest=parcel.digest,
                    component=manifest.component,
                    number=manifest.number,
                    parcel=parcel.encode(),
                )
            )
        for node in chosen:
            row = {"node": node, "digest": parcel.digest}
            connection.execute(offers.delete().where(*_is(row)))
            connection.execute(
                offers.insert().values(**row, offered_ms=now_ms, state=OFFERED, offset=0, said="")
            )


def next_digest(store: Store, node: bytes) -> bytes | None:
    """Which release the node is to be offered now."""
    with store.read() as connection:
        found = connection.execute(
            sa.select(releases.c.digest)
            .join(offers, offers.c.digest == releases.c.digest)
            .where(offers.c.node == node, offers.c.state == OFFERED)
            .order_by(offers.c.offered_ms, releases.c.component, releases.c.number)
        ).scalar()
    return None if found is None else bytes(found)


def stored(store: Store, digest: bytes) -> Parcel:
    """A release that is offered to somebody; every file's digest is checked again."""
    with store.read() as connection:
        data = connection.execute(
            sa.select(releases.c.parcel).where(releases.c.digest == digest)
        ).scalar_one()
    return read(data, "a stored release")


def note(store: Store, node: bytes, digest: bytes, state: str, offset: int, said: str) -> None:
    """Notes how far a node is; nothing for a release that it was not offered."""
    values = {"state": state, "offset": offset, "said": said}
    with store.write() as connection:
        row = {"node": node, "digest": digest}
        connection.execute(offers.update().where(*_is(row)).values(**values))


def listed(store: Store) -> Iterator[Mapping[str, object]]:
    """Every offer with its progress, and the number that the node's newest statement says."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(
                offers.c.node,
                nodes.c.label,
                releases.c.component,
                releases.c.number,
                offers.c.state,
                offers.c.offset,
                offers.c.said,
            )
            .join(releases, offers.c.digest == releases.c.digest)
            .join(nodes, nodes.c.node == offers.c.node)
            .order_by(offers.c.offered_ms, offers.c.node)
        ).all()
        for row in rows:
            statement = newest_statement(connection, row.node)
            yield {
                "node": row.node.hex(),
                "label": row.label,
                "component": COMPONENTS[row.component],
                "number": row.number,
                "state": row.state,
                "bytes": row.offset,
                "said": row.said,
                "runs": _runs(statement, row.component),
            }


def newest_statement(connection: sa.Connection, node: bytes) -> Statement | None:
    """The statement with the node's highest counter; None before the first."""
    raw = connection.execute(
        sa.select(segments.c.raw)
        .where(segments.c.node == node)
        .order_by(segments.c.counter.desc())
        .limit(1)
    ).scalar()
    return None if raw is None else decode_statement(decode_segment(raw).statement)


def running(store: Store) -> dict[bytes, dict[str, object]]:
    """The release numbers that each node's newest statement says; nothing of nodes without one."""
    with store.read() as connection:
        names = connection.execute(sa.select(nodes.c.node)).scalars().all()
        newest = {node: newest_statement(connection, node) for node in names}
    return {
        node: {"application": said.application, "configuration": said.configuration}
        for node, said in newest.items()
        if said is not None
    }


def _runs(statement: Statement | None, component: int) -> object:
    """The number of a component that a statement says; a model is named by its digest."""
    if statement is None:
        return None
    if component == APPLICATION:
        return statement.application
    if component == CONFIGURATION:
        return statement.configuration
    return statement.model.hex()[:16]


def _is(row: Mapping[str, bytes]) -> tuple[sa.ColumnElement[bool], ...]:
    return (offers.c.node == row["node"], offers.c.digest == row["digest"])
