"""Model of a BMP390, from its data sheet (BST-BMP390-DS002-07): register map and reset values
(section 4.2), forced conversions (3.3.2), their time (3.9.2), data ready cleared by reading data.
What it measures is turned into raw words by the inverse of section 8.5 and 8.6 in floating point:
the driver's integers are not used.
"""

import struct

from tests.node.both.parts.bus import Registers

# T1 T2 T3 P1 … P11 of the size that such parts have
TRIM = (27504, 18925, -7, -1186, -3045, 32, 0, 23786, 29885, -13, -8, 15732, 30, -60)


def crc(data):
    """The check byte of Bosch's self-test: polynomial 0x1D, start 0xFF, inverted."""
    value = 0xFF
    for byte in data:
        for bit in range(7, -1, -1):
            carry = value >> 7 ^ byte >> bit & 1
            value = (value << 1 & 0xFF) ^ (0x1D if carry else 0)
    return value ^ 0xFF


class Bmp390Part(Registers):
    """`pascals` and `celsius` are what it is in."""

    RESET = {0x00: 0x60, 0x01: 0x01, 0x03: 0x10, 0x06: 0x80, 0x09: 0x80, 0x10: 0x01}  # noqa: RUF012
    RESET.update({0x1C: 0x02})

    def __init__(self, pascals=101325.0, celsius=20.0, trim=TRIM):
        self.pascals = pascals
        self.celsius = celsius
        self.trim = trim
        self.chip = 0x60
        self.damage = 0  # of the trimming memory
        self.noisy = True
        self.step = 0
        super().__init__()

    def lose_power(self):
        super().lose_power()
        self.registers[0x00] = self.chip
        self.ready_us = None
        memory = struct.pack("<HHbhhbbHHbbhbb", *self.trim)
        self.registers[0x30] = crc(memory)
        for at, byte in enumerate(memory):
            self.registers[0x31 + at] = byte ^ (self.damage if at == 5 else 0)

    def put(self, register, value):
        if register < 0x15 or 0x30 <= register <= 0x57:
            return
        self.registers[register] = value
        if register == 0x7E and value == 0xB6:
            self.lose_power()
        if register == 0x1B and value >> 4 & 3 in (1, 2):
            oversampling = self.registers[0x1C]
            time_us = 234
            if value & 1:
                time_us += 392 + 2020 * (1 << (oversampling & 7))
            if value & 2:
                time_us += 163 + 2020 * (1 << (oversampling >> 3 & 7))
            self.ready_us = self.bus.now_us + time_us
            self.registers[0x03] &= ~0x60

    def get(self, register):
        if self.ready_us is not None and self.bus.now_us >= self.ready_us:
            self.ready_us = None
            self._convert()
        value = self.registers.get(register, 0)
        if register in (0x04, 0x05, 0x06):
            self.registers[0x03] &= ~0x20
        elif register in (0x07, 0x08, 0x09):
            self.registers[0x03] &= ~0x40
        return value

    def _convert(self):
        power = self.registers[0x1B]
        self.registers[0x1B] = power & 3
        self.step = (self.step + 1) % 5 if self.noisy else 0
        temperature = raw_temperature(self.trim, self.celsius) + self.step
        if power & 2:
            self._place(0x07, temperature)
            self.registers[0x03] |= 0x40
        if power & 1:
            self._place(0x04, raw_pressure(self.trim, self.celsius, self.pascals) + self.step)
            self.registers[0x03] |= 0x20

    def _place(self, register, raw):
        raw = max(0, min(0xFFFFFF, raw))
        for at in range(3):
            self.registers[register + at] = raw >> 8 * at & 255


def linear(trim, raw):
    """Section 8.5 in floating point."""
    above = raw - trim[0] * 256.0
    return above * trim[1] / 2**30 + above * above * trim[2] / 2**48


def pressure_of(trim, t, raw):
    """Section 8.6 in floating point."""
    p1, p2, p3, p4, p5, p6, p7, p8, p9, p10, p11 = trim[3:]
    first = p5 * 8.0 + p6 / 2**6 * t + p7 / 2**8 * t * t + p8 / 2**15 * t * t * t
    second = (p1 - 2**14) / 2**20 + (p2 - 2**14) / 2**29 * t
    second += p3 / 2**32 * t * t + p4 / 2**37 * t * t * t
    third = p9 / 2**48 + p10 / 2**48 * t
    return first + raw * (second + raw * (third + raw * (p11 / 2**65)))


def raw_temperature(trim, celsius):
    return _where(lambda raw: linear(trim, raw), celsius, True)


def raw_pressure(trim, celsius, pascals):
    falls = pressure_of(trim, celsius, 0) > pressure_of(trim, celsius, 0xFFFFFF)
    return _where(lambda raw: pressure_of(trim, celsius, raw), pascals, not falls)


def _where(function, wanted, rises):
    low, high = 0, 0xFFFFFF
    while low < high:
        middle = (low + high) // 2
        if (function(middle) < wanted) == rises:
            low = middle + 1
        else:
            high = middle
    return low
