"""Stand-ins for what MicroPython's ESP32 port has, with models of parts behind its pins; `board` is
a fixture of the modules of node.ports.esp32 over them.
"""

import importlib
import sys
import time
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest

from tests.node.both.parts.bus import Bus
from tests.node.both.parts.cell import Cell
from tests.node.both.parts.lis2dh12 import Lis2dh12Part
from tests.node.both.parts.sht4x import Sht4xPart

NOT_FOUND = -0x1102
CHIPS = ("cargoseal_boot.nvs", "cargoseal_boot.board")  # they import the chip's modules
MODULES = ("files", "i2c", "parts", "sntp", "sockets", "timer", "uptime", "wifi")


class Nvs:
    """esp32.NVS with its error codes."""

    stored: dict[str, bytes]
    failing = False

    def __init__(self, namespace: str) -> None:
        assert namespace == "cargoseal"

    def get_blob(self, key: str, buffer: bytearray) -> int:
        if Nvs.failing:
            raise OSError(-0x1101, "ESP_ERR_NVS_NOT_INITIALIZED")
        if key not in Nvs.stored:
            raise OSError(NOT_FOUND, "ESP_ERR_NVS_NOT_FOUND")
        data = Nvs.stored[key]
        buffer[: len(data)] = data
        return len(data)

    def set_blob(self, key: str, value: bytes) -> None:
        self.unsaved = (key, value)

    def commit(self) -> None:
        Nvs.stored.update([self.unsaved])


class Station:
    """network.WLAN that is there at once."""

    def __init__(self, _interface: int) -> None:
        pass

    def active(self, _on: bool) -> None:
        pass

    def connect(self, _name: str, _password: str) -> None:
        pass

    def isconnected(self) -> bool:
        return True


class Pin:
    """machine.Pin: a number, and what was written to it."""

    OUT, OPEN_DRAIN = 1, 2
    levels: ClassVar[dict[int, list[int]]] = {}

    def __init__(self, number: int, _mode: int = 0, value: int = 1) -> None:
        self.number = number
        Pin.levels.setdefault(number, []).append(value)

    def __call__(self, level: int) -> None:
        Pin.levels[self.number].append(level)
        if self.number == 1:  # SCL
            I2C.bus.wires.scl(level)
        elif self.number == 2:
            I2C.bus.wires.sda(level)

    def value(self) -> int:
        level: int = I2C.bus.wires.sda_is() if self.number == 2 else I2C.bus.wires._scl
        return level


class I2C:
    """machine.I2C over models of parts: an SHT4x at 25 °C and 56.5 %, and a LIS2DH12."""

    bus: Any
    motion: Any
    made: ClassVar[list[dict[str, Any]]] = []
    felt: ClassVar[list[tuple[int, ...]]] = []  # what is still to come, a sample every 10 ms
    last_us = taken_us = 0

    def __new__(cls, *_: object, **how: Any) -> Any:
        I2C.made.append(how)
        return cls.bus


class Adc:
    """machine.ADC: a cell behind a divider by two."""

    ATTN_11DB = 3
    cell = Cell(80)

    def __new__(cls, *_: object, **__: object) -> Any:
        return cls.cell


class Rtc:
    """machine.RTC of a port that counts from `epoch`; its date is the same in either."""

    moment = (2000, 1, 1, 5, 0, 0, 7, 250_000)
    kept = b""

    def datetime(self) -> tuple[int, ...]:
        return Rtc.moment

    def memory(self, *data: bytes) -> bytes:
        Rtc.kept = data[0] if data else Rtc.kept
        return Rtc.kept


class Uart:
    """machine.UART on which nobody speaks."""

    def __init__(self, _number: int, **_: object) -> None:
        pass

    def any(self) -> int:
        return 0

    def read(self, _size: int) -> None:
        return None


class PowerOff(Exception):  # noqa: N818  an event, not a mistake
    """The end of a test's patience with a loop that never ends."""


class Watchdog:
    """machine.WDT that ends the loop after so many rounds."""

    rounds = 200

    def __init__(self, timeout: int) -> None:
        assert timeout >= 1000
        self.fed = 0

    def feed(self) -> None:
        self.fed += 1
        if self.fed >= Watchdog.rounds:
            raise PowerOff


def deepsleep(ms: int) -> None:
    """machine.deepsleep, which does not return."""
    raise PowerOff(ms)


def module(name: str, **attributes: Any) -> ModuleType:
    made = ModuleType(name)
    for key, value in attributes.items():
        setattr(made, key, value)
    return made


def sleep_ms(ms: int) -> None:
    """Time passes, for the parts on the bus too."""
    time.sleep(ms / 1000)
    now = time.monotonic_ns() // 1000
    if I2C.last_us:
        I2C.bus.now_us += now - I2C.last_us
        while I2C.felt and now - I2C.taken_us >= 10_000:
            I2C.taken_us += 10_000
            I2C.motion.feel(I2C.felt.pop(0))
    else:
        I2C.taken_us = now
    I2C.last_us = now


@pytest.fixture
def board(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    """The modules of node.ports.esp32 over stand-ins."""
    Nvs.stored = {}
    Nvs.failing = False
    ticks = {"offset": (1 << 30) - 500}  # about to wrap

    def ticks_ms() -> int:
        return (int(time.monotonic() * 1000) + ticks["offset"]) % (1 << 30)

    def ticks_diff(a: int, b: int) -> int:
        return (a - b + (1 << 29)) % (1 << 30) - (1 << 29)

    I2C.bus = Bus()
    I2C.bus.put(0x44, Sht4xPart(25.0, 56.5))
    I2C.motion = I2C.bus.put(0x18, Lis2dh12Part())
    I2C.made, I2C.felt, I2C.last_us = [], [], 0
    Pin.levels = {}
    Adc.cell = Cell(80)
    fakes = (
        module("esp32", NVS=Nvs),
        module("network", WLAN=Station, STA_IF=0),
        module(
            "machine",
            I2C=I2C,
            Pin=Pin,
            WDT=Watchdog,
            ADC=Adc,
            RTC=Rtc,
            UART=Uart,
            deepsleep=deepsleep,
        ),
    )
    for fake in fakes:
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
    monkeypatch.setattr(time, "ticks_ms", ticks_ms, raising=False)
    monkeypatch.setattr(time, "ticks_diff", ticks_diff, raising=False)
    monkeypatch.setattr(time, "sleep_ms", sleep_ms, raising=False)
    monkeypatch.setattr(time, "sleep_us", lambda us: None, raising=False)
    forget()
    yield SimpleNamespace(
        nvs=importlib.import_module("cargoseal_boot.nvs"),
        **{name: importlib.import_module(f"node.ports.esp32.{name}") for name in MODULES},
    )
    forget()


def forget() -> None:
    """Lets the next import take the modules of that time."""
    for name in [*sys.modules]:
        if name in CHIPS or name.startswith("node.ports.esp32"):
            del sys.modules[name]


def wait(condition: Any) -> None:
    end = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.005)
