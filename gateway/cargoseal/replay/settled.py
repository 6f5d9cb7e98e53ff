"""Whether the gateway has come to rest: everything judged, everything posted. Only reads."""

import sqlalchemy as sa

from cargoseal.store import Store
from cargoseal.store.schema import (
    assignments,
    batch_heads,
    batches,
    entries,
    outbox,
    requests,
    segments,
)


def recorded(store: Store) -> bool:
    """Whether every stored segment, assignment, release and request is in an evidence log."""
    released = assignments.c.to_ms.is_not(None) & assignments.c.released_entered.is_(False)
    questions = (
        sa.select(sa.func.count()).where(segments.c.entered.is_(False)),
        sa.select(sa.func.count()).where(assignments.c.entered.is_(False)),
        sa.select(sa.func.count()).where(released),
        sa.select(sa.func.count()).where(requests.c.entered.is_(False)),
    )
    with store.read() as connection:
        return not any(connection.execute(question).scalar() for question in questions)


def posted(store: Store) -> bool:
    """Whether every verdict is final on chain and every log anchored in its whole length."""
    waiting = sa.select(sa.func.count()).where(outbox.c.seq.is_(None))
    unfinished = sa.select(sa.func.count()).where(batches.c.state != "final")
    sizes = sa.select(entries.c.token, sa.func.count()).group_by(entries.c.token)
    anchored = sa.select(batch_heads.c.token, sa.func.max(batch_heads.c.size)).group_by(
        batch_heads.c.token
    )
    with store.read() as connection:
        if connection.execute(waiting).scalar() or connection.execute(unfinished).scalar():
            return False
        lengths = {token: size for token, size in connection.execute(sizes)}
        return lengths == {token: size for token, size in connection.execute(anchored)}


def log_size(store: Store) -> int:
    """How many entries all evidence logs have together."""
    with store.read() as connection:
        return int(
            connection.execute(sa.select(sa.func.count()).select_from(entries)).scalar() or 0
        )
