"""The outbox from the poster's side: verdicts that wait, are claimed by a batch, or never go.

Rules
1. `outbox.seq` is null while a verdict waits and its batch's number once one has claimed it.
2. A verdict the chain will never take has NEVER for its batch, and the chain's reason in `meta`
   under `refused.<row>`: it waits no longer, and nothing about it is lost.
3. A verdict states how many reviews its log had before it: the chain refuses one that was made
   without knowing of a review, since the person may have cleared what it says.
"""

from collections.abc import Sequence

import sqlalchemy as sa

from cargoseal.chain.updates import Update
from cargoseal.errors import StoreError
from cargoseal.evidence.entries import Review
from cargoseal.policy.terms import Condition
from cargoseal.poster.rules import Waiting
from cargoseal.store import Store
from cargoseal.store.schema import entries, meta, outbox

NEVER = -1  # in place of a batch's number
_REASON_PREFIX = "refused."
_REVIEWS = (  # of the log before the verdict: what it takes into account
    sa.select(sa.func.count())
    .where(
        entries.c.token == outbox.c.token,
        entries.c.type == Review.TYPE,
        entries.c.position < outbox.c.position,
    )
    .scalar_subquery()
    .label("reviews")
)
ROWS = sa.select(outbox, _REVIEWS)
_UNCLAIMED = sa.or_(outbox.c.seq.is_(None), outbox.c.seq == NEVER)


class Outbox:
    """Reads and writes of the outbox; `claim` and `free` belong into the caller's transaction."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def waiting(self) -> list[Waiting]:
        """The oldest verdict of each token that no batch has claimed, oldest first."""
        waits = outbox.c.seq.is_(None)
        oldest = sa.select(sa.func.min(outbox.c.id)).where(waits).group_by(outbox.c.token)
        query = ROWS.where(outbox.c.id.in_(oldest)).order_by(outbox.c.id)
        with self._store.read() as connection:
            return [_waiting(row) for row in connection.execute(query)]

    def unclaimed(self) -> list[Waiting]:
        """Every verdict no batch has claimed, refused ones included, oldest first."""
        query = ROWS.where(_UNCLAIMED).order_by(outbox.c.id)
        with self._store.read() as connection:
            return [_waiting(row) for row in connection.execute(query)]

    def alarm_behind(self, item: Waiting) -> bool:
        """Whether a later verdict of the same token waits that calls it compromised."""
        query = sa.select(sa.func.count()).where(
            outbox.c.token == item.token,
            outbox.c.id > item.row,
            outbox.c.seq.is_(None),
            outbox.c.condition == int(Condition.COMPROMISED),
        )
        with self._store.read() as connection:
            return bool(connection.execute(query).scalar())

    def refuse(self, row: int, reason: str) -> None:
        """Notes why the chain will never take a verdict; it waits no longer."""
        with self._store.write() as connection:
            done = connection.execute(
                outbox.update().where(outbox.c.id == row, outbox.c.seq.is_(None)).values(seq=NEVER)
            )
            if done.rowcount:
                connection.execute(meta.insert().values(key=_reason_key(row), value=reason))

    @staticmethod
    def claim(connection: sa.Connection, rows: Sequence[int], seq: int) -> None:
        """Gives rows to a batch. Raises StoreError when another has one of them."""
        for row in rows:
            done = connection.execute(
                outbox.update().where(outbox.c.id == row, _UNCLAIMED).values(seq=seq)
            )
            if done.rowcount != 1:
                raise StoreError(f"outbox row {row}: expected a waiting verdict, got a claimed one")
            connection.execute(meta.delete().where(meta.c.key == _reason_key(row)))

    @staticmethod
    def free(connection: sa.Connection, seq: int) -> None:
        """Lets the rows of a dissolved batch wait again."""
        connection.execute(outbox.update().where(outbox.c.seq == seq).values(seq=None))


def _reason_key(row: int) -> str:
    return f"{_REASON_PREFIX}{row}"


def refusals(connection: sa.Connection) -> dict[int, str]:
    """Outbox row → why the chain will never take its verdict."""
    query = sa.select(meta.c.key, meta.c.value).where(meta.c.key.startswith(_REASON_PREFIX))
    return {
        int(key.removeprefix(_REASON_PREFIX)): value for key, value in connection.execute(query)
    }


def _waiting(row: sa.Row[tuple[object, ...]]) -> Waiting:
    update = Update(
        row.token,
        row.condition,
        row.doubts,
        row.health,
        row.rule,
        row.score,
        row.since_ms // 1000,
        row.reviews % 256,
    )
    return Waiting(row.id, update)
