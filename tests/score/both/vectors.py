"""The score's golden vectors, read the same way on both interpreters."""

import json


def load():
    """The content of tests/vectors/score.json."""
    folder = __file__.replace("\\", "/").rsplit("/", 3)[0]
    with open(folder + "/vectors/score.json") as file:
        return json.load(file)


def steps(seed, count):
    """The generator of models/provenance/vectors.py."""
    out = []
    for _ in range(count):
        seed = (1103515245 * seed + 12345) & 0x7FFFFFFF
        out.append(seed)
    return out


def columns_of(window):
    return {int(channel): values for channel, values in window["columns"].items()}
