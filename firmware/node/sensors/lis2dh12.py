"""ST LIS2DH12 and LIS3DH: three axes at ±16 g over I2C, through the part's FIFO of 32 samples (data
sheets DocID025056 Rev 6 and DocID17530 Rev 2, application notes AN5005 and AN3308).

A step is 12 mg, left-justified in 16 bits. The FIFO keeps the ten highest bits only, whatever the
resolution: what comes out of it goes in steps of 48 mg, coarser than the part's noise.

Rule, beside those of node.sensors.fifo
1. While the chip sleeps the part watches: a fall is all three axes within ±`FALL_MG` for a time, a
   shock one axis beyond a level without its constant part. Either raises INT1, which stays up, and
   holds the FIFO: the 320 ms before are kept until `woken` reads them. It ends at the shock's first
   sample: the peak is not in it, and what woke the node is only known to have reached the level.
"""

from node.sensors.bus import EIO
from node.sensors.fifo import FIFO_SAMPLES, PERIOD_MS, FifoPart
from node.sensors.samples import lay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import Sample
    from node.sensors.bus import I2c


ADDRESS = 0x18  # SA0 low; high: 0x19
MG_PER_STEP = 12
FALL_MG = 372
_MG_PER_LEVEL = 186  # of the interrupts' thresholds, at ±16 g
_WHO_AM_I, _THIS_PART = 0x0F, 0x33
_FIFO_STATE = 0x2F
_OVERRUN, _FILLED = 0x40, 0x1F
_SAMPLES = 0x28 | 0x80  # the highest bit: go on to the next register
_FALL_CAUSE, _SHOCK_CAUSE, _ACTIVE = 0x31, 0x35, 0x40
_SETTINGS = (  # register, value; the FIFO passes through "bypass", which empties it
    (0x2E, 0x00),
    (0x20, 0x57),  # 100 Hz, all axes, normal power
    (0x22, 0x00),  # no interrupt
    (0x23, 0xB8),  # whole samples only, ±16 g, high resolution
    (0x24, 0x40),  # FIFO on
    (0x2E, 0x80),  # as a stream
)
_WATCH = (
    (0x21, 0x02),  # the shock's generator gets what is left without the constant part
    (0x24, 0x4A),  # FIFO on, both causes stay until they are read
    (0x30, 0x95),  # fall: all of |x|, |y|, |z| low
    (0x34, 0x2A),  # shock: any of them high
    (0x2E, 0x00),
    (0x2E, 0xC0),  # stream, held when INT1 rises
    (0x22, 0x60),  # both causes to INT1
)


class Lis2dh12(FifoPart):
    """One part on a bus."""

    def __init__(self, bus: "I2c", address: int = ADDRESS) -> None:
        super().__init__(bus, address)

    def watch(self, shock_mg: int, fall_ms: int) -> None:
        """Lets INT1 rise at a shock or a fall (rule 1), until `woken` or `samples`."""
        self._read_at = None
        self._set_up()
        shock = min(127, -(-shock_mg // _MG_PER_LEVEL))
        self._write(0x32, FALL_MG // _MG_PER_LEVEL)
        self._write(0x33, min(127, fall_ms // PERIOD_MS))
        self._write(0x36, shock)
        self._write(0x37, 0)
        for register, value in _WATCH:
            self._write(register, value)
        for register in (_FALL_CAUSE, _SHOCK_CAUSE):  # what setting it up may have raised
            self._read(register, 1)

    def woken(self, woke_at: int) -> "tuple[list[Sample], bool, bool]":
        """(samples up to the interrupt, whether it was a fall, whether a shock); the next `samples`
        sets the part up again. `woke_at`: when INT1 rose."""
        self._read_at = None
        if self._read(_WHO_AM_I, 1)[0] != _THIS_PART:
            raise OSError(EIO)
        count = self._held()[0]
        data = self._take(count)
        samples = lay(data, woke_at, count * PERIOD_MS, self._mg)
        fall = bool(self._read(_FALL_CAUSE, 1)[0] & _ACTIVE)
        return samples, fall, bool(self._read(_SHOCK_CAUSE, 1)[0] & _ACTIVE)

    def _set_up(self) -> None:
        if self._read(_WHO_AM_I, 1)[0] != _THIS_PART:
            raise OSError(EIO)
        for register, value in _SETTINGS:
            self._write(register, value)

    def _held(self) -> tuple[int, bool]:
        state = self._read(_FIFO_STATE, 1)[0]
        overrun = bool(state & _OVERRUN)
        return FIFO_SAMPLES if overrun else state & _FILLED, overrun

    def _take(self, count: int) -> bytes:
        return self._read(_SAMPLES, 6 * count) if count else b""

    def _mg(self, word: int) -> int:
        return (word >> 4) * MG_PER_STEP
