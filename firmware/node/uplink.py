"""Brings the spool to the gateway over one transport, and forgets by receipts.

Rules
1. Urgent segments first, then the backlog by counter; on every connection anew.
2. A segment is offered again when its connection broke before the broker acknowledged it, and when
   no receipt came in time after it did (the broker lost it): each time with the DUP flag, and the
   wait doubles (`node.logfile`). So is one that an earlier start may have sent. Every offer has a
   fresh packet id: in the persistent session ids of QoS 1 are not remembered by a receiver.
   Repeats wait a moment for the receipt that the gateway sends after the subscription, so that
   what it has by now is not sent again.
3. A receipt counts only with the right tag and for this node; others are counted and ignored.
4. A receipt that is the first to cover a segment was made after this start sent it for the first
   time, and so tells clocks something. One that had lain at the broker covers nothing new.
5. A lost connection is opened again after a wait that doubles up to a limit, half of it random, so
   that a fleet does not come back all at once.
6. `step` does a bounded piece of work and says when it wants to be called again. Bytes that arrive
   on the transport are a reason to call it earlier.
"""

from cargoseal_wire.errors import WireError
from cargoseal_wire.mqtt import topic
from cargoseal_wire.receipt import decode_receipt
from node.session import LinkLost, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from node.config import Config
    from node.parts import Random, Transport
    from node.spool import Spool
    from node.update.dialogue import Dialogue

    class ReceiptListener(Protocol):
        """Wants the gateway's time: `told_ms` at some uptime between `asked_ms` and `now`."""

        def receipt(self, told_ms: int, asked_ms: int, now: int) -> bool: ...


_POLL_MS = 1000  # while the transport is busy: it can tell nobody that it is ready
_MOST_ASKED = 16  # first offers whose time is remembered
_HOLD_MS = 1000  # repeats wait for the first receipt of a connection at most this long


