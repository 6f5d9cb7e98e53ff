"""Model of an OPT3001, from its data sheet (SBOS681C): registers of 16 bits, most significant byte
first, the pointer stays (section 7.5.1); one-shot and continuous conversions of 100 or 800 ms and
10 ms to choose the range (7.4.1), conversion ready and interrupt cleared by reading the
configuration (table 10), window comparison with INT latched (7.4.2.1)."""

RESULT, CONFIGURATION, LOW, HIGH, MAKER, DEVICE = 0x00, 0x01, 0x02, 0x03, 0x7E, 0x7F
RESET = {RESULT: 0, CONFIGURATION: 0xC810, LOW: 0xC000, HIGH: 0xBFFF, MAKER: 0x5449, DEVICE: 0x3001}


class Opt3001Part:
    """`lux` is what falls on it. `dead`: it answers, but never converts."""

    def __init__(self, lux=0.0):
        self.bus = None
        self.lux = lux
        self.dead = False
        self.device = 0x3001
        self.lose_power()

    def lose_power(self):
        self.registers = dict(RESET)
        self.registers[DEVICE] = self.device
        self.pointer = 0
        self.begun_us = None
        self.event = False

    def written(self, data):
        self.pointer = data[0]
        if len(data) == 3 and self.pointer in (CONFIGURATION, LOW, HIGH):
            value = data[1] << 8 | data[2]
            if self.pointer == CONFIGURATION:
                self._configure(value)
            else:
                self.registers[self.pointer] = value
        return len(data) in (1, 3) or None

    def asked(self, size):
        self.run()
        value = self.registers.get(self.pointer, 0)
        if self.pointer == CONFIGURATION:
            self.registers[CONFIGURATION] &= ~0x00E0
            self.event = False
        return bytes((value >> 8, value & 255))[:size]

    def run(self):
        """Converts as far as time has gone on."""
        if self.begun_us is None or self.dead:
            return
        configuration = self.registers[CONFIGURATION]
        time_us = 810000 if configuration & 0x0800 else 110000
        while self.begun_us is not None and self.bus.now_us - self.begun_us >= time_us:
            self.begun_us += time_us
            self._convert()
            if self.registers[CONFIGURATION] & 0x0600 == 0x0200:
                self.registers[CONFIGURATION] &= ~0x0600
                self.begun_us = None

    def line(self):
        """The level of INT with a pull-up: bit 3 of the configuration says which one is active."""
        return int(self.event == bool(self.registers[CONFIGURATION] & 0x0008))

    def _configure(self, value):
        self.registers[CONFIGURATION] = value & 0xFE1F
        self.event = False
        self.begun_us = self.bus.now_us if value & 0x0600 else None

    def _convert(self):
        hundredths = int(self.lux * 100)
        exponent = 0
        while hundredths >> exponent > 0xFFF and exponent < 11:
            exponent += 1
        over = hundredths >> exponent > 0xFFF
        self.registers[RESULT] = exponent << 12 | min(0xFFF, hundredths >> exponent)
        self.registers[CONFIGURATION] &= ~0x0100
        self.registers[CONFIGURATION] |= 0x0080 | (0x0100 if over else 0)
        if hundredths > level(self.registers[HIGH]):
            self.registers[CONFIGURATION] |= 0x0040
            self.event = True
        elif hundredths < level(self.registers[LOW]):
            self.registers[CONFIGURATION] |= 0x0020
            self.event = True


def level(register):
    """Hundredths of a lux of a limit register."""
    return (register & 0xFFF) << (register >> 12)
