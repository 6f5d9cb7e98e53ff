"""The ESP32 port's way to the broker: modem, random bytes, chip clock, and which transport it is.

The modem behind the UART is tests/node/both/modem_side.py; PPP and the radio are stand-ins that do
what MicroPython's documentation says.
"""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any, ClassVar

import pytest
from node.board import Board
from node.clock import WallClock
from node.config import Config

from cargoseal_wire.constants import GATEWAY
from tests.node import board_ssl
from tests.node.both.modem_side import ModemSide
from tests.node.both.world import START_MS, MemoryNvs, World

MODULES = ("cellular", "chipclock", "link", "tls", "sockets", "wifi")
BOARD = {"modem": {"tx": 17, "rx": 16, "power_key": 4, "apn": "internet.example", "user": "u"}}


class Uart:
    """machine.UART with a modem at its other end; `taken` while PPP reads it by interrupt."""

    side: ClassVar[ModemSide]
    taken: ClassVar[bool]

    def __init__(self, number: int, **settings: object) -> None:
        assert (number, settings["tx"], settings["rx"]) == (1, 17, 16)
        assert settings["timeout"] == 0 and settings["baudrate"] == 115200

    def read(self, size: int) -> bytes | None:
        assert not Uart.taken
        data, Uart.side.out = Uart.side.out[:size], Uart.side.out[size:]
        return data or None

    def write(self, data: bytes) -> int:
        assert not Uart.taken
        Uart.side.feed(data[:10])
        return len(data[:10])


class Pin:
    OUT = 1

    def __init__(self, number: int, mode: int, value: int) -> None:
        assert (number, mode, value) == (4, Pin.OUT, 0)

    def value(self, level: int) -> None:
        Uart.side.key(bool(level))


class Ppp:
    """network.PPP: connected a while after `connect`, until the carrier goes."""

    SEC_PAP = 1
    works: ClassVar[bool]
    last: ClassVar["Ppp"]

    def __init__(self, _uart: Uart) -> None:
        Ppp.last = self
        self.up = False
        self.security: tuple[int, str, str] | None = None

    def active(self, _on: bool) -> None:
        pass

    def connect(self, security: int, user: str, key: str) -> None:
        assert Uart.side.data_mode
        Uart.taken = True
        self.security = (security, user, key)
        self.up = Ppp.works

    def isconnected(self) -> bool:
        return self.up

    def disconnect(self) -> None:
        Uart.taken = self.up = False


class Radio:
    """network.WLAN that notes when it was on."""

    log: ClassVar[list[bool]]

    def __init__(self, _interface: int) -> None:
        self.linked = False

    def active(self, on: bool) -> None:
        Radio.log.append(on)

    def connect(self, _name: str, _password: str) -> None:
        pass

    def isconnected(self) -> bool:
        return self.linked


class Rtc:
    stamps: ClassVar[list[tuple[int, ...]]]

    def datetime(self, stamp: tuple[int, ...]) -> None:
        Rtc.stamps.append(stamp)


@pytest.fixture
def ports(monkeypatch: pytest.MonkeyPatch) -> Iterator[SimpleNamespace]:
    Uart.side, Uart.taken, Ppp.works = ModemSide(), False, True
    Radio.log, Rtc.stamps = [], []
    fakes: dict[str, dict[str, Any]] = {
        "machine": {"UART": Uart, "Pin": Pin, "RTC": Rtc},
        "network": {"PPP": Ppp, "WLAN": Radio, "STA_IF": 0},
    }
    for name, attributes in fakes.items():
        made = ModuleType(name)
        vars(made).update(attributes)
        monkeypatch.setitem(sys.modules, name, made)
    monkeypatch.setitem(sys.modules, "ssl", board_ssl)
    forget()
    yield SimpleNamespace(
        **{name: importlib.import_module(f"node.ports.esp32.{name}") for name in MODULES}
    )
    forget()


def forget() -> None:
    for name in [name for name in sys.modules if name.startswith("node.ports.esp32")]:
        del sys.modules[name]


def run(cellular: Any, now: int, ms: int) -> int:
    """Steps every 100 ms; the time after it."""
    for now in range(now, now + ms, 100):  # noqa: B020
        Uart.side.now = now
        cellular.step(now)
    return now + 100


def test_a_modem_becomes_the_network(ports: Any) -> None:
    cellular, _ = ports.link.network_of(Board(BOARD), MemoryNvs())
    run(cellular, 0, 40000)
    assert cellular.connected() and Uart.side.apn == "internet.example"
    assert Ppp.last.security == (Ppp.SEC_PAP, "u", "")


