"""Sealed segments on flash, until a receipt says that the gateway keeps them.

Rules
1. A segment is in the spool when `append` returned: it survives a power cut from then on. A cut at
   any byte before leaves either the whole record or none.
2. Only a receipt frees a segment; an acknowledgement by the broker frees nothing.
3. The newest segment's record stays, freed or not: the next statement names its seal.
4. The oldest is dropped last: when space is short, first the files of which half or more is freed
   already are written again without that, so that nothing is lost for space nobody needs. Then the
   oldest segments that are not urgent go, then the oldest urgent ones. Urgent records that share a
   file with what goes are copied on before; a copy that a power cut leaves twice is one segment.
5. What is dropped is counted in `dropped`, and noted on flash before it goes; `told` is how much of
   that a statement of an earlier start has said. The next statement says the rest.
6. RAM for a waiting segment is seven bytes, whatever its size; the rest is a constant per file.
"""

import struct

from cargoseal_wire.constants import NO_SEGMENT
from cargoseal_wire.errors import WireError
from cargoseal_wire.segment import decode_segment, seal_digest
from node import logfile, record
from node.log import FILE_BYTES, Log, blocks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_wire.receipt import Receipt
    from node.logfile import LogFile
    from node.parts import Flash


class Entry:
    """A segment in the spool, as it was when asked for. `again`: it may have been sent before."""

    def __init__(self, file: "LogFile", at: int) -> None:
        state = file.state(at)
        self.counter = file.counter(at)
        self.urgent = bool(state & logfile.URGENT)
        self.again = bool(state & logfile.SENT)


