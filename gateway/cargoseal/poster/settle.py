"""Finding out what became of the batches that are not final.

Rules
1. The contract's sequence number says whether a batch of that number is on chain; the event says
   whether it is ours: root, content id and updates must all be equal.
2. A batch is final when `confirmations` blocks follow the block that holds it. Until then it is
   looked up again whenever the chain has moved.
3. A batch whose number another batch has is dissolved; its verdicts wait again, and those that the
   other batch told are marked as told by it.
"""

from dataclasses import dataclass, field

from cargoseal.chain.token import Posted
from cargoseal.chain.updates import UPDATE_BYTES, unpack_updates
from cargoseal.clock import Clock
from cargoseal.errors import ChainError
from cargoseal.poster.ledger import FINAL, MINED, Batch, Ledger, Mined
from cargoseal.poster.relay import Relay, Sight
from cargoseal.poster.rules import match_posted


@dataclass
class News:
    """What settling found. `posted`: a batch was seen on chain, in a block it was not in before;
    `conflict`: another batch has the number of ours, and that has not settled."""

    events: list[str] = field(default_factory=list)
    posted: bool = False
    conflict: bool = False


@dataclass(frozen=True)
class Patience:
    """When something counts as settled: so many blocks later, or so long after our last try (a
    development chain makes no block while nobody sends anything)."""

    confirmations: int
    settled_after_ms: int


class Settler:
    """Compares the ledger with the chain. `first_block`: where the contracts were created."""

    def __init__(
        self, ledger: Ledger, relay: Relay, clock: Clock, patience: Patience, first_block: int
    ) -> None:
        self._ledger = ledger
        self._relay = relay
        self._clock = clock
        self._patience = patience
        self._first_block = first_block
        self._searched_up_to = 0  # numbers below were searched for, found or not

    def settle(self, sight: Sight, real_ms: int) -> News:
        """Brings every batch that is not final up to date. Raises ChainError."""
        news = News()
        for batch in self._ledger.unsettled(sight.slot.next_seq):
            if batch.seq < sight.slot.next_seq:
                self._on_chain(batch, sight, real_ms, news)
            elif batch.state in (MINED, FINAL):
                self._ledger.reorganised(batch.seq)
                news.events.append(f"batch {batch.seq}: reorganised away, it is sent again")
        return news

    def _on_chain(self, batch: Batch, sight: Sight, real_ms: int, news: News) -> None:
        place = self._in_our_transactions(batch)
        if place is None:
            posted = self._event_of(batch.seq, sight)
            if not batch.is_what(posted):
                self._conflict(batch, posted, sight, real_ms, news)
                return
            place = Mined(posted.transaction, posted.block, posted.block_hash, None)
        if (batch.tx_hash, batch.block_hash) != (place.tx_hash, place.block_hash):
            self._ledger.mined(batch.seq, place, self._clock.now_ms())
            news.posted = True
            count = len(batch.updates) // UPDATE_BYTES
            news.events.append(
                f"batch {batch.seq}: on chain in block {place.block}, {count} verdicts, "
                f"gas {place.gas_used}"
            )
        if sight.head - place.block >= self._patience.confirmations:
            self._ledger.final(batch.seq)
            news.events.append(f"batch {batch.seq}: final")

    def _in_our_transactions(self, batch: Batch) -> Mined | None:
        """Where one of our transactions put the batch; notes those that failed."""
        hashes = [item.hash for item in self._ledger.transactions_of(batch.seq)]
        if batch.tx_hash is not None and batch.tx_hash not in hashes:
            hashes.append(batch.tx_hash)
        for transaction_hash in reversed(hashes):
            receipt = self._relay.receipt(transaction_hash)
            if receipt is None:
                continue
            if not receipt.succeeded:
                self._ledger.failed(transaction_hash)
            elif any(batch.is_what(event) for event in self._relay.token.posted_in(receipt)):
                return Mined(receipt.hash, receipt.block, receipt.block_hash, receipt.gas_used)
        return None

    def _event_of(self, seq: int, sight: Sight) -> Posted:
        found = self._search(seq, seq, sight)
        if not found:
            raise ChainError(
                f"batch {seq}: expected its event, as the contract has passed its number; got "
                "none from this node"
            )
        return found[0]

    def _conflict(
        self, batch: Batch, posted: Posted, sight: Sight, real_ms: int, news: News
    ) -> None:
        """Another batch has this number: ours is dissolved once that cannot turn round."""
        ours = self._ledger.transactions_of(batch.seq)
        deep = sight.head - posted.block >= self._patience.confirmations
        newest_ms = max((item.sent_ms for item in ours), default=0)
        if ours and not deep and real_ms - newest_ms < self._patience.settled_after_ms:
            news.conflict = True
            return
        self._ledger.take_back(batch.seq)
        self._searched_up_to = min(self._searched_up_to, batch.seq)
        news.events.append(f"batch {batch.seq}: its number is taken by another, taken back")

    def _search(self, first: int, last: int, sight: Sight) -> list[Posted]:
        return self._relay.find_posted(first, last, self._first_block, sight.head)

    def write_down_missing(self, sight: Sight) -> bool:
        """Adopts batches that are on chain but not in the store. True when there were any."""
        next_seq = sight.slot.next_seq
        if self._searched_up_to >= next_seq:
            return False
        missing = self._ledger.missing_below(next_seq)
        missing = [seq for seq in missing if seq >= self._searched_up_to]
        if missing:
            for posted in self._search(missing[0], missing[-1], sight):
                if posted.seq in missing:
                    waiting = self._ledger.outbox.unclaimed()
                    rows = match_posted(unpack_updates(posted.updates), waiting)
                    self._ledger.adopt(posted, rows, self._clock.now_ms())
        self._searched_up_to = next_seq
        return bool(missing)
