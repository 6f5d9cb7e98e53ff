"""Model of an LIS2DH12, from its data sheet (DocID025056 Rev 6) and application note AN5005:
register map and reset values, the address bit that lets a read go on, the FIFO of 32 samples of ten
bits with its modes, overrun and count, inertial interrupts with thresholds, durations and latches.
"""

from tests.node.both.parts.bus import Registers

BYPASS, FIFO, STREAM, STREAM_TO_FIFO = range(4)
STEP_MG = 12  # high resolution at ±16 g


class Lis2dh12Part(Registers):
    """`feel` gives it one sample in mg, as often as its own oscillator takes one."""

    RESET = {0x0F: 0x33, 0x1E: 0x10, 0x20: 0x07}  # noqa: RUF012

    def __init__(self):
        self.name = 0x33
        self.dead = False  # it answers, and always says the same
        super().__init__()

    def lose_power(self):
        super().lose_power()
        self.registers[0x0F] = self.name
        self.held = []
        self.overrun = False
        self.still = 0  # samples in a row in which the fall's condition holds
        self.smooth = None  # the high-pass filter's constant part
        self.causes = {0x31: 0, 0x35: 0}

    def written(self, data):
        self.goes_on = bool(data[0] & 0x80)
        return super().written(bytes((data[0] & 0x7F,)) + data[1:])

    def after(self, register):
        if not self.goes_on:
            return register
        return 0x28 if register == 0x2D else register + 1

    def put(self, register, value):
        if register in (0x0F, 0x2F, 0x31, 0x35) or 0x27 <= register <= 0x2D:
            return
        self.registers[register] = value
        if register == 0x2E and value >> 6 == BYPASS:
            self.held = []
            self.overrun = False

    def get(self, register):
        if register == 0x2F:
            count = min(31, len(self.held))
            return (0x40 if self.overrun else 0) | (0 if self.held else 0x20) | count
        if register in self.causes:
            value, self.causes[register] = self.causes[register], 0
            return value
        if 0x28 <= register <= 0x2D:
            byte = self._sample()[register - 0x28]
            if register == 0x2D and self.held:
                self.held.pop(0)
                self.overrun = False
            return byte
        return super().get(register)

    def mode(self):
        """The FIFO's mode now: stream-to-FIFO holds while INT1 is up."""
        mode = self.registers.get(0x2E, 0) >> 6
        if mode == STREAM_TO_FIFO:
            return FIFO if self.int1() else STREAM
        return mode

    def int1(self):
        """The level of the pin."""
        routed = self.registers.get(0x22, 0)
        fall = routed & 0x40 and self.causes[0x31] & 0x40
        return 1 if fall or (routed & 0x20 and self.causes[0x35] & 0x40) else 0

    def feel(self, *samples):
        """Samples (x, y, z) in mg, or with a time before them that does not matter here."""
        for sample in samples:
            axes = sample[-3:]
            if self.registers[0x20] >> 4 == 0:
                continue  # powered down
            assert self.registers[0x23] & 0x38 == 0x38, "only ±16 g in high resolution is modelled"
            assert self.registers[0x20] >> 4 == 5, "only 100 Hz is modelled"
            if self.dead:
                axes = self.dead
            enabled = self.registers[0x20]
            axes = tuple([axes[i] if enabled >> i & 1 else 0 for i in range(3)])
            self._watch(axes)
            if self.registers.get(0x24, 0) & 0x40:
                self._keep(axes)

    def _keep(self, axes):
        mode = self.mode()
        if mode == BYPASS or (mode == FIFO and len(self.held) >= 32):
            return
        self.held.append(axes)
        if len(self.held) > 32:
            self.held.pop(0)
        self.overrun = len(self.held) == 32

    def _sample(self):
        axes = self.held[0] if self.held else (0, 0, 0)
        out = b""
        for mg in axes:
            word = max(-2048, min(2047, mg // STEP_MG)) << 4
            word &= ~0xFF if self.registers[0x20] & 0x08 else ~0x3F  # low power: 8 bits, else ten
            out += bytes((word & 255, word >> 8 & 255))
        return out

    def _watch(self, axes):
        if self.smooth is None:
            self.smooth = list(axes)
        fast = [axes[i] - self.smooth[i] for i in range(3)]
        self.smooth = [self.smooth[i] + (axes[i] - self.smooth[i]) // 8 for i in range(3)]
        level = (self.registers.get(0x32, 0) & 0x7F) * 186
        self.still = self.still + 1 if max([abs(mg) for mg in axes]) < level else 0
        if self.registers.get(0x30, 0) == 0x95 and self.still > self.registers.get(0x33, 0):
            self.causes[0x31] |= 0x40
        if self.registers.get(0x21, 0) & 0x02:
            axes = fast
        level = (self.registers.get(0x36, 0) & 0x7F) * 186
        if self.registers.get(0x34, 0) == 0x2A and max([abs(mg) for mg in axes]) > level:
            self.causes[0x35] |= 0x40
