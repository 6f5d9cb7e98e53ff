"""Who may seal: the registered keys and how long each is valid.

Rules: those of the package. Revoking cannot be undone: the device comes back with a new key.
"""

from dataclasses import dataclass, field

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.registry.checks import check_bytes, check_text, raise_registry_version
from cargoseal.store import Store
from cargoseal.store.schema import nodes
from cargoseal_wire.identity import node_id


@dataclass(frozen=True, slots=True)
class Node:
    """A registered node. Times in Unix ms."""

    node: bytes
    public_key: bytes
    receipt_key: bytes = field(repr=False)
    label: str
    enrolled_ms: int
    valid_from_ms: int
    revoked_ms: int | None
    revoked_reason: str | None


def enroll_node(
    store: Store,
    public_key: bytes,
    receipt_key: bytes,
    *,
    now_ms: int,
    label: str = "",
    valid_from_ms: int | None = None,
) -> Node:
    """Registers a node's public key; from `valid_from_ms` (now, if not given) its seals count."""
    check_bytes("public key", public_key, 32)
    check_bytes("receipt key", receipt_key, 32)
    check_text("label", label)
    values = {
        "node": node_id(public_key),
        "public_key": public_key,
        "receipt_key": receipt_key,
        "label": label,
        "enrolled_ms": now_ms,
        "valid_from_ms": now_ms if valid_from_ms is None else valid_from_ms,
    }
    with store.write() as connection:
        found = _node(connection, node_id(public_key))
        if found is not None:
            _refuse_another_enrolment(found, public_key, receipt_key)
            return found
        connection.execute(nodes.insert().values(values))
        raise_registry_version(connection)
        return must_node(connection, node_id(public_key))


def revoke_node(
    store: Store, node: bytes, *, reason: str, now_ms: int, at_ms: int | None = None
) -> Node:
    """From `at_ms` (now, if not given) on, whatever the node's key seals is refused.

    What was accepted before stays evidence. Revoking cannot be undone: enrol a new key instead.
    """
    check_text("reason", reason, needed=True)
    with store.write() as connection:
        found = must_node(connection, node)
        if found.revoked_ms is not None:
            return found
        connection.execute(
            nodes.update()
            .where(nodes.c.node == node)
            .values(revoked_ms=now_ms if at_ms is None else at_ms, revoked_reason=reason)
        )
        raise_registry_version(connection)
        return must_node(connection, node)


def list_nodes(store: Store) -> list[Node]:
    """All nodes, in the order of their enrolment."""
    with store.read() as connection:
        rows = connection.execute(
            sa.select(nodes).order_by(nodes.c.enrolled_ms, nodes.c.node)
        ).all()
    return [Node(*row) for row in rows]


def find_node(store: Store, text: str) -> Node:
    """The node a person means: its id in hex, the beginning of it, or its label."""
    every = list_nodes(store)
    wanted = text.strip().lower()
    found = [node for node in every if node.label == text] or [
        node for node in every if wanted and node.node.hex().startswith(wanted)
    ]
    if len(found) != 1:
        known = ", ".join(f"{n.node.hex()} {n.label!r}" for n in (found or every)[:8]) or "no node"
        raise UsageError(
            f"expected the id, the beginning of the id or the label of one node, got {text!r}, "
            f"which fits {len(found)}; registered: {known}"
        )
    return found[0]


def _node(connection: sa.Connection, node: bytes) -> Node | None:
    row = connection.execute(sa.select(nodes).where(nodes.c.node == node)).first()
    return None if row is None else Node(*row)


def must_node(connection: sa.Connection, node: bytes) -> Node:
    found = _node(connection, node)
    if found is None:
        raise UsageError(f"expected a registered node, got {node.hex()}; enrol it first")
    return found


def _refuse_another_enrolment(found: Node, public_key: bytes, receipt_key: bytes) -> None:
    if found.revoked_ms is not None:
        raise UsageError(
            f"expected a new key, got that of node {found.node.hex()}, revoked: "
            f"{found.revoked_reason}; make a new key on the node"
        )
    if found.public_key != public_key or found.receipt_key != receipt_key:
        raise UsageError(
            f"expected the keys node {found.node.hex()} was enrolled with, got others; revoke it "
            "and enrol a new key"
        )
