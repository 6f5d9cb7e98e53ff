"""Log files `<number>.log` on a flash, with an index of them in RAM.

Rules
1. Only appending and removing whole files. A record is there when `write` returned.
2. A file whose end is not known is never appended to again: one that a power cut may have torn, one
   whose append failed. A file that was found whole is filled further.
3. Every record's check sum is tested again when it is read.
"""

from node import record
from node.logfile import SENT, URGENT, LogFile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.parts import Flash

FILE_BYTES = 8192
BLOCK_BYTES = 4096  # what a file's size is rounded up to on LittleFS
_SUFFIX = ".log"


class Log:
    """The files by number; `active` is the one being filled."""

    def __init__(self, flash: "Flash") -> None:
        self._flash = flash
        self._active: LogFile | None = None
        self.files: dict[int, LogFile] = {}
        self.damaged_bytes = 0
        self.written_bytes = 0

    def recover(self) -> list[tuple[LogFile, int, bytes]]:
        """Indexes what is there, as sent before; (file, counter, body) of each note."""
        notes = []
        for name in self._flash.names():
            number = _number(name)
            if number is None:
                continue
            file = self.files[number] = LogFile(number, 0)
            data = self._flash.read(name)
            file.size = len(data)
            found, damaged = record.scan(data)
            self.damaged_bytes += damaged
            for kind, counter, offset in found:
                if kind == record.LOSS:
                    notes.append((file, counter, record.body(data, counter, offset) or b""))
                else:
                    file.add(counter, SENT | _state(kind), offset)
            self._active = None if damaged else file
        return notes

    def find(self, counter: int) -> tuple[LogFile | None, int]:
        """(file, index) of a pending segment; the file is None when there is none."""
        for file in self.files.values():
            at = file.find(counter)
            if at >= 0:
                return file, at
        return None, -1

    def in_order(self) -> list[LogFile]:
        """The files, oldest first."""
        return [self.files[number] for number in sorted(self.files)]

    def used_bytes(self) -> int:
        """Flash taken, in whole blocks."""
        return sum([blocks(file.size) for file in self.files.values()])

    def is_active(self, file: LogFile) -> bool:
        return file is self._active

    def close(self) -> None:
        """What is written next begins a file."""
        self._active = None

    def write(self, kind: int, counter: int, body: bytes, now: int) -> LogFile:
        """Appends one record to the active file, opening the next when that one is full; `now` is
        uptime. OSError when it could not be written."""
        packed = record.encode(kind, counter, body)
        file = self._active
        if file is None or file.size + len(packed) > FILE_BYTES:
            file = LogFile(max(self.files) + 1 if self.files else 1, now)
            self.files[file.number] = self._active = file
        offset = file.size
        file.size = offset + len(packed)  # at most, when the append fails: its end is unknown then
        try:
            self._flash.append(_name(file.number), packed)
        except OSError:
            self._active = None
            raise
        self.written_bytes += len(packed)
        if kind != record.LOSS:
            file.add(counter, _state(kind), offset)
        return file

    def read(self, file: LogFile, at: int) -> bytes:
        """A record's body. OSError when flash fails or gives other bytes back."""
        offset, size = file.place(at)
        body = record.body(self._flash.read_at(_name(file.number), offset, size), file.counter(at))
        if body is None:
            raise OSError(5)  # EIO
        return body

    def remove(self, file: LogFile) -> None:
        """A file that cannot be removed now stays counted and is tried again later."""
        if file is self._active:
            self._active = None
        try:
            self._flash.remove(_name(file.number))
        except OSError:
            return
        del self.files[file.number]


def blocks(size: int) -> int:
    """Bytes of flash that a file of this size takes."""
    return max(1, (size + BLOCK_BYTES - 1) // BLOCK_BYTES) * BLOCK_BYTES


def room(capacity: int, segment_bytes: int) -> int:
    """How many segments of this size a spool of `capacity` bytes keeps before it drops one."""
    size = segment_bytes + record.OVERHEAD_BYTES
    each = FILE_BYTES // size
    most = capacity - FILE_BYTES - blocks(size)  # may be taken already when one comes
    files, rest = divmod(most, blocks(each * size))
    return files * each + rest // size


def _state(kind: int) -> int:
    return URGENT if kind == record.URGENT else 0


def _name(file: int) -> str:
    return f"{file:08d}" + _SUFFIX


def _number(name: str) -> int | None:
    digits = name[: -len(_SUFFIX)]
    if name[-len(_SUFFIX) :] != _SUFFIX or not digits.isdigit():
        return None
    return int(digits)
