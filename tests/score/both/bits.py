"""What the reference computes for a block of cases, as one digest: equal bits, equal digests.

A case is a window and an input of the same number (`hostile`). Its part of the digest is the input
made from the window, then, for that input and for the other, every layer's outputs and the score.
"""

import binascii
import hashlib
import struct

from cargoseal_score import blob, features, infer
from tests.score.both import hostile

ACCELERATION = (12, 13, 14)
_loaded = {}


def channels_of(model):
    """The wire's channels that a model looks at."""
    found = []
    for feature in model.features:
        for channel in ACCELERATION if feature.channel == 32 else (feature.channel,):
            if channel not in found:
                found.append(channel)
    return sorted(found)


def answer(model, row):
    """(every layer's outputs as bytes, one after the other, score)."""
    outputs = infer.run_layers(model, row)
    return b"".join([bytes(layer) for layer in outputs]), infer.error(model, row, outputs)


def digest_of(answers):
    """The digest, as text, of (input, every layer's outputs, score) one after the other."""
    state = hashlib.sha256()
    for row, every, score in answers:
        state.update(row + every + struct.pack(">I", score))
    return binascii.hexlify(state.digest()).decode()


def answers(model, first, count):
    """What `digest_of` takes, for the cases from `first` on."""
    channels = channels_of(model)
    for index in range(first, first + count):
        window = features.extract(model, *hostile.window(index, channels))
        for row in (window, hostile.vector(index, model.inputs)):
            every, score = answer(model, row)
            yield row, every, score


def digest(hexadecimal, first, count):
    """The digest, as text, of the cases from `first` on."""
    model = _loaded.get(hexadecimal)
    if model is None:
        model = _loaded[hexadecimal] = blob.load(bytes.fromhex(hexadecimal))
    return digest_of(answers(model, first, count))
