"""MQTT 3.1.1: numbers of the standard, and each packet as a value."""

CONNECT = 1
CONNACK = 2
PUBLISH = 3
PUBACK = 4
SUBSCRIBE = 8
SUBACK = 9
UNSUBSCRIBE = 10
UNSUBACK = 11
PINGREQ = 12
PINGRESP = 13
DISCONNECT = 14

ACCEPTED = 0
BAD_PROTOCOL = 1
BAD_CLIENT_ID = 2
UNAVAILABLE = 3
BAD_PASSWORD = 4
NOT_AUTHORIZED = 5
REFUSED_SUBSCRIPTION = 0x80

PROTOCOL = b"\x00\x04MQTT\x04"
MAX_PACKET_BYTES = 16384
MAX_LENGTH = 268435455  # of a packet's body, by the standard
MAX_FILTERS = 16  # topic filters in one SUBSCRIBE


class Packet:
    """One packet: its type, the four flags of its fixed header, its body."""

    def __init__(self, type: int, flags: int, body: bytes) -> None:
        self.type = type
        self.flags = flags
        self.body = body


class Connect:
    """A client's first packet. `will` is (topic, payload, qos, retain) or None."""

    def __init__(
        self,
        client_id: str,
        keep_alive_s: int,
        clean: bool,
        username: str | None,
        password: bytes | None,
        will: tuple[str, bytes, int, bool] | None,
    ) -> None:
        self.client_id = client_id
        self.keep_alive_s = keep_alive_s
        self.clean = clean
        self.username = username
        self.password = password
        self.will = will


class Connack:
    """The answer to CONNECT: code 0 is yes."""

    def __init__(self, session_present: bool, code: int) -> None:
        self.session_present = session_present
        self.code = code


class Publish:
    """A message. `packet_id` is 0 at QoS 0."""

    def __init__(
        self, topic: str, payload: bytes, qos: int, packet_id: int, dup: bool, retain: bool
    ) -> None:
        self.topic = topic
        self.payload = payload
        self.qos = qos
        self.packet_id = packet_id
        self.dup = dup
        self.retain = retain


class Puback:
    """The answer to a PUBLISH of QoS 1."""

    def __init__(self, packet_id: int) -> None:
        self.packet_id = packet_id


class Subscribe:
    """(topic filter, wanted QoS) pairs."""

    def __init__(self, packet_id: int, filters: list[tuple[str, int]]) -> None:
        self.packet_id = packet_id
        self.filters = filters


class Suback:
    """One code per filter of the SUBSCRIBE: granted QoS, or REFUSED_SUBSCRIPTION."""

    def __init__(self, packet_id: int, codes: list[int]) -> None:
        self.packet_id = packet_id
        self.codes = codes


class Unsubscribe:
    """Topic filters to leave."""

    def __init__(self, packet_id: int, filters: list[str]) -> None:
        self.packet_id = packet_id
        self.filters = filters
