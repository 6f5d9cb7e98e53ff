"""Judges a batch of arrivals and makes the outcome durable: one transaction for all of them.

The steps (3 and 4 are settle.py's):
1. Each arrival is verified (pure, see verify.py) before the transaction begins.
2. In the transaction: were the keys those of the store? If not, step 1 again with the store's.
3. The counter of each verified segment is looked up. Fresh: stored. The same bytes again: a
   redelivery when the sender says so, else Replayed. Other bytes: CounterReused.
4. What was refused goes to the quarantine with its bytes; the counts are raised.
5. Committed. Only now may the caller acknowledge, and send receipts to the nodes it is given back.

Rules
- If anything fails, nothing was stored and nothing may be acknowledged: StoreError, try again.
- Which counters are kept is read from the store once per node and then followed in memory. The
  primary key of `segments` has the last word: if another process stored meanwhile, the batch is
  judged again from the store.
"""

import logging
import sqlite3
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from cargoseal import errors
from cargoseal.errors import Refused, StoreError
from cargoseal.ingest.arrival import Arrival
from cargoseal.ingest.keyring import Keyring
from cargoseal.ingest.quarantine import Quarantine
from cargoseal.ingest.receipts import KeptCounters, load_kept, make_receipt
from cargoseal.ingest.settle import Settlement
from cargoseal.store import Store
from cargoseal.verify import Offered, VerifiedSegment, verify_many
from cargoseal_score.model import Model
from cargoseal_wire.errors import WireError
from cargoseal_wire.topics import parse_topic

__all__ = ["Arrival", "Committer"]

log = logging.getLogger("cargoseal.ingest")

MAX_KNOWN_TOPICS = 20_000
NO_NODE = b""


class Committer:
    """The one writer of segments in its process. Not for several threads.

    `repeats_are_replays`: whether the way in tells a redelivery from a new message. A broker hands
    the DUP mark of its own delivery on, not the node's: there, every repeat counts as redelivered.
    """

    def __init__(
        self,
        store: Store,
        audience: bytes,
        models: Mapping[bytes, Model],
        *,
        repeats_are_replays: bool = True,
    ) -> None:
        self._store = store
        self._audience = audience
        self._models = models
        self._repeats_are_replays = repeats_are_replays
        self._keyring = Keyring()
        self._kept: dict[bytes, KeptCounters] = {}
        self._topics: dict[str, bytes] = {}
        self._quarantine = Quarantine()
        with store.read() as connection:
            self._keyring.refresh(connection)

    def commit(self, arrivals: Sequence[Arrival]) -> set[bytes]:
        """Makes the outcome of all arrivals durable; the nodes that a receipt is due to.

        Raises StoreError when the store failed: then nothing of it happened.
        """
        judged = self._judge(arrivals)
        try:
            return self._store_judged(arrivals, judged)
        except sqlite3.IntegrityError:  # another process stored one of these counters first
            log.info("another process stored meanwhile: judging a batch again")
        try:
            return self._store_judged(arrivals, judged)
        except sqlite3.IntegrityError as error:
            raise StoreError(f"{self._store.path}: {error}") from error

    def receipt(self, node: bytes, now_ms: int) -> bytes | None:
        """The node's receipt as things are now; None for a node that is unknown or revoked."""
        key = self._keyring.receipt_key(node)
        if key is None:
            with self._store.read() as connection:
                if not self._keyring.refresh(connection):
                    return None
            key = self._keyring.receipt_key(node)
            if key is None:
                return None
        kept = self._kept.get(node)
        if kept is None:
            with self._store.read() as connection:
                kept = self._kept_of(connection, node)
        return make_receipt(key, node, kept, now_ms)

    def nodes(self) -> list[bytes]:
        """All registered nodes, as the store has them now."""
        with self._store.read() as connection:
            self._keyring.refresh(connection)
        return self._keyring.nodes()

    def _judge(self, arrivals: Sequence[Arrival]) -> list[VerifiedSegment | Refused]:
        """Step 1."""
        offered = [Offered(a.raw, self._topic_node(a.topic), a.received_ms) for a in arrivals]
        try:
            return verify_many(offered, self._keyring, self._models, self._audience)
        except Exception:
            if len(arrivals) > 1:
                return [self._judge([arrival])[0] for arrival in arrivals]
            log.exception("a fault of ours: bytes that cannot be judged go to the quarantine")
            return [errors.Malformed("a segment that can be judged", "a fault in the verifier")]

    def _topic_node(self, topic: str) -> bytes:
        """The node whose segments come under a topic; NO_NODE for a topic of another kind."""
        node = self._topics.get(topic)
        if node is None:
            if len(self._topics) >= MAX_KNOWN_TOPICS:
                self._topics.clear()
            node = self._topics[topic] = _node_of_topic(topic)
        return node

    def _store_judged(
        self, arrivals: Sequence[Arrival], judged: list[VerifiedSegment | Refused]
    ) -> set[bytes]:
        try:
            with self._store.write() as connection:
                # 2
                if self._keyring.refresh(connection):
                    judged = self._judge(arrivals)
                settlement = Settlement(
                    connection,
                    keyring=self._keyring,
                    quarantine=self._quarantine,
                    kept_of=self._kept_of,
                    repeats_are_replays=self._repeats_are_replays,
                )
                return settlement.store(arrivals, judged)
        except BaseException:
            # What is followed in memory may be ahead of the store now.
            self._kept.clear()
            self._quarantine.forget()
            self._keyring.forget()
            raise

    def _kept_of(self, connection: sa.Connection, node: bytes) -> KeptCounters:
        kept = self._kept.get(node)
        if kept is None:
            kept = self._kept[node] = load_kept(connection, node)
        return kept


def _node_of_topic(topic: str) -> bytes:
    try:
        node, name = parse_topic(topic)
    except WireError:
        return NO_NODE
    return node if name == "segment" else NO_NODE
