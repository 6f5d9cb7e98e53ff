"""The sensor set and the clock of a board, wired as its /board.json says.

A driver is imported when the board has its part: what is not frozen takes 3 to 8 kB of heap each.
"""

import time

import machine

from cargoseal_wire.constants import BATTERY
from node.battery import BatteryLevel, Limits
from node.clock import DRIFT_PPM, SLEEP_PPM, WallClock
from node.ports.esp32.i2c import open_bus
from node.sensors.polled import PolledSensors, Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.board import Board
    from node.config import Config
    from node.retained import Retained
    from node.sensors.battery import BatteryVoltage
    from node.sensors.bus import ClearingBus
    from node.sensors.gnss import Receiver
    from node.sensors.motion import Stream
    from node.sensors.opt3001 import Opt3001
    from node.sensors.polled import Driver
    from node.timekeeper import Timekeeper

NEVER_MG, NEVER_MS = 16000, 1270  # the ends of what accelerometers can watch for
_RECEIVE_BYTES = 2048  # two seconds of a receiver at 9600 baud


class BoardParts:
    """Everything that measures on one board: `sensors`, `clock`, `timekeeper` (None without a clock
    part), `watch` (what wakes the chip), `sleep_ppm`."""

    def __init__(self, board: "Board", config: "Config", slept: "Retained | None" = None) -> None:
        """`slept`: what was kept over a deep sleep. A part that is not there is no error here: its
        channels are faults of every reading, until it is."""
        self.sleep_ppm = board.number("timing", "sleep_ppm", SLEEP_PPM)
        self.clock = WallClock(board.number("timing", "drift_ppm", DRIFT_PPM))
        self.bus: ClearingBus | None = None
        self._light: Opt3001 | None = None
        self.timekeeper: Timekeeper | None = None
        if board.has("i2c"):
            pins = board.groups["i2c"]
            self.bus = open_bus(pins["scl"], pins["sda"], board.number("i2c", "hz", 100000))
            if board.has("clock"):
                self.timekeeper = _timekeeper(board, self.bus, self.clock)
        drivers = self._drivers(board)
        stream = self._stream(board)
        self.sensors = PolledSensors(
            drivers,
            self.clock,
            config.sample_ms,
            stream,
            None if stream is None else config.burst,
            _battery_level(board, slept),
            _receiver(board, self.clock, slept),
        )
        self.watch = _watch(config.alarms, self._light)
        if slept is not None:
            self.sensors.resume(slept)

    def _drivers(self, board: "Board") -> "list[Driver]":
        drivers: list[Driver] = []
        bus = self.bus
        if bus is not None and board.has("sht4x"):
            from node.sensors import sht4x

            drivers.append(sht4x.Sht4x(bus, board.number("sht4x", "address", sht4x.ADDRESS)))
        if bus is not None and board.has("light"):
            from node.sensors import opt3001

            self._light = opt3001.Opt3001(bus, board.number("light", "address", opt3001.ADDRESS))
            drivers.append(self._light)
        if bus is not None and board.has("pressure"):
            from node.sensors import bmp390

            drivers.append(bmp390.Bmp390(bus, board.number("pressure", "address", bmp390.ADDRESS)))
        if board.has("battery"):
            drivers.append(_battery(board))
        return drivers

    def _stream(self, board: "Board") -> "Stream | None":
        if self.bus is None or not board.has("accelerometer"):
            return None
        if board.part("accelerometer") == "adxl345":
            from node.sensors import adxl345

            address = board.number("accelerometer", "address", adxl345.ADDRESS)
            return adxl345.Adxl345(self.bus, address)
        from node.sensors import lis2dh12

        address = board.number("accelerometer", "address", lis2dh12.ADDRESS)
        return lis2dh12.Lis2dh12(self.bus, address)


def carries_radio(board: "Board") -> bool:
    """Whether the battery carries the radio, measured before that is switched on after a power cut
    (node.battery, rule 2). True for a board that cannot measure its battery."""
    level = _battery_level(board, None)
    if level is None:
        return True
    driver = _battery(board)
    try:
        driver.start()
        time.sleep_ms(driver.settle_ms)
        level.note(driver.read()[BATTERY])
    except OSError:
        return True
    return level.radio()


def _watch(alarms: dict, light: "Opt3001 | None") -> Watch:
    """The chip is woken by what would be an alarm; what is switched off as one, by its most."""
    shock_mg, fall_ms, lux_10 = alarms["shock_mg"], alarms["free_fall_ms"], alarms["light"]
    return Watch(
        NEVER_MG if shock_mg is None else shock_mg,
        NEVER_MS if fall_ms is None else fall_ms,
        None if lux_10 is None else max(1, lux_10 // 10),
        light,
    )


def _battery(board: "Board") -> "BatteryVoltage":
    from node.sensors.battery import BatteryVoltage

    pins = board.groups["battery"]
    adc = machine.ADC(machine.Pin(pins["pin"]), atten=machine.ADC.ATTN_11DB)
    switch = board.pin("battery", "switch")
    on = None if switch is None else machine.Pin(switch, machine.Pin.OUT, value=0)
    return BatteryVoltage(adc, board.number("battery", "ratio_permille", 2000), on)


def _battery_level(board: "Board", slept: "Retained | None") -> BatteryLevel | None:
    if not board.has("battery"):
        return None
    keys = ("low_mv", "radio_off_mv", "empty_mv", "hysteresis_mv")
    limits = Limits(**board.given("battery", keys))
    return BatteryLevel(limits, None if slept is None else slept.battery_level)


def _timekeeper(board: "Board", bus: "ClearingBus", clock: WallClock) -> "Timekeeper":
    from node.sensors import ds3231
    from node.timekeeper import Timekeeper

    return Timekeeper(ds3231.Ds3231(bus, board.number("clock", "address", ds3231.ADDRESS)), clock)


def _receiver(board: "Board", clock: WallClock, slept: "Retained | None") -> "Receiver | None":
    if not board.has("gnss"):
        return None
    from node.sensors.gnss import Receiver, Search

    pins = board.groups["gnss"]
    uart = machine.UART(
        board.number("gnss", "uart", 2),
        baudrate=board.number("gnss", "baud", 9600),
        tx=pins["tx"],
        rx=pins["rx"],
        rxbuf=_RECEIVE_BYTES,
        timeout=0,
    )
    power = board.pin("gnss", "power")
    switch = _always if power is None else machine.Pin(power, machine.Pin.OUT, value=0)
    search = Search(**board.given("gnss", ("every_ms", "search_ms", "longest_ms", "good_m")))
    if slept is None:
        return Receiver(uart, switch, clock, search)
    return Receiver(uart, switch, clock, search, slept.search_at, slept.searches_failed)


def _always(_level: int) -> None:
    """A receiver whose power is not ours."""
