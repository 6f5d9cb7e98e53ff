"""A folder with folders in it, as a `parts.Flash` whose names are relative paths."""

import os

_DIRECTORY = 0x4000


class Folder:
    """Made when the first file is written; before that it is empty."""

    def __init__(self, root: str) -> None:
        self._root = root

    def names(self) -> list[str]:
        """Every file below, in order."""
        found: list[str] = []
        waiting = [""]
        while waiting:
            inside = waiting.pop()
            for name in _listed(self._root + inside):
                path = inside + "/" + name
                if os.stat(self._root + path)[0] & _DIRECTORY:
                    waiting.append(path)
                else:
                    found.append(path[1:])
        return sorted(found)

    def read(self, name: str) -> bytes:
        with open(self._root + "/" + name, "rb") as file:
            return file.read()

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`."""
        with open(self._root + "/" + name, "rb") as file:
            file.seek(offset)
            return file.read(size)

    def append(self, name: str, data: bytes) -> None:
        self._make_parents(name)
        with open(self._root + "/" + name, "ab") as file:
            file.write(data)

    def remove(self, name: str) -> None:
        os.remove(self._root + "/" + name)

    def _make_parents(self, name: str) -> None:
        path = self._root + "/" + name
        at = path.find("/", 1)
        while at > 0:
            try:
                os.mkdir(path[:at])
            except OSError:
                os.listdir(path[:at])  # raises when it is not a folder either
            at = path.find("/", at + 1)


def _listed(path: str) -> list[str]:
    try:
        return os.listdir(path)
    except OSError:
        return []
