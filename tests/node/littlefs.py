"""The file system of the board: LittleFS 2 itself, over a modelled NOR flash.

The C code of LittleFS runs (package littlefs-python), with the sizes that MicroPython gives it on
an ESP32: blocks of 4,096 bytes, reads and writes of 32, a cache of 128, metadata moved after 100
erasures. The flash below can do what NOR flash can: an erasure sets a whole block to ones, a
programming clears bits and never sets one. The power can be cut inside any programming or erasure.
"""

from typing import Any

import littlefs
from littlefs import lfs
from littlefs.context import UserContext

from tests.node.both.world import PowerCut

BLOCK = 4096
_IO_ERROR = -5
_APPEND = lfs.LFSFileFlag.wronly | lfs.LFSFileFlag.creat | lfs.LFSFileFlag.append  # as "ab"


class Nor(UserContext):  # type: ignore[misc]
    """`blocks` erase blocks. `left`: bytes that may still be programmed before the power is cut (an
    erasure counts as one); None for all."""

    def __init__(self, blocks: int) -> None:
        super().__init__(blocks * BLOCK)
        self.left: int | None = None
        self.dead = False
        self.programmed = 0
        self.erased = [0] * blocks

    def read(self, cfg: Any, block: int, off: int, size: int) -> bytearray:
        at = block * BLOCK + off
        data: bytearray = self.buffer[at : at + size]
        return data

    def prog(self, cfg: Any, block: int, off: int, data: bytes) -> int:
        data = bytes(data)
        through = self._through(len(data))
        at = block * BLOCK + off
        before = self.buffer[at : at + through]
        assert all(b & d == d for b, d in zip(before, data, strict=False)), (
            "a bit set without erasing"
        )
        self.buffer[at : at + through] = data[:through]
        self.programmed += through
        return _IO_ERROR if self.dead else 0

    def erase(self, cfg: Any, block: int) -> int:
        if self._through(1):
            self.buffer[block * BLOCK : (block + 1) * BLOCK] = b"\xff" * BLOCK
            self.erased[block] += 1
        return _IO_ERROR if self.dead else 0

    def _through(self, size: int) -> int:
        if self.dead:
            return 0
        if self.left is None:
            return size
        through = min(size, self.left)
        self.left -= through
        self.dead = through < size
        return through


class LittleFlash:
    """A `parts.Flash` in LittleFS. PowerCut when the power went in the middle of something."""

    def __init__(self, nor: Nor) -> None:
        """Mounts, as a start does; formats a flash that was never used."""
        self.nor = nor
        settings = {
            "block_size": BLOCK,
            "block_count": len(nor.erased),
            "read_size": 32,
            "prog_size": 32,
            "cache_size": 128,
            "lookahead_size": 32,
            "block_cycles": 100,
        }
        self._files = littlefs.LittleFS(context=nor, mount=False, **settings)
        if max(nor.erased) == 0:
            self._files.format()
        self._files.mount()

    def names(self) -> list[str]:
        return sorted(self._files.listdir("/"))

    def read(self, name: str) -> bytes:
        with self._files.open(name, "rb") as file:
            return bytes(file.read())

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        with self._files.open(name, "rb") as file:
            file.seek(offset)
            return bytes(file.read(size))

    def append(self, name: str, data: bytes) -> None:
        self._guarded(lambda: self._append(name, data))

    def remove(self, name: str) -> None:
        self._guarded(lambda: self._files.remove(name))

    def _append(self, name: str, data: bytes) -> None:
        file = lfs.file_open(self._files.fs, name, _APPEND)
        try:
            lfs.file_write(self._files.fs, file, data)
        finally:
            lfs.file_close(self._files.fs, file)

    def _guarded(self, act: Any) -> None:
        try:
            act()
        except littlefs.LittleFSError as error:
            if self.nor.dead:
                raise PowerCut from None
            raise OSError(-error.code) from None
        if self.nor.dead:
            raise PowerCut
