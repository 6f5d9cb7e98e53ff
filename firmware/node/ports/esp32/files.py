"""The few files that are read whole at the start."""

import errno
import json


def read_json(path: str) -> dict:
    """The object in a JSON file. OSError without the file, ValueError when it is not JSON."""
    with open(path) as file:
        value = json.load(file)
    if not isinstance(value, dict):
        raise ValueError(path + ": expected a JSON object")
    return value


def read_file(path: str) -> bytes | None:
    """A file's bytes, None without the file."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        if error.errno == errno.ENOENT:
            return None
        raise
