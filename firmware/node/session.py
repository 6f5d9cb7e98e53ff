"""One MQTT 3.1.1 connection without I/O: bytes and times in, bytes and events out.

Rules
1. CONNECT, then SUBSCRIBE, then publishing; each answer within `answer_ms`, else LinkLost. So is a
   broker that falls silent in the middle (a half-open connection) noticed.
2. QoS 1 only. At most `in_flight` publishes wait for their acknowledgement at a time.
3. When nothing came or went for three quarters of the keep-alive time, a ping asks whether the
   broker is there; a keep-alive of 0 switches that off.
4. Whole packets are handed to the transport as one byte string, and new ones are only made when
   the earlier are out: what is unsent stays bounded.
"""

from cargoseal_wire import mqtt
from cargoseal_wire.errors import WireError

MAX_PACKET_BYTES = 12544  # of what the broker may send: receipts are below 1 kB, releases 12 kB
CONNECTING = 0
SUBSCRIBING = 1
READY = 2


class LinkLost(Exception):  # noqa: N818  it is an event, not a mistake of anybody
    """The connection is of no use any more; the text says why."""


class Session:
    """The client's side of one connection. The persistent session is the broker's (clean=False)."""

    def __init__(
        self,
        client_id: str,
        keep_alive_s: int,
        username: str | None,
        password: str | None,
        filters: list[str],
        in_flight: int,
        answer_ms: int,
        now: int,
    ) -> None:
        secret = None if password is None else password.encode()
        self.unsent = mqtt.encode_connect(client_id, keep_alive_s, username, secret, False)
        self.state = CONNECTING
        self._filters = filters
        self._most = in_flight
        self._answer_ms = answer_ms
        self._ping_ms = keep_alive_s * 750
        self._reader = mqtt.PacketReader(MAX_PACKET_BYTES)
        self._waiting: dict[int, int] = {}  # packet id -> when it was sent
        self._asked_at: int | None = now  # CONNECT, SUBSCRIBE or PINGREQ without an answer yet
        self._heard_at = now
        self._spoke_at = now

    def ready(self) -> bool:
        """Whether the broker accepted the connection and the subscription."""
        return self.state == READY

    def room(self) -> bool:
        """Whether `publish` may be called."""
        return self.state == READY and not self.unsent and len(self._waiting) < self._most

    def publish(self, topic: str, payload: bytes, packet_id: int, dup: bool, now: int) -> None:
        """Makes a PUBLISH; only when there is room."""
        self.unsent = mqtt.encode_publish(topic, payload, 1, packet_id, dup)
        self._waiting[packet_id] = now

    def say(self, topic: str, payload: bytes) -> None:
        """Makes a PUBLISH at QoS 0; only when there is room."""
        self.unsent = mqtt.encode_publish(topic, payload)

    def sent(self, size: int, now: int) -> None:
        """The transport took the first `size` bytes of `unsent`."""
        self.unsent = self.unsent[size:]
        if size:
            self._spoke_at = now

    def feed(self, data: bytes, now: int) -> list[tuple[int, str, bytes]]:
        """Takes received bytes; events are (packet id, "", b"") for an acknowledged publish and
        (0, topic, payload) for a message. LinkLost when the broker breaks the protocol."""
        self._heard_at = now
        events = []
        try:
            for packet in self._reader.feed(data):
                event = self._take(packet, now)
                if event is not None:
                    events.append(event)
        except WireError as error:
            raise LinkLost("protocol: " + str(error)) from None
        return events

    def tick(self, now: int) -> None:
        """Pings when it is time. LinkLost when an answer is overdue."""
        asked = self._oldest_question()
        if asked is not None and now - asked >= self._answer_ms:
            raise LinkLost("no answer in time")
        if self.state != READY or not self._ping_ms or self._asked_at is not None or self.unsent:
            return
        if now - min(self._heard_at, self._spoke_at) >= self._ping_ms:
            self.unsent = mqtt.encode_pingreq()
            self._asked_at = now

    def wake(self) -> int | None:
        """When `tick` has something to do."""
        asked = self._oldest_question()
        if asked is not None:
            return asked + self._answer_ms
        if self.state == READY and self._ping_ms:
            return min(self._heard_at, self._spoke_at) + self._ping_ms
        return None

    def _oldest_question(self) -> int | None:
        times = list(self._waiting.values())
        if self._asked_at is not None:
            times.append(self._asked_at)
        return min(times) if times else None

    def _take(self, packet: "mqtt.Packet", now: int) -> tuple[int, str, bytes] | None:
        if packet.type == mqtt.CONNACK and self.state == CONNECTING:
            code = mqtt.parse_connack(packet).code
            if code != mqtt.ACCEPTED:
                raise LinkLost("connection refused with code " + str(code))
            self.unsent += mqtt.encode_subscribe(1, [(name, 1) for name in self._filters])
            self.state = SUBSCRIBING
            self._asked_at = now
        elif packet.type == mqtt.SUBACK and self.state == SUBSCRIBING:
            if mqtt.REFUSED_SUBSCRIPTION in mqtt.parse_suback(packet).codes:
                raise LinkLost("subscription refused")
            self.state = READY
            self._asked_at = None
        elif packet.type == mqtt.PUBACK:
            packet_id = mqtt.parse_puback(packet).packet_id
            if self._waiting.pop(packet_id, None) is not None:
                return packet_id, "", b""
        elif packet.type == mqtt.PUBLISH and self.state != CONNECTING:
            message = mqtt.parse_publish(packet)
            if message.qos:
                self.unsent += mqtt.encode_puback(message.packet_id)
            return 0, message.topic, message.payload
        elif packet.type == mqtt.PINGRESP:
            self._asked_at = None
        else:
            raise LinkLost("unexpected packet of type " + str(packet.type))
        return None
