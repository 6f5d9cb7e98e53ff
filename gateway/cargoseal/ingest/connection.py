"""One MQTT 3.1.1 connection of the ingest endpoint.

Rules
1. The first packet is CONNECT, within CONNECT_WITHIN_S, with the right user name and password if
   some are set. Anything else, and anything the standard forbids, closes the connection.
2. A PUBLISH is answered (PUBACK) only when the endpoint says that it is durable.
3. Nothing is kept of a session: a client that reconnects subscribes again and learns from the
   receipt what is kept. CONNACK therefore never says "session present".
4. Bounded: a packet's size, what is unanswered, what is not read by the client, its subscriptions.
   A client that is silent for one and a half times its keep-alive is dropped.
"""

import asyncio
import hmac
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cargoseal.ingest.batcher import Waiting
from cargoseal.ingest.committer import Arrival
from cargoseal_wire import mqtt
from cargoseal_wire.errors import WireError

if TYPE_CHECKING:
    from cargoseal.ingest.endpoint import Endpoint

CONNECT_WITHIN_S = 10.0
MAX_PACKET_BYTES = 64 * 1024  # above a segment's limit, so that an oversized one is named and kept
MAX_UNANSWERED = 512
MAX_UNREAD_BYTES = 256 * 1024
MAX_SUBSCRIPTIONS = 64
QUICK_HEADS = (0x32, 0x3A)  # PUBLISH at QoS 1, without and with DUP
PUBACK_HEAD = mqtt.encode_puback(1)[:2]
SENT_TOPICS = ("receipt", "release")  # what a client may subscribe to, of a node


