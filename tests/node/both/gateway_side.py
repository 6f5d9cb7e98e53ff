"""The other side of a node's connection, without I/O: a broker and a gateway in one small class.

It keeps every segment it was sent, acknowledges, and answers with receipts: what a gateway does,
without checking anything. Runs on CPython and MicroPython.
"""

from cargoseal_wire import mqtt
from cargoseal_wire.receipt import encode_receipt
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement


def counter_of(data):
    """The counter in an encoded segment."""
    return decode_statement(decode_segment(data).statement).counter


def ranges_of(counters):
    """(contiguous, the newest 32 ranges beyond it) of a set of counters."""
    contiguous = 0
    while contiguous + 1 in counters:
        contiguous += 1
    ranges = []
    for counter in sorted(counters):
        if counter <= contiguous:
            continue
        if ranges and ranges[-1][1] == counter - 1:
            ranges[-1] = (ranges[-1][0], counter)
        else:
            ranges.append((counter, counter))
    return contiguous, ranges[-32:]


class Kept:
    """What the gateway has durably, over all connections."""

    def __init__(self, key):
        self.key = key
        self.time_ms = 1700000000000  # what its receipts say
        self.segments = {}  # counter -> bytes
        self.arrivals = []  # (counter, dup) in order, repeats included
        self.conflicts = []  # counters that came with other bytes
        self.desk = None  # wish -> what to send on …/release, or None

    def take(self, message):
        counter = counter_of(message.payload)
        self.arrivals.append((counter, message.dup))
        if self.segments.get(counter, message.payload) != message.payload:
            self.conflicts.append(counter)
        self.segments[counter] = message.payload

    def receipt(self, node):
        contiguous, ranges = ranges_of(self.segments)
        return encode_receipt(self.key, node, contiguous, ranges, self.time_ms)


class GatewaySide:
    """One connection. `feed` takes the node's bytes and gives the answer's."""

    def __init__(self, kept, receipts=True, acknowledge=True, code=mqtt.ACCEPTED):
        self.kept = kept
        self.receipts = receipts
        self.acknowledge = acknowledge
        self.code = code
        self.connect = None
        self.filters = []
        self.reader = mqtt.PacketReader(16384)
        self.pings = 0
        self.acked = []
        self.last_id = 0

    def feed(self, data):
        out = b""
        for packet in self.reader.feed(data):
            out += self.answer(packet)
        return out

    def answer(self, packet):
        if packet.type == mqtt.CONNECT:
            self.connect = mqtt.parse_connect(packet)
            return mqtt.encode_connack(False, self.code)
        if packet.type == mqtt.SUBSCRIBE:
            subscribe = mqtt.parse_subscribe(packet)
            self.filters = [name for name, _ in subscribe.filters]
            out = mqtt.encode_suback(subscribe.packet_id, [qos for _, qos in subscribe.filters])
            return out + self.say_receipt()
        if packet.type == mqtt.PUBLISH:
            return self.take(mqtt.parse_publish(packet))
        if packet.type == mqtt.PUBACK:
            self.acked.append(mqtt.parse_puback(packet).packet_id)
        elif packet.type == mqtt.PINGREQ:
            self.pings += 1
            return mqtt.encode_pingresp()
        return b""

    def take(self, message):
        node, name = mqtt.parse_topic(message.topic)
        if name == "wish":
            answer = None if self.kept.desk is None else self.kept.desk(message.payload)
            return (
                b"" if answer is None else mqtt.encode_publish(mqtt.topic(node, "release"), answer)
            )
        out = b""
        if self.receipts:
            self.kept.take(message)
        if self.acknowledge:
            out += mqtt.encode_puback(message.packet_id)
        return out + self.say_receipt()

    def say_receipt(self):
        if not self.receipts:
            return b""
        node = mqtt.parse_topic(self.filters[0])[0]
        self.last_id += 1
        receipt = self.kept.receipt(node)
        return mqtt.encode_publish(mqtt.topic(node, "receipt"), receipt, 1, self.last_id)
