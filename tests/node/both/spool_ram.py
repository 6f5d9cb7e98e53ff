"""How much RAM a full spool takes, for a caller outside of the interpreter: garbage is collected
between calls."""

import gc

from node.spool import Spool

from tests.node.both.world import MemoryFlash

_kept = []


def step(name, *arguments):
    """One of the functions below; MicroPython's heap in use after it."""
    {"fill": fill, "forget": forget, "look": look}[name](*arguments)
    return gc.mem_alloc()


def fill(count):
    """A spool of so many climate segments, of which the flash is forgotten."""
    spool = Spool(MemoryFlash(), 1 << 22)
    for counter in range(1, count + 1):
        spool.append(counter, False, bytes(205), bytes(32))
    spool._log._flash = None
    _kept.append(spool)


def forget():
    _kept.clear()


def look():
    gc.collect()
