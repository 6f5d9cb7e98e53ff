"""Model of a lithium-ion cell behind a divider and the chip's converter: a voltage by charge, an
inner resistance that a load lowers it with, a divider that may be switched, converter steps of
0.8 mV with noise, and its range."""

CURVE = ((0, 2800), (5, 3100), (10, 3350), (20, 3550), (50, 3750), (80, 4000), (100, 4200))


class Cell:
    """`percent` of charge, `load_ma` drawn now."""

    def __init__(self, percent=80, milliohm=150, ratio_permille=2000):
        self.percent = percent
        self.milliohm = milliohm
        self.ratio = ratio_permille
        self.load_ma = 0
        self.pulse = 0  # every so many measurements one falls into a modem's pulse of 2 A
        self.switched = True
        self.count = 0
        self.seed = 5

    def millivolts(self, load_ma=None):
        for (low, below), (high, above) in ((CURVE[i], CURVE[i + 1]) for i in range(6)):
            if self.percent <= high:
                rest = below + (above - below) * (self.percent - low) // (high - low)
                break
        drawn = self.load_ma if load_ma is None else load_ma
        return max(0, rest - drawn * self.milliohm // 1000)

    def switch(self, level):
        self.switched = bool(level)

    def read_uv(self):
        """The converter: what a machine.ADC gives."""
        self.count += 1
        self.seed = (self.seed * 1103515245 + 12345) & 0x3FFFFFFF
        if not self.switched:
            return 0
        pulse = self.pulse and self.count % self.pulse == 0
        pin_uv = self.millivolts(2000 if pulse else None) * 1000000 // self.ratio
        pin_uv += (self.seed >> 16) % 5 * 800 - 1600
        return max(0, min(3100000, pin_uv // 800 * 800))
