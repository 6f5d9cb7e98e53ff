"""Sensirion SHT40, SHT41, SHT45: temperature and humidity over I2C (data sheet SHT4x, version 6.6).

    T  = -45 + 175 * raw / 65535  °C          RH = -6 + 125 * raw / 65535  %

Rules
1. Both are computed in integers, to 0.01, rounded to nearest with halves up. Humidity is cut to
   0 … 100 %, as the data sheet asks for (section 4.6).
2. Each 16-bit word is followed by its CRC-8; a wrong one is an OSError, like no answer. The part
   does not acknowledge a read before it has measured.
3. A temperature outside of -40 … 125 °C, or eight times the very same pair of words, is an OSError:
   repeatability alone (0.04 °C are 15 steps) changes the words from one reading to the next.
4. The heater is for decondensation and for seeing that a part lives; while it runs the part answers
   nothing else, and it is to be on for less than a tenth of the time (section 4.9). What a part
   says in the minute after is warm, and `read` does not know that.
"""

from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from node.sensors.bus import EIO, Frozen, crc8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.sensors.bus import I2c

ADDRESS = 0x44  # types -A; -B: 0x45, -C: 0x46
HEATED_MS = 120  # the heater's pulse is 0.1 s, 0.11 s at most
_MEASURE_PRECISELY = b"\xfd"
_HEAT = b"\x15"  # 20 mW for 0.1 s, then one precise measurement
_SERIAL = b"\x89"
_RESET = b"\x94"
_POLYNOMIAL = 0x31
_COLDEST, _HOTTEST = -4000, 12500
_SAME = 8


class Sht4x:
    """One part on a bus."""

    channels: tuple[int, ...] = (TEMPERATURE, HUMIDITY)
    settle_ms = 10  # 8.3 ms at most, data sheet table 5

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address
        self._frozen = Frozen(_SAME)

    def start(self) -> None:
        self._bus.writeto(self._address, _MEASURE_PRECISELY)

    def read(self) -> dict[int, int]:
        """{TEMPERATURE: 0.01 °C, HUMIDITY: 0.01 %RH}."""
        words = self._words()
        temperature = _scaled(words[0], 17500) - 4500
        humidity = _scaled(words[1], 12500) - 600
        if not _COLDEST <= temperature <= _HOTTEST:
            raise OSError(EIO)
        self._frozen.check(words)
        return {TEMPERATURE: temperature, HUMIDITY: max(0, min(10000, humidity))}

    def ask_serial(self) -> None:
        """Asks for the serial number, which `serial` reads a millisecond later."""
        self._bus.writeto(self._address, _SERIAL)

    def serial(self) -> int:
        """The part's serial number, 32 bits."""
        high, low = self._words()
        return high << 16 | low

    def heat(self) -> None:
        """Starts the least of the heater's pulses; `read` after HEATED_MS tells how warm it got."""
        self._bus.writeto(self._address, _HEAT)

    def reset(self) -> None:
        """As after power-on, within a millisecond; ends a measurement, but no heating."""
        self._bus.writeto(self._address, _RESET)

    def _words(self) -> tuple[int, int]:
        data = self._bus.readfrom(self._address, 6)
        return _word(data, 0), _word(data, 3)


def _word(data: bytes, at: int) -> int:
    if len(data) < at + 3 or crc8(data[at : at + 2], _POLYNOMIAL) != data[at + 2]:
        raise OSError(EIO)
    return data[at] << 8 | data[at + 1]


def _scaled(raw: int, span: int) -> int:
    return (2 * raw * span + 65535) // 131070
