"""From parts on a bus to sealed segments: what failed is a fact of the statement and no number."""

from node.app import App
from node.battery import BatteryLevel, Limits
from node.clock import WallClock
from node.sensors.battery import BatteryVoltage
from node.sensors.bmp390 import Bmp390
from node.sensors.bus import ClearingBus, clear
from node.sensors.gnss import Receiver, Search
from node.sensors.opt3001 import Opt3001
from node.sensors.polled import PolledSensors
from node.sensors.sht4x import Sht4x

from cargoseal_wire.constants import (
    BATTERY,
    FIX_GNSS,
    FLAG_EARLY,
    FLAG_SENSOR_FAULT,
    GNSS,
    HUMIDITY,
    LIGHT,
    PRESSURE,
    TEMPERATURE,
)
from tests.node.both.chain import opened
from tests.node.both.gateway_side import Kept
from tests.node.both.parts.bmp390 import Bmp390Part
from tests.node.both.parts.bus import Bus
from tests.node.both.parts.cell import Cell
from tests.node.both.parts.opt3001 import Opt3001Part
from tests.node.both.parts.receiver import Receiver as ReceiverPart
from tests.node.both.parts.sht4x import Sht4xPart
from tests.node.both.world import (
    RECEIPT_KEY,
    Dice,
    MemoryFlash,
    MemoryNvs,
    Wire,
    settings,
    signing_key,
)

MINUTE = 60000


class Box:
    """A node with every part, in a box at 4 °C, dark; `minutes` lets time pass."""

    def __init__(self, max_readings=10):
        self.bus = Bus()
        self.climate = self.bus.put(0x44, Sht4xPart(celsius=4.0, percent=80.0))
        self.light = self.bus.put(0x45, Opt3001Part(0.0))
        self.air = self.bus.put(0x77, Bmp390Part(pascals=98000.0, celsius=4.0))
        self.cell = Cell(80)
        self.receiver = ReceiverPart()
        self.clock = WallClock()
        bus = ClearingBus(lambda: self.bus, lambda: clear(*self.bus.lines(), lambda: None))
        battery = BatteryVoltage(self.cell, self.cell.ratio)
        self.sensors = PolledSensors(
            [Sht4x(bus), Opt3001(bus), Bmp390(bus), battery],
            self.clock,
            MINUTE,
            battery=BatteryLevel(Limits()),
            receiver=Receiver(self.receiver, self.receiver.switch, self.clock, Search()),
        )
        self.kept = Kept(RECEIPT_KEY)
        self.app = App(
            settings(max_readings=max_readings, alarms={"light": 100}),
            signing_key(),
            MemoryNvs(),
            MemoryFlash(),
            self.sensors,
            Wire(self.kept),
            Dice(),
        )
        self.now = 0

    def minutes(self, count):
        end = self.now + int(count * MINUTE)
        while self.now < end:
            self.app.step(self.now)
            step = max(1, min(self.sensors.wake(self.now), end) - self.now)
            self.now += min(step, 1000)
            self.bus.now_us = self.now * 1000
            self.receiver.run(self.now)

    def segments(self):
        """What the gateway has, opened, in order."""
        for _ in range(50):
            self.now += 10
            self.app.link(self.now)
        return opened(self.kept.segments)


def test_a_quiet_hour_has_no_fault_and_a_place():
    box = Box()
    box.minutes(75)
    items = box.segments()
    assert len(items) >= 7
    columns = [item.readings.columns for item in items]
    for channel, low, high in (
        (TEMPERATURE, 398, 402),
        (HUMIDITY, 7996, 8004),
        (LIGHT, 0, 0),
        (PRESSURE, 9799, 9801),
        (BATTERY, 3990, 4010),
    ):
        values = [value for some in columns for value in some[channel] if value is not None]
        assert len(values) >= 55 and low <= min(values) and max(values) <= high, channel
    assert all(item.readings.faults == 0 for item in items)
    assert not any(item.statement.flags & FLAG_SENSOR_FAULT for item in items)
    fixes = [fix for item in items for fix in item.location.fixes]
    assert len(fixes) == 2 and fixes[0][1:] == (481173000, 115166667, 10, FIX_GNSS)
    assert items[-1].statement.clock_source == GNSS and items[-1].statement.clock_error_ms < 1000


def test_a_window_of_nothing_but_a_place_is_sealed_too():
    box = Box(max_readings=1)
    box.bus.absent.update((0x44, 0x45, 0x77))
    box.cell.switched = False
    box.minutes(1)
    (item,) = [item for item in box.segments() if item.location.fixes]
    assert item.readings.columns == {} and item.statement.count == 1
    assert item.statement.flags & FLAG_SENSOR_FAULT == 0


