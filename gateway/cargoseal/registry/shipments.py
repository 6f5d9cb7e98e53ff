"""What is shipped and who watches it.

Rules: those of the package. Intervals are half open: an assignment ends before `to_ms`.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.registry.checks import check_bytes, check_text, raise_registry_version
from cargoseal.registry.nodes import must_node
from cargoseal.store import Store
from cargoseal.store.schema import assignments, batches, outbox, shipments

MAX_TOKEN = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Shipment:
    """What a token stands for, with the text of its profile as it was at the start."""

    token: int
    label: str
    profile_name: str
    profile_digest: bytes
    profile_text: str
    created_ms: int
    closed_ms: int | None


@dataclass(frozen=True, slots=True)
class Assignment:
    """A node watches a shipment from `from_ms` up to, not including, `to_ms`."""

    id: int
    token: int
    node: bytes
    from_ms: int
    to_ms: int | None
    person: str


def create_shipment(
    store: Store,
    token: int | None,
    *,
    profile_name: str,
    profile_digest: bytes,
    profile_text: str,
    now_ms: int,
    label: str = "",
) -> Shipment:
    """Registers a shipment under its token id, or with None under the next free one; the profile's
    text is kept as it is now."""
    if token is not None and not 0 <= token <= MAX_TOKEN:
        raise UsageError(f"expected a token id from 0 to {MAX_TOKEN}, got {token}")
    check_bytes("profile digest", profile_digest, 32)
    check_text("label", label)
    with store.write() as connection:
        if token is None:
            token = 1 + (
                connection.execute(sa.select(sa.func.max(shipments.c.token))).scalar() or 0
            )
        found = _shipment(connection, token)
        if found is not None:
            if found.profile_digest == profile_digest and found.label == label:
                return found
            raise UsageError(
                f"expected a token id not in use, got {token}, which is shipment "
                f"{found.label!r} with profile {found.profile_name!r}; take another token id"
            )
        connection.execute(
            shipments.insert().values(
                token=token,
                label=label,
                profile_name=profile_name,
                profile_digest=profile_digest,
                profile_text=profile_text,
                created_ms=now_ms,
            )
        )
        return must_shipment(connection, token)


def get_shipment(store: Store, token: int) -> Shipment:
    """The shipment of a token. Raises UsageError when there is none."""
    with store.read() as connection:
        return must_shipment(connection, token)


def list_shipments(store: Store) -> list[Shipment]:
    """All shipments by token id."""
    with store.read() as connection:
        rows = connection.execute(sa.select(shipments).order_by(shipments.c.token)).all()
    return [Shipment(*row) for row in rows]


def assign_node(
    store: Store, token: int, node: bytes, *, from_ms: int, person: str = ""
) -> Assignment:
    """From `from_ms` on, what the node seals is evidence about the shipment."""
    check_text("person", person)
    with store.write() as connection:
        shipment = must_shipment(connection, token)
        registered = must_node(connection, node)
        if shipment.closed_ms is not None:
            raise UsageError(f"expected an open shipment, got {token}, which is closed")
        if registered.revoked_ms is not None:
            raise UsageError(
                f"expected a valid node, got {node.hex()}, revoked: {registered.revoked_reason}; "
                "enrol a new key"
            )
        for earlier in _assignments(connection, node=node):
            if earlier.to_ms is None and earlier.token == token:
                return earlier
            _refuse_overlap(earlier, node, from_ms)
        connection.execute(
            assignments.insert().values(token=token, node=node, from_ms=from_ms, person=person)
        )
        raise_registry_version(connection)
        return _assignments(connection, node=node)[-1]


def release_node(
    store: Store, token: int, node: bytes, *, to_ms: int, person: str = ""
) -> Assignment:
    """Ends a node's assignment at `to_ms`: later windows are no evidence about the shipment.

    When it has ended already, that is the answer: a command may be repeated.
    """
    check_text("person", person)
    with store.write() as connection:
        must_shipment(connection, token)
        every = [found for found in _assignments(connection, node=node) if found.token == token]
        running = [found for found in every if found.to_ms is None]
        if every and not running:
            return every[-1]
        if not running:
            raise UsageError(f"expected a node that watches shipment {token}, got {node.hex()}")
        if to_ms < running[0].from_ms:
            raise UsageError(
                f"expected an end at or after {running[0].from_ms} (the assignment's start), "
                f"got {to_ms}"
            )
        connection.execute(
            assignments.update().where(assignments.c.id == running[0].id).values(to_ms=to_ms)
        )
        raise_registry_version(connection)
        return next(a for a in _assignments(connection, node=node) if a.id == running[0].id)


def list_assignments(
    store: Store, *, token: int | None = None, node: bytes | None = None
) -> list[Assignment]:
    """Assignments of a shipment, of a node, or all, in the order they were made."""
    with store.read() as connection:
        return _assignments(connection, token=token, node=node)


def _shipment(connection: sa.Connection, token: int) -> Shipment | None:
    row = connection.execute(sa.select(shipments).where(shipments.c.token == token)).first()
    return None if row is None else Shipment(*row)


def must_shipment(connection: sa.Connection, token: int) -> Shipment:
    found = _shipment(connection, token)
    if found is None:
        raise UsageError(f"expected the token id of a shipment, got {token}; create it first")
    return found


def _assignments(
    connection: sa.Connection, *, token: int | None = None, node: bytes | None = None
) -> list[Assignment]:
    query = sa.select(assignments).order_by(assignments.c.id)
    if token is not None:
        query = query.where(assignments.c.token == token)
    if node is not None:
        query = query.where(assignments.c.node == node)
    return [
        Assignment(row.id, row.token, row.node, row.from_ms, row.to_ms, row.person)
        for row in connection.execute(query)
    ]


def _refuse_overlap(earlier: Assignment, node: bytes, from_ms: int) -> None:
    if earlier.to_ms is None:
        raise UsageError(
            f"expected a free node, got {node.hex()}, which watches shipment {earlier.token}; "
            "release it there first"
        )
    if from_ms < earlier.to_ms:
        raise UsageError(
            f"expected a start at or after {earlier.to_ms}, when node {node.hex()} was released "
            f"from shipment {earlier.token}, got {from_ms}"
        )


def waiting_verdicts(store: Store, token: int) -> int:
    """How many verdicts of a shipment no batch has claimed or no block holds yet."""
    held = sa.select(batches.c.seq).where(batches.c.state.in_(("frozen", "sent")))
    query = sa.select(sa.func.count()).where(
        outbox.c.token == token, outbox.c.seq.is_(None) | outbox.c.seq.in_(held)
    )
    with store.read() as connection:
        return int(connection.execute(query).scalar_one())
