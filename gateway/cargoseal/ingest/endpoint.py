"""The gateway's own MQTT 3.1.1 endpoint: a PUBACK means verified and durably stored.

Rules
1. CONNECT, PUBLISH at QoS 0 and 1, SUBSCRIBE, UNSUBSCRIBE, PING and DISCONNECT. It is no broker:
   what is published goes into the store and nowhere else.
2. PUBACK and receipt are sent after the commit. A refused segment is acknowledged like any other,
   once it is in the quarantine: what will never be accepted must not block a node's queue.
3. A client with the id of a connected one takes its place.
4. A client gets a node's receipt right after it subscribed to it, and after each commit that
   concerns the node; under load (full batches) at most every RECEIPT_EVERY_S.
5. Verifying and committing happen in the event loop itself: a second busy thread would slow each
   signature check fivefold. While it works, the kernel's buffers hold what comes.
"""

import asyncio
import logging
import ssl
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from cargoseal.clock import Clock
from cargoseal.errors import LinkError, StoreError
from cargoseal.ingest.batcher import Batcher, Waiting
from cargoseal.ingest.committer import Committer
from cargoseal.ingest.connection import Connection, same_secret
from cargoseal.release.desk import Desk
from cargoseal_wire import mqtt
from cargoseal_wire.errors import WireError

log = logging.getLogger("cargoseal.ingest")

RECEIPT_EVERY_S = 0.25
SWEEP_EVERY_S = 1.0
BACKLOG = 1024
MAX_KNOWN_TOPICS = 20_000


@dataclass(frozen=True)
class EndpointSettings:
    """How the endpoint listens and what it takes; see the configuration's [ingest]."""

    host: str = "127.0.0.1"
    port: int = 1883
    batch: int = 100
    linger_s: float = 0.02
    max_connections: int = 2000
    username: str | None = None
    password: bytes | None = None
    tls: ssl.SSLContext | None = None


