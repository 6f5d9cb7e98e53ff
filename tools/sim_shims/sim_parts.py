"""What a simulated node is handed instead of a board: the host's socket, files, random bytes.

`host` is the JavaScript module that fleet_host.mjs registers. Bytes cross as hexadecimal text and
large integers as decimal text: numbers that cross are cut to 32 bits.
"""

import binascii

import host  # type: ignore[import-not-found]  # given by fleet_host.mjs
from node.files import FileFlash

OPEN = 1
FAILED = 2
_EIO = 5


class HostTransport:
    """A `parts.Transport` over the TCP socket that the host keeps for this node."""

    def open(self) -> None:
        if not host.open():
            raise OSError(_EIO)

    def ready(self) -> bool:
        state = host.state()
        if state == FAILED:
            raise OSError(_EIO)
        return bool(state == OPEN)

    def send(self, data: bytes) -> int:
        if host.state() != OPEN:
            raise OSError(_EIO)
        size = min(len(data), host.room())
        if size:
            host.send(binascii.hexlify(data[:size]).decode())
        return size

    def receive(self) -> bytes | None:
        text = host.receive()
        return None if text is None else binascii.unhexlify(text)

    def close(self) -> None:
        host.close()


class FileNvs:
    """A `parts.Nvs` as one file per key; the in-memory file system tears no write."""

    def __init__(self, root: str) -> None:
        self._files = FileFlash(root)

    def get(self, key: str) -> bytes | None:
        return self._files.read(key) if key in self._files.names() else None

    def put(self, key: str, value: bytes) -> None:
        if key in self._files.names():
            self._files.remove(key)
        self._files.append(key, value)


def random_bytes(size: int) -> bytes:
    """A `parts.Random` from the host's generator."""
    return binascii.unhexlify(host.random(size))
