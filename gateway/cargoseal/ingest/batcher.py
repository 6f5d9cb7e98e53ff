"""Collects arrivals into batches, commits each, and only then hands back who may be answered.

Rules
1. A batch is committed when it is full, or `linger_s` after its first arrival.
2. `committed` is called with a batch after it is durable, never before, and never when the store
   failed. After a failure the same batch is tried again, after a pause that doubles.
3. While the store fails, `stalled` is True and the owner must stop reading: what is queued is
   bounded by what was read before.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Generic, NamedTuple, TypeVar

from cargoseal.errors import StoreError
from cargoseal.ingest.committer import Arrival, Committer

log = logging.getLogger("cargoseal.ingest")

FIRST_RETRY_S, LAST_RETRY_S = 0.25, 10.0

Sender = TypeVar("Sender")


class Waiting(NamedTuple, Generic[Sender]):
    """An arrival and whom to answer: a connection, and the packet's id there (0 at QoS 0)."""

    arrival: Arrival
    sender: Sender
    packet_id: int


class Batcher(Generic[Sender]):
    """The queue between the sockets and the store. Belongs to one event loop."""

    def __init__(
        self,
        committer: Committer,
        *,
        size: int,
        linger_s: float,
        committed: Callable[[Sequence[Waiting[Sender]], set[bytes], bool], None],
        stalled_changed: Callable[[bool], None],
    ) -> None:
        self._committer = committer
        self._size = size
        self._linger_s = linger_s
        self._committed = committed
        self._stalled_changed = stalled_changed
        self._queue: list[Waiting[Sender]] = []
        self._timer: asyncio.TimerHandle | None = None
        self._retry_s = 0.0  # 0: the store works

    @property
    def stalled(self) -> bool:
        return self._retry_s > 0

    def add(self, waiting: Waiting[Sender]) -> None:
        """Queues an arrival; commits at once when the batch is full."""
        self._queue.append(waiting)
        if self.stalled:
            return
        if len(self._queue) >= self._size:
            self.flush()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._linger_s, self.flush)

    def flush(self) -> None:
        """Commits what is queued, batch by batch, until nothing is left or the store fails."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._queue:
            batch = self._queue[: self._size]
            full = len(batch) == self._size
            try:
                due = self._committer.commit([waiting.arrival for waiting in batch])
            except StoreError as error:
                self._stall(error)
                return
            except Exception as error:
                log.exception("a fault of ours")
                self._stall(error)
                return
            del self._queue[: len(batch)]
            if self.stalled:
                self._retry_s = 0.0
                log.warning("the store works again")
                self._stalled_changed(False)
            self._committed(batch, due, full)

    def _stall(self, error: Exception) -> None:
        was_stalled = self.stalled
        # A commit that failed may be on the disk all the same: what is found there at the next try
        # is then no replay.
        self._queue = [w._replace(arrival=w.arrival._replace(redelivery=True)) for w in self._queue]
        self._retry_s = min(max(2 * self._retry_s, FIRST_RETRY_S), LAST_RETRY_S)
        log.error("nothing is acknowledged: %s; next try in %.2f s", error, self._retry_s)
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(self._retry_s, self.flush)
        if not was_stalled:
            self._stalled_changed(True)
