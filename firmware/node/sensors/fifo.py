"""An accelerometer's FIFO, emptied now and then: what the parts have in common.

Rules
1. A part is set up at the first call, and again after every failure. A FIFO that stays empty for
   ten periods is one: a part that lost its power forgets its settings. So is what cannot be
   (node.sensors.samples).
2. A FIFO that ran over has lost its oldest samples: those that are left end now, a nominal period
   apart, and the gap before them shows. Else they are laid evenly between two emptyings: the parts'
   own oscillators are a few per cent off.
"""

from node.sensors.bus import EIO
from node.sensors.samples import Doubt, lay

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_score.trigger import Sample
    from node.sensors.bus import I2c

FIFO_SAMPLES = 32
PERIOD_MS = 10


class FifoPart:
    """A part on a bus; each kind says how it is set up, how much it holds and how that is read."""

    every_ms = PERIOD_MS * FIFO_SAMPLES // 2  # half full: a signature may take the other half
    noisy = False  # whether its steps are finer than its noise

    def __init__(self, bus: "I2c", address: int) -> None:
        self._bus = bus
        self._address = address
        self._doubt = Doubt(PERIOD_MS, self.noisy)
        self._read_at: int | None = None  # None: not set up

    def samples(self, now: int) -> "list[Sample]":
        """What the FIFO holds, with uptimes, in mg, oldest first. OSError as in motion.Stream."""
        try:
            if self._read_at is None:
                self._set_up()
                self._read_at = now
                return []
            return self._empty(self._read_at, now)
        except OSError:
            self._read_at = None
            self._doubt.forget()
            raise

    def _empty(self, read_at: int, now: int) -> "list[Sample]":
        count, overrun = self._held()
        if not count:
            if now - read_at > 10 * PERIOD_MS:
                raise OSError(EIO)
            return []
        self._read_at = now
        data = self._take(count)
        samples = lay(data, now, count * PERIOD_MS if overrun else now - read_at, self._mg)
        if self._doubt.impossible(data, samples):
            raise OSError(EIO)
        return samples

    def _read(self, register: int, size: int) -> bytes:
        return self._bus.readfrom_mem(self._address, register, size)

    def _write(self, register: int, value: int) -> None:
        self._bus.writeto_mem(self._address, register, bytes((value,)))

    if TYPE_CHECKING:  # what each kind of part defines

        def _set_up(self) -> None:
            """OSError when the part does not answer, or is another."""
            ...

        def _held(self) -> tuple[int, bool]:
            """(samples in the FIFO, whether it ran over)."""
            ...

        def _take(self, count: int) -> bytes:
            """So many samples, six bytes each."""
            ...

        def _mg(self, word: int) -> int:
            """Milli-g of an axis's word."""
            ...
