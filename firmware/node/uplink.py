"""Brings the spool to the gateway over one transport, and forgets by receipts.

Rules
1. Urgent segments first, then the backlog by counter; on every connection anew.
2. A segment is offered again when its connection broke before the broker acknowledged it, and when
   no receipt came in time after it did (the broker lost it): each time with the DUP flag, and the
   wait doubles. So is one that an earlier start may have sent. Every offer has a fresh packet id:
   in the persistent session ids of QoS 1 are not remembered by a receiver.
   Repeats wait a moment for the receipt that the gateway sends after the subscription, so that
   what it has by now is not sent again.
3. A receipt counts only with the right tag and for this node; others are counted and ignored.
4. A lost connection is opened again after a wait that doubles up to a limit, half of it random, so
   that a fleet does not come back all at once.
5. `step` does a bounded piece of work and says when it wants to be called again. Bytes that arrive
   on the transport are a reason to call it earlier.
"""

from cargoseal_wire.errors import WireError
from cargoseal_wire.mqtt import topic
from cargoseal_wire.receipt import decode_receipt
from node.session import LinkLost, Session

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.config import Config
    from node.parts import Random, Transport
    from node.spool import Entry, Spool

_POLL_MS = 1000  # while the transport is busy: it can tell nobody that it is ready
_MOST_WAITS = 6  # doublings of the wait for a receipt
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
        self._opening = False
        self._opened_at = 0
        self._session: Session | None = None
        self._flying: dict[int, Entry] = {}  # packet id -> entry
        self._last_id = 1  # 1 is the SUBSCRIBE's
        self._retry_at = 0
        self._failures = 0
        self._heard = False  # a receipt, on this connection
        self._hold_until = 0
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

    def hurry(self, now: int) -> None:
        """The network is there again: do not wait out the back-off."""
        self._retry_at = now

    def step(self, now: int) -> int:
        """One piece of work; when to come again."""
        try:
            if self._session is None:
                return self._connect(now)
            self._receive(now)
            self._session.tick(now)
            self._offer(now)
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
            [self._receipts],
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
                self._acknowledge(packet_id, now)
            elif name == self._receipts:
                self._take_receipt(payload, now)
            else:
                self.ignored += 1
        if session.ready() and not before:
            self.connects += 1
            self._failures = 0
            if not self._heard:
                self._hold_until = now + _HOLD_MS

    def _acknowledge(self, packet_id: int, now: int) -> None:
        """The broker has it: no reason to forget it, but to wait for the receipt."""
        entry = self._flying.pop(packet_id, None)
        if entry is None:
            return
        self.acknowledged += 1
        entry.packet_id = 0
        waits = min(entry.tries - 1, _MOST_WAITS)
        entry.not_before = now + (self._config.receipt_ms << waits)

    def _take_receipt(self, payload: bytes, now: int) -> None:
        try:
            receipt = decode_receipt(self._config.receipt_key, payload)
        except WireError:
            self.ignored += 1
            return
        if receipt.node != self._node:
            self.ignored += 1
            return
        self.receipted += self._spool.release(receipt)
        self._heard = True
        self._hold_until = now

    def _offer(self, now: int) -> None:
        """Publishes the next segment when there is room for one."""
        session = self._session
        if session is None or not session.room():
            return
        entry = self._spool.next_to_send(now)
        if entry is None:
            return
        again = entry.recovered or entry.tries > 0
        if again and now < self._hold_until:
            return
        try:
            data = self._spool.read(entry)
        except OSError:
            self.unreadable += 1
            entry.not_before = now + self._config.receipt_ms
            return
        entry.packet_id = self._free_id()
        entry.tries += 1
        self._flying[entry.packet_id] = entry
        session.publish(self._segments, data, entry.packet_id, again, now)
        self.sent += 1
        if again:
            self.resent += 1

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
        return max(now, min(times))

    def _lose(self, why: str, now: int) -> int:
        """Ends the connection; what was in flight is offered again on the next."""
        self._transport.close()
        self._session = None
        self._opening = False
        for entry in self._flying.values():
            entry.packet_id = 0
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
