"""Analog Devices (Maxim) DS3231: a clock with a battery of its own over I2C (data sheet 19-5170,
Rev. 10, March 2015).

Rules
1. It is read as time only when it was set by this driver and has run ever since (oscillator stop
   flag). When and how well it was set stands in its alarm registers, with a check byte: they are
   kept by the same battery and used for nothing else. Without that note the time is anybody's.
2. Accuracy: 3.5 ppm from -40 to 85 °C and 1 ppm of ageing in the first year, told as 5 ppm since
   it was set. It counts whole seconds: half of one is added on reading, and one on setting.
3. It always runs in 24 hours, and in this century.
"""

from node.calendar import date_of, unix_s
from node.sensors.bus import crc8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.sensors.bus import I2c

ADDRESS = 0x68
PPM = 5
_TIME, _NOTE, _CONTROL, _STATUS = 0x00, 0x07, 0x0E, 0x0F
_NO_ALARMS = 0x04  # INTCN alone: the pin is the alarms', and they are off
_STOPPED = 0x80
_SET_ERROR_MS, _READ_ERROR_MS = 1000, 500
_POLYNOMIAL = 0x31


class Ds3231:
    """One part on a bus."""

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address

    def read(self) -> tuple[int, int] | None:
        """(Unix ms, error bound in ms), None when it has no time to tell: rule 1, or a date that
        does not exist or lies before its setting. OSError when the part does not answer."""
        if self._read(_STATUS, 1)[0] & _STOPPED:
            return None
        data = self._read(_TIME, 14)
        note = data[_NOTE:]
        if crc8(note[:6], _POLYNOMIAL) != note[6]:
            return None
        set_s = int.from_bytes(note[:4], "big")
        error_ms = int.from_bytes(note[4:6], "big")
        now_s = _seconds(data)
        if now_s is None or now_s < set_s:
            return None
        drift_ms = -(-(now_s - set_s) * PPM // 1000)
        return now_s * 1000 + _READ_ERROR_MS, error_ms + drift_ms + _READ_ERROR_MS

    def set(self, wall_ms: int, error_ms: int) -> None:
        """Sets it to a time that is right to `error_ms`."""
        now_s = wall_ms // 1000
        bound_ms = error_ms + _SET_ERROR_MS
        year, month, day, hour, minute, second = date_of(now_s)
        fields = (second, minute, hour, 1, day, month, year % 100)
        self._write(_NOTE, bytes(7))  # no note, until all the rest is there
        self._write(_CONTROL, bytes((_NO_ALARMS,)))
        self._write(_TIME, bytes([value // 10 << 4 | value % 10 for value in fields]))
        if bound_ms < 1 << 16:  # a time worse than that is not told as one
            note = now_s.to_bytes(4, "big") + bound_ms.to_bytes(2, "big")
            self._write(_NOTE, note + bytes((crc8(note, _POLYNOMIAL),)))
        self._write(_STATUS, b"\x00")

    def _read(self, register: int, size: int) -> bytes:
        return self._bus.readfrom_mem(self._address, register, size)

    def _write(self, register: int, data: bytes) -> None:
        self._bus.writeto_mem(self._address, register, data)


def _seconds(data: bytes) -> int | None:
    """Unix time of the first seven registers, None for a date that does not exist."""
    digits = [data[0], data[1], data[2] & 0x3F, 0, data[4], data[5] & 0x7F, data[6]]
    if data[2] & 0x40 or max([value & 0x0F for value in digits]) > 9:
        return None
    second, minute, hour, _, day, month, year = [(v >> 4) * 10 + (v & 0x0F) for v in digits]
    try:
        return unix_s(2000 + year, month, day, hour, minute, second)
    except ValueError:
        return None
