"""What a node's way takes of the heap, asked step by step: each function is called by itself, since
the WebAssembly MicroPython collects garbage only in between."""

import gc
import hashlib

from tests.node.both import world as worlds
from tests.node.both.world import World

CHANNELS = 4
world = None
before = 0


class QuickKey:
    """Signs with a hash instead of a curve: for ten thousand cycles."""

    public_key = bytes(32)

    def sign(self, message, blind=1):
        return hashlib.sha256(message).digest() * 2


def start(readings, quick=False):
    """A node that has booted and delivered its first window; the heap is then as it stays."""
    global world
    if quick:
        worlds.signing_key = QuickKey
    worlds.signing_key()
    world = World(max_readings=readings)
    world.boot()
    read(readings)
    settle()
    forget()
    return 0


def do(name, *arguments):
    """One of the functions here, by its name: all calls are to one interpreter."""
    return globals()[name](*arguments)


def collect():
    """Garbage goes when this call returns."""
    gc.collect()
    return 0


def cycles(count, readings):
    """So many windows, from the first reading to the receipt."""
    for _ in range(count):
        read(readings)
        settle()
        forget()
    return world.app.sealed


def mark():
    """The heap in use now is what later steps are compared with."""
    global before
    before = gc.mem_alloc()
    return before


def held():
    """Bytes in use above the mark."""
    return gc.mem_alloc() - before


def read(count):
    """So many readings of four channels, each followed by a step."""
    for _ in range(count):
        level = 500 + world.readings * 7 % 13
        world.read(1, values={channel: level + channel for channel in range(CHANNELS)})
    return held()


def sense():
    """One step from the sensors to the spool."""
    world.app.sense(world.now)
    return held()


def link():
    """One step from the spool to the gateway and back."""
    world.now += 10
    world.app.link(world.now)
    return held()


def settle():
    """Everything sealed is sent and receipted."""
    world.delivered()
    return held()


def forget():
    """The gateway's side is the test's own: it must not grow in the node's heap."""
    newest = max(world.kept.segments)
    world.kept.segments = {newest: world.kept.segments[newest]}
    world.kept.arrivals = []
    world.wire.side.acked = []
    return held()


def pending():
    """Segments in the spool, closed windows in RAM."""
    return [world.app.spool.pending(), len(world.app._waiting), world.app.sealed]
