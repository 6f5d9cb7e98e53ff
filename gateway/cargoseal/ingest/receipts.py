"""Which counters of a node are durably kept, as runs, and the receipt that says so.

Rules
1. A counter counts as kept once its segment is committed: accepted, or refused although authentic.
2. Runs join when nothing can be missing between them: their numbers are adjacent, or the chain
   says so (the upper run's first seal names the lower run's last one as `previous`). Numbers that
   a power cut skipped were never sealed, so a receipt may cover them.
3. Only a run that starts at 1 is `contiguous`. A first seal at a higher number is told as a range:
   that its node sealed nothing before it cannot be seen from here.
4. A receipt holds the highest runs when there are too many: the spool of a node ends there.
"""

from bisect import bisect_right
from collections.abc import Iterable

import sqlalchemy as sa

from cargoseal.store.schema import quarantine, segments
from cargoseal_wire.receipt import MAX_RECEIPT_RANGES, encode_receipt


class KeptCounters:
    """The kept counters of one node, as runs in ascending order. Not for several threads."""

    def __init__(self, kept: Iterable[tuple[int, bytes, bytes]] = ()) -> None:
        self._lows: list[int] = []
        self._highs: list[int] = []
        self._previous: list[bytes] = []  # of each run's first seal
        self._digests: list[bytes] = []  # of each run's last seal
        for counter, previous, digest in kept:
            self.add(counter, previous, digest)

    def __contains__(self, counter: int) -> bool:
        at = bisect_right(self._lows, counter) - 1
        return at >= 0 and counter <= self._highs[at]

    def add(self, counter: int, previous: bytes, digest: bytes) -> None:
        """Notes a kept counter, the digest of its seal and of the seal before it."""
        at = bisect_right(self._lows, counter)  # the run below is at - 1, the one above is at
        if at and counter <= self._highs[at - 1]:
            return
        below = bool(at) and (
            self._highs[at - 1] + 1 == counter or self._digests[at - 1] == previous
        )
        above = at < len(self._lows) and (
            counter + 1 == self._lows[at] or self._previous[at] == digest
        )
        if below and above:
            self._highs[at - 1] = self._highs[at]
            self._digests[at - 1] = self._digests[at]
            for column in (self._lows, self._highs, self._previous, self._digests):
                del column[at]
        elif below:
            self._highs[at - 1] = counter
            self._digests[at - 1] = digest
        elif above:
            self._lows[at] = counter
            self._previous[at] = previous
        else:
            self._lows.insert(at, counter)
            self._highs.insert(at, counter)
            self._previous.insert(at, previous)
            self._digests.insert(at, digest)

    def runs(self) -> list[tuple[int, int]]:
        """All runs as (first, last), ascending."""
        return list(zip(self._lows, self._highs, strict=True))

    def receipt(self) -> tuple[int, list[tuple[int, int]]]:
        """What a receipt says: the contiguous counter and at most MAX_RECEIPT_RANGES ranges."""
        runs = self.runs()
        contiguous = runs.pop(0)[1] if runs and runs[0][0] == 1 else 0
        return contiguous, runs[-MAX_RECEIPT_RANGES:]


def load_kept(connection: sa.Connection, node: bytes) -> KeptCounters:
    """The kept counters of a node as the store has them."""
    accepted = sa.select(segments.c.counter, segments.c.previous, segments.c.seal_digest).where(
        segments.c.node == node
    )
    refused = sa.select(
        quarantine.c.counter, quarantine.c.previous, quarantine.c.seal_digest
    ).where(quarantine.c.node == node, quarantine.c.authentic.is_(True))
    kept = KeptCounters()
    for query in (accepted.order_by(segments.c.counter), refused.order_by(quarantine.c.counter)):
        for counter, previous, digest in connection.execute(query):
            kept.add(int(counter), bytes(previous), bytes(digest))
    return kept


def make_receipt(receipt_key: bytes, node: bytes, kept: KeptCounters, now_ms: int) -> bytes:
    """The encoded receipt of what is kept of a node."""
    contiguous, ranges = kept.receipt()
    return encode_receipt(receipt_key, node, contiguous, ranges, now_ms)
