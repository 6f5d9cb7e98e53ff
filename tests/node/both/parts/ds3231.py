"""Model of a DS3231, from its data sheet (19-5170 Rev. 10): BCD registers that wrap at 12h, a flag
that the oscillator stopped, set when both supplies were gone, alarm registers kept by the battery,
a countdown that starts anew when the seconds are written, whole seconds only. Its calendar is not
the driver's."""

from tests.node.both.parts.bus import Registers

_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Ds3231Part(Registers):
    """`ppm`: by how much it runs fast. Time goes with the bus."""

    RESET = {0x0E: 0x1C, 0x0F: 0x88}  # noqa: RUF012

    def __init__(self, ppm=0):
        self.ppm = ppm
        super().__init__()

    def lose_power(self):
        """Main supply and battery: what the registers hold then is anything."""
        super().lose_power()
        for register in range(0x0E):
            self.registers[register] = (0x5A + 37 * register) & 0x7F
        self.counted_us = 0
        self.written_us = 0

    def after(self, register):
        return 0 if register == 0x12 else register + 1

    def put(self, register, value):
        if register < 0x07:
            self._count()
            if register == 0:
                self.written_us = self.bus.now_us
                self.counted_us = 0
        if register == 0x0F:
            value = (value & 0x7F) | (self.registers[0x0F] & value & 0x80)
        self.registers[register] = value

    def get(self, register):
        if register < 0x07:
            self._count()
        return self.registers.get(register, 0)

    def _count(self):
        ran = self.bus.now_us - self.written_us
        ran += ran * self.ppm // 1000000
        while ran - self.counted_us >= 86400000000:
            self.counted_us += 86400000000
            self._next_day()
        while ran - self.counted_us >= 1000000:
            self.counted_us += 1000000
            self._tick()

    def _tick(self):
        for register, most in ((0, 59), (1, 59), (2, 23)):
            value = self._value(register) + 1
            self.registers[register] = _bcd(value if value <= most else 0)
            if value <= most:
                return
        self._next_day()

    def _next_day(self):
        self.registers[3] = self.registers[3] % 7 + 1
        day, month, year = self._value(4), self._value(5) or 1, self._value(6)
        days = 29 if month == 2 and year % 4 == 0 else _DAYS[(month - 1) % 12]
        if day < days:
            self.registers[4] = _bcd(day + 1)
            return
        self.registers[4] = 1
        self.registers[5] = _bcd(month % 12 + 1)
        if month == 12:
            self.registers[6] = _bcd((year + 1) % 100)

    def _value(self, register):
        value = self.registers[register] & (0x3F if register == 2 else 0x7F)
        return (value >> 4) * 10 + (value & 15)


def _bcd(value):
    return value // 10 << 4 | value % 10
