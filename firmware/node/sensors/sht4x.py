"""Sensirion SHT40, SHT41, SHT45: temperature and humidity over I2C (data sheet of March 2022).

    T  = -45 + 175 * raw / 65535  °C          RH = -6 + 125 * raw / 65535  %

Both are computed in integers, to 0.01, rounded to nearest with halves up. Each 16-bit word is
followed by its CRC-8 (polynomial 0x31, start 0xFF); a wrong one is an OSError, like no answer.
"""

from cargoseal_wire.constants import HUMIDITY, TEMPERATURE

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    class Bus(Protocol):
        """What is used of machine.I2C."""

        def writeto(self, __address: int, __data: bytes) -> int | None: ...
        def readfrom(self, __address: int, __size: int) -> bytes: ...


ADDRESS = 0x44
_MEASURE_PRECISELY = b"\xfd"
_EIO = 5


class Sht4x:
    """One part on a bus."""

    channels: tuple[int, ...] = (TEMPERATURE, HUMIDITY)
    settle_ms = 10  # 8.3 ms at most, data sheet table 5

    def __init__(self, bus: "Bus", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address

    def start(self) -> None:
        self._bus.writeto(self._address, _MEASURE_PRECISELY)

    def read(self) -> dict[int, int]:
        """{TEMPERATURE: 0.01 °C, HUMIDITY: 0.01 %RH}; humidity is cut to 0 … 100 %."""
        data = self._bus.readfrom(self._address, 6)
        temperature = _scaled(_word(data, 0), 17500) - 4500
        humidity = _scaled(_word(data, 3), 12500) - 600
        return {TEMPERATURE: temperature, HUMIDITY: max(0, min(10000, humidity))}


def crc8(data: bytes) -> int:
    """The check byte that Sensirion appends to a word."""
    crc = 0xFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x31 if crc & 0x80 else crc << 1) & 0xFF
    return crc


def _word(data: bytes, at: int) -> int:
    if len(data) < at + 3 or crc8(data[at : at + 2]) != data[at + 2]:
        raise OSError(_EIO)
    return data[at] << 8 | data[at + 1]


def _scaled(raw: int, span: int) -> int:
    return (2 * raw * span + 65535) // 131070
