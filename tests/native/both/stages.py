"""What the parts of a window's way cost in bytecode, on the interpreter that runs this."""

import time
from array import array

from node.burst import Burst
from node.config import ModelSetting
from node.ed25519 import SigningKey
from node.reading import Reading
from node.scorer import Scorer
from node.sealer import Sealer
from node.spool import Spool
from node.window import Window

from cargoseal_score import blob, features, infer
from cargoseal_score.model import KIND_HANDLING, Layer

WIDTH = 64
PERIOD_MS = 60000
CHANNELS = (0, 1, 3, 4)
READINGS = 60
SAMPLES = 151
MESSAGE = bytes(101)  # as long as what a seal signs


class Flash:
    """A `parts.Flash` that keeps nothing."""

    def names(self):
        return []

    def append(self, name, data):
        pass

    def remove(self, name):
        pass


def zeros(size):
    """A `parts.Random` that is none."""
    return bytes(size)


def now_us():
    """Microseconds, by a clock that only differences are taken of."""
    return time.ticks_us() if hasattr(time, "ticks_us") else time.perf_counter_ns() // 1000


def mean_us(rounds, act, *arguments):
    """Of so many calls: the WebAssembly build's clock counts milliseconds."""
    began = now_us()
    for _ in range(rounds):
        act(*arguments)
    return (now_us() - began) / rounds


def window_of(channels, count):
    """A window of so many readings, a minute apart."""
    window = Window()
    for i in range(count):
        values = {}
        for channel in channels:
            values[channel] = 500 + (i * 7 + channel) % 13
        window.add(Reading(PERIOD_MS * i, values, 1700000000000 + PERIOD_MS * i, 1, 1000), 0)
    return window


def layer():
    """A layer of WIDTH by WIDTH."""
    weights = array("b", bytes(WIDTH * WIDTH))
    biases, multipliers = array("i", bytes(4 * WIDTH)), array("I", [1 << 30] * WIDTH)
    return Layer(WIDTH, WIDTH, 0, 0, -128, 127, weights, biases, multipliers, bytes([7] * WIDTH))


def burst_of(count):
    """A fall between rests, so many samples 10 ms apart, with the noise of a sensor."""
    samples = []
    for i in range(count):
        falls = count // 2 <= i < count // 2 + 25
        level = 30 if falls else 8000 if i == count // 2 + 25 else 1000
        samples.append((10 * i, (i * 37) % 25 - 12, (i * 53) % 31 - 15, level + (i * 71) % 21 - 10))
    return Burst(samples, (None, 0, 0xFFFFFFFF))


def parts(hexadecimal):
    """(window, scorer, sealer, key, spool, model input) for a model: READINGS of CHANNELS, or a
    burst of SAMPLES."""
    model = blob.load(bytes.fromhex(hexadecimal))
    handling = model.kind == KIND_HANDLING
    window = burst_of(SAMPLES) if handling else window_of(CHANNELS, READINGS)
    key = SigningKey(bytes(32))
    scorer = Scorer([ModelSetting(bytes.fromhex(hexadecimal), None, None)])
    sealer = Sealer(key, bytes(32), bytes(8), scorer, zeros)
    row = features.extract(model, window.offsets_ms(), window.columns())
    return window, scorer, sealer, key, Spool(Flash(), 1 << 20), row


def costs(hexadecimal, rounds):
    """Microseconds of each stage of a window for this model."""
    window, _, sealer, key, spool, row = parts(hexadecimal)
    model = blob.load(bytes.fromhex(hexadecimal))
    sealed = sealer.seal(window, 1, bytes(32), 1, 0, 0)
    made = {
        "features": mean_us(
            rounds, lambda: features.extract(model, window.offsets_ms(), window.columns())
        ),
        "score": mean_us(rounds, infer.score, model, row),
        "sign": mean_us(rounds, key.sign, MESSAGE, 3),
        "seal": mean_us(rounds, sealer.seal, window, 1, bytes(32), 1, 0, 0),
        "spool": mean_us(rounds, spool.append, 1, False, sealed.data, sealed.digest),
        "layer": mean_us(rounds, infer.run_layer, layer(), array("b", bytes(WIDTH))),
    }
    made["multiplication"] = made["layer"] / (WIDTH * WIDTH)
    return made
