"""Golden vectors as JSON, from the place of this file: MicroPython has no os.path."""

import json


def load(name):
    """The content of tests/vectors/<name>."""
    folder = __file__.replace("\\", "/").rsplit("/", 3)[0]
    with open(folder + "/vectors/" + name) as file:
        return json.load(file)
