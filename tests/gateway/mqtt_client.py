"""A blocking MQTT client for tests, made of the wire's codec and a socket; it never hangs."""

import socket
import time

from cargoseal_wire import mqtt

TIMEOUT_S = 10.0


class Client:
    """One connection. `expect` reads packets until one of the wanted type comes."""

    def __init__(
        self,
        port: int,
        client_id: str = "test",
        *,
        keep_alive_s: int = 60,
        username: str | None = None,
        password: bytes | None = None,
        connect: bool = True,
        wrap=None,
    ) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), TIMEOUT_S)
        if wrap is not None:
            self.socket = wrap(self.socket)
        self._reader = mqtt.PacketReader(1 << 20)
        self._packets: list[mqtt.Packet] = []
        self.code: int | None = None
        if connect:
            self.send(mqtt.encode_connect(client_id, keep_alive_s, username, password, clean=True))
            self.code = mqtt.parse_connack(self.expect(mqtt.CONNACK)).code

    def __enter__(self) -> "Client":
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def publish(
        self, topic: str, payload: bytes, packet_id: int = 1, *, qos: int = 1, dup: bool = False
    ) -> None:
        self.send(mqtt.encode_publish(topic, payload, qos, packet_id if qos else 0, dup))

    def deliver(self, topic: str, payload: bytes, packet_id: int = 1, *, dup: bool = False) -> None:
        """Publishes and waits for the PUBACK."""
        self.publish(topic, payload, packet_id, dup=dup)
        assert mqtt.parse_puback(self.expect(mqtt.PUBACK)).packet_id == packet_id

    def subscribe(self, *topics: str) -> list[int]:
        self.send(mqtt.encode_subscribe(9, [(topic, 1) for topic in topics]))
        return mqtt.parse_suback(self.expect(mqtt.SUBACK)).codes

    def expect(self, kind: int) -> mqtt.Packet:
        """The next packet of this type; others before it stay for later calls."""
        deadline = time.monotonic() + TIMEOUT_S
        while True:
            for at, packet in enumerate(self._packets):
                if packet.type == kind:
                    return self._packets.pop(at)
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            data = self.socket.recv(65536)
            if not data:
                raise ConnectionError(f"closed while waiting for a packet of type {kind}")
            self._packets.extend(self._reader.feed(data))

    def is_closed(self, within_s: float = 5.0) -> bool:
        """Whether the other side closes within a time; what it sends before is read and dropped."""
        deadline = time.monotonic() + within_s
        while time.monotonic() < deadline:
            self.socket.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                if not self.socket.recv(65536):
                    return True
            except TimeoutError:
                return False
            except OSError:
                return True
        return False
