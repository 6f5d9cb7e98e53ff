"""What the interpreter asks of its host: files to read, a screen to print on, a clock."""

import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.interpreter.machine import Machine

NO_SUCH_FILE = -44
_FILE, _FOLDER = 0o100644, 0o40755


class Files:
    """A read-only file system in memory; everything printed comes to `output`."""

    def __init__(self, machine: "Machine") -> None:
        self.content: dict[str, bytes] = {}
        self.output = ""
        self._machine = machine
        self._open: dict[int, list[bytes]] = {}  # what is left to read
        self._ms = 0

    def serve(self, name: str, a: list[int]) -> int:
        """One call of Emscripten's C library or of the port. RuntimeError for any other."""
        if name in ("__syscall_stat64", "__syscall_lstat64"):
            return self._stat(self._text(a[0]), a[1])
        if name == "__syscall_openat":
            return self._open_file(self._text(a[1]))
        if name == "__syscall_fstat64":
            return self._put_stat(a[1], _FILE, len(self._open[a[0]][0]))
        if name == "fd_read":
            return self._read(a[0], a[1], a[2], a[3])
        if name == "fd_close":
            del self._open[a[0]]
            return 0
        if name == "fd_write":
            return self._write(a[1], a[2], a[3])
        if name == "__syscall_getcwd":
            self._machine.uc.mem_write(a[0], b"/\0")
            return 2
        if name == "mp_js_ticks_ms":
            self._ms += 1
            return self._ms
        if name == "mp_js_random_u32":
            return 4
        raise RuntimeError(f"the interpreter calls {name}")

    def _text(self, at: int) -> str:
        data = b""
        while b"\0" not in data:
            data += self._machine.read(at + len(data), 32)
        return data[: data.index(b"\0")].decode()

    def _stat(self, path: str, at: int) -> int:
        path = path.rstrip("/") or "/"
        if path in self.content:
            return self._put_stat(at, _FILE, len(self.content[path]))
        if path == "/" or any(name.startswith(path + "/") for name in self.content):
            return self._put_stat(at, _FOLDER, 0)
        return NO_SUCH_FILE

    def _put_stat(self, at: int, mode: int, size: int) -> int:
        data = struct.pack("<6IQ2I", 1, mode, 1, 0, 0, 0, size, 4096, 0) + bytes(56)
        self._machine.uc.mem_write(at, data)
        return 0

    def _open_file(self, path: str) -> int:
        if path not in self.content:
            return NO_SUCH_FILE
        number = max(self._open, default=2) + 1
        self._open[number] = [self.content[path]]
        return number

    def _vectors(self, at: int, count: int) -> list[tuple[int, int]]:
        return list(struct.iter_unpack("<II", self._machine.read(at, 8 * count)))

    def _read(self, number: int, at: int, count: int, told: int) -> int:
        left, total = self._open[number], 0
        for place, size in self._vectors(at, count):
            part, left[0] = left[0][:size], left[0][size:]
            if part:
                self._machine.uc.mem_write(place, part)
            total += len(part)
        self._machine.uc.mem_write(told, struct.pack("<I", total))
        return 0

    def _write(self, at: int, count: int, told: int) -> int:
        total = 0
        for place, size in self._vectors(at, count):
            if size:
                self.output += self._machine.read(place, size).decode(errors="replace")
            total += size
        self._machine.uc.mem_write(told, struct.pack("<I", total))
        return 0
