"""Model of an ADXL345, from its data sheet (Rev. E): register map and reset values (table 19),
stand-by after power-on, FIFO of 32 samples and its modes (table 22), a sample taken with every read
of all six bytes, overrun told by INT_SOURCE and cleared by reading data, free fall and activity
against what was before (registers 0x24 to 0x29)."""

from tests.node.both.parts.bus import Registers

BYPASS, FIFO, STREAM, TRIGGER = range(4)


class Adxl345Part(Registers):
    """`feel` gives it one sample in mg."""

    RESET = {0x00: 0xE5, 0x2C: 0x0A, 0x30: 0x02}  # noqa: RUF012

    def __init__(self):
        self.name = 0xE5
        self.dead = False
        self.noise = 0
        super().__init__()

    def lose_power(self):
        super().lose_power()
        self.registers[0x00] = self.name
        self.held = []
        self.overrun = False
        self.causes = 0
        self.calm = 0
        self.before = None
        self.triggered = False

    def put(self, register, value):
        if register in (0x00, 0x30, 0x39) or 0x32 <= register <= 0x37:
            return
        self.registers[register] = value
        if register == 0x38 and value >> 6 == BYPASS:
            self.held = []
            self.overrun = False
            self.triggered = False
        if register == 0x2D and value & 8:
            self.before = None

    def get(self, register):
        if register == 0x39:
            return len(self.held) | (0x80 if self.triggered else 0)
        if register == 0x30:
            value = self.causes | (1 if self.overrun else 0) | (0x80 if self.held else 0)
            self.causes = 0
            return value
        if 0x32 <= register <= 0x37:
            byte = self._sample()[register - 0x32]
            if register == 0x37 and self.held:
                self.held.pop(0)
                self.overrun = False
            return byte
        return super().get(register)

    def int1(self):
        enabled = self.registers.get(0x2E, 0) & ~self.registers.get(0x2F, 0)
        return 1 if self.causes & enabled else 0

    def feel(self, *samples):
        for sample in samples:
            axes = sample[-3:]
            if not self.registers.get(0x2D, 0) & 8:
                continue
            assert self.registers[0x31] & 0x0B == 0x0B, "only full resolution at ±16 g is modelled"
            assert self.registers[0x2C] == 0x0A, "only 100 Hz is modelled"
            if self.dead:
                axes = self.dead
            else:
                self.noise = (self.noise + 1) % 3
                axes = (axes[0] + 4 * self.noise, axes[1], axes[2])
            self._watch(axes)
            self._keep(axes)

    def _keep(self, axes):
        fifo = self.registers.get(0x38, 0)
        mode = fifo >> 6
        if mode == TRIGGER and not self.triggered and self.int1():
            self.triggered = True
            self.held = self.held[-(fifo & 31) :]
        full = len(self.held) >= 32
        if mode == BYPASS:
            self.held = [axes]
        elif full and (mode == FIFO or self.triggered):
            self.overrun = True
        else:
            self.held.append(axes)
            if len(self.held) > 32:
                self.held.pop(0)
                self.overrun = True

    def _sample(self):
        out = b""
        for mg in self.held[0] if self.held else (0, 0, 0):
            word = max(-4096, min(4095, (mg * 256 + 500) // 1000))
            out += bytes((word & 255, word >> 8 & 255))
        return out

    def _watch(self, axes):
        if self.before is None:
            self.before = axes
        level = self.registers.get(0x24, 0) * 625 // 10
        if level and max([abs(axes[i] - self.before[i]) for i in range(3)]) > level:
            self.causes |= 0x10
        level = self.registers.get(0x28, 0) * 625 // 10
        self.calm = self.calm + 1 if max([abs(mg) for mg in axes]) < level else 0
        time_ms = self.registers.get(0x29, 0) * 5
        if time_ms and self.calm * 10 >= time_ms:
            self.causes |= 0x04
        self.causes &= self.registers.get(0x2E, 0)