class Uplink:
    """Transport, session and what is in flight."""

    def __init__(
        self,
        node: bytes,
        config: "Config",
        spool: "Spool",
        transport: "Transport",
        random: "Random",
    ) -> None:
        self._node = node
        self._config = config
        self._spool = spool
        self._transport = transport
        self._random = random
        self._segments = topic(node, "segment")
        self._receipts = topic(node, "receipt")
        self._releases = topic(node, "release")
        self._wishes = topic(node, "wish")
        self._opening = False
        self._opened_at = 0
        self._session: Session | None = None
        self._flying: dict[int, int] = {}  # packet id -> counter
        self._last_id = 1  # 1 is the SUBSCRIBE's
        self._retry_at = 0
        self._failures = 0
        self._first_sent: dict[int, int] = {}  # counter -> when, of the newest first offers
        self._heard = False  # a receipt, on this connection
        self._hold_until = 0
        self._receipt_at: int | None = None
        self.listeners: list[ReceiptListener] = []  # clocks: see rule 4
        self.updates: Dialogue | None = None  # who gets releases, when the node takes any
        self.covered = 0  # the highest counter that a receipt covered
        self.connects = 0
        self.sent = 0
        self.resent = 0
        self.acknowledged = 0
        self.receipted = 0
        self.ignored = 0  # messages that are no receipt for this node under its key
        self.unreadable = 0  # times that flash did not give a segment back
        self.lost = 0
        self.last_loss = ""

    def connected(self) -> bool:
        """Whether the broker accepted this node and its subscription."""
        return self._session is not None and self._session.ready()

    def last_receipt_ms(self) -> int | None:
        """How long ago the gateway was heard of, None when it was not since the start."""
        return None if self._receipt_at is None else self._spool.now - self._receipt_at

    def hurry(self, now: int) -> None:
        """The network is there again: do not wait out the back-off."""
        self._retry_at = now

    def step(self, now: int) -> int:
        """One piece of work; when to come again."""
        self._spool.now = now
        try:
            if self._session is None:
                return self._connect(now)
            self._receive(now)
            self._session.tick(now)
            self._offer(now)
            self._wish(now)
            self._send(now)
            return self._wake(now)
        except LinkLost as loss:
            return self._lose(str(loss), now)
        except OSError as error:
            return self._lose("transport: " + str(error), now)

    def _connect(self, now: int) -> int:
        if not self._opening:
            if now < self._retry_at:
                return self._retry_at
            self._opening = True
            self._opened_at = now
            self._transport.open()
        if not self._transport.ready():
            if now - self._opened_at >= self._config.answer_ms:
                raise LinkLost("not connected in time")
            return min(now + _POLL_MS, self._opened_at + self._config.answer_ms)
        self._opening = False
        self._heard = False
        config = self._config
        client_id = self._segments.split("/")[2]
        self._session = Session(
            client_id,
            config.keep_alive_s,
            config.username,
            config.password,
            [self._receipts] if self.updates is None else [self._receipts, self._releases],
            config.in_flight,
            config.answer_ms,
            now,
        )
        self._send(now)
        return self._wake(now)

    def _receive(self, now: int) -> None:
        data = self._transport.receive()
        if data is None:
            raise LinkLost("closed by the other side")
        session = self._session
        if not data or session is None:
            return
        before = session.ready()
        for packet_id, name, payload in session.feed(data, now):
            if packet_id:
                self._acknowledge(packet_id)
            elif name == self._receipts:
                self._take_receipt(payload, now)
            elif name == self._releases and self.updates is not None:
                self.updates.take(payload, now)
            else:
                self.ignored += 1
        if session.ready() and not before:
            self.connects += 1
            self._failures = 0
            if not self._heard:
                self._hold_until = now + _HOLD_MS
            if self.updates is not None:
                self.updates.connected(now)

    def _acknowledge(self, packet_id: int) -> None:
        """The broker has it: no reason to forget it, but to wait for the receipt."""
        counter = self._flying.pop(packet_id, None)
        if counter is not None:
            self.acknowledged += 1
            self._spool.wait(counter, self._config.receipt_ms)

    def _take_receipt(self, payload: bytes, now: int) -> None:
        try:
            receipt = decode_receipt(self._config.receipt_key, payload)
        except WireError:
            self.ignored += 1
            return
        if receipt.node != self._node:
            self.ignored += 1
            return
        asked = [self._first_sent[c] for c in self._first_sent if receipt.covers(c)]
        newest = receipt.ranges[-1][1] if receipt.ranges else receipt.contiguous
        self.covered = max(self.covered, newest)
        self._first_sent = {c: at for c, at in self._first_sent.items() if not receipt.covers(c)}
        if asked:
            for listener in self.listeners:
                listener.receipt(receipt.time_ms, max(asked), now)
        self.receipted += self._spool.release(receipt)
        self._heard = True
        self._receipt_at = self._hold_until = now

    def _offer(self, now: int) -> None:
        """Publishes the next segment when there is room for one."""
        session = self._session
        if session is None or not session.room():
            return
        entry = self._spool.next_to_send()
        if entry is None or (entry.again and now < self._hold_until):
            return
        try:
            data = self._spool.read(entry.counter)
        except OSError:
            self.unreadable += 1
            self._spool.wait(entry.counter, self._config.receipt_ms)
            return
        packet_id = self._free_id()
        self._flying[packet_id] = entry.counter
        self._spool.launch(entry.counter)
        session.publish(self._segments, data, packet_id, entry.again, now)
        self.sent += 1
        if entry.again:
            self.resent += 1
        else:
            self._first_sent[entry.counter] = now
            if len(self._first_sent) > _MOST_ASKED:
                del self._first_sent[min(self._first_sent)]

    def _wish(self, now: int) -> None:
        """Asks for releases when there is room beside the segments."""
        session = self._session
        if self.updates is None or session is None or not session.room():
            return
        wish = self.updates.wish(now)
        if wish is not None:
            session.say(self._wishes, wish)

    def _free_id(self) -> int:
        while True:
            self._last_id = self._last_id + 1 if self._last_id < 65535 else 2
            if self._last_id not in self._flying:
                return self._last_id

    def _send(self, now: int) -> None:
        session = self._session
        if session is not None and session.unsent:
            session.sent(self._transport.send(session.unsent), now)

    def _wake(self, now: int) -> int:
        session = self._session
        if session is None:
            return self._retry_at
        if session.unsent:
            return now + _POLL_MS // 20
        times = [now + 60000]
        wake = session.wake()
        if wake is not None:
            times.append(wake)
        due = self._spool.next_time()
        if due is not None and session.room():
            times.append(max(due, self._hold_until))
        asks = None if self.updates is None else self.updates.wake()
        if asks is not None and session.room():
            times.append(asks)
        return max(now, min(times))

    def _lose(self, why: str, now: int) -> int:
        """Ends the connection; what was in flight is offered again on the next."""
        self._transport.close()
        self._session = None
        self._opening = False
        for counter in self._flying.values():
            self._spool.land(counter)
        self._flying = {}
        self.lost += 1
        self.last_loss = why
        wait = min(
            self._config.reconnect_ms << min(self._failures, 16), self._config.reconnect_most_ms
        )
        self._failures += 1
        jitter = int.from_bytes(self._random(2), "little") * (wait // 2) >> 16
        self._retry_at = now + wait // 2 + jitter
        return self._retry_at