class Connection(asyncio.Protocol):
    """The protocol object of one socket; all of it runs in the endpoint's event loop."""

    def __init__(self, endpoint: "Endpoint") -> None:
        self._endpoint = endpoint
        self._reader = mqtt.PacketReader(MAX_PACKET_BYTES)
        self._transport: asyncio.Transport | None = None
        self._rest = b""  # of a packet that is not complete; at most MAX_PACKET_BYTES and a read
        self._paused = False
        self._unanswered = 0
        self._last_heard_s = time.monotonic()
        self._silence_s = CONNECT_WITHIN_S
        self._connected = False
        self.client_id = ""
        self.receipts_of: set[bytes] = set()  # the nodes whose receipts this client asked for

    # asyncio calls these

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if not isinstance(transport, asyncio.Transport):
            raise TypeError(f"expected a stream transport, got {type(transport).__name__}")
        self._transport = transport
        if not self._endpoint.admit(self):
            self.close("too_many_connections")

    def connection_lost(self, exc: Exception | None) -> None:
        self._transport = None
        self._endpoint.leave(self)

    def data_received(self, data: bytes) -> None:
        self._last_heard_s = time.monotonic()
        if self._rest:
            data = self._rest + data
        try:
            self._rest = data[self._take_all(data) :]
        except WireError as error:
            self.close("protocol_error", str(error))

    # the endpoint calls these

    def send(self, data: bytes) -> None:
        """Writes to the client; drops it when it has stopped reading."""
        transport = self._transport
        if transport is None or transport.is_closing():
            return
        transport.write(data)
        if transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            self.close("does_not_read")

    def acknowledge(self, waiting: Sequence[Waiting["Connection"]]) -> None:
        """These are durable now: one write with the PUBACK of each that asked for one."""
        self._unanswered -= len(waiting)
        answers = b"".join(
            [PUBACK_HEAD + w.packet_id.to_bytes(2, "big") for w in waiting if w.packet_id]
        )
        if answers:
            self.send(answers)
        self.pause_or_resume()

    def pause_or_resume(self) -> None:
        """Reads on only while the store works and not too much is unanswered."""
        wanted = self._endpoint.stalled or self._unanswered >= MAX_UNANSWERED
        if wanted != self._paused and self._transport is not None:
            if wanted:
                self._transport.pause_reading()
            elif not self._transport.is_closing():
                self._transport.resume_reading()
            self._paused = wanted

    def check_alive(self, now_s: float) -> None:
        """Drops a client that has been silent for too long; not while we do not listen."""
        if self._paused:
            self._last_heard_s = now_s
        elif self._silence_s and now_s - self._last_heard_s > self._silence_s:
            self.close("silent" if self._connected else "no_connect")

    def close(self, reason: str, detail: str = "") -> None:
        """Ends the connection for a reason that is counted."""
        if self._transport is not None and not self._transport.is_closing():
            self._endpoint.note_closed(self, reason, detail)
            self._transport.abort()

    def finish(self) -> None:
        """Ends the connection after what was written has gone out."""
        if self._transport is not None:
            self._transport.close()

    # packets

    def _take_all(self, data: bytes) -> int:
        """Takes every packet that is complete in `data`; where the first incomplete one starts.

        A PUBLISH under a topic that this endpoint has seen is taken as it stands; every other
        packet, and everything that is not right, goes through the wire's reader.
        """
        at, size = 0, len(data)
        now_ms = self._endpoint.clock.now_ms()
        topics = self._endpoint.topics
        while at < size:
            if self._transport is None or self._transport.is_closing():
                return size
            body, end = packet_bounds(data, at)
            if end == 0:
                mqtt.PacketReader(MAX_PACKET_BYTES).feed(data[at:])  # is it wrong already?
                return at
            head = data[at]
            if self._connected and head in QUICK_HEADS:
                name_end = body + 2 + (data[body] << 8 | data[body + 1]) if body + 2 <= end else end
                topic = topics.get(data[body + 2 : name_end])
                packet_id = data[name_end] << 8 | data[name_end + 1] if name_end + 2 <= end else 0
                if topic is not None and packet_id:
                    arrival = Arrival(data[name_end + 2 : end], topic, head == 0x3A, now_ms)
                    self._queue(arrival, packet_id)
                    at = end
                    continue
            for packet in self._reader.feed(data[at:end]):
                self._take(packet)
            at = end
        return at

    def _take(self, packet: mqtt.Packet) -> None:
        if not self._connected:
            self._take_connect(packet)
        elif packet.type == mqtt.PUBLISH:
            self._take_publish(mqtt.parse_publish(packet))
        elif packet.type == mqtt.PINGREQ:
            self.send(mqtt.encode_pingresp())
        elif packet.type == mqtt.SUBSCRIBE:
            self._take_subscribe(mqtt.parse_subscribe(packet))
        elif packet.type == mqtt.UNSUBSCRIBE:
            self._take_unsubscribe(mqtt.parse_unsubscribe(packet))
        elif packet.type == mqtt.DISCONNECT:
            self.finish()
        elif packet.type != mqtt.PUBACK:  # nothing is sent at QoS 1, a late PUBACK does no harm
            self.close("protocol_error", f"packet type {packet.type} from a client")

    def _take_connect(self, packet: mqtt.Packet) -> None:
        if packet.type != mqtt.CONNECT:
            self.close("protocol_error", "the first packet is not CONNECT")
            return
        try:
            connect = mqtt.parse_connect(packet)
        except WireError as error:
            if error.where.endswith("protocol"):
                self._refuse_connect(mqtt.BAD_PROTOCOL, "bad_protocol")
                return
            raise
        if not self._endpoint.may_enter(connect.username, connect.password):
            self._refuse_connect(mqtt.BAD_PASSWORD, "bad_password")
            return
        self._connected = True
        self._silence_s = 1.5 * connect.keep_alive_s
        self.client_id = connect.client_id
        self._endpoint.take_over(self)
        self.send(mqtt.encode_connack(False, mqtt.ACCEPTED))

    def _refuse_connect(self, code: int, reason: str) -> None:
        if self._transport is not None:
            self._endpoint.note_closed(self, reason, "")
            self._transport.write(mqtt.encode_connack(False, code))
            self._transport.close()

    def _take_publish(self, publish: mqtt.Publish) -> None:
        node, _ = _of_node(publish.topic, ("wish",))
        if node is not None:
            self._take_wish(node, publish)
            return
        self._endpoint.remember_topic(publish.topic)
        now_ms = self._endpoint.clock.now_ms()
        self._queue(Arrival(publish.payload, publish.topic, publish.dup, now_ms), publish.packet_id)

    def _take_wish(self, node: bytes, publish: mqtt.Publish) -> None:
        """A node asks for a release: nothing to store, so the answer comes at once."""
        if publish.packet_id:
            self.send(mqtt.encode_puback(publish.packet_id))
        answer = self._endpoint.answer(node, publish.payload)
        if answer is not None:
            self.send(mqtt.encode_publish(mqtt.topic(node, "release"), answer))

    def _queue(self, arrival: Arrival, packet_id: int) -> None:
        self._unanswered += 1
        self._endpoint.batcher.add(Waiting(arrival, self, packet_id))
        if self._unanswered >= MAX_UNANSWERED:
            self.pause_or_resume()

    def _take_subscribe(self, subscribe: mqtt.Subscribe) -> None:
        codes = []
        nodes = []
        for pattern, _ in subscribe.filters:
            node, name = _of_node(pattern, SENT_TOPICS)
            granted = node is not None and (
                node in self.receipts_of or len(self.receipts_of) < MAX_SUBSCRIPTIONS
            )
            codes.append(0 if granted else mqtt.REFUSED_SUBSCRIPTION)
            if granted and node is not None and name == "receipt":
                self.receipts_of.add(node)
                nodes.append(node)
        self.send(mqtt.encode_suback(subscribe.packet_id, codes))
        self._endpoint.subscribed(self, nodes)

    def _take_unsubscribe(self, unsubscribe: mqtt.Unsubscribe) -> None:
        for pattern in unsubscribe.filters:
            node, name = _of_node(pattern, SENT_TOPICS)
            if node is not None and name == "receipt":
                self._endpoint.unsubscribed(self, node)
        self.send(mqtt.encode_unsuback(unsubscribe.packet_id))


def packet_bounds(data: bytes, at: int) -> tuple[int, int]:
    """(where the body starts, where the packet ends); (0, 0) for one that is not complete.

    What is no packet, or too long, ends with the data: the wire's reader says what is wrong.
    """
    length = shift = 0
    size = len(data)
    for place in range(at + 1, at + 5):
        if place >= size:
            return 0, 0
        byte = data[place]
        length |= (byte & 127) << shift
        if byte < 128:
            end = place + 1 + length
            if end - at > MAX_PACKET_BYTES:
                return place + 1, size
            return (place + 1, end) if end <= size else (0, 0)
        shift += 7
    return at + 5, size


def _of_node(pattern: str, names: Sequence[str]) -> tuple[bytes | None, str]:
    """(node, name) of a topic with one of these names; wildcards are not among them."""
    try:
        node, name = mqtt.parse_topic(pattern)
    except WireError:
        return None, ""
    return (node, name) if name in names else (None, "")


def same_secret(given: bytes | None, wanted: bytes) -> bool:
    """Compares without telling by its time how much was right."""
    return given is not None and hmac.compare_digest(given, wanted)
