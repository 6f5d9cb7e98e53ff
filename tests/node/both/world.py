"""A small world for one node, on either interpreter: flash, NVS, network and sensors that can fail.

A power cut is an exception that nothing in the node catches: what was written before it stays.
"""

from node.app import App
from node.config import Config
from node.ed25519 import SigningKey
from node.reading import Reading
from node.sensors.accelerations import NO_CLOCK
from node.sensors.queue import QueueSensors

from cargoseal_wire.constants import GNSS
from tests.node.both.gateway_side import GatewaySide, Kept

SEED = bytes(range(32))
RECEIPT_KEY = b"\x11" * 32
START_MS = 1700000000000
_keys = {}


class PowerCut(Exception):  # noqa: N818  an event, not a mistake
    """The power went away in the middle of a write."""


class Budget:
    """How many bytes may still be written before the power is cut; None for all."""

    def __init__(self, left=None):
        self.left = left
        self.written = 0

    def take(self, size):
        """How many of `size` bytes get through."""
        self.written += size
        if self.left is None:
            return size
        through = min(size, self.left)
        self.left -= through
        return through


class MemoryFlash:
    """A `parts.Flash` in memory. Every byte costs budget, and so does a removal."""

    def __init__(self, budget=None):
        self.files = {}
        self.budget = budget or Budget()
        self.failures = 0  # so many next appends fail, half written

    def names(self):
        return sorted(self.files)

    def read(self, name):
        return bytes(self.files[name])

    def read_at(self, name, offset, size):
        return bytes(self.files[name][offset : offset + size])

    def append(self, name, data):
        through = self.budget.take(len(data))
        if self.failures:
            self.failures -= 1
            self.files.setdefault(name, bytearray()).extend(data[: len(data) // 2])
            raise OSError(28)
        self.files.setdefault(name, bytearray()).extend(data[:through])
        if through < len(data):
            raise PowerCut

    def remove(self, name):
        if not self.budget.take(1):
            raise PowerCut
        del self.files[name]


class MemoryNvs:
    """A `parts.Nvs` in memory; a put costs one byte of budget, and is done or not done."""

    def __init__(self, budget=None):
        self.values = {}
        self.budget = budget or Budget()
        self.failures = 0

    def get(self, key):
        return self.values.get(key)

    def put(self, key, value):
        if not self.budget.take(1):
            raise PowerCut
        if self.failures:
            self.failures -= 1
            raise OSError(5)
        self.values[key] = value

    def remove(self, key):
        if not self.budget.take(1):
            raise PowerCut
        del self.values[key]


class Wire:
    """A `parts.Transport` straight into a GatewaySide. `chunk` bytes are taken at a time, and the
    connection breaks once after `cut_after` more bytes, in either direction."""

    def __init__(self, kept, chunk=65536):
        self.kept = kept
        self.chunk = chunk
        self.up = True
        self.cut_after = None
        self.side = None
        self.opened = 0
        self.deaf = False  # half open: takes bytes, gives none
        self.receipts = True
        self.acknowledge = True
        self.code = 0
        self._inbound = b""
        self._broken = False

    def open(self):
        if not self.up:
            raise OSError(113)
        self.opened += 1
        self.side = GatewaySide(self.kept, self.receipts, self.acknowledge, self.code)
        self._inbound = b""
        self._broken = False

    def ready(self):
        return True

    def send(self, data):
        if self._broken or not self.up:
            raise OSError(104)
        data = data[: self.chunk]
        taken = self._through(len(data))
        if not self.deaf:
            self._inbound += self.side.feed(data[:taken])
        return len(data)

    def receive(self):
        if self._broken or not self.up:
            return None
        data = self._inbound[: self.chunk]
        self._inbound = self._inbound[self.chunk :]
        return data[: self._through(len(data))]

    def close(self):
        self._broken = True

    def say(self, data):
        """The other side sends something unasked."""
        self._inbound += data

    def _through(self, size):
        if self.cut_after is None:
            return size
        if size < self.cut_after:
            self.cut_after -= size
            return size
        taken = self.cut_after
        self.cut_after = None
        self._broken = True
        return taken


class Dice:
    """Random bytes from a fixed seed: a linear congruential generator."""

    def __init__(self, seed=1):
        self.state = seed

    def __call__(self, size):
        out = bytearray()
        for _ in range(size):
            self.state = (self.state * 1103515245 + 12345) & 0x7FFFFFFF
            out.append(self.state >> 16 & 255)
        return bytes(out)


def signing_key(seed=SEED):
    """The key of a seed, expanded once per process."""
    if seed not in _keys:
        _keys[seed] = SigningKey(seed)
    return _keys[seed]


def settings(**changes):
    """A node config."""
    values = {
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "broker": {"host": "gateway", "port": 1883},
        "max_readings": 4,
        "reconnect_ms": 100,
        "reconnect_most_ms": 1000,
    }
    values.update(changes)
    return Config(values)


class World:
    """One node with everything around it; `boot` starts it (again)."""

    def __init__(self, budget=None, **changes):
        self.budget = budget or Budget()
        self.flash = MemoryFlash(self.budget)
        self.nvs = MemoryNvs(self.budget)
        self.kept = Kept(RECEIPT_KEY)
        self.wire = Wire(self.kept)
        self.dice = Dice()
        self.config = settings(**changes)
        self.now = 0
        self.readings = 0
        self.app = None
        self.sensors = None
        self.key = None  # a quicker one for thousands of lives
        self.application = 0  # its release number

    def boot(self):
        self.sensors = QueueSensors(self.config.burst)
        self.app = App(
            self.config,
            self.key or signing_key(),
            self.nvs,
            self.flash,
            self.sensors,
            self.wire,
            self.dice,
            self.application,
        )
        return self.app

    def read(self, count=1, step_ms=60000, **more):
        """So many readings, a period apart, each followed by a step."""
        for _ in range(count):
            self.now += step_ms
            self.readings += 1
            values = {0: 500 + self.readings % 7, 1: 4000}
            values.update(more.get("values", {}))
            wall = more.get("wall_ms", START_MS + self.now)
            source = more.get("source", GNSS)
            error = more.get("error_ms", 1000)
            reading = Reading(
                self.now, values, wall, source, error, more.get("faults", 0), more.get("fix")
            )
            assert self.sensors.put(reading)
            self.app.step(self.now)

    def feel(self, samples, wall_ms=True, source=GNSS, error_ms=1000):
        """The accelerometer's FIFO, emptied every eight samples, each time followed by a step."""
        for at in range(0, len(samples), 8):
            batch = samples[at : at + 8]
            self.now = batch[-1][0]
            stamp = (START_MS + self.now, source, error_ms) if wall_ms else NO_CLOCK
            assert self.sensors.feel(batch, stamp)
            self.app.step(self.now)

    def steps(self, count=20, step_ms=10):
        """Time passes without readings."""
        for _ in range(count):
            self.now += step_ms
            self.app.step(self.now)

    def until(self, condition, limit=4000, step_ms=10):
        """Steps until the condition holds; AssertionError when it never does."""
        for _ in range(limit):
            if condition():
                return
            self.now += step_ms
            self.app.step(self.now)
        raise AssertionError("it never came to that")

    def delivered(self):
        """Steps until the spool is empty."""
        self.until(lambda: self.app.spool.pending() == 0 and not self.app._waiting)
