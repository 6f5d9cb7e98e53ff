"""Flash as files in one folder, by `os` and `open`: LittleFS on the board, a folder on a host.

A file is closed after every append: LittleFS makes what was written durable then, as a whole.
"""

import os


class FileFlash:
    """A `parts.Flash` over a folder, which is made when it is not there."""

    def __init__(self, root: str) -> None:
        self._root = root
        try:
            os.mkdir(root)
        except OSError:
            os.listdir(root)  # raises when it is not a folder either

    def names(self) -> list[str]:
        return sorted(os.listdir(self._root))

    def read(self, name: str) -> bytes:
        with open(self._path(name), "rb") as file:
            return file.read()

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        with open(self._path(name), "rb") as file:
            file.seek(offset)
            return file.read(size)

    def append(self, name: str, data: bytes) -> None:
        with open(self._path(name), "ab") as file:
            file.write(data)

    def remove(self, name: str) -> None:
        os.remove(self._path(name))

    def _path(self, name: str) -> str:
        return self._root + "/" + name
