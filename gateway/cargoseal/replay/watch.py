"""How long it takes from a stored segment to `statusOf`: watched from outside, in real seconds.

Rules
1. The watcher only reads: the store as any process of the gateway does, the chain as anyone does.
2. It looks every 50 ms; a figure is no more exact than that.
3. A figure belongs to a verdict that made the condition worse: from the moment the segment that
   brought it about was seen in the store to the moment `statusOf` told the condition.
"""

import threading
import time
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import sqlalchemy as sa

from cargoseal.errors import ChainError, StoreError
from cargoseal.evidence.entries import Verdict, decode
from cargoseal.policy.terms import Condition
from cargoseal.store import Store
from cargoseal.store.schema import entries, segments

_EVERY_S = 0.05


class Watcher:
    """Watches in a thread of its own until `stop()`. `condition_of` asks the chain."""

    def __init__(self, database: Path, condition_of: Callable[[int], int]) -> None:
        self.seconds: dict[int, float] = {}  # token -> of its worst verdict so far
        self._database = database
        self._condition_of = condition_of
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._stored: list[tuple[int, float]] = []  # (highest rowid, when it was seen)
        self._waiting: dict[int, tuple[Condition, float]] = {}
        self._worst: dict[int, Condition] = {}
        self._seen_entries = 0

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _watch(self) -> None:
        with Store(self._database, create=False) as store:
            while not self._stopping.wait(_EVERY_S):
                with suppress(StoreError, ChainError):  # looked at again, a little later
                    self._look(store)

    def _look(self, store: Store) -> None:
        now_s = time.monotonic()
        with store.read() as connection:
            rowid: sa.ColumnElement[int] = sa.literal_column("segments.rowid", sa.Integer)
            highest = connection.execute(sa.select(sa.func.max(rowid)).select_from(segments))
            top = highest.scalar() or 0
            if not self._stored or top > self._stored[-1][0]:
                self._stored.append((top, now_s))
            self._find_verdicts(connection, now_s)
        for token, (condition, since_s) in list(self._waiting.items()):
            if self._condition_of(token) >= condition:
                self.seconds[token] = time.monotonic() - since_s
                del self._waiting[token]

    def _find_verdicts(self, connection: sa.Connection, now_s: float) -> None:
        rowid: sa.ColumnElement[int] = sa.literal_column("entries.rowid", sa.Integer)
        fresh = connection.execute(
            sa.select(rowid, entries.c.token, entries.c.position, entries.c.bytes)
            .where(entries.c.type == Verdict.TYPE, rowid > self._seen_entries)
            .order_by(rowid)
        ).all()
        for row, token, position, data in fresh:
            self._seen_entries = row
            verdict = decode(data)
            if not isinstance(verdict, Verdict):
                continue
            if verdict.condition > self._worst.get(token, Condition.SOUND):
                self._worst[token] = verdict.condition
                stored_s = self._stored_at(connection, token, position)
                self._waiting[token] = (verdict.condition, now_s if stored_s is None else stored_s)

    def _stored_at(self, connection: sa.Connection, token: int, position: int) -> float | None:
        """When the last segment before a position of the log was first seen in the store."""
        rowid: sa.ColumnElement[int] = sa.literal_column("segments.rowid", sa.Integer)
        row = connection.execute(
            sa.select(rowid)
            .join_from(
                entries,
                segments,
                (segments.c.node == entries.c.node) & (segments.c.counter == entries.c.counter),
            )
            .where(entries.c.token == token, entries.c.position < position, entries.c.type == 1)
            .order_by(entries.c.position.desc())
            .limit(1)
        ).scalar()
        if row is None:
            return None
        at = bisect_left(self._stored, (row, 0.0))
        return self._stored[min(at, len(self._stored) - 1)][1]
