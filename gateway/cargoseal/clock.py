"""Where the gateway gets its time from.

Rules
1. Nothing in the gateway asks the operating system for the time of an event: it asks the clock it
   was handed. So a recording of 2016 runs through the very code that runs live.
2. A `FileClock` is a shared virtual clock: one writer (the simulator) and any number of readers.
   It is for replays and demonstrations; the configuration refuses it beside a public chain.
"""

import mmap
import os
import struct
import time
from pathlib import Path
from typing import Protocol

from cargoseal.errors import ConfigError

_CELL = struct.Struct("<q")


class Clock(Protocol):
    """Unix time in milliseconds, UTC."""

    def now_ms(self) -> int: ...


class SystemClock:
    """The operating system's clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class FileClock:
    """A clock that another process sets: eight bytes, little-endian, Unix milliseconds.

    Raises ConfigError when the file is missing or has another size.
    """

    def __init__(self, path: Path | str) -> None:
        try:
            with open(path, "rb") as file:
                self._cell = mmap.mmap(file.fileno(), _CELL.size, access=mmap.ACCESS_READ)
        except (OSError, ValueError) as error:
            raise ConfigError(
                f"{path}: expected a clock file of {_CELL.size} bytes, got: {error}"
            ) from error

    def now_ms(self) -> int:
        value: int = _CELL.unpack(self._cell[: _CELL.size])[0]
        return value


def write_clock(path: Path | str, now_ms: int) -> None:
    """Sets a clock file, creating it when it is not there; one aligned write of eight bytes."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        os.pwrite(descriptor, _CELL.pack(now_ms), 0)
    finally:
        os.close(descriptor)


def open_clock(file: Path | None) -> Clock:
    """The clock that the configuration names."""
    return SystemClock() if file is None else FileClock(file)
