"""A broker between node and gateway that acknowledges at once and then does to messages what
brokers do: whole ones, in both directions. What it acknowledged is nowhere durable."""

from cargoseal_wire import mqtt
from tests.node.both.faulty import CarefulKept, QuickKey, watch
from tests.node.both.gateway_side import GatewaySide, counter_of
from tests.node.both.world import Dice, Wire, World

AWAY_MS = 20000


class BrokerSide(GatewaySide):
    """Takes a publish, acknowledges, and keeps the message for the wire to hand on."""

    def __init__(self, messages):
        GatewaySide.__init__(self, None)
        self.messages = messages

    def take(self, message):
        self.messages.append(message)
        return mqtt.encode_puback(message.packet_id)

    def say_receipt(self):
        return b""


class BrokerWire(Wire):
    """One fault for whole messages, struck by dice: three of ten, until `faults` are used up."""

    def __init__(self, world, fault, seed, faults=12):
        Wire.__init__(self, world.kept)
        self.world = world
        self.fault = fault
        self.left = faults
        self.dice = Dice(seed * 104729 + 1)
        self.messages = []  # to the gateway
        self.receipts_out = []  # to the node
        self.away_until = 0
        self.struck = 0

    def open(self):
        Wire.open(self)
        self.side = BrokerSide(self.messages)

    def send(self, data):
        self._inbound += self.side.feed(data)
        return len(data)

    def receive(self):
        self.hand_on()
        data, self._inbound = self._inbound, b""
        return data

    def hand_on(self):
        """Messages to the gateway, receipts to the node; the gateway answers each message."""
        if self.world.now < self.away_until:
            return
        arrived, self.messages[:] = self.spoil(self.messages), []
        for message in arrived:
            if message.payload:
                self.kept.take(message)
            self.receipts_out.append(self.kept.receipt(self.world.app.node))
        said, self.receipts_out = self.spoil(self.receipts_out), []
        if self.side is None or not self.side.filters:
            return
        for receipt in said:
            self._inbound += mqtt.encode_publish(self.side.filters[0], receipt, 1, 9)

    def hit(self):
        if self.left and self.dice(1)[0] < 77:
            self.left -= 1
            self.struck += 1
            return True
        return False

    def spoil(self, items):
        out = []
        for item in items:
            if not self.hit():
                out.append(item)
            elif self.fault == "drop":
                pass
            elif self.fault == "duplicate":
                out += [item, item]
            elif self.fault == "reorder":
                out.insert(0, item)
            elif self.fault == "truncate":
                out.append(self.truncated(item))
            elif self.fault == "stall":
                self.away_until = self.world.now + 5000
                out.append(item)
            elif self.fault == "half-open":
                self.away_until = self.world.now + AWAY_MS  # it acknowledges, nothing goes on
        return out

    def truncated(self, item):
        if isinstance(item, bytes):
            return item[: self.dice(1)[0] % len(item)]
        end = int.from_bytes(self.dice(2), "little") % len(item.payload)
        return mqtt.Publish(item.topic, item.payload[:end], 1, item.packet_id, item.dup, False)


class StrictKept(CarefulKept):
    """Segments that are cut short do not decode: to quarantine."""

    def take(self, message):
        try:
            counter_of(message.payload)
        except ValueError:
            self.refused += 1
            return
        CarefulKept.take(self, message)


def lived(fault, seed):
    """A world with eight segments, one of them an alarm, behind such a broker, all delivered."""
    world = World(max_readings=2, answer_ms=2000, keep_alive_s=3, receipt_ms=3000)
    world.key = QuickKey()
    world.kept = StrictKept()
    world.wire = BrokerWire(world, fault, seed)
    world.boot()
    watch(world)
    world.read(10, step_ms=500)
    world.read(1, step_ms=500, values={4: 9000})
    world.read(4, step_ms=500)
    world.until(lambda: world.app.spool.pending() == 0, limit=12000, step_ms=100)
    assert sorted(world.kept.segments) == list(range(1, world.app.sealed + 1))
    assert world.app.sealed == 8
    assert world.kept.conflicts == []
    return world
