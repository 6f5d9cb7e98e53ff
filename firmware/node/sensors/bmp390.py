"""Bosch BMP390: air pressure (data sheet BST-BMP390-DS002-07, revision 1.7, March 2021).

The data sheet's compensation (section 8.5 and 8.6) is a polynomial in real numbers whose
coefficients are integers over powers of two. It is evaluated here in exact integers: t_lin to
2^-32 °C, the pressure to 2^-16 Pa and rounded once, at the end.

Rules
1. One forced conversion per reading: pressure 8 times, temperature once oversampled (20 ms).
2. Settings are written with every start, so that a part that lost its power is as good as new. A
   result counts when the part says that both conversions are done.
3. The trimming coefficients are read once and again after every failure, and must fit their CRC-8
   (polynomial 0x1D, inverted at the end; not in the data sheet, but in Bosch's self-test).
4. Another part at the address, an error that the part reports, a pressure or temperature outside
   of its range (300 … 1250 hPa, -40 … 85 °C), and eight times the very same words are an OSError.
"""

import struct

from cargoseal_wire.constants import PRESSURE
from node.sensors.bus import EIO, Frozen, crc8

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.sensors.bus import I2c

ADDRESS = 0x77  # SDO high; low: 0x76
_CHIP_ID, _THIS_PART = 0x00, 0x60
_ERRORS = 0x02  # then status, and the data of pressure and temperature
_POWER, _OVERSAMPLING, _FILTER = 0x1B, 0x1C, 0x1F
_TRIM_CRC, _TRIM_BYTES = 0x30, 21  # 0x31 … 0x45 follow the CRC
_PRESSURE_8_TEMPERATURE_1 = 0x03
_FORCED = 0x13
_BOTH_READY = 0x60
_POLYNOMIAL = 0x1D
_LOWEST_PA, _HIGHEST_PA = 30000, 125000
_COLDEST, _HOTTEST = -40, 85
_SAME = 8


class Bmp390:
    """One part on a bus."""

    channels: tuple[int, ...] = (PRESSURE,)
    settle_ms = 30  # 19 ms typical (section 3.9.2); half as much again

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address
        self._trim: tuple[int, ...] | None = None
        self._frozen = Frozen(_SAME)

    def start(self) -> None:
        trim, self._trim = self._trim, None
        if self._bus.readfrom_mem(self._address, _CHIP_ID, 1)[0] != _THIS_PART:
            raise OSError(EIO)
        if trim is None:
            trim = self._read_trim()
        self._write(_OVERSAMPLING, _PRESSURE_8_TEMPERATURE_1)
        self._write(_FILTER, 0)
        self._write(_POWER, _FORCED)
        self._trim = trim

    def read(self) -> dict[int, int]:
        """{PRESSURE: 10 Pa}, rounded to nearest."""
        try:
            pascals = self._measured()
        except OSError:
            self._trim = None
            raise
        return {PRESSURE: (pascals + 5) // 10}

    def _measured(self) -> int:
        data = self._bus.readfrom_mem(self._address, _ERRORS, 8)
        trim = self._trim
        if trim is None or data[0] & 7 or data[1] & _BOTH_READY != _BOTH_READY:
            raise OSError(EIO)
        pressure = data[2] | data[3] << 8 | data[4] << 16
        temperature = data[5] | data[6] << 8 | data[7] << 16
        warmth = linear_temperature(trim, temperature)
        pascals = compensated(trim, warmth, pressure)
        warm = _COLDEST << 32 <= warmth <= _HOTTEST << 32
        if not warm or not _LOWEST_PA <= pascals <= _HIGHEST_PA:
            raise OSError(EIO)
        self._frozen.check((pressure, temperature))
        return pascals

    def _read_trim(self) -> tuple[int, ...]:
        data = self._bus.readfrom_mem(self._address, _TRIM_CRC, 1 + _TRIM_BYTES)
        if crc8(data[1:], _POLYNOMIAL) ^ 0xFF != data[0]:
            raise OSError(EIO)
        return struct.unpack("<HHbhhbbHHbbhbb", data[1:])

    def _write(self, register: int, value: int) -> None:
        self._bus.writeto_mem(self._address, register, bytes((value,)))


def linear_temperature(trim: tuple[int, ...], raw: int) -> int:
    """t_lin in 2^-32 °C, of the trimming coefficients T1 … T3 and a raw temperature."""
    above = raw - (trim[0] << 8)
    return (above * trim[1] * (1 << 18) + above * above * trim[2]) >> 16


def compensated(trim: tuple[int, ...], t: int, raw: int) -> int:
    """Pressure in Pa of the coefficients P1 … P11, t_lin in 2^-32 °C and a raw pressure.

    Every term is brought to 2^-80 Pa; `t` is cut to 2^-16 °C where it is squared.
    """
    p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 = trim[3:]
    t >>= 16
    t2, t3 = t * t, t * t * t  # in 2^-32 and 2^-48
    offset = (p5 << 83) + (p6 * t << 58) + (p7 * t2 << 40) + (p8 * t3 << 17)
    sensitivity = ((p1 - (1 << 14)) << 60) + ((p2 - (1 << 14)) * t << 35)
    sensitivity += (p3 * t2 << 16) + (p4 * t3 >> 5)
    square = (p9 << 32) + (p10 * t << 16)
    total = offset + raw * sensitivity + raw * raw * square + (raw * raw * raw * p11 << 15)
    return (total + (1 << 79)) >> 80
