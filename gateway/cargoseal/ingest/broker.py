"""Segments through a broker (Mosquitto): paho-mqtt, MQTT 3.1.1, acknowledged by hand.

Rules
1. A message is acknowledged to the broker after its batch is durable, and only on the connection it
   came over: packet ids of an earlier connection mean other messages now. What was not acknowledged
   the broker delivers again (the session is kept: fixed client id, no clean start).
2. A broker's PUBACK to a node is not durable, so the receipt is what counts. Receipts are published
   retained at QoS 1: a node that reconnects gets the latest one from the broker at once. An old
   receipt is harmless: what is kept stays kept. After every connect the receipts of all nodes are
   published again, since a restarted broker may have lost them.
3. One thread: paho's loop, the commit and the publishing take turns. Nothing that a message causes
   leaves `on_message`, since that would end the loop.
4. A broken connection is made again after a pause that doubles, with some chance in it.
"""

import logging
import random
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from cargoseal.clock import Clock
from cargoseal.errors import StoreError
from cargoseal.ingest.committer import Arrival, Committer
from cargoseal.release.desk import Desk
from cargoseal_wire import mqtt
from cargoseal_wire.errors import WireError

log = logging.getLogger("cargoseal.ingest")

SEGMENTS = "cargoseal/v1/+/segment"
WISHES = "cargoseal/v1/+/wish"
KEEP_ALIVE_S = 30
FIRST_PAUSE_S, LAST_PAUSE_S = 0.2, 30.0
MAX_OUTGOING = 5000  # receipts in paho's hands until the broker has them; not what comes in
# Segments that wait for the store. At this many a message of QoS 0 is dropped: nobody holds it back
# for us. One of QoS 1 is never dropped here. Of those the broker has at most its own
# max_inflight_messages under way (1000 in mosquitto.conf) until we acknowledge; a new connection
# brings them once more, so while the store fails the queue grows by that many at each reconnect.
MAX_WAITING = 10_000
RECEIPT_EVERY_S = 0.25


@dataclass(frozen=True)
class BrokerSettings:
    """Which broker, as whom; see the configuration's [ingest]."""

    host: str = "127.0.0.1"
    port: int = 1883
    client_id: str = "cargoseal-gateway"
    batch: int = 100
    linger_s: float = 0.02
    username: str | None = None
    password: bytes | None = None
    tls: ssl.SSLContext | None = None


class _Waiting(NamedTuple):
    arrival: Arrival
    connection: int  # number of the connection it came over
    packet_id: int
    qos: int