class Endpoint:
    """A listening endpoint: `start()`, then connections come in until `stop()`."""

    def __init__(
        self,
        committer: Committer,
        clock: Clock,
        settings: EndpointSettings,
        desk: Desk | None = None,
    ) -> None:
        """`desk` answers nodes that ask for releases; without it nothing does."""
        self.clock = clock
        self.closed: Counter[str] = Counter()  # connections by why they ended
        self.batcher: Batcher[Connection] = Batcher(
            committer,
            size=settings.batch,
            linger_s=settings.linger_s,
            committed=self._committed,
            stalled_changed=self._stalled_changed,
        )
        self.topics: dict[bytes, str] = {}  # topics seen, by their bytes on the wire
        self._committer = committer
        self._desk = desk
        self._settings = settings
        self._server: asyncio.Server | None = None
        self._connections: set[Connection] = set()
        self._by_client_id: dict[str, Connection] = {}
        self._listeners: dict[bytes, set[Connection]] = {}  # by node
        self._due: set[bytes] = set()  # nodes with a new receipt
        self._receipts_timer: asyncio.TimerHandle | None = None
        self._receipts_sent_s = 0.0
        self._sweep: asyncio.Task[None] | None = None

    @property
    def stalled(self) -> bool:
        return self.batcher.stalled

    async def start(self) -> int:
        """Listens; the port (the system's choice for 0). LinkError if it cannot."""
        loop = asyncio.get_running_loop()
        settings = self._settings
        try:
            self._server = await loop.create_server(
                lambda: Connection(self),
                settings.host,
                settings.port,
                ssl=settings.tls,
                backlog=BACKLOG,
            )
        except OSError as error:
            raise LinkError(
                f"expected to listen on {settings.host}:{settings.port}, got: {error}; another "
                "program may use the port: see ingest.port"
            ) from error
        self._sweep = loop.create_task(self._sweep_forever())
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def stop(self) -> None:
        """Takes no more, commits and answers what has come, closes every connection."""
        if self._server is not None:
            self._server.close()
        if self._sweep is not None:
            self._sweep.cancel()
        self.batcher.flush()
        self._send_receipts()
        for connection in list(self._connections):
            connection.finish()
        await asyncio.sleep(0)

    # connections call these

    def admit(self, connection: Connection) -> bool:
        if len(self._connections) >= self._settings.max_connections:
            return False
        self._connections.add(connection)
        connection.pause_or_resume()
        return True

    def leave(self, connection: Connection) -> None:
        self._connections.discard(connection)
        for node in list(connection.receipts_of):
            self.unsubscribed(connection, node)
        if self._by_client_id.get(connection.client_id) is connection:
            del self._by_client_id[connection.client_id]

    def may_enter(self, username: str | None, password: bytes | None) -> bool:
        wanted = self._settings
        if wanted.username is None or wanted.password is None:
            return True
        right_name = same_secret((username or "").encode(), wanted.username.encode())
        return same_secret(password, wanted.password) and right_name

    def answer(self, node: bytes, wish: bytes) -> bytes | None:
        """What to send a node that asks for a release."""
        return None if self._desk is None else self._desk.answer(node, wish)

    def remember_topic(self, topic: str) -> None:
        """Notes a topic that the wire's decoder accepted."""
        if len(self.topics) >= MAX_KNOWN_TOPICS:
            self.topics.clear()
        self.topics[topic.encode()] = topic

    def take_over(self, connection: Connection) -> None:
        if not connection.client_id:
            return
        earlier = self._by_client_id.get(connection.client_id)
        self._by_client_id[connection.client_id] = connection
        if earlier is not None and earlier is not connection:
            earlier.close("taken_over")

    def subscribed(self, connection: Connection, nodes: Sequence[bytes]) -> None:
        for node in nodes:
            self._listeners.setdefault(node, set()).add(connection)
            packet = self._receipt_packet(node)
            if packet:
                connection.send(packet)

    def unsubscribed(self, connection: Connection, node: bytes) -> None:
        connection.receipts_of.discard(node)
        listeners = self._listeners.get(node)
        if listeners is not None:
            listeners.discard(connection)
            if not listeners:
                del self._listeners[node]

    def note_closed(self, connection: Connection, reason: str, detail: str) -> None:
        self.closed[reason] += 1
        log.info("client %r closed: %s %s", connection.client_id, reason, detail)

    # after a commit

    def _committed(self, batch: Sequence[Waiting[Connection]], due: set[bytes], full: bool) -> None:
        by_sender: dict[Connection, list[Waiting[Connection]]] = {}
        for waiting in batch:
            by_sender.setdefault(waiting.sender, []).append(waiting)
        for connection, answered in by_sender.items():
            connection.acknowledge(answered)
        self._due |= due
        if not self._due:
            return
        wait_s = self._receipts_sent_s + RECEIPT_EVERY_S - time.monotonic()
        if not full or wait_s <= 0:
            self._send_receipts()
        elif self._receipts_timer is None:
            loop = asyncio.get_running_loop()
            self._receipts_timer = loop.call_later(wait_s, self._send_receipts)

    def _send_receipts(self) -> None:
        if self._receipts_timer is not None:
            self._receipts_timer.cancel()
            self._receipts_timer = None
        self._receipts_sent_s = time.monotonic()
        due, self._due = self._due, set()
        for node in due:
            listeners = self._listeners.get(node)
            packet = self._receipt_packet(node) if listeners else b""
            if packet:
                for connection in list(listeners or ()):
                    connection.send(packet)

    def _receipt_packet(self, node: bytes) -> bytes:
        """A PUBLISH with the node's receipt; empty for a node that gets none."""
        try:
            receipt = self._committer.receipt(node, self.clock.now_ms())
        except (StoreError, WireError) as error:
            log.error("no receipt for node %s: %s", node.hex(), error)
            return b""
        return b"" if receipt is None else mqtt.encode_publish(mqtt.topic(node, "receipt"), receipt)

    def _stalled_changed(self, _stalled: bool) -> None:
        for connection in self._connections:
            connection.pause_or_resume()

    async def _sweep_forever(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_EVERY_S)
            now_s = time.monotonic()
            for connection in list(self._connections):
                connection.check_alive(now_s)
