"""The chip's own clock, which goes on over deep sleep, and its RTC memory."""

import machine

from node.calendar import unix_s

MEMORY_BYTES = 2048


def timer_ms() -> int:
    """Milliseconds from whatever epoch: only differences over a sleep mean anything. It may be set
    while the chip is awake (node.ports.esp32.chipclock), never during a sleep. Read as a date, it
    does not depend on what the port counts from (2000, or 1970)."""
    year, month, day, _, hour, minute, second, micros = machine.RTC().datetime()
    return unix_s(year, month, day, hour, minute, second) * 1000 + micros // 1000


def read_memory() -> bytes:
    """What was written before the sleep; lost with the power."""
    return machine.RTC().memory()


def write_memory(data: bytes) -> None:
    machine.RTC().memory(data)
