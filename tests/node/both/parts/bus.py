"""An I2C bus with models of parts on it, and a clock that tests move.

A part is an object with `written(data)`, called with the bytes of a write, and `asked(size)`, which
gives the bytes of a read; None from either is no acknowledgement. `lose_power()` is a glitch of the
supply. Errors are those of MicroPython's ESP32 port: 19 without an acknowledgement, 116 (ETIMEDOUT)
when a line hangs.
"""

NO_ACK = 19
TIMED_OUT = 116


class Wires:
    """SCL and SDA with a part that may hold SDA down in the middle of a byte."""

    def __init__(self):
        self.stuck = 0  # SCL pulses until the part lets SDA go; -1: never
        self.pulses = 0
        self.stops = 0
        self._scl = 1
        self._sda = 1

    def hangs(self):
        return self.stuck != 0

    def scl(self, level):
        if level and not self._scl:
            self.pulses += 1
            if self.stuck > 0:
                self.stuck -= 1
        self._scl = level

    def sda(self, level):
        if level and not self._sda and self._scl:
            self.stops += 1
        self._sda = level

    def sda_is(self):
        return 0 if self.stuck else self._sda


class Line:
    """One of the wires, as a machine.Pin."""

    def __init__(self, drive, level):
        self._drive = drive
        self._level = level

    def __call__(self, level):
        self._drive(level)

    def value(self):
        return self._level()


class Bus:
    """machine.I2C over parts by address."""

    def __init__(self, **parts):
        self.parts = {}
        self.wires = Wires()
        self.now_us = 0
        self.absent = set()  # addresses that do not acknowledge
        self.transfers = 0

    def put(self, address, part):
        self.parts[address] = part
        part.bus = self
        return part

    def wait_ms(self, ms):
        self.now_us += 1000 * ms

    def lines(self):
        """(SCL, SDA) as pins."""
        wires = self.wires
        return Line(wires.scl, lambda: wires._scl), Line(wires.sda, wires.sda_is)

    def writeto(self, address, data):
        part = self._part(address)
        if part.written(bytes(data)) is None:
            raise OSError(NO_ACK)
        return len(data)

    def readfrom(self, address, size):
        data = self._part(address).asked(size)
        if data is None:
            raise OSError(NO_ACK)
        assert len(data) == size
        return data

    def writeto_mem(self, address, register, data):
        self.writeto(address, bytes((register,)) + bytes(data))

    def readfrom_mem(self, address, register, size):
        self.writeto(address, bytes((register,)))
        return self.readfrom(address, size)

    def _part(self, address):
        self.transfers += 1
        self.now_us += 100
        if self.wires.hangs():
            raise OSError(TIMED_OUT)
        if address in self.absent or address not in self.parts:
            raise OSError(NO_ACK)
        return self.parts[address]


class Registers:
    """A part with eight-bit registers behind a pointer: what most parts do with `written` and
    `asked`. `put` and `get` are a register's own behaviour."""

    RESET = {}  # noqa: RUF012  a table, never changed

    def __init__(self):
        self.bus = None
        self.lose_power()

    def lose_power(self):
        self.registers = dict(self.RESET)
        self.pointer = 0

    def written(self, data):
        if data:
            self.pointer = data[0]
            for byte in data[1:]:
                self.put(self.pointer, byte)
                self.pointer = self.after(self.pointer)
        return True

    def asked(self, size):
        out = bytearray()
        for _ in range(size):
            out.append(self.get(self.pointer))
            self.pointer = self.after(self.pointer)
        return bytes(out)

    def after(self, register):
        """The register that the pointer goes on to."""
        return register + 1

    def put(self, register, value):
        self.registers[register] = value

    def get(self, register):
        return self.registers.get(register, 0)


def fails(act, *arguments):
    """The number of the OSError that a call raises; AssertionError when it raises none."""
    try:
        got = act(*arguments)
    except OSError as error:
        return error.args[0]
    raise AssertionError("no error, but " + str(got))
