"""The chip's I2C controller, on a bus that is clocked free when a part hangs."""

import time

import machine

from node.sensors.bus import ClearingBus, clear

TIMEOUT_US = 10000  # of a clock that a part stretches: none of ours does


def open_bus(scl: int, sda: int, hz: int) -> ClearingBus:
    """The bus on two pins."""

    def make() -> machine.I2C:
        return machine.I2C(
            0, scl=machine.Pin(scl), sda=machine.Pin(sda), freq=hz, timeout=TIMEOUT_US
        )

    def free() -> bool:
        lines = [machine.Pin(pin, machine.Pin.OPEN_DRAIN, value=1) for pin in (scl, sda)]
        return clear(lines[0], lines[1], _wait)

    return ClearingBus(make, free)


def _wait() -> None:
    time.sleep_us(5)
