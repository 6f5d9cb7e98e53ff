"""What one transaction of the recorder writes, collected and then written at once.

Rules
1. Nothing of it is in the store before `write`; the caller's transaction holds the store's lock, so
   nobody else appends meanwhile.
2. Who watched what is read once per transaction: the entries for it were made before.
"""

from collections.abc import Iterable
from typing import Any

import sqlalchemy as sa

from cargoseal.evidence.entries import Verdict
from cargoseal.evidence.log import entry_row
from cargoseal.evidence.shipment import ShipmentLog, Written
from cargoseal.store.schema import assignments, entries, outbox


class Transcript:
    """The rows that a step adds. `now_ms` is the step's time."""

    def __init__(self, connection: sa.Connection, now_ms: int) -> None:
        self.connection = connection
        self.now_ms = now_ms
        self.compared: set[int] = set()  # tokens whose log in memory is that in the store
        self._entries: list[dict[str, Any]] = []
        self._outbox: list[dict[str, Any]] = []
        self._watches: dict[bytes, list[tuple[int, int | None, int]]] = {}

    def take(self, log: ShipmentLog, written: Iterable[Written]) -> None:
        """Entries of a log, in order, and what of them must be posted."""
        for position, entry, post in written:
            self._entries.append(entry_row(log.token, position, entry))
            if post and isinstance(entry, Verdict):
                self._outbox.append(_outbox_row(log.token, position, entry, self.now_ms))

    def watched(self, node: bytes, begun_ms: int) -> int | None:
        """The shipment that a node watched at a time, of assignments that are in a log."""
        if node not in self._watches:
            query = (
                sa.select(assignments.c.from_ms, assignments.c.to_ms, assignments.c.token)
                .where(assignments.c.node == node, assignments.c.entered.is_(True))
                .order_by(assignments.c.id)
            )
            found = self.connection.execute(query)
            self._watches[node] = [(row.from_ms, row.to_ms, row.token) for row in found]
        for from_ms, to_ms, token in self._watches[node]:
            if from_ms <= begun_ms and (to_ms is None or begun_ms < to_ms):
                return token
        return None

    def write(self) -> None:
        """Puts everything that was taken into the store."""
        if self._entries:
            self.connection.execute(entries.insert(), self._entries)
        if self._outbox:
            self.connection.execute(outbox.insert(), self._outbox)
        self._entries, self._outbox = [], []


def _outbox_row(token: int, position: int, verdict: Verdict, now_ms: int) -> dict[str, Any]:
    return {
        "token": token,
        "position": position,
        "condition": int(verdict.condition),
        "doubts": int(verdict.doubts),
        "health": verdict.health,
        "rule": int(verdict.rule),
        "score": verdict.score,
        "since_ms": verdict.since_ms,
        "created_ms": now_ms,
    }
