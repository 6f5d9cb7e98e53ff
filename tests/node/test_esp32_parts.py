"""Sensors and clock of the ESP32 port, over models of parts; network time is real UDP."""

import socket
from types import SimpleNamespace
from typing import Any

import pytest
from node.battery import SAVING
from node.board import Board
from node.clock import WallClock
from node.config import ALARMS
from node.retained import Retained

from cargoseal_score.trigger import BurstSettings
from cargoseal_wire.constants import BATTERY, HUMIDITY, LIGHT, NTP, PRESSURE, TEMPERATURE
from tests.node.both.parts.adxl345 import Adxl345Part
from tests.node.both.parts.bmp390 import Bmp390Part
from tests.node.both.parts.ds3231 import Ds3231Part
from tests.node.both.parts.opt3001 import Opt3001Part
from tests.node.both.test_sntp import answer
from tests.node.chip import I2C, Pin, Rtc, board, wait

__all__ = ["board"]
SETTINGS = SimpleNamespace(sample_ms=1000, burst=BurstSettings(), alarms=ALARMS | {"light": 55})


def test_network_time_comes_over_a_socket_that_never_waits(board: Any) -> None:
    true = 1_795_219_200_000
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        clock = WallClock()
        sync = board.sntp.NtpSync(clock, "127.0.0.1", server.getsockname()[1])
        sync.step(1000)
        asked, node = server.recvfrom(100)
        sync.step(1010)
        assert clock.stamp(1010)[0] is None
        server.sendto(answer(asked, true, true), node)
        wait(lambda: sync.step(1040) or sync.answers)
    wall, source, error = clock.stamp(1040)
    assert source == NTP and wall is not None and abs(wall - true - 20) <= error <= 22


def test_network_time_that_fails_is_asked_again_later(
    board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []

    def failing(*_: object) -> None:
        asked.append(1)
        raise OSError(-202)

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    clock = WallClock()
    sync = board.sntp.NtpSync(clock)
    for now in (0, 1000, 59_999, 60_000):
        sync.step(now)
    assert len(asked) == 2 and sync.failures == 2
    assert clock.stamp(0)[0] is None


def test_a_server_that_never_answers_is_asked_again_and_one_that_refuses_is_left_alone(
    board: Any,
) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(5)
        sync = board.sntp.NtpSync(WallClock(), "127.0.0.1", server.getsockname()[1])
        sync.step(0)
        server.recvfrom(100)
        sync.step(1999)
        sync.step(2000)
        assert sync.failures == 1
        sync.step(62_000)
        asked, node = server.recvfrom(100)
        server.sendto(answer(asked, 0, 0, stratum=0, code=b"DENY"), node)
        wait(lambda: sync.step(62_010) or sync.failures == 2)
        sync.step(3_600_000)
        server.settimeout(0.05)
        with pytest.raises(TimeoutError):
            server.recvfrom(100)


def test_the_chips_timer_counts_on_whatever_its_port_counts_from(
    board: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for first, second in (
        ((2000, 1, 1, 5, 23, 59, 59, 999_000), (2000, 1, 2, 6, 0, 0, 0, 1_000)),
        ((1970, 1, 1, 3, 23, 59, 59, 999_000), (1970, 1, 2, 4, 0, 0, 0, 1_000)),
        ((2026, 12, 31, 3, 23, 59, 59, 999_999), (2027, 1, 1, 4, 0, 0, 0, 1_999)),
    ):
        monkeypatch.setattr(Rtc, "moment", first)
        before = board.timer.timer_ms()
        monkeypatch.setattr(Rtc, "moment", second)
        assert board.timer.timer_ms() - before == 2
    board.timer.write_memory(b"kept")
    assert board.timer.read_memory() == b"kept"


def test_a_bus_that_hangs_is_clocked_free_on_its_own_pins(board: Any) -> None:
    bus = board.i2c.open_bus(1, 2, 100_000)
    I2C.bus.wires.stuck = 3
    with pytest.raises(OSError, match="116"):
        bus.writeto(0x44, b"\xfd")
    assert bus.writeto(0x44, b"\xfd") == 1
    assert I2C.bus.wires.stops == 1 and len(I2C.made) == 2
    assert I2C.made[0]["freq"] == 100_000


def test_a_board_with_every_part_is_wired_as_its_file_says(board: Any) -> None:
    values = {
        "i2c": {"scl": 1, "sda": 2},
        "sht4x": {},
        "accelerometer": {"part": "adxl345", "address": 29},
        "light": {},
        "pressure": {},
        "clock": {},
        "gnss": {"tx": 3, "rx": 4, "power": 5},
        "battery": {"pin": 6, "switch": 7},
    }
    I2C.bus.put(0x1D, Adxl345Part())
    I2C.bus.put(0x45, Opt3001Part(12.0))
    I2C.bus.put(0x77, Bmp390Part())
    clock_part = I2C.bus.put(0x68, Ds3231Part())
    config = SETTINGS
    parts = board.parts.BoardParts(Board(values), config)
    sensors = parts.sensors
    sensors.bursts(0)
    I2C.motion = I2C.bus.parts[0x1D]
    assert parts.timekeeper is not None and clock_part is not None and parts.watch.light is not None
    assert (parts.watch.shock_mg, parts.watch.fall_ms, parts.watch.lux) == (5000, 100, 5)
    parts.timekeeper.step(0)
    assert sensors.poll(0) == []
    I2C.bus.wait_ms(200)
    (reading,) = sensors.poll(200)
    assert set(reading.values) == {TEMPERATURE, HUMIDITY, PRESSURE, LIGHT, BATTERY}
    assert reading.faults == 0
    assert sensors.busy(), "the receiver is searching"
    assert Pin.levels[5][-1] == 1 and Pin.levels[7][-1] == 0


def test_parts_that_are_not_there_are_faults_and_stop_nobody(board: Any) -> None:
    values = {"i2c": {"scl": 1, "sda": 2}, "sht4x": {}, "pressure": {}, "clock": {}}
    config = SETTINGS
    parts = board.parts.BoardParts(Board(values), config)
    parts.timekeeper.step(0)
    parts.sensors.poll(0)
    I2C.bus.wait_ms(50)
    (reading,) = parts.sensors.poll(50)
    assert set(reading.values) == {TEMPERATURE, HUMIDITY}
    assert reading.faults == 1 << PRESSURE and parts.timekeeper.failures == 1


def test_what_was_kept_over_a_sleep_goes_on(board: Any) -> None:
    slept = Retained()
    slept.sample_at, slept.battery_level = 90_000, SAVING
    values = {"battery": {"pin": 6}, "gnss": {"tx": 3, "rx": 4}}
    config = SETTINGS
    parts = board.parts.BoardParts(Board(values), config, slept)
    assert parts.sensors.wake(80_000) == 90_000
    assert not parts.sensors.radio()
