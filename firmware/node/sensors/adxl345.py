"""Analog Devices ADXL345: three axes at ±16 g over I2C, through the part's FIFO of 32 samples (data
sheet ADXL345, Rev. E).

Full resolution: 13 bits, 1/256 g per step, right-justified. The FIFO keeps all of them: steps of
4 mg show the part's own noise.

Rules, beside those of node.sensors.fifo
1. One sample is six bytes read at once; the next moves up within 5 us, which a transfer takes in
   any case. 33 entries mean that the FIFO is full and the output registers hold one more: whether
   it ran over the part says elsewhere (INT_SOURCE).
2. While the chip sleeps the part watches: a fall is |x|, |y| and |z| below `FALL_MG` for a time, a
   shock one axis beyond a level, compared with what it was before. Either raises INT1 until
   `woken`; the FIFO keeps the 160 ms before it and the 160 ms after.
"""

from node.sensors.bus import EIO
from node.sensors.fifo import PERIOD_MS, FifoPart
from node.sensors.samples import lay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import Sample
    from node.sensors.bus import I2c

ADDRESS = 0x53  # ALT ADDRESS low; high: 0x1D
FALL_MG = 375
_BEFORE = 16  # samples before an interrupt that the FIFO keeps
_DEVICE, _THIS_PART = 0x00, 0xE5
_SHOCK_LEVEL, _FALL_LEVEL, _FALL_TIME = 0x24, 0x28, 0x29
_POWER, _ENABLED, _CAUSES, _SAMPLE = 0x2D, 0x2E, 0x30, 0x32
_FIFO, _FIFO_STATE = 0x38, 0x39
_FILLED = 0x3F
_OVERRUN, _SHOCK, _FALL = 0x01, 0x10, 0x04
_SETTINGS = (
    (_POWER, 0x00),  # stands by while it is set up
    (_ENABLED, 0x00),
    (_FIFO, 0x00),  # bypass, which empties it
    (0x2C, 0x0A),  # 100 Hz, normal power
    (0x31, 0x0B),  # full resolution, ±16 g
    (0x27, 0xF0),  # shock: all axes, against what was before
    (0x2F, 0x00),  # everything to INT1
    (_FIFO, 0x80),  # stream
    (_POWER, 0x08),  # measures
)


class Adxl345(FifoPart):
    """One part on a bus."""

    noisy = True

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        super().__init__(bus, address)

    def watch(self, shock_mg: int, fall_ms: int) -> None:
        """Lets INT1 rise at a shock or a fall (rule 2), until `woken` or `samples`."""
        self._read_at = None
        self._set_up()
        self._write(_POWER, 0x00)
        self._write(_SHOCK_LEVEL, max(1, min(255, -(-shock_mg * 10 // 625))))
        self._write(_FALL_LEVEL, FALL_MG * 10 // 625)
        self._write(_FALL_TIME, max(1, min(255, fall_ms // 5)))
        self._write(_FIFO, 0x00)
        self._write(_FIFO, 0xC0 | _BEFORE)
        self._write(_POWER, 0x08)
        self._read(_CAUSES, 1)
        self._write(_ENABLED, _SHOCK | _FALL)

    def woken(self, woke_at: int) -> "tuple[list[Sample], bool, bool]":
        """(samples around the interrupt, whether it was a fall, whether a shock); the next
        `samples` sets the part up again. `woke_at`: when INT1 rose."""
        self._read_at = None
        if self._read(_DEVICE, 1)[0] != _THIS_PART:
            raise OSError(EIO)
        count = self._read(_FIFO_STATE, 1)[0] & _FILLED
        data = self._take(count)
        after = max(0, count - _BEFORE) * PERIOD_MS
        samples = lay(data, woke_at + after, count * PERIOD_MS, self._mg)
        causes = self._read(_CAUSES, 1)[0]
        return samples, bool(causes & _FALL), bool(causes & _SHOCK)

    def _set_up(self) -> None:
        if self._read(_DEVICE, 1)[0] != _THIS_PART:
            raise OSError(EIO)
        for register, value in _SETTINGS:
            self._write(register, value)
        self._read(_CAUSES, 1)  # an overrun of before

    def _held(self) -> tuple[int, bool]:
        overrun = bool(self._read(_CAUSES, 1)[0] & _OVERRUN)
        return self._read(_FIFO_STATE, 1)[0] & _FILLED, overrun

    def _take(self, count: int) -> bytes:
        return b"".join([self._read(_SAMPLE, 6) for _ in range(count)])

    def _mg(self, word: int) -> int:
        return (word * 125 + 16) >> 5
