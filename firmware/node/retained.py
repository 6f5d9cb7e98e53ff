"""What clock, sensors and alarms keep over deep sleep: one record for the chip's RTC memory.

    magic 2, version 1, length 1, fields, CRC-32 of all before it: 59 bytes of the 2,048

Rules
1. The record is written right before the chip sleeps, and taken once: whoever takes it clears it.
2. One that is short, of another version or damaged is as good as none: the node starts as after a
   power cut, without a clock. RTC memory is lost with the power, so that this is the common case.
3. `timer_ms` is the chip's own clock. Only its difference over the sleep is used, in which nobody
   sets it: it does not matter from when it counts. A timer that went back means that the record is
   of another life.
4. Uptime goes on over a sleep as if the chip had been awake, so that within one power cycle of the
   sensors it never goes back.
"""

import binascii
import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.clock import WallClock

_MAGIC = b"cS"
_VERSION = 1
_HEAD = ">2sBB"
# uptime, timer; wall clock, its source and error; next sample; battery level; lasting alarms;
# next search of the sky, searches in a row that found nothing
_FIELDS = ">qqqBIqBIqB"
BYTES = struct.calcsize(_HEAD) + struct.calcsize(_FIELDS) + 4


class Retained:
    """The fields of one record; times are uptimes in ms unless said otherwise."""

    def __init__(self) -> None:
        self.uptime_ms = 0
        self.timer_ms = 0
        self.wall_ms = 0
        self.clock_source = 0
        self.clock_error_ms = 0
        self.sample_at = 0
        self.battery_level = 0
        self.alarms = 0
        self.search_at = 0
        self.searches_failed = 0

    def hold_clock(self, clock: "WallClock", now: int, timer_ms: int) -> None:
        """Notes what the clock says at `now`, when the chip's timer says `timer_ms`."""
        wall_ms, self.clock_source, self.clock_error_ms = clock.stamp(now)
        self.wall_ms = 0 if wall_ms is None else wall_ms
        self.uptime_ms = now
        self.timer_ms = timer_ms

    def wake_clock(self, clock: "WallClock", timer_ms: int, sleep_ppm: int) -> int:
        """Sets the clock as it is after the sleep; the uptime that it is now."""
        now = self.uptime_ms + timer_ms - self.timer_ms
        if self.clock_source:
            clock.set(self.wall_ms, self.uptime_ms, self.clock_source, self.clock_error_ms)
            clock.slept(self.uptime_ms, now, sleep_ppm)
        return now

    def encode(self) -> bytes:
        fields = struct.pack(
            _FIELDS,
            self.uptime_ms,
            self.timer_ms,
            self.wall_ms,
            self.clock_source,
            self.clock_error_ms,
            self.sample_at,
            self.battery_level,
            self.alarms,
            self.search_at,
            min(self.searches_failed, 255),
        )
        record = struct.pack(_HEAD, _MAGIC, _VERSION, len(fields)) + fields
        return record + struct.pack(">I", binascii.crc32(record))


def decode(data: bytes, timer_ms: int) -> Retained | None:
    """The record at the beginning of RTC memory, None as in rules 2 and 3."""
    if len(data) < BYTES:
        return None
    record = data[: BYTES - 4]
    if struct.unpack_from(">I", data, BYTES - 4)[0] != binascii.crc32(record):
        return None
    if struct.unpack_from(_HEAD, record)[:2] != (_MAGIC, _VERSION):
        return None
    found = Retained()
    (
        found.uptime_ms,
        found.timer_ms,
        found.wall_ms,
        found.clock_source,
        found.clock_error_ms,
        found.sample_at,
        found.battery_level,
        found.alarms,
        found.search_at,
        found.searches_failed,
    ) = struct.unpack_from(_FIELDS, record, struct.calcsize(_HEAD))
    return None if found.timer_ms > timer_ms or found.uptime_ms < 0 else found
