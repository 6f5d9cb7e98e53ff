"""TI OPT3001: illuminance, which tells that a box was opened (data sheet SBOS681C, November 2017).

    lux = 0.01 * 2^exponent * mantissa          the result's bits 15-12 and 11-0

Rules
1. One conversion of 100 ms per reading, in the range that the part chooses by itself. That it has
   run is what the part says (conversion ready), so that a frozen part gives no number: in a closed
   box the number alone would stay at zero.
2. The settings are written with every start: a part that lost its power is as good as new.
3. Another part at the address or an exponent that does not exist is an OSError. Light beyond the
   range is told as the range's end: a box that stands open in the sun is no broken sensor.
4. Asleep, the part can watch by itself: `watch` lets it measure on and let INT go up from a level
   upwards, until `read` or `start`. INT is an open drain and low until then, so that both it and an
   accelerometer wake a chip by a high level: its pull-up must be large (470 kOhm: 7 uA).
"""

from cargoseal_wire.constants import LIGHT
from node.sensors.bus import EIO

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.sensors.bus import I2c

ADDRESS = 0x45  # ADDR at VDD; at GND it would be that of an SHT4x, 0x44
_RESULT, _CONFIGURATION, _LOW, _HIGH, _MAKER, _DEVICE = 0x00, 0x01, 0x02, 0x03, 0x7E, 0x7F
_TI, _OPT3001 = 0x5449, 0x3001
_ONE_SHOT = 0xC210  # range by itself, 100 ms, one conversion, interrupt stays until it is read
_WATCHING = 0xC418  # the same, again and again; INT is high at the event
_OVERFLOW, _READY = 0x0100, 0x0080
_MOST_EXPONENT = 11
_FULL_SCALE = 838656  # in 0.1 lux
_NEVER_BELOW = 0x0000


class Opt3001:
    """One part on a bus."""

    channels: tuple[int, ...] = (LIGHT,)
    settle_ms = 125  # 110 ms at most, and 10 ms to choose the range

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address

    def start(self) -> None:
        if self._read(_MAKER) != _TI or self._read(_DEVICE) != _OPT3001:
            raise OSError(EIO)
        self._write(_CONFIGURATION, _ONE_SHOT)

    def read(self) -> dict[int, int]:
        """{LIGHT: 0.1 lux}, rounded to nearest."""
        state = self._read(_CONFIGURATION)
        if not state & _READY:
            raise OSError(EIO)
        result = self._read(_RESULT)
        if result >> 12 > _MOST_EXPONENT:
            raise OSError(EIO)
        if state & _OVERFLOW:
            return {LIGHT: _FULL_SCALE}
        hundredths = (result & 0xFFF) << (result >> 12)
        return {LIGHT: (hundredths + 5) // 10}

    def watch(self, lux: int) -> None:
        """Measures on by itself, and lets INT stay high once it was at `lux` or above."""
        hundredths = max(0, lux * 100 - 1)
        exponent = 0
        while hundredths >> exponent > 0xFFF and exponent < _MOST_EXPONENT:
            exponent += 1
        self._write(_LOW, _NEVER_BELOW)
        self._write(_HIGH, exponent << 12 | min(0xFFF, hundredths >> exponent))
        self._write(_CONFIGURATION, _WATCHING)

    def _read(self, register: int) -> int:
        data = self._bus.readfrom_mem(self._address, register, 2)
        return data[0] << 8 | data[1]

    def _write(self, register: int, value: int) -> None:
        self._bus.writeto_mem(self._address, register, bytes((value >> 8, value & 255)))