def test_a_search_is_a_reason_to_wake_up_earlier_unless_the_battery_is_low():
    box = Box()
    box.minutes(2)
    box.sensors._due = 10**9
    assert box.sensors.wake(box.now) < 3700000
    for _ in range(3):
        box.sensors._battery.note(3400)
    assert box.sensors.wake(box.now) == 10**9


def test_a_low_battery_looks_for_no_position_until_it_is_well_again():
    box = Box()
    box.cell.percent = 15
    box.minutes(180)
    assert box.receiver.on_ms < 2000, "on until the battery was measured"
    box.cell.percent = 80
    box.minutes(60)
    assert 35000 <= box.receiver.on_ms <= 40000
    assert sum([len(item.location.fixes) for item in box.segments()]) == 1


def faulty(box, channels):
    """The segments that say that these channels failed."""
    bits = 0
    for channel in channels:
        bits |= 1 << channel
    return [item for item in box.segments() if item.readings.faults & bits == bits]


def missing(items, channel):
    """In how many readings the channel is not there: the battery tells a reading from a place."""
    count = 0
    for item in items:
        column = item.readings.columns.get(channel) or [None] * item.statement.count
        rows = list(zip(column, item.readings.columns[BATTERY]))  # noqa: B905  MicroPython
        count += len([1 for value, battery in rows if value is None and battery is not None])
    return count


def check_one_fault(box, hurt, heal, channels):
    """Ten well minutes, five with the fault, ten well: the fault is a fact, and no number of it."""
    box.minutes(10.5)
    hurt()
    box.minutes(5)
    heal()
    box.minutes(24.5)
    items = faulty(box, channels)
    assert items, "nothing tells of the fault"
    assert all(item.statement.flags & FLAG_SENSOR_FAULT for item in items)
    assert any(item.statement.flags & FLAG_EARLY for item in items), "it is told at once"
    assert [missing(items, channel) for channel in channels] == [5] * len(channels)
    last = box.segments()[-1]
    assert last.readings.faults == 0
    assert all(value is not None for value in last.readings.columns[channels[0]])


def test_a_part_that_does_not_acknowledge():
    box = Box()
    absent = box.bus.absent
    check_one_fault(box, lambda: absent.add(0x44), absent.clear, (TEMPERATURE, HUMIDITY))


def test_a_bus_that_hangs_for_good_takes_all_its_parts_and_leaves_the_battery():
    box = Box()
    wires = box.bus.wires

    def stuck(pulses):
        wires.stuck = pulses

    channels = (TEMPERATURE, HUMIDITY, LIGHT, PRESSURE)
    check_one_fault(box, lambda: stuck(-1), lambda: stuck(0), channels)


def test_a_wire_that_turns_bits_over():
    box = Box()

    def flip(bit):
        box.climate.flip = bit

    check_one_fault(box, lambda: flip(5), lambda: flip(-1), (TEMPERATURE, HUMIDITY))


def test_a_value_out_of_the_parts_range():
    box = Box()

    def words(value):
        box.climate.stuck_words = value

    check_one_fault(box, lambda: words((0xFFFF, 0xFFFF)), lambda: words(None), (TEMPERATURE,))


def test_a_part_that_stopped_converting():
    box = Box()

    def dead(value):
        box.light.dead = value

    check_one_fault(box, lambda: dead(True), lambda: dead(False), (LIGHT,))


def test_another_part_in_its_place():
    box = Box()

    def chip(name):
        box.air.chip = name
        box.air.lose_power()

    check_one_fault(box, lambda: chip(0x50), lambda: chip(0x60), (PRESSURE,))


def test_a_frozen_part_is_a_fault_from_its_eighth_word_on_until_it_lives_again():
    box = Box()
    box.minutes(10.5)
    box.climate.noisy = False
    box.minutes(10)
    box.climate.noisy = True
    box.minutes(20)
    items = faulty(box, (TEMPERATURE, HUMIDITY))
    assert missing(items, TEMPERATURE) == 3
    assert all(item.statement.flags & FLAG_SENSOR_FAULT for item in items)


def test_a_power_glitch_of_every_part_costs_at_most_one_reading_of_each():
    box = Box()
    box.minutes(10.0)
    box.app.step(box.now)
    for part in (box.climate, box.light, box.air):
        part.lose_power()
    box.minutes(30)
    items = box.segments()
    assert [missing(items, channel) for channel in (TEMPERATURE, LIGHT, PRESSURE)] == [1, 1, 1]


def test_an_opened_box_is_told_at_once_and_only_when_it_opens():
    box = Box(max_readings=30)
    box.minutes(5.5)
    box.light.lux = 300.0
    box.minutes(10)
    box.light.lux = 0.0
    box.minutes(45)
    flagged = [item for item in box.segments() if max(item.readings.columns[LIGHT], key=_or_zero)]
    assert len(flagged) == 2 and flagged[0].readings.columns[LIGHT][-1] == 3000
    assert flagged[0].statement.flags & FLAG_EARLY


def _or_zero(value):
    return value or 0
