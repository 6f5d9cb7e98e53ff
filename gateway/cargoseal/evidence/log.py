"""A shipment's evidence log in the store.

Rules
1. Entries are appended under consecutive positions and never changed. Appending happens inside the
   caller's transaction.
2. The tree's state is kept beside, so that a head costs no walk over the log.
"""

from typing import Any

import sqlalchemy as sa

from cargoseal.evidence.entries import Entry, encode
from cargoseal.evidence.heads import Head
from cargoseal.store.schema import entries
from cargoseal_wire.merkle import Frontier, leaf_hash


def read_entries(connection: sa.Connection, token: int, start: int = 0) -> list[bytes]:
    """The encoded entries of a log from a position on."""
    query = (
        sa.select(entries.c.bytes)
        .where(entries.c.token == token, entries.c.position >= start)
        .order_by(entries.c.position)
    )
    return [bytes(row[0]) for row in connection.execute(query)]


def log_size(connection: sa.Connection, token: int) -> int:
    """How many entries a log has."""
    query = sa.select(sa.func.max(entries.c.position)).where(entries.c.token == token)
    last = connection.execute(query).scalar()
    return 0 if last is None else int(last) + 1


def entry_row(token: int, position: int, entry: Entry) -> dict[str, Any]:
    """The row of an entry at its position; inserting one that is there is an IntegrityError."""
    return {
        "token": token,
        "position": position,
        "type": entry.TYPE,
        "bytes": encode(entry),
        "node": getattr(entry, "node", None),
        "counter": getattr(entry, "counter", None),
        "time_ms": entry.time_ms,
    }


class HeadReader:
    """Heads of many logs, each entry hashed once; for a process that asks again and again."""

    def __init__(self) -> None:
        self._trees: dict[int, Frontier] = {}

    def head(self, connection: sa.Connection, token: int) -> Head:
        """The head of a log as the connection sees it."""
        tree = self._trees.setdefault(token, Frontier())
        for data in read_entries(connection, token, tree.size):
            tree.append(leaf_hash(data))
        return Head(token, tree.size, tree.root())
