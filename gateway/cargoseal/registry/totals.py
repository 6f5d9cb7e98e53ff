"""What came in and what was refused, for people: counts that outlive a restart.

Rules
1. The counts of `counters` are raised in the transaction that stores what they count.
2. A refusal counts every arrival; the quarantine holds each different refused thing once.
"""

from dataclasses import dataclass

import sqlalchemy as sa

from cargoseal.store import Store
from cargoseal.store.schema import counters, quarantine

REFUSED_PREFIX = "refused."


@dataclass(frozen=True, slots=True)
class Totals:
    """Arrivals by outcome; `refused` by the refusal's name, without those that never happened."""

    accepted: int
    redelivered: int
    refused: dict[str, int]
    other: dict[str, int]

    @property
    def refused_total(self) -> int:
        return sum(self.refused.values())


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused segment in the quarantine, without its bytes."""

    digest: bytes
    error: str
    expected: str
    got: str
    topic: str
    node: bytes | None
    counter: int | None
    authentic: bool
    size: int
    first_ms: int
    last_ms: int
    count: int


def totals(store: Store) -> Totals:
    """Of all nodes together, arrivals that named no known node included."""
    query = sa.select(counters.c.name, sa.func.sum(counters.c.value)).group_by(counters.c.name)
    with store.read() as connection:
        return _totals({str(name): int(value) for name, value in connection.execute(query)})


def totals_by_node(store: Store) -> dict[bytes, Totals]:
    """By node id; arrivals that named no known node stand under the empty id."""
    values: dict[bytes, dict[str, int]] = {}
    with store.read() as connection:
        for row in connection.execute(sa.select(counters)):
            values.setdefault(bytes(row.node), {})[str(row.name)] = int(row.value)
    return {node: _totals(found) for node, found in values.items()}


def refusals(store: Store, *, name: str | None = None, limit: int = 100) -> list[Refusal]:
    """The quarantine's rows, the latest first, at most `limit`; of one refusal's name or all."""
    columns = [quarantine.c[field] for field in Refusal.__slots__]
    query = sa.select(*columns).order_by(quarantine.c.last_ms.desc()).limit(limit)
    if name is not None:
        query = query.where(quarantine.c.error == name)
    with store.read() as connection:
        return [Refusal(*row) for row in connection.execute(query)]


def refused_bytes(store: Store, digest: bytes) -> bytes | None:
    """The bytes of a refused segment by their digest (cut when they were oversized)."""
    query = sa.select(quarantine.c.raw).where(quarantine.c.digest == digest).limit(1)
    with store.read() as connection:
        found = connection.execute(query).scalar()
    return None if found is None else bytes(found)


def _totals(values: dict[str, int]) -> Totals:
    refused = {
        name.removeprefix(REFUSED_PREFIX): value
        for name, value in sorted(values.items())
        if name.startswith(REFUSED_PREFIX)
    }
    other = {
        name: value
        for name, value in sorted(values.items())
        if not name.startswith(REFUSED_PREFIX) and name not in ("accepted", "redelivered")
    }
    return Totals(values.get("accepted", 0), values.get("redelivered", 0), refused, other)