class Spool:
    """The segments of one node. `now` is uptime, kept by whoever steps the node."""

    def __init__(self, flash: "Flash", capacity: int) -> None:
        """Recovers what is there. `capacity` in bytes, at least four files' worth."""
        if capacity < 4 * FILE_BYTES:
            raise ValueError(f"spool: expected at least {4 * FILE_BYTES} bytes, got {capacity}")
        self._log = Log(flash)
        self._capacity = capacity
        self._newest: LogFile | None = None  # the file with the newest segment
        self._newest_at = 0
        self._noted: LogFile | None = None  # the file with a loss that is yet to be told
        self._noted_for = 0  # the segment that room was made for then
        self.now = 0
        self.dropped = 0
        self.told = 0
        self.last_digest = NO_SEGMENT
        self._recover()

    def last_counter(self) -> int:
        """The highest counter that is or was in the spool, 0 for none."""
        return 0 if self._newest is None else self._newest.counter(self._newest_at)

    def entries(self) -> list[Entry]:
        """What no receipt covers yet, in order of counters: for looking at, not for a step."""
        files = self._log.in_order()
        found = [Entry(file, at) for file in files for at in file.pending_indices()]
        return sorted(found, key=lambda entry: entry.counter)

    def pending(self) -> int:
        return sum([file.pending for file in self._log.files.values()])

    def oldest_ms(self) -> int | None:
        """For how long the oldest file with a pending segment has been there, since this start at
        least; None when nothing is pending."""
        since = [file.since for file in self._log.files.values() if file.pending]
        return self.now - min(since) if since else None

    def used_bytes(self) -> int:
        """Flash taken, in whole blocks."""
        return self._log.used_bytes()

    def written_bytes(self) -> int:
        """Bytes handed to flash since the start: records, notes, and what was copied on."""
        return self._log.written_bytes

    def damaged_bytes(self) -> int:
        """Bytes found at the start that are no record."""
        return self._log.damaged_bytes

    def next_to_send(self) -> Entry | None:
        """The urgent segment with the lowest counter that is due, else the lowest of all; None
        when each is in the air or waits."""
        for file in self._log.files.values():
            file.tick(self.now)
        for urgent in (True, False):
            best, best_at = None, -1
            for file in self._log.files.values():
                at = file.first_due(urgent)
                if at >= 0 and (best is None or file.counter(at) < best.counter(best_at)):
                    best, best_at = file, at
            if best is not None:
                return Entry(best, best_at)
        return None

    def next_time(self) -> int | None:
        """When the next segment is due: 0 for already, None when none will be."""
        times = [file.next_time() for file in self._log.files.values()]
        known = [time for time in times if time is not None]
        return min(known) if known else None

    def launch(self, counter: int) -> None:
        """The segment was sent on this connection."""
        file, at = self._log.find(counter)
        if file is not None:
            file.mark(at, file.state(at) | logfile.FLYING | logfile.SENT)

    def land(self, counter: int) -> None:
        """Its connection broke: it is due again."""
        file, at = self._log.find(counter)
        if file is not None:
            file.mark(at, file.state(at) & ~logfile.FLYING)

    def wait(self, counter: int, period_ms: int) -> None:
        """It is due again after this period, doubled for each time that it has waited before."""
        file, at = self._log.find(counter)
        if file is not None:
            file.wait(at, self.now, period_ms)

    def append(self, counter: int, urgent: bool, data: bytes, digest: bytes) -> None:
        """Keeps a segment; `digest` is its seal's. OSError when it could not be written: it is
        then not in the spool, and the same segment may be appended again."""
        self._make_room(counter, len(data) + record.OVERHEAD_BYTES)
        kind = record.URGENT if urgent else record.PLAIN
        self._newest = self._log.write(kind, counter, data, self.now)
        self._newest_at = self._newest.count() - 1
        self.last_digest = digest
        if counter > self._noted_for:
            self._noted = None
        self._remove_empty_files()

    def read(self, counter: int) -> bytes:
        """A pending segment's bytes. OSError when flash fails or gives other bytes back."""
        file, at = self._log.find(counter)
        if file is None:
            raise OSError(2)  # ENOENT
        return self._log.read(file, at)

    def release(self, receipt: "Receipt") -> int:
        """Forgets what the receipt covers; how many segments that were."""
        freed = sum([file.release(receipt) for file in self._log.files.values()])
        if freed:
            self._remove_empty_files()
        return freed

    def _recover(self) -> None:
        notes = self._log.recover()
        for file in self._log.in_order():
            for at in file.pending_indices():
                counter = file.counter(at)
                if counter <= self.last_counter():  # perhaps copied on
                    earlier, place = self._log.find(counter)
                    if earlier is not None and earlier is not file:
                        earlier.mark(place, earlier.state(place) | logfile.FREED)
                if counter >= self.last_counter():
                    self._newest, self._newest_at = file, at
        for file, counter, body in notes:
            self._noted, self._noted_for = file, counter
            self.dropped = struct.unpack(">I", body)[0]
        if self.last_counter() > self._noted_for:
            self._noted = None
            self.told = self.dropped
        if self._newest is not None:
            newest = self._log.read(self._newest, self._newest_at)
            try:
                self.last_digest = seal_digest(decode_segment(newest).seal)
            except WireError:
                self._log.damaged_bytes += len(newest)
        self._remove_empty_files()

    def _make_room(self, counter: int, size: int) -> None:
        """Rule 4. A file's worth stays free: what copying on needs before its source goes."""
        need = blocks(size) + FILE_BYTES
        while self._log.used_bytes() + need > self._capacity:
            file = self._half_freed()
            if file is not None:
                self._copy_on(file, file.pending_indices())
                self._log.remove(file)
                continue
            file = self._victim(True) or self._victim(False)
            if file is None:
                return
            self._drop(file, counter)

    def _removable(self) -> "list[LogFile]":
        """The files that may go, oldest first: all but those with the newest segment or a note."""
        return [f for f in self._log.in_order() if f is not self._newest and f is not self._noted]

    def _half_freed(self) -> "LogFile | None":
        for file in self._removable():
            if file.pending and not self._log.is_active(file):
                if 2 * file.pending_bytes() <= file.size:
                    return file
        return None

    def _victim(self, spare_urgent: bool) -> "LogFile | None":
        """The oldest file with a segment to drop."""
        for file in self._removable():
            for at in file.pending_indices():
                if not (spare_urgent and file.state(at) & logfile.URGENT):
                    return file
        return None

    def _drop(self, file: "LogFile", counter: int) -> None:
        """Drops a file's segments; urgent ones are copied on when others can be dropped."""
        inside = file.pending_indices()
        spare = [at for at in inside if file.state(at) & logfile.URGENT]
        if len(spare) == len(inside):
            spare = []
        if self._log.is_active(file):
            self._log.close()
        lost = len(inside) - len(spare)
        note = struct.pack(">I", self.dropped + lost)
        self._noted = self._log.write(record.LOSS, counter, note, self.now)
        self._noted_for = counter
        self._copy_on(file, spare)
        self.dropped += lost
        for at in file.pending_indices():
            file.mark(at, file.state(at) | logfile.FREED)
        self._log.remove(file)

    def _copy_on(self, file: "LogFile", places: list[int]) -> None:
        """Copies records on; one that flash does not give back any more is dropped."""
        for at in places:
            state = file.state(at)
            kind = record.URGENT if state & logfile.URGENT else record.PLAIN
            try:
                data = self._log.read(file, at)
            except OSError:
                data = b""
                self.dropped += 1
            if data:
                copy = self._log.write(kind, file.counter(at), data, file.since)
                copy.mark(copy.count() - 1, state & ~logfile.WAITING)
            file.mark(at, state | logfile.FREED)

    def _remove_empty_files(self) -> None:
        """Removes the files that hold nothing any more."""
        for file in self._removable():
            if not file.pending and not self._log.is_active(file):
                self._log.remove(file)