def test_a_lost_carrier_is_dialled_again(ports: Any) -> None:
    cellular, _ = ports.link.network_of(Board(BOARD), MemoryNvs())
    now = run(cellular, 0, 40000)
    first = Ppp.last
    first.up = False
    now = run(cellular, now, 100)
    assert not cellular.connected() and not Uart.taken
    run(cellular, now, 40000)
    assert cellular.connected() and Ppp.last is not first


def test_a_carrier_without_ppp_is_given_up_in_time(ports: Any) -> None:
    Ppp.works = False
    cellular, _ = ports.link.network_of(Board(BOARD), MemoryNvs())
    now = run(cellular, 0, 20000)
    assert Uart.taken and not cellular.connected()
    now = run(cellular, now, ports.cellular.PPP_MS)
    assert not Uart.taken and cellular.modem.last_failure == "PPP is down"
    Ppp.works = True
    run(cellular, now, 60000)
    assert cellular.connected()


def test_a_modem_switched_off_to_save_the_battery_stays_off(ports: Any) -> None:
    cellular, _ = ports.link.network_of(Board(BOARD), MemoryNvs())
    now = run(cellular, 0, 40000)
    cellular.power(False)
    attempts = cellular.modem.attempts
    now = run(cellular, now, 600000)
    assert not cellular.connected() and cellular.modem.attempts == attempts
    cellular.power(True)
    run(cellular, now, 60000)
    assert cellular.connected()


def test_a_refused_pin_is_remembered_over_starts(ports: Any) -> None:
    nvs = MemoryNvs()
    Uart.side.pin = "4711"
    board = {"modem": {**BOARD["modem"], "pin": "0000"}}
    for _ in range(3):
        cellular, _ = ports.link.network_of(Board(board), nvs)
        Uart.side.booted_at = -60000
        run(cellular, 0, 120000)
    assert Uart.side.wrong_pins == 1
    board["modem"]["pin"] = "4711"
    cellular, _ = ports.link.network_of(Board(board), nvs)
    run(cellular, 0, 60000)
    assert cellular.connected()


def test_a_board_with_a_modem_draws_noise_with_the_radio_on_and_switches_it_off(
    ports: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ports.wifi.os, "urandom", bytes)  # a chip that gives nothing but zeros
    _, random = ports.link.network_of(Board(BOARD), MemoryNvs())
    assert Radio.log == [True, False]
    drawn = [random(16) for _ in range(100)]
    assert len(set(drawn)) == 100 and len(random(33)) == 33


def test_wifi_that_stays_away_is_begun_anew(ports: Any) -> None:
    radio, _ = ports.link.network_of(Board({"wifi": "w", "password": "p"}), MemoryNvs())
    for now in range(0, 2 * ports.wifi.ANEW_MS, 1000):
        radio.step(now)
    assert Radio.log == [True, False, True]
    radio._station.linked = True
    for now in range(2 * ports.wifi.ANEW_MS, 9 * ports.wifi.ANEW_MS, 1000):
        radio.step(now)
    assert Radio.log == [True, False, True]


def test_the_chip_learns_the_time_that_certificates_are_checked_against(ports: Any) -> None:
    ports.chipclock.set_chip(START_MS)
    assert Rtc.stamps == [(2023, 11, 14, 0, 22, 13, 20, 0)]


def test_tls_is_taken_when_the_settings_have_it_and_hears_receipts(ports: Any) -> None:
    values = {"audience": "22" * 32, "receipt_key": "11" * 32}
    broker = {"host": "127.0.0.1", "port": 1}
    clock = WallClock()
    plain = ports.link.Link(Config({**values, "broker": broker}), MemoryNvs(), clock, lambda: 5)
    assert type(plain.transport) is ports.sockets.SocketTransport
    tls = {"server_name": "broker.example", "since_ms": START_MS}
    config = Config({**values, "broker": broker, "tls": tls})
    link = ports.link.Link(config, MemoryNvs(), clock, lambda: 5)
    assert type(link.transport) is ports.tls.TlsTransport
    with pytest.raises(OSError, match="expected a time"):
        link.transport.open()
    world = World()
    world.boot()
    link.listen(world.app)
    world.kept.time_ms = START_MS + 1000 * 86400000
    world.read(4, source=0, wall_ms=None, error_ms=0)
    world.delivered()
    wall_ms, source, error_ms = clock.stamp(world.now)
    assert source == GATEWAY and wall_ms is not None
    assert abs(wall_ms - world.kept.time_ms) <= error_ms < 10000
    assert link._tls_time.floor_ms == world.kept.time_ms