class Broker:
    """The gateway's client at a broker. `run` blocks; a signal handler may call `stop`."""

    def __init__(
        self,
        committer: Committer,
        clock: Clock,
        settings: BrokerSettings,
        desk: Desk | None = None,
    ) -> None:
        """`desk` answers nodes that ask for releases; without it nothing does."""
        self._committer = committer
        self._desk = desk
        self._clock = clock
        self._settings = settings
        self._stopping = False
        self._connection = 0
        self._ready: Callable[[], None] | None = None
        self._queue: list[_Waiting] = []
        self._dropped = 0
        self._oldest_s = 0.0  # when the first of the queue came
        self._due: set[bytes] = set()
        self._receipts_sent_s = 0.0
        self._retry_at_s = 0.0  # the store failed: not before then
        self._retry_s = 0.0
        self._client = self._make_client()

    @property
    def dropped(self) -> int:
        """Messages of QoS 0 that were not taken because too many waited (MAX_WAITING)."""
        return self._dropped

    def stop(self) -> None:
        self._stopping = True

    def run(self, ready: Callable[[], None] | None = None) -> None:
        """Connects and works until `stop`. `ready` is called once, at the first subscription."""
        self._ready = ready
        pause_s = FIRST_PAUSE_S
        while not self._stopping:
            if self._connect():
                if self._work():
                    pause_s = FIRST_PAUSE_S
            if not self._stopping:
                # S311: the chance only spreads reconnects, nothing depends on its quality
                self._sleep(pause_s * random.uniform(0.5, 1.5))  # noqa: S311
                pause_s = min(2 * pause_s, LAST_PAUSE_S)
        self._flush(everything=True)
        self._send_receipts()
        self._client.loop(0.05)
        self._client.disconnect()

    def _make_client(self) -> paho.Client:
        settings = self._settings
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=settings.client_id,
            clean_session=False,
            protocol=paho.MQTTv311,
            manual_ack=True,
        )
        client.on_connect = self._on_connect
        client.on_subscribe = self._on_subscribe
        client.on_message = self._on_message
        client.max_inflight_messages_set(1000)
        client.max_queued_messages_set(MAX_OUTGOING)
        if settings.username is not None:
            password = settings.password
            client.username_pw_set(
                settings.username, None if password is None else password.decode()
            )
        if settings.tls is not None:
            client.tls_set_context(settings.tls)
        return client

    def _connect(self) -> bool:
        settings = self._settings
        try:
            self._client.connect(settings.host, settings.port, keepalive=KEEP_ALIVE_S)
        except (OSError, ValueError) as error:
            log.warning("no broker at %s:%s: %s", settings.host, settings.port, error)
            return False
        return True

    def _work(self) -> bool:
        """Works on one connection until it breaks; whether it had been accepted."""
        number = self._connection
        while not self._stopping:
            code = self._client.loop(timeout=self._wait_s())
            self._flush()
            self._send_receipts_when_due()
            if code != MQTTErrorCode.MQTT_ERR_SUCCESS:
                log.warning("connection to the broker ended: %s", paho.error_string(code))
                break
        return self._connection > number

    def _wait_s(self) -> float:
        if self._queue and not self._retry_at_s:
            return max(0.0, self._oldest_s + self._settings.linger_s - time.monotonic())
        return 0.25

    # paho calls these, inside loop()

    def _on_connect(
        self,
        client: paho.Client,
        _userdata: Any,
        _flags: paho.ConnectFlags,
        reason: ReasonCode,
        _properties: Properties | None,
    ) -> None:
        if reason.is_failure:
            log.error("the broker refused the connection: %s", reason)
            return
        self._connection += 1
        client.subscribe([(SEGMENTS, 1), (WISHES, 0)])

    def _on_subscribe(
        self,
        _client: paho.Client,
        _userdata: Any,
        _packet_id: int,
        reasons: list[ReasonCode],
        _properties: Properties | None,
    ) -> None:
        if any(reason.is_failure for reason in reasons):
            log.error("the broker refused the subscription to %s: %s", SEGMENTS, reasons)
            return
        try:
            self._due.update(self._committer.nodes())
        except StoreError as error:
            log.error("cannot read the nodes: %s", error)
        if self._ready is not None:
            self._ready()
            self._ready = None

    def _on_message(self, _client: paho.Client, _userdata: Any, message: paho.MQTTMessage) -> None:
        if message.qos == 0 and len(self._queue) >= MAX_WAITING:
            if not self._dropped:
                log.error(
                    "%d segments wait for the store: messages of QoS 0 are dropped, said once",
                    len(self._queue),
                )
            self._dropped += 1
            return
        try:
            topic = message.topic
        except UnicodeDecodeError:
            topic = "not UTF-8"
        if topic.endswith("/wish"):
            self._answer(topic, bytes(message.payload))
            return
        now_s = time.monotonic()
        if not self._queue:
            self._oldest_s = now_s
        arrival = Arrival(bytes(message.payload), topic, message.dup, self._clock.now_ms())
        self._queue.append(_Waiting(arrival, self._connection, message.mid, message.qos))
        if len(self._queue) >= self._settings.batch and not self._retry_at_s:
            self._flush()

    def _answer(self, topic: str, wish: bytes) -> None:
        """A node asks for a release: nothing to store, so the answer goes out at once."""
        try:
            node, _ = mqtt.parse_topic(topic)
        except WireError:
            return
        answer = None if self._desk is None else self._desk.answer(node, wish)
        if answer is not None:
            self._client.publish(mqtt.topic(node, "release"), answer, qos=0)

    # the queue

    def _flush(self, *, everything: bool = False) -> None:
        """Commits what is full or old enough, and acknowledges it."""
        now_s = time.monotonic()
        if not self._queue or now_s < self._retry_at_s:
            return
        size = self._settings.batch
        old = now_s - self._oldest_s >= self._settings.linger_s
        while self._queue and (everything or old or len(self._queue) >= size):
            batch = self._queue[:size]
            try:
                self._due |= self._committer.commit([waiting.arrival for waiting in batch])
            except Exception as error:
                if not isinstance(error, StoreError):
                    log.exception("a fault of ours")
                self._retry_s = min(max(2 * self._retry_s, FIRST_PAUSE_S), LAST_PAUSE_S)
                self._retry_at_s = time.monotonic() + self._retry_s
                log.error("nothing is acknowledged: %s; next try in %.2f s", error, self._retry_s)
                return
            self._retry_at_s = self._retry_s = 0.0
            del self._queue[: len(batch)]
            for waiting in batch:
                if waiting.qos and waiting.connection == self._connection:
                    self._client.ack(waiting.packet_id, waiting.qos)

    def _send_receipts_when_due(self) -> None:
        if self._due and time.monotonic() - self._receipts_sent_s >= RECEIPT_EVERY_S:
            self._send_receipts()

    def _send_receipts(self) -> None:
        """Publishes the receipt of each node concerned, retained (rule 2)."""
        self._receipts_sent_s = time.monotonic()
        due, self._due = self._due, set()
        for node in due:
            try:
                receipt = self._committer.receipt(node, self._clock.now_ms())
            except StoreError as error:
                log.error("no receipt for node %s: %s", node.hex(), error)
                self._due.add(node)
                continue
            if receipt is not None and not self._publish(node, receipt):
                self._due.add(node)

    def _publish(self, node: bytes, receipt: bytes) -> bool:
        """Hands a receipt to paho; False when its queue is full, and the receipt is still due.

        Without a connection paho keeps it and sends it on the next one."""
        sent = self._client.publish(mqtt.topic(node, "receipt"), receipt, qos=1, retain=True)
        return sent.rc != MQTTErrorCode.MQTT_ERR_QUEUE_SIZE

    def _sleep(self, seconds: float) -> None:
        end_s = time.monotonic() + seconds
        while not self._stopping and time.monotonic() < end_s:
            time.sleep(0.05)
