"""Which evidence logs the next batch anchors, and in which state.

Rules
1. Every open shipment's log is anchored by every batch, and so is each log a verdict of the batch
   belongs to. A closed shipment's log is anchored until its last entry is.
2. Heads are read after the verdicts were chosen, so they cover the entries of these verdicts.
"""

from collections.abc import Iterable

import sqlalchemy as sa

from cargoseal.evidence.heads import Head
from cargoseal.evidence.log import HeadReader
from cargoseal.store import Store
from cargoseal.store.schema import batch_heads, entries, shipments


class Anchors:
    """Remembers what is anchored and the trees' frontiers, so that new entries only are read."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._heads = HeadReader()
        self._anchored: dict[int, int] | None = None

    def heads(self, tokens: Iterable[int]) -> list[Head]:
        """Heads to anchor, by token: of open shipments, of those named, and of closed ones whose
        log has grown since it was last anchored."""
        length = (
            sa.select(sa.func.max(entries.c.position) + 1)
            .where(entries.c.token == shipments.c.token)
            .scalar_subquery()
        )
        query = sa.select(shipments.c.token, shipments.c.closed_ms, length)
        with self._store.read() as connection:
            anchored = self._anchored_sizes(connection)
            wanted = set(tokens)
            for token, closed_ms, size in connection.execute(query):
                if closed_ms is None or (size or 0) > anchored.get(token, 0):
                    wanted.add(token)
            return [self._heads.head(connection, token) for token in sorted(wanted)]

    def _anchored_sizes(self, connection: sa.Connection) -> dict[int, int]:
        """The greatest anchored size of each log; read once, then kept up by `note`."""
        if self._anchored is None:
            query = sa.select(batch_heads.c.token, sa.func.max(batch_heads.c.size))
            rows = connection.execute(query.group_by(batch_heads.c.token))
            self._anchored = {token: size for token, size in rows}
        return self._anchored

    def note(self, heads: Iterable[Head]) -> None:
        """Takes note of heads that a batch anchors now."""
        if self._anchored is not None:
            self._anchored |= {head.token: head.size for head in heads}

    def forget(self) -> None:
        """After a batch was dissolved: what is anchored is read again."""
        self._anchored = None
