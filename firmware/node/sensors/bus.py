"""An I2C bus that frees itself, and what drivers use of it.

Rules
1. A transfer that fails is an OSError, whatever the reason; the driver's reading is a fault then.
   Nobody tries again within a transfer: the next period does.
2. A part that lost its clock in the middle of a byte holds SDA low for ever, and every transfer
   times out. After a time-out SCL is therefore clocked until SDA is let go, at most nine times
   (a byte and its acknowledgement), a STOP is given, and the controller made anew (NXP UM10204
   Rev. 7, section 3.1.16).
3. A missing acknowledgement is no reason for that: the part is absent or busy, the bus is well.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class I2c(Protocol):
        """What is used of machine.I2C; a part that does not acknowledge is OSError(19)."""

        def writeto(self, __address: int, __data: bytes) -> int | None: ...
        def readfrom(self, __address: int, __size: int) -> bytes: ...
        def writeto_mem(self, __address: int, __register: int, __data: bytes) -> None: ...
        def readfrom_mem(self, __address: int, __register: int, __size: int) -> bytes: ...

    class Line(Protocol):
        """One line of the bus as an open-drain pin: 0 pulls it down, 1 lets it go."""

        def __call__(self, __level: int) -> None: ...
        def value(self) -> int: ...


EIO = 5
ENODEV = 19
_CLOCKS = 9


def clear(scl: "Line", sda: "Line", wait: "Callable[[], None]") -> bool:
    """Clocks a part out of the byte it hangs in; whether SDA is free now. `wait` lasts half a clock
    (5 us at 100 kHz or longer)."""
    scl(1)
    sda(1)
    wait()
    for _ in range(_CLOCKS):
        if sda.value():
            break
        scl(0)
        wait()
        scl(1)
        wait()
    scl(0)
    wait()
    sda(0)  # STOP: SDA rises while SCL is high
    wait()
    scl(1)
    wait()
    sda(1)
    wait()
    return bool(sda.value()) and bool(scl.value())


class ClearingBus:
    """An `I2c` over one that `make` gives anew each time `free` has clocked the bus."""

    def __init__(self, make: "Callable[[], I2c]", free: "Callable[[], bool]") -> None:
        self._make = make
        self._free = free
        self._bus = make()
        self.cleared = 0

    def writeto(self, address: int, data: bytes) -> int | None:
        try:
            return self._bus.writeto(address, data)
        except OSError as error:
            self._failed(error)
            raise

    def readfrom(self, address: int, size: int) -> bytes:
        try:
            return self._bus.readfrom(address, size)
        except OSError as error:
            self._failed(error)
            raise

    def writeto_mem(self, address: int, register: int, data: bytes) -> None:
        try:
            self._bus.writeto_mem(address, register, data)
        except OSError as error:
            self._failed(error)
            raise

    def readfrom_mem(self, address: int, register: int, size: int) -> bytes:
        try:
            return self._bus.readfrom_mem(address, register, size)
        except OSError as error:
            self._failed(error)
            raise

    def _failed(self, error: OSError) -> None:
        if error.args[0] != ENODEV:
            self._free()
            self._bus = self._make()
            self.cleared += 1


class Frozen:
    """Notices a part that says the same again and again. Only for raw values with noise in them:
    those of a part that lives are never the same `most` times in a row."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._last: object = None
        self._times = 0

    def check(self, raw: object) -> None:
        """OSError from the `most`-th same value on."""
        self._times = self._times + 1 if raw == self._last else 1
        self._last = raw
        if self._times >= self._most:
            raise OSError(EIO)


def crc8(data: bytes, polynomial: int, crc: int = 0xFF) -> int:
    """CRC-8, most significant bit first, nothing turned round."""
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ polynomial if crc & 0x80 else crc << 1) & 0xFF
    return crc
