"""Model of an SHT4x, from its data sheet (version 6.6): commands of one byte (table 7), measurement
times (table 5), no acknowledgement of a read before the end, CRC behind each word (section 4.4),
heater pulses that end in a measurement (section 4.9), a soft reset that takes a millisecond."""

ADDRESS = 0x44
SERIAL = 0x1234ABCD
TIMES_US = {0xFD: 8300, 0xF6: 4500, 0xE0: 1700, 0x89: 1000, 0x94: 1000}
HEATERS = {0x39: (1100000, 60), 0x32: (110000, 60), 0x2F: (1100000, 35)}
HEATERS.update({0x24: (110000, 35), 0x1E: (1100000, 8), 0x15: (110000, 8)})


def check(pair):
    """Table 6: CRC-8, polynomial 0x31, start 0xFF."""
    crc = 0xFF
    for byte in pair:
        for bit in range(7, -1, -1):
            carry = crc >> 7 ^ byte >> bit & 1
            crc = crc << 1 & 0xFF
            if carry:
                crc ^= 0x31
    return crc


class Sht4xPart:
    """`celsius` and `percent` are what it is in; noise of a few steps is on each measurement."""

    def __init__(self, celsius=25.0, percent=50.0):
        self.bus = None
        self.celsius = celsius
        self.percent = percent
        self.noisy = True
        self.flip = -1  # a bit of the answer that a bad wire turns over
        self.stuck_words = None
        self.lose_power()

    def lose_power(self):
        self.command = None
        self.ready_us = 0
        self.seed = 7
        self.commands = []

    def written(self, data):
        if len(data) != 1 or self.bus.now_us < self.ready_us:
            return None
        command = data[0]
        if command not in TIMES_US and command not in HEATERS:
            return None
        self.commands.append(command)
        self.command = command
        time_us = TIMES_US[command] if command in TIMES_US else HEATERS[command][0]
        self.ready_us = self.bus.now_us + time_us
        return True

    def asked(self, size):
        if self.command in (None, 0x94) or self.bus.now_us < self.ready_us:
            return None
        words = self._words()
        self.command = None
        out = bytearray()
        for word in words:
            pair = bytes((word >> 8, word & 255))
            out += pair + bytes((check(pair),))
        if self.flip >= 0:
            out[self.flip // 8] ^= 1 << self.flip % 8
        return bytes(out[:size])

    def _words(self):
        if self.command == 0x89:
            return SERIAL >> 16, SERIAL & 0xFFFF
        if self.stuck_words is not None:
            return self.stuck_words
        warmer = HEATERS[self.command][1] if self.command in HEATERS else 0
        temperature = (self.celsius + warmer + 45) * 65535 / 175
        humidity = (self.percent + 6) * 65535 / 125
        return self._noise(temperature), self._noise(humidity)

    def _noise(self, value):
        step = 0
        if self.noisy:
            self.seed = (self.seed * 1103515245 + 12345) & 0x3FFFFFFF
            step = (self.seed >> 16) % 9 - 4
        return max(0, min(65535, int(value + 0.5) + step))
