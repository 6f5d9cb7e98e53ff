"""The calls that the fleet's host makes into one simulated node.

Sensors run on virtual time, the network on real time: `sense` and `link` are given each its own
clock. Answers are numbers in one line of text: when to call again, segments in the spool, and
whether nothing waits to be sealed (sense) or the broker accepted the node (link).
"""

import gc
import json

from node.app import App
from node.config import Config
from node.ed25519 import SigningKey
from node.reading import Reading
from node.sensors.accelerations import NO_CLOCK
from node.sensors.queue import QueueSensors
from sim_parts import FileFlash, FileNvs, HostTransport, random_bytes

app: App = None  # type: ignore[assignment]  # boot() sets it
_sensors: QueueSensors = None  # type: ignore[assignment]  # and this
_booted_ms = 0


def boot(config_text: str, now_text: str) -> str:
    """Starts the node at a virtual Unix time; the public key as hexadecimal text."""
    global app, _sensors, _booted_ms
    config = Config(json.loads(config_text))
    if config.seed is None:
        raise ValueError("node config seed: a simulated node needs one, got nothing")
    _booted_ms = int(now_text)
    key = SigningKey(config.seed)
    _sensors = QueueSensors(config.burst)
    flash = FileFlash("/spool")
    app = App(config, key, FileNvs("/nvs"), flash, _sensors, HostTransport(), random_bytes)
    return key.public_key.hex()


def sense(now_text: str, rows_text: str) -> str:
    """Feeds rows and steps. A row is a reading, [at, wall, source, error, faults, [channel, count,
    …], fix], or what a FIFO held, [at, wall, source, error, [ms before at, x, y, z, …]]."""
    now = int(now_text) - _booted_ms
    if rows_text:
        for row in json.loads(rows_text):
            at, wall, source, error = row[:4]
            if len(row) == 5:
                _feel(at - _booted_ms, row[4], (wall, source, error))
                continue
            faults, flat, fix = row[4:]
            values = {flat[i]: flat[i + 1] for i in range(0, len(flat), 2)}
            place = None if fix is None else tuple(fix)
            _sensors.put(Reading(at - _booted_ms, values, wall, source, error, faults, place))
    wake = app.sense(now) + _booted_ms
    return f"{wake} {app.spool.pending()} {1 if app.idle() else 0}"


def _feel(at: int, flat: "list[int]", stamp: "tuple[int | None, int, int]") -> None:
    """Hands over the samples of a FIFO, none at the end of their stream."""
    places = range(0, len(flat), 4)
    samples = [(at - flat[i], flat[i + 1], flat[i + 2], flat[i + 3]) for i in places]
    _sensors.feel(samples, stamp if stamp[0] is not None else NO_CLOCK)


def link(now_text: str) -> str:
    """Steps the network half."""
    wake = app.link(int(now_text))
    return f"{wake} {app.spool.pending()} {1 if app.uplink.connected() else 0}"


def hurry(now_text: str) -> None:
    """The network is there again."""
    app.uplink.hurry(int(now_text))


def collect() -> None:
    """Asks for a garbage collection; this runtime makes it when the call returns."""
    gc.collect()


def stats() -> str:
    """The app's counts and the heap in use, as JSON."""
    counts = app.stats()
    counts["heap_bytes"] = gc.mem_alloc()
    return json.dumps(counts)
