"""Sealed segments on flash, until a receipt says that the gateway keeps them.

Rules
1. A segment is in the spool when `append` returned: it survives a power cut from then on. A cut at
   any byte before leaves either the whole record or none.
2. Only appending and removing whole files: a file that a power cut may have torn, and one whose
   append failed, is never appended to again.
3. Only a receipt frees a segment; an acknowledgement by the broker frees nothing.
4. The newest segment's record stays, freed or not: the next statement names its seal.
5. When space is short, the oldest segments that are not urgent go first, then the oldest urgent
   ones; each is counted in `dropped`. Urgent records that share a file with them are copied on
   before that file goes; a copy that a power cut leaves twice is one segment.
"""

from cargoseal_wire.constants import NO_SEGMENT
from cargoseal_wire.errors import WireError
from cargoseal_wire.segment import decode_segment, seal_digest
from node import record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_wire.receipt import Receipt
    from node.parts import Flash

FILE_BYTES = 8192
BLOCK_BYTES = 4096  # what a file's size is rounded up to on LittleFS
_SUFFIX = ".log"


class Entry:
    """One segment in the spool. `tries`, `packet_id` and `not_before` belong to the uplink;
    `recovered` says that an earlier start may have sent it."""

    def __init__(
        self, counter: int, kind: int, file: int, offset: int, size: int, recovered: bool
    ) -> None:
        self.counter = counter
        self.urgent = kind == record.URGENT
        self.file = file
        self.offset = offset
        self.size = size
        self.recovered = recovered
        self.tries = 0
        self.packet_id = 0
        self.not_before = 0


