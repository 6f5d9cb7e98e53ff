"""Inside the transaction: which verified segments are fresh, and what becomes of the others.

Rules
1. A fresh counter: the segment is stored. The same seal again: a redelivery when the sender says
   so, else Replayed. Another seal under the same counter: CounterReused, whichever came first.
2. What counts is the store, this batch's earlier rows included; `kept_of` only says when to look.
3. What was refused goes to the quarantine with its bytes, and every outcome is counted, all in the
   caller's transaction.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import NamedTuple

import sqlalchemy as sa

from cargoseal import errors
from cargoseal.errors import Authentic, Refused
from cargoseal.ingest.arrival import Arrival
from cargoseal.ingest.keyring import Keyring
from cargoseal.ingest.quarantine import Quarantine
from cargoseal.ingest.receipts import KeptCounters
from cargoseal.store import raw_connection
from cargoseal.verify import VerifiedSegment

_INSERT_SEGMENT = """
INSERT INTO segments(node, counter, seal_digest, previous, boot, kind, flags, start_ms, uptime_ms,
  duration_ms, clock_source, clock_error_ms, count, score, model, received_ms, raw, entered)
VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
_COUNT = """
INSERT INTO counters(name, node, value) VALUES(?, ?, ?)
ON CONFLICT(name, node) DO UPDATE SET value = value + excluded.value
"""


class Settlement:
    """One transaction's work, for one batch."""

    def __init__(
        self,
        connection: sa.Connection,
        *,
        keyring: Keyring,
        quarantine: Quarantine,
        kept_of: Callable[[sa.Connection, bytes], KeptCounters],
        repeats_are_replays: bool,
    ) -> None:
        self._connection = connection
        self._keyring = keyring
        self._quarantine = quarantine
        self._kept_of = kept_of
        self._repeats_are_replays = repeats_are_replays
        self._raw = raw_connection(connection)
        self._rows: list[tuple[object, ...]] = []
        self._counts: Counter[tuple[str, bytes]] = Counter()
        self._due: set[bytes] = set()

    def store(
        self, arrivals: Sequence[Arrival], judged: list[VerifiedSegment | Refused]
    ) -> set[bytes]:
        """Writes the outcome of each arrival; the nodes that a receipt is due to."""
        for arrival, outcome in zip(arrivals, judged, strict=True):
            if isinstance(outcome, VerifiedSegment):
                self._settle(arrival, outcome)
            else:
                self._refuse(arrival, outcome)
        self._write_rows()
        self._raw.executemany(_COUNT, [(*key, value) for key, value in self._counts.items()])
        return self._due

    def _settle(self, arrival: Arrival, verified: VerifiedSegment) -> None:
        """Step 3."""
        statement = verified.statement
        node, counter, digest = statement.node, statement.counter, verified.seal_digest
        kept = self._kept_of(self._connection, node)
        if counter in kept:
            stored = self._stored_digests(node, counter)
            if digest in stored.accepted:
                self._repeat(arrival, verified)
                return
            others = (stored.accepted or stored.refused) - {digest}
            if others:
                self._reuse(arrival, verified, min(others))
                return
        kept.add(counter, statement.previous, digest)
        self._rows.append(_row(verified))
        self._counts["accepted", node] += 1
        self._due.add(node)

    def _repeat(self, arrival: Arrival, verified: VerifiedSegment) -> None:
        node = verified.statement.node
        if arrival.redelivery or not self._repeats_are_replays:
            self._counts["redelivered", node] += 1
            self._due.add(node)
            return
        refused = errors.Replayed(
            "a segment not stored before",
            f"counter {verified.statement.counter} with the bytes already stored",
        )
        self._refuse_verified(arrival, verified, refused)

    def _reuse(self, arrival: Arrival, verified: VerifiedSegment, other: bytes) -> None:
        refused = errors.CounterReused(
            f"the seal {other.hex()} stored under counter {verified.statement.counter}",
            f"the seal {verified.seal_digest.hex()}",
            "statement.counter",
        )
        self._refuse_verified(arrival, verified, refused)

    def _refuse_verified(
        self, arrival: Arrival, verified: VerifiedSegment, refused: Refused
    ) -> None:
        statement = verified.statement
        refused.node = statement.node
        refused.authentic = Authentic(
            statement.node, statement.counter, statement.previous, verified.seal_digest
        )
        self._refuse(arrival, refused)

    def _refuse(self, arrival: Arrival, refused: Refused) -> None:
        """Step 4."""
        proof = refused.authentic
        named = refused.node or b""
        kept = self._quarantine.keep(self._raw, arrival, refused)
        if not kept:
            self._counts["quarantine_full", b""] += 1
        known = named in self._keyring
        self._counts[f"refused.{refused.name}", named if known else b""] += 1
        if proof is not None:
            self._kept_of(self._connection, proof.node).add(
                proof.counter, proof.previous, proof.seal_digest
            )
            self._due.add(proof.node)

    def _stored_digests(self, node: bytes, counter: int) -> "_Stored":
        """What the store has under a counter, this batch included."""
        self._write_rows()
        accepted = self._raw.execute(
            "SELECT seal_digest FROM segments WHERE node = ? AND counter = ?", (node, counter)
        ).fetchall()
        refused = self._raw.execute(
            "SELECT seal_digest FROM quarantine WHERE node = ? AND counter = ? AND authentic IS 1",
            (node, counter),
        ).fetchall()
        return _Stored({row[0] for row in accepted}, {row[0] for row in refused})

    def _write_rows(self) -> None:
        if self._rows:
            self._raw.executemany(_INSERT_SEGMENT, self._rows)
            self._rows = []


class _Stored(NamedTuple):
    accepted: set[bytes]
    refused: set[bytes]


def _row(verified: VerifiedSegment) -> tuple[object, ...]:
    statement = verified.statement
    return (
        statement.node,
        statement.counter,
        verified.seal_digest,
        statement.previous,
        statement.boot,
        statement.kind,
        statement.flags,
        statement.start_ms,
        statement.uptime_ms,
        statement.duration_ms,
        statement.clock_source,
        statement.clock_error_ms,
        statement.count,
        verified.claim.score,
        statement.model,
        verified.received_ms,
        verified.raw,
    )
