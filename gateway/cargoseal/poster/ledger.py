"""The poster's memory: batches, transactions and waiting verdicts in the store.

Rules
1. Each method is one transaction. Whatever moment the process dies at, the store shows a state from
   which the next start goes on.
2. A batch is written together with its heads and the claim on its outbox rows; a row is claimed by
   one batch only. Root, content id, updates and heads of a batch are never changed.
3. A transaction's bytes are in the store before they are sent.
4. Dissolving a batch frees its rows in the same transaction; what was signed for it is kept,
   marked as withdrawn.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.chain.token import Posted
from cargoseal.errors import StoreError
from cargoseal.evidence.heads import Head
from cargoseal.poster.anchors import Anchors
from cargoseal.poster.outbox import Outbox
from cargoseal.poster.rules import Waiting
from cargoseal.store import Store
from cargoseal.store.schema import (
    batch_heads,
    batches,
    transactions,
)

FROZEN, SENT, MINED, FINAL = "frozen", "sent", "mined", "final"


@dataclass(frozen=True)
class Batch:
    """A frozen batch and how far it has come. Block fields are None until it is mined."""

    seq: int
    root: bytes
    content_id: bytes
    updates: bytes
    state: str
    tx_hash: bytes | None
    block: int | None
    block_hash: bytes | None

    def is_what(self, posted: Posted) -> bool:
        """Whether an event on chain tells exactly this batch."""
        told = (posted.seq, posted.root, posted.content_id, posted.updates)
        return told == (self.seq, self.root, self.content_id, self.updates)


@dataclass(frozen=True)
class Stored:
    """A signed transaction of a batch."""

    hash: bytes
    nonce: int
    raw: bytes
    max_fee: int
    sent_ms: int


@dataclass(frozen=True)
class Mined:
    """Where a batch was found on chain."""

    tx_hash: bytes
    block: int
    block_hash: bytes
    gas_used: int | None


@contextmanager
def _sole_writer(seq: int) -> Iterator[None]:
    """Names the loss of a race with another poster of this store."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        raise StoreError(f"batch {seq}: expected a free number, got a batch") from error