class Spool:
    """Log files `<number>.log` on a flash."""

    def __init__(self, flash: "Flash", capacity: int) -> None:
        """Recovers what is there. `capacity` in bytes, at least four files' worth."""
        if capacity < 4 * FILE_BYTES:
            raise ValueError(f"spool: expected at least {4 * FILE_BYTES} bytes, got {capacity}")
        self._flash = flash
        self._capacity = capacity
        self._entries: dict[int, Entry] = {}  # by counter
        self._sizes: dict[int, int] = {}  # file -> bytes
        self._active: int | None = None
        self._newest: Entry | None = None
        self.dropped = 0
        self.damaged_bytes = 0
        self.last_digest = NO_SEGMENT
        self._recover()

    def last_counter(self) -> int:
        """The highest counter that is or was in the spool, 0 for none."""
        return 0 if self._newest is None else self._newest.counter

    def entries(self) -> list[Entry]:
        """What no receipt covers yet, in order of counters."""
        return [self._entries[counter] for counter in sorted(self._entries)]

    def holds(self, counter: int) -> bool:
        return counter in self._entries

    def next_to_send(self, now: int) -> Entry | None:
        """The urgent segment with the lowest counter that may be sent now, else the lowest of
        all; None when each is in flight or waits."""
        best = None
        for entry in self._entries.values():
            if entry.packet_id or entry.not_before > now:
                continue
            if best is None or (entry.urgent and not best.urgent):
                best = entry
            elif entry.urgent == best.urgent and entry.counter < best.counter:
                best = entry
        return best

    def next_time(self) -> int | None:
        """The earliest `not_before` of those that are not in flight; None when there are none."""
        times = [entry.not_before for entry in self._entries.values() if not entry.packet_id]
        return min(times) if times else None

    def pending(self) -> int:
        return len(self._entries)

    def used_bytes(self) -> int:
        """Flash taken, in whole blocks."""
        return sum([_blocks(size) for size in self._sizes.values()])

    def append(self, counter: int, urgent: bool, data: bytes, digest: bytes) -> None:
        """Keeps a segment; `digest` is its seal's. OSError when it could not be written: it is
        then not in the spool, and the same segment may be appended again."""
        self._make_room(len(data) + record.OVERHEAD_BYTES)
        kind = record.URGENT if urgent else record.PLAIN
        entry = self._write(counter, kind, data)
        self._entries[counter] = entry
        self._newest = entry
        self.last_digest = digest
        self._remove_empty_files()

    def read(self, entry: Entry) -> bytes:
        """The segment's bytes. OSError when flash fails."""
        return self._flash.read_at(_name(entry.file), entry.offset, entry.size)

    def release(self, receipt: "Receipt") -> int:
        """Forgets what the receipt covers; how many segments that were."""
        covered = [counter for counter in self._entries if receipt.covers(counter)]
        for counter in covered:
            del self._entries[counter]
        if covered:
            self._remove_empty_files()
        return len(covered)

    def _recover(self) -> None:
        for name in self._flash.names():
            number = _number(name)
            if number is None:
                continue
            data = self._flash.read(name)
            self._sizes[number] = len(data)
            found, damaged = record.scan(data)
            self.damaged_bytes += damaged
            for kind, counter, offset, size in found:
                entry = Entry(counter, kind, number, offset, size, True)
                self._entries[counter] = entry
                if self._newest is None or counter >= self._newest.counter:
                    self._newest = entry
        if self._newest is not None:
            self._recover_digest(self._newest)
        self._remove_empty_files()

    def _recover_digest(self, entry: Entry) -> None:
        try:
            self.last_digest = seal_digest(decode_segment(self.read(entry)).seal)
        except WireError:
            self.damaged_bytes += entry.size

    def _write(self, counter: int, kind: int, data: bytes) -> Entry:
        """Appends one record to the active file, opening the next file when that one is full."""
        packed = record.encode(kind, counter, data)
        if self._active is None or self._sizes[self._active] + len(packed) > FILE_BYTES:
            self._active = max(self._sizes) + 1 if self._sizes else 1
            self._sizes[self._active] = 0
        file = self._active
        at = self._sizes[file]
        try:
            self._flash.append(_name(file), packed)
        except OSError:
            self._sizes[file] = at + len(packed)  # at most; its end is unknown
            self._active = None
            raise
        self._sizes[file] = at + len(packed)
        return Entry(counter, kind, file, at + record.HEADER_BYTES, len(data), False)

    def _make_room(self, size: int) -> None:
        """Rule 5."""
        need = _blocks(size) + BLOCK_BYTES
        while self.used_bytes() + need > self._capacity:
            victim = self._victim(True)
            if victim is None:
                victim = self._victim(False)
            if victim is None:
                return
            self._drop(victim)

    def _victim(self, spare_urgent: bool) -> int | None:
        """The oldest file that may go: one with a segment to drop, not the newest's."""
        for file in sorted(self._sizes):
            if self._newest is not None and file == self._newest.file:
                continue
            for entry in self._entries.values():
                if entry.file == file and not (spare_urgent and entry.urgent):
                    return file
        return None

    def _drop(self, file: int) -> None:
        """Drops a file's segments; urgent ones are copied on when others can be dropped."""
        inside = [entry for entry in self.entries() if entry.file == file]
        spare = [entry for entry in inside if entry.urgent]
        if len(spare) == len(inside):
            spare = []
        if file == self._active:
            self._active = None
        for entry in spare:
            copy = self._write(entry.counter, record.URGENT, self.read(entry))
            entry.file, entry.offset = copy.file, copy.offset
        for entry in inside:
            if entry not in spare:
                del self._entries[entry.counter]
                self.dropped += 1
        self._remove(file)

    def _remove_empty_files(self) -> None:
        """Removes the files that hold neither a pending segment nor the newest."""
        kept = {entry.file for entry in self._entries.values()}
        if self._newest is not None:
            kept.add(self._newest.file)
        if self._active is not None:
            kept.add(self._active)
        for file in [file for file in self._sizes if file not in kept]:
            self._remove(file)

    def _remove(self, file: int) -> None:
        """A file that cannot be removed now stays counted and is tried again later."""
        try:
            self._flash.remove(_name(file))
        except OSError:
            return
        del self._sizes[file]


def _blocks(size: int) -> int:
    return max(1, (size + BLOCK_BYTES - 1) // BLOCK_BYTES) * BLOCK_BYTES


def _name(file: int) -> str:
    return f"{file:08d}" + _SUFFIX


def _number(name: str) -> int | None:
    digits = name[: -len(_SUFFIX)]
    if name[-len(_SUFFIX) :] != _SUFFIX or not digits.isdigit():
        return None
    return int(digits)
