"""Flatbuffers tables, read field by field; offsets and lengths are checked before use."""

import struct
from typing import Any

MAX_FILE_BYTES = 1 << 20
MAX_ITEMS = 4096


class TfliteError(ValueError):
    """The file is broken, or asks for something the blob has no words for."""


class Table:
    """A flatbuffers table, read field by field."""

    def __init__(self, data: bytes, position: int) -> None:
        self.data = data
        self.position = position
        (back,) = unpack("<i", data, position)
        self.fields = position - back
        (self.size,) = unpack("<H", data, self.fields)

    def _at(self, slot: int) -> int | None:
        entry = 4 + 2 * slot
        if entry + 2 > self.size:
            return None
        (offset,) = unpack("<H", self.data, self.fields + entry)
        return self.position + offset if offset else None

    def number(self, slot: int, code: str, default: int = 0) -> int:
        at = self._at(slot)
        return default if at is None else int(unpack("<" + code, self.data, at)[0])

    def _follow(self, slot: int) -> int | None:
        at = self._at(slot)
        return None if at is None else at + int(unpack("<I", self.data, at)[0])

    def table(self, slot: int) -> "Table | None":
        at = self._follow(slot)
        return None if at is None else Table(self.data, at)

    def vector(self, slot: int, code: str, most: int) -> tuple[Any, ...]:
        at = self._follow(slot)
        if at is None:
            return ()
        (count,) = unpack("<I", self.data, at)
        if count > most:
            raise TfliteError(f"vector of {count} items at byte {at}, at most {most}")
        return unpack(f"<{count}{code}", self.data, at + 4)

    def raw(self, slot: int, most: int = MAX_FILE_BYTES) -> bytes:
        at = self._follow(slot)
        if at is None:
            return b""
        (count,) = unpack("<I", self.data, at)
        if count > most or at + 4 + count > len(self.data):
            raise TfliteError(
                f"{count} bytes at byte {at} run past the end of the file, or are too many"
            )
        return self.data[at + 4 : at + 4 + count]

    def text(self, slot: int) -> str:
        return self.raw(slot, MAX_ITEMS).decode("utf-8", "replace")

    def tables(self, slot: int) -> list["Table"]:
        at = self._follow(slot)
        if at is None:
            return []
        (count,) = unpack("<I", self.data, at)
        if count > MAX_ITEMS:
            raise TfliteError(f"vector of {count} tables at byte {at}, at most {MAX_ITEMS}")
        places = [at + 4 + 4 * k for k in range(count)]
        return [Table(self.data, p + int(unpack("<I", self.data, p)[0])) for p in places]


def unpack(code: str, data: bytes, at: int) -> tuple[Any, ...]:
    if at < 0 or at + struct.calcsize(code) > len(data):
        raise TfliteError(f"read of {struct.calcsize(code)} bytes at {at} leaves the file")
    return struct.unpack_from(code, data, at)