class Ledger:
    """The poster's reads and writes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.outbox = Outbox(store)
        self.anchors = Anchors(store)

    # -- reading --------------------------------------------------------------------------------

    def missing_below(self, next_seq: int) -> list[int]:
        """Numbers the chain has passed and no batch in the store has."""
        below = batches.c.seq < next_seq
        with self._store.read() as connection:
            count = connection.execute(
                sa.select(sa.func.count()).select_from(batches).where(below)
            ).scalar()
            if count == next_seq:
                return []
            have = {seq for (seq,) in connection.execute(sa.select(batches.c.seq).where(below))}
        return [seq for seq in range(next_seq) if seq not in have]

    def unsettled(self, next_seq: int | None = None) -> list[Batch]:
        """Batches that are not final, and those at or after what the chain expects next."""
        wanted = batches.c.state != FINAL
        if next_seq is not None:
            wanted = sa.or_(wanted, batches.c.seq >= next_seq)
        with self._store.read() as connection:
            rows = connection.execute(sa.select(batches).where(wanted).order_by(batches.c.seq))
            return [_batch(row) for row in rows]

    def transactions_of(self, seq: int) -> list[Stored]:
        """What was signed for a batch, oldest first, without what was withdrawn."""
        query = sa.select(transactions).where(
            transactions.c.seq == seq,
            sa.or_(transactions.c.result.is_(None), transactions.c.result != "withdrawn"),
        )
        with self._store.read() as connection:
            rows = connection.execute(query.order_by(transactions.c.sent_ms, transactions.c.nonce))
            return [
                Stored(bytes(row.hash), row.nonce, bytes(row.raw), int(row.max_fee), row.sent_ms)
                for row in rows
            ]

    # -- writing --------------------------------------------------------------------------------

    def freeze(
        self,
        seq: int,
        root: bytes,
        content_id: bytes,
        rows: Sequence[Waiting],
        heads: Sequence[Head],
        now_ms: int,
    ) -> Batch:
        """Writes a batch and claims its rows. Raises StoreError when either was done by another."""
        updates = b"".join(item.update.pack() for item in rows)
        with _sole_writer(seq), self._store.write() as connection:
            self._insert(connection, seq, root, content_id, updates, now_ms, FROZEN)
            self.outbox.claim(connection, [item.row for item in rows], seq)
            if heads:
                values = [
                    {"seq": seq, "token": head.token, "size": head.size, "root": head.root}
                    for head in heads
                ]
                connection.execute(batch_heads.insert(), values)
        self.anchors.note(heads)
        return Batch(seq, root, content_id, updates, FROZEN, None, None, None)

    def adopt(self, posted: Posted, rows: Sequence[int], now_ms: int) -> None:
        """Writes down a batch that was found on chain and told these rows. Raises StoreError when
        another did so meanwhile."""
        values = (posted.seq, posted.root, posted.content_id, posted.updates)
        place = Mined(posted.transaction, posted.block, posted.block_hash, None)
        with _sole_writer(posted.seq), self._store.write() as connection:
            self._insert(connection, *values, now_ms, MINED)
            self.outbox.claim(connection, rows, posted.seq)
            self._found(connection, posted.seq, place, now_ms)

    @staticmethod
    def _insert(
        connection: sa.Connection, seq: int, root: bytes, content_id: bytes, updates: bytes,
        now_ms: int, state: str,
    ) -> None:  # fmt: skip
        connection.execute(
            batches.insert().values(
                seq=seq,
                root=root,
                content_id=content_id,
                updates=updates,
                created_ms=now_ms,
                state=state,
            )
        )

    def store_transaction(self, seq: int, stored: Stored) -> None:
        """Keeps a signed transaction; only after this may it be sent."""
        with self._store.write() as connection:
            connection.execute(
                transactions.insert().values(
                    hash=stored.hash,
                    seq=seq,
                    nonce=stored.nonce,
                    raw=stored.raw,
                    max_fee=str(stored.max_fee),
                    sent_ms=stored.sent_ms,
                )
            )
            self._progress(connection, seq, state=SENT)

    def mined(self, seq: int, place: Mined, now_ms: int) -> None:
        """Notes where a batch is on chain; also when it moved to another block."""
        with self._store.write() as connection:
            self._found(connection, seq, place, now_ms)
            ours = transactions.c.seq == seq
            live = sa.or_(transactions.c.result.is_(None), transactions.c.result == "mined")
            connection.execute(transactions.update().where(ours, live).values(result="replaced"))
            connection.execute(
                transactions.update()
                .where(ours, transactions.c.hash == place.tx_hash)
                .values(result="mined")
            )

    def final(self, seq: int) -> None:
        """Notes that a batch is deep enough to be watched no longer."""
        with self._store.write() as connection:
            self._progress(connection, seq, state=FINAL)

    def reorganised(self, seq: int) -> None:
        """Notes that a batch is not on chain any more; its transactions count again."""
        with self._store.write() as connection:
            self._progress(
                connection,
                seq,
                state=SENT,
                tx_hash=None,
                block=None,
                block_hash=None,
                gas_used=None,
                mined_ms=None,
            )
            connection.execute(
                transactions.update()
                .where(transactions.c.seq == seq, transactions.c.result != "withdrawn")
                .values(result=None)
            )

    def failed(self, transaction_hash: bytes) -> None:
        """Notes that a transaction was mined and refused."""
        with self._store.write() as connection:
            connection.execute(
                transactions.update()
                .where(transactions.c.hash == transaction_hash)
                .values(result="reverted")
            )

    def take_back(self, seq: int) -> None:
        """Dissolves a batch that is not and cannot come on chain; its verdicts wait again."""
        self.anchors.forget()
        with self._store.write() as connection:
            connection.execute(batch_heads.delete().where(batch_heads.c.seq == seq))
            self.outbox.free(connection, seq)
            connection.execute(
                transactions.update().where(transactions.c.seq == seq).values(result="withdrawn")
            )
            connection.execute(batches.delete().where(batches.c.seq == seq))

    def last_created_ms(self) -> int | None:
        """When the newest batch was frozen, by the gateway's clock."""
        with self._store.read() as connection:
            return connection.execute(sa.select(sa.func.max(batches.c.created_ms))).scalar()

    @classmethod
    def _found(cls, connection: sa.Connection, seq: int, place: Mined, now_ms: int) -> None:
        cls._progress(
            connection,
            seq,
            state=MINED,
            tx_hash=place.tx_hash,
            block=place.block,
            block_hash=place.block_hash,
            gas_used=place.gas_used,
            mined_ms=now_ms,
        )

    @staticmethod
    def _progress(connection: sa.Connection, seq: int, **values: object) -> None:
        connection.execute(batches.update().where(batches.c.seq == seq).values(**values))


def _batch(row: sa.Row[tuple[object, ...]]) -> Batch:
    return Batch(
        row.seq,
        bytes(row.root),
        bytes(row.content_id),
        bytes(row.updates),
        row.state,
        row.tx_hash,
        row.block,
        row.block_hash,
    )
