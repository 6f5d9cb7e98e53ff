"""Keeps what was refused, with its bytes, so that it can be looked into later.

Rules
1. A refused thing is kept once per digest and refusal; seen again, its count and last time grow.
2. Bytes beyond the size of a segment are cut; `size` says how many came.
3. What no node's key proves may come from anyone, so its share of the store is bounded. Beyond the
   bound it is counted (`quarantine_full`) and not kept. Authentic refusals are always kept: a
   receipt will let the node forget them.
"""

import hashlib
import sqlite3

from cargoseal.errors import Refused
from cargoseal.ingest.arrival import Arrival
from cargoseal_wire.constants import MAX_SEGMENT_BYTES

MAX_UNPROVEN_BYTES = 256 * 1024 * 1024
MAX_TEXT = 300
ROW_BYTES = 512  # about what a row costs besides the refused bytes

_SEEN_AGAIN = """
UPDATE quarantine SET count = count + 1, last_ms = max(last_ms, ?) WHERE digest = ? AND error = ?
"""
_KEEP = """
INSERT INTO quarantine(digest, error, expected, got, topic, node, counter, authentic, seal_digest,
  previous, raw, size, first_ms, last_ms, count)
VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)
"""
_UNPROVEN_BYTES = """
SELECT coalesce(sum(length(raw) + ?), 0) FROM quarantine WHERE authentic IS 0
"""


class Quarantine:
    """Writes refusals inside the caller's transaction."""

    def __init__(self, max_unproven_bytes: int = MAX_UNPROVEN_BYTES) -> None:
        self._max_unproven_bytes = max_unproven_bytes
        self._unproven_bytes: int | None = None  # as in the store; None: not known

    def keep(self, connection: sqlite3.Connection, arrival: Arrival, refused: Refused) -> bool:
        """Whether it is in the quarantine now; False when its share is used up."""
        digest = hashlib.sha256(arrival.raw).digest()
        again = connection.execute(_SEEN_AGAIN, (arrival.received_ms, digest, refused.name))
        if again.rowcount:
            return True
        raw = arrival.raw[:MAX_SEGMENT_BYTES]
        proof = refused.authentic
        if proof is None and not self._take_room(connection, len(raw) + ROW_BYTES):
            return False
        connection.execute(
            _KEEP,
            (
                digest,
                refused.name,
                f"{refused.where}: {refused.expected}"[:MAX_TEXT],
                refused.got[:MAX_TEXT],
                arrival.topic[:MAX_TEXT],
                refused.node,
                None if proof is None else proof.counter,
                proof is not None,
                None if proof is None else proof.seal_digest,
                None if proof is None else proof.previous,
                raw,
                len(arrival.raw),
                arrival.received_ms,
                arrival.received_ms,
            ),
        )
        return True

    def forget(self) -> None:
        """After a transaction that failed: what was added to the sum is not in the store."""
        self._unproven_bytes = None

    def _take_room(self, connection: sqlite3.Connection, size: int) -> bool:
        if self._unproven_bytes is None:
            row = connection.execute(_UNPROVEN_BYTES, (ROW_BYTES,)).fetchone()
            self._unproven_bytes = int(row[0])
        if self._unproven_bytes + size > self._max_unproven_bytes:
            return False
        self._unproven_bytes += size
        return True
