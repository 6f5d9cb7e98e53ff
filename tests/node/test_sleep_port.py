"""Deep sleep on a stand-in for the chip: what is written before, what wakes it, what comes back."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from node.app import App
from node.battery import EMPTY, BatteryLevel, Limits
from node.burst import Burst
from node.clock import WallClock
from node.sensors.accelerations import NO_CLOCK
from node.sensors.polled import PolledSensors, Watch

from tests.node.both.handling import drop
from tests.node.both.world import World, signing_key

BEGAN_S = 1_795_219_200
UPLOAD_MS = 3_600_000


class Asleep(BaseException):
    """The chip sleeps; `ms` until the timer wakes it."""

    def __init__(self, ms: int) -> None:
        self.ms = ms


class Chip:
    """RTC memory, RTC timer, pins, and what was armed."""

    def __init__(self) -> None:
        self.memory = b""
        self.now_ms = 0
        self.armed: tuple[list[int], bool] | None = None
        self.reason = 4

    def modules(self) -> dict[str, ModuleType]:
        machine, esp32 = ModuleType("machine"), ModuleType("esp32")
        chip = self

        class Rtc:
            def memory(self, data: bytes | None = None) -> bytes:
                if data is not None:
                    assert len(data) <= 2048
                    chip.memory = bytes(data)
                return chip.memory

            def datetime(self) -> tuple[int, ...]:
                import time

                when = time.gmtime(BEGAN_S + chip.now_ms // 1000)
                return (*when[:3], 0, *when[3:6], chip.now_ms % 1000 * 1000)

        class Pin:
            IN = 1

            def __init__(self, number: int, mode: int) -> None:
                self.number = number

        def arm(pins: list[Any], level: bool) -> None:
            chip.armed = ([pin.number for pin in pins], level)

        def deepsleep(ms: int) -> None:
            raise Asleep(ms)

        vars(machine).update(
            RTC=Rtc,
            Pin=Pin,
            deepsleep=deepsleep,
            wake_reason=lambda: chip.reason,
            EXT1_WAKE=3,
            PIN_WAKE=2,
        )
        vars(esp32).update(wake_on_ext1=arm, WAKEUP_ANY_HIGH=True)
        return {"machine": machine, "esp32": esp32}


class Node:
    """A start of the node on the chip, as main.py makes it."""

    def __init__(self, chip: Chip, world: World, sleep: Any) -> None:
        self.held = sleep.taken()
        self.clock = WallClock()
        self.sensors = PolledSensors([], self.clock, 300_000)
        if self.held is not None:
            self.sensors.resume(self.held.record)
            self.held.record.wake_clock(self.clock, sleep.timer.timer_ms(), 50)
        parts = SimpleNamespace(sensors=self.sensors, clock=self.clock, watch=Watch())
        pins = {"accelerometer": 4, "light": 5}
        board = SimpleNamespace(pin=lambda group, key: pins[group])
        self.app = App(
            world.config, signing_key(), world.nvs, world.flash, self.sensors, world.wire,
            world.dice, held=self.held,
        )  # fmt: skip
        self.parts = parts
        self.sleeper = sleep.Sleeper(UPLOAD_MS, board, parts, self.held)

    def run(self, chip: Chip) -> Asleep:
        """Rounds of main.py's loop until the chip sleeps; `radio` notes when it was on."""
        self.radio: list[int] = []
        for _ in range(10_000):
            now = chip.now_ms
            on = self.sleeper.radio(self.app, now)
            if on:
                self.radio.append(now)
            wake = self.app.step(now) if on else self.app.sense(now)
            try:
                self.sleeper.rest(self.app, now, wake)
            except Asleep as asleep:
                return asleep
            chip.now_ms += 100
        raise AssertionError("it never slept")


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch) -> Iterator[Chip]:
    made = Chip()
    for name, module in made.modules().items():
        monkeypatch.setitem(sys.modules, name, module)
    forget()
    yield made
    forget()


def forget() -> None:
    for name in [*sys.modules]:
        if name.startswith("node.ports.esp32"):
            del sys.modules[name]


def sleep_module() -> Any:
    return importlib.import_module("node.ports.esp32.sleep")


def test_an_empty_battery_sleeps_for_long_also_where_the_radio_is_always_on(chip: Chip) -> None:
    sleep, world = sleep_module(), World()
    node = Node(chip, world, sleep)
    node.sensors._battery = BatteryLevel(Limits(), EMPTY)
    board = SimpleNamespace(pin=lambda _group, _key: None)
    node.sleeper = sleep.Sleeper(0, board, node.parts, None)
    asleep = node.run(chip)
    assert asleep.ms > 59 * 300_000 and node.radio == []


def test_a_day_of_sleeps_is_one_life_with_an_upload_an_hour(chip: Chip) -> None:
    sleep, world = sleep_module(), World(max_readings=12)
    world.now = 0
    on: list[int] = []
    starts = 0
    while chip.now_ms < 24 * UPLOAD_MS:
        node = Node(chip, world, sleep)
        asleep = node.run(chip)
        on += node.radio[:1]
        chip.now_ms += asleep.ms
        starts += 1
    assert 280 <= starts <= 340
    assert node.app.counters.boot == 1
    hours = {at // UPLOAD_MS for at in on}
    assert len(on) <= 26 and len(hours) >= 23
    segments = sorted(world.kept.segments)
    assert segments == list(range(1, len(segments) + 1)) and len(segments) >= 23


def test_what_can_wake_the_chip_is_armed_before_it_sleeps(chip: Chip) -> None:
    sleep = sleep_module()
    node = Node(chip, World(max_readings=12), sleep)
    watched: list[Watch] = []
    node.sensors.watch = watched.append  # type: ignore[method-assign]
    node.run(chip)
    assert chip.armed == ([4, 5], True)
    assert len(watched) == 1


def test_a_record_is_taken_once(chip: Chip) -> None:
    sleep = sleep_module()
    chip.now_ms += Node(chip, World(max_readings=12), sleep).run(chip).ms
    assert sleep.taken() is not None
    assert sleep.taken() is None


@pytest.mark.parametrize(("reason", "by_pin"), [(3, True), (2, True), (4, False)])
def test_the_accelerometer_is_asked_what_it_felt_when_a_pin_woke_the_chip(
    chip: Chip, reason: int, by_pin: bool
) -> None:
    sleep, world = sleep_module(), World(max_readings=12)
    chip.now_ms += Node(chip, world, sleep).run(chip).ms
    node = Node(chip, world, sleep)
    burst = Burst(drop(0)[100:251], NO_CLOCK)
    asked: list[bool] = []

    def woken(watch: Watch, at: int, by_stream: bool) -> list[Burst]:
        asked.append(by_stream)
        return [burst] if by_stream else []

    node.sensors.woken = woken  # type: ignore[method-assign]
    chip.reason = reason
    sleep.felt(node.held, node.parts, node.app)
    assert asked == [by_pin]
    node.run(chip)
    assert len(world.kept.segments) == (1 if by_pin else 0), "a fall is sent at once"
