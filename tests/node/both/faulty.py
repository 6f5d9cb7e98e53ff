"""A transport that does to a connection what networks do: a `Wire` with one fault at one place.

The place is a byte of one direction, counted over all connections; the fault happens once, but for
what a stall holds and a half-open connection swallows. A peer that gets something that is no MQTT
closes, as brokers do.
"""

import hashlib

from cargoseal_wire.errors import WireError
from tests.node.both.gateway_side import Kept, counter_of
from tests.node.both.world import RECEIPT_KEY, Dice, Wire, World

OUT = "to the gateway"
IN = "to the node"
STALL_MS = 8000


class QuickKey:
    """Signs with two hashes instead of a curve."""

    public_key = bytes(32)

    def sign(self, message, blind=1):
        digest = hashlib.sha256(message).digest()
        return digest + digest


class CarefulKept(Kept):
    """Refuses, as a signature check would, what the node never sealed; `sealed` by counter."""

    def __init__(self):
        Kept.__init__(self, RECEIPT_KEY)
        self.sealed = {}
        self.refused = 0

    def take(self, message):
        if self.sealed.get(counter_of(message.payload)) == message.payload:
            Kept.take(self, message)
        else:
            self.refused += 1


class Flow:
    """One direction. `take` gives what of the bytes goes on now."""

    def __init__(self, fault=None, at=0, length=0):
        self.fault = fault
        self.at = at
        self.length = length
        self.passed = 0
        self.held = b""
        self.struck = False

    def take(self, data):
        """(bytes that arrive, whether the connection is cut)"""
        start, self.passed = self.passed, self.passed + len(data)
        if self.fault is None or self.passed <= self.at:
            return data, False
        first = max(0, self.at - start)
        if self.fault == "truncate":
            self.fault, self.struck = None, True
            return data[:first], True
        head, region, tail = data[:first], data[first:], b""
        end = self.at + self.length - start
        if end < len(data):
            region, tail = data[first:end], data[end:]
        self.held += region
        if end > len(data):
            return head, False
        region, self.held = self.held, b""
        fault, self.fault, self.struck = self.fault, None, True
        half = len(region) // 2
        changed = {
            "drop": b"",
            "duplicate": region + region,
            "reorder": region[half:] + region[:half],
        }[fault]
        return head + changed + tail, False

    def forget(self):
        """A new connection: what was held of the old one is gone."""
        self.held = b""


class FaultyWire(Wire):
    """`fault`: drop, duplicate, reorder or truncate `length` bytes, or stall or half-open from a
    byte on."""

    def __init__(self, world, fault, direction, at, length=40):
        Wire.__init__(self, world.kept)
        self.world = world
        self.slow = fault if fault in ("stall", "half-open") else None
        struck = None if self.slow else fault
        self.flows = {
            OUT: Flow(struck if direction == OUT else None, at, length),
            IN: Flow(struck if direction == IN else None, at, length),
        }
        self.direction = direction
        self.at = at
        self.stalled_until = 0
        self.stalled = {OUT: b"", IN: b""}
        self.dead = False
        self.struck = False

    def open(self):
        Wire.open(self)
        self.dead = False
        self.stalled = {OUT: b"", IN: b""}
        for flow in self.flows.values():
            flow.forget()

    def send(self, data):
        if self._broken:
            raise OSError(104)
        data = data[: self.chunk]
        self.hand_on(self.through(OUT, data))
        return len(data)

    def receive(self):
        if self._broken:
            return None
        if not self.held_up():
            self.hand_on(self.let_go(OUT))
        data = self.through(IN, self._inbound)
        self._inbound = b""
        if not self.held_up():
            data = self.let_go(IN) + data
        return data

    def hand_on(self, data):
        """To the other side, which closes when it is no MQTT."""
        if not data or (self._broken and not self.struck):
            return
        try:
            self._inbound += self.side.feed(data)
        except WireError:
            self._broken = True

    def through(self, direction, data):
        flow = self.flows[direction]
        data, cut = flow.take(data)
        if cut or flow.struck:
            self.struck = True
        if cut:
            self._broken = True
        if self.slow and not self.struck and self.flows[self.direction].passed > self.at:
            self.struck = True
            if self.slow == "stall":
                self.stalled_until = self.world.now + STALL_MS
            else:
                self.dead = True
        if self.dead:
            return b""
        if self.held_up():
            self.stalled[direction] += data
            return b""
        return data

    def held_up(self):
        return self.world.now < self.stalled_until

    def let_go(self, direction):
        data, self.stalled[direction] = self.stalled[direction], b""
        return data


def lived(fault, direction, at, length=40, chunk=65536):
    """A world with this fault, after three segments were made and all of them delivered.
    AssertionError as soon as the spool forgets what the gateway does not keep."""
    world = World(max_readings=2, answer_ms=2000, keep_alive_s=3, receipt_ms=3000)
    world.key = QuickKey()
    world.kept = CarefulKept()
    world.wire = FaultyWire(world, fault, direction, at, length)
    world.wire.chunk = chunk
    world.boot()
    watch(world)
    world.read(6, step_ms=200)
    world.until(lambda: world.app.spool.pending() == 0, limit=2000, step_ms=50)
    assert world.app.sealed == 3
    assert sorted(world.kept.segments) == [1, 2, 3]
    assert world.kept.conflicts == []
    return world


def watch(world):
    """What is released must be kept by then."""
    spool = world.app.spool
    release, append = spool.release, spool.append

    def noted(counter, urgent, data, digest):
        world.kept.sealed[counter] = data
        append(counter, urgent, data, digest)

    def watched(receipt):
        before = {entry.counter for entry in spool.entries()}
        freed = release(receipt)
        gone = before - {entry.counter for entry in spool.entries()}
        assert len(gone) == freed
        for counter in gone:
            assert counter in world.kept.segments, "forgotten before the gateway had it"
        return freed

    spool.append = noted
    spool.release = watched


def traffic():
    """How many bytes pass in a life without a fault, in each direction."""
    world = lived(None, OUT, 0)
    flows = world.wire.flows
    return {OUT: flows[OUT].passed, IN: flows[IN].passed}


def cases(step, seeds, most=64):
    """(direction, place, length): every `step`th byte of both directions from the first on, and for
    each seed twenty places and lengths by chance."""
    found = []
    for direction, total in sorted(traffic().items()):
        found += [(direction, at, 40) for at in range(0, total, step)]
        for seed in seeds:
            dice = Dice(seed * 7919 + len(direction))
            for _ in range(20):
                at = int.from_bytes(dice(2), "little") % total
                found.append((direction, at, 2 + dice(1)[0] % most))
    return found
