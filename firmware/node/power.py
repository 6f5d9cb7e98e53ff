"""When a node sleeps, and what of it goes through the chip's RTC memory (2,048 bytes).

    Retained (clock, sensors, alarms) | counters, flags, uploads, CRC-32 | open window, CRC-32

Rules
1. Without `upload_ms` the node never sleeps: its radio is always on. With it the chip is in deep
   sleep between its steps and starts anew at each. What is durable (spool, counters, key) is in
   flash; what is in RTC memory is gone with the power, and the node then is as after any power cut.
2. The radio is on when something waits to be sent and `upload_ms` have passed since it was last
   tried, or at once when something urgent waits. It is tried for AWAKE_MS; what could not be sent
   by then waits for the next time, an alarm for RETRY_MS.
3. A sleep loses nothing: a node with a closed window in RAM, a conversion or a search under way
   stays awake, and an open window that does not fit is sealed before (openwindow).
4. The record is taken once: whoever takes it clears it. Counters go on where they were only when
   NVS says what it said before the sleep; otherwise a block is skipped, as after a power cut. So a
   record that is taken twice, or of another life, never makes a counter repeat.
"""

import binascii
import struct

from node import openwindow, retained

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.reading import Reading
    from node.retained import Retained
    from node.window import Window

MEMORY_BYTES = 2048
AWAKE_MS = 60000
RETRY_MS = 300000
SHORTEST_MS = 3000  # a sleep below that costs more than it saves: the start takes as long
# counter, reserved, power cycle; flags and dropped readings of the next segment; next upload, next
# try for an alarm
_STATE = ">QQIIIqq"
_STATE_BYTES = struct.calcsize(_STATE) + 4


class DutyCycle:
    """When the radio is on; times are uptimes in ms."""

    def __init__(self, upload_ms: int, next_upload: int = 0, next_alarm: int = 0) -> None:
        """`upload_ms` 0: always."""
        self.upload_ms = upload_ms
        self.next_upload = next_upload
        self.next_alarm = next_alarm
        self._until: int | None = None

    def radio(self, now: int, pending: int, urgent: bool) -> bool:
        """Whether the radio is to be on, with so many segments to send (rule 2)."""
        if not self.upload_ms:
            return True
        if self._until is None:
            if not pending or now < self.due(urgent):
                return False
            self._until = now + AWAKE_MS
        elif not pending or now >= self._until:
            self._until = None
            self.next_upload = now + self.upload_ms
            self.next_alarm = now + RETRY_MS if pending else now
            return False
        return True

    def due(self, urgent: bool) -> int:
        """When the radio is switched on next for what waits."""
        return min(self.next_upload, self.next_alarm) if urgent else self.next_upload

    def sleep_ms(self, now: int, wake: int, pending: int, urgent: bool) -> int:
        """How long the chip may sleep, 0 when it must not; `wake` is when the sensors are due."""
        if not self.upload_ms or self._until is not None:
            return 0
        if pending:
            wake = min(wake, self.due(urgent))
        return wake - now if wake - now >= SHORTEST_MS else 0


class Held:
    """What a start finds of the life before the sleep."""

    def __init__(self, record: "Retained") -> None:
        self.record = record
        self.last_counter = 0
        self.reserved = 0
        self.boot = 0
        self.flags = 0
        self.dropped = 0
        self.next_upload = 0
        self.next_alarm = 0
        self.window: Window | None = None
        self.last_sound: Reading | None = None  # as Sampler.hold gives it

    def encode(self) -> bytes | None:
        """For RTC memory, None when the open window does not fit."""
        state = struct.pack(
            _STATE,
            self.last_counter,
            self.reserved,
            self.boot,
            self.flags,
            self.dropped,
            self.next_upload,
            self.next_alarm,
        )
        data = self.record.encode() + state + struct.pack(">I", binascii.crc32(state))
        if self.window is None:
            return data
        window = openwindow.encode(self.window, self.last_sound, MEMORY_BYTES - len(data))
        return None if window is None else data + window


def decode(data: bytes, timer_ms: int) -> Held | None:
    """What `encode` gave; None for anything that is short, damaged or of another life. Of a damaged
    window nothing goes on, as the readings around it are lost: rule 1."""
    record = retained.decode(data, timer_ms)
    begin, end = retained.BYTES, retained.BYTES + _STATE_BYTES
    if record is None or len(data) < end:
        return None
    state = data[begin : end - 4]
    if struct.unpack_from(">I", data, end - 4)[0] != binascii.crc32(state):
        return None
    opened = openwindow.decode(data[end:])
    if opened is None:
        return None
    held = Held(record)
    (
        held.last_counter,
        held.reserved,
        held.boot,
        held.flags,
        held.dropped,
        held.next_upload,
        held.next_alarm,
    ) = struct.unpack(_STATE, state)
    held.window, held.last_sound = opened
    return held
