"""ST LIS2DH12 and LIS3DH: three axes at ±16 g over I2C, through the part's FIFO of 32 samples.

High resolution: 12 bits, left-justified in 16, 12 mg per step (data sheets, table "mechanical
characteristics"). The part samples by its own oscillator, which is a few per cent off: samples are
laid evenly between one emptying of the FIFO and the next.

Rules
1. It is set up at the first call, and again after every failure. A FIFO that stays empty for ten
   periods is one: a part that lost its power forgets its settings.
2. A FIFO that ran over has lost its oldest samples: those that are left end now, a nominal period
   apart, and the gap before them shows.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Protocol

    from cargoseal_score.trigger import Sample

    class Bus(Protocol):
        """What is used of machine.I2C."""

        def readfrom_mem(self, __address: int, __register: int, __size: int) -> bytes: ...
        def writeto_mem(self, __address: int, __register: int, __data: bytes) -> None: ...


ADDRESS = 0x18  # SA0 low; high: 0x19
MG_PER_STEP = 12
FIFO_SAMPLES = 32
PERIOD_MS = 10
_WHO_AM_I, _THIS_PART = 0x0F, 0x33
_FIFO_STATE = 0x2F
_OVERRUN, _FILLED = 0x40, 0x1F
_SAMPLES = 0x28 | 0x80  # the highest bit: go on to the next register
_SETTINGS = (  # register, value; the FIFO passes through "bypass", which empties it
    (0x2E, 0x00),
    (0x20, 0x57),  # 100 Hz, all axes, normal power
    (0x23, 0xB8),  # whole samples only, ±16 g, high resolution
    (0x24, 0x40),  # FIFO on
    (0x2E, 0x80),  # as a stream
)
_EIO = 5


class Lis2dh12:
    """One part on a bus."""

    every_ms = PERIOD_MS * FIFO_SAMPLES // 2  # half full: a signature may take the other half

    def __init__(self, bus: "Bus", address: int = ADDRESS) -> None:
        self._bus = bus
        self._address = address
        self._read_at: int | None = None  # None: not set up

    def samples(self, now: int) -> "list[Sample]":
        """What the FIFO holds, with uptimes, in mg, oldest first. OSError as in polled.Stream."""
        try:
            if self._read_at is None:
                self._set_up()
                self._read_at = now
                return []
            return self._empty(self._read_at, now)
        except OSError:
            self._read_at = None
            raise

    def _set_up(self) -> None:
        if self._bus.readfrom_mem(self._address, _WHO_AM_I, 1)[0] != _THIS_PART:
            raise OSError(_EIO)
        for register, value in _SETTINGS:
            self._bus.writeto_mem(self._address, register, bytes((value,)))

    def _empty(self, read_at: int, now: int) -> "list[Sample]":
        state = self._bus.readfrom_mem(self._address, _FIFO_STATE, 1)[0]
        count = FIFO_SAMPLES if state & _OVERRUN else state & _FILLED
        if not count:
            if now - read_at > 10 * PERIOD_MS:
                raise OSError(_EIO)
            return []
        self._read_at = now
        data = self._bus.readfrom_mem(self._address, _SAMPLES, 6 * count)
        span = count * PERIOD_MS if state & _OVERRUN else now - read_at
        samples = []
        for at in range(count):
            x, y, z = struct.unpack_from("<hhh", data, 6 * at)
            uptime_ms = now - span * (count - 1 - at) // count
            samples.append((uptime_ms, _mg(x), _mg(y), _mg(z)))
        return samples


def _mg(word: int) -> int:
    return (word >> 4) * MG_PER_STEP
