"""The sets that drivers are read in."""

from node.battery import LOW, BatteryLevel, Limits
from node.clock import WallClock
from node.reading import Reading
from node.retained import Retained
from node.sensors.bmp390 import Bmp390
from node.sensors.bus import ClearingBus, clear
from node.sensors.lis2dh12 import Lis2dh12
from node.sensors.opt3001 import Opt3001
from node.sensors.polled import PolledSensors, Watch
from node.sensors.queue import MAX_QUEUED, QueueSensors
from node.sensors.sht4x import Sht4x

from cargoseal_score.trigger import BurstSettings
from cargoseal_wire.constants import (
    FREE_FALL,
    GNSS,
    HUMIDITY,
    LIGHT,
    PRESSURE,
    PROBE,
    SHOCK,
    TEMPERATURE,
)
from tests.node.both.handling import drop, rest
from tests.node.both.parts.bmp390 import Bmp390Part
from tests.node.both.parts.bus import Bus
from tests.node.both.parts.lis2dh12 import Lis2dh12Part
from tests.node.both.parts.opt3001 import Opt3001Part
from tests.node.both.parts.sht4x import Sht4xPart


class Driver:
    """A part that can fail."""

    def __init__(self, channel, settle_ms=10):
        self.channels = (channel,)
        self.settle_ms = settle_ms
        self.fails = ""

    def start(self):
        if self.fails == "start":
            raise OSError(19)

    def read(self):
        if self.fails == "read":
            raise OSError(5)
        return {self.channels[0]: 7}


def test_a_set_is_read_once_per_period_after_settling():
    clock = WallClock()
    clock.set(1700000000000, 0, GNSS, 100)
    sensors = PolledSensors([Driver(PROBE, 10), Driver(TEMPERATURE, 50)], clock, 1000)
    assert sensors.poll(0) == []
    assert sensors.wake(0) == 50
    assert sensors.poll(49) == []
    readings = sensors.poll(50)
    assert readings[0].values == {PROBE: 7, TEMPERATURE: 7}
    assert (readings[0].uptime_ms, readings[0].wall_ms) == (0, 1700000000000)
    assert sensors.wake(60) == 1000
    assert sensors.poll(999) == []
    sensors.poll(5500)  # four periods were missed: they are not made up for
    assert sensors.poll(5550)[0].uptime_ms == 5500
    assert sensors.wake(5550) == 6000


def test_a_failing_part_is_a_fault_and_the_others_are_read():
    for fails in ("start", "read"):
        bad, well = Driver(PROBE), Driver(TEMPERATURE)
        bad.fails = fails
        sensors = PolledSensors([bad, well], WallClock(), 1000)
        sensors.poll(0)
        reading = sensors.poll(50)[0]
        assert reading.values == {TEMPERATURE: 7}
        assert reading.faults == 1 << PROBE
        bad.fails = ""
        sensors.poll(1000)
        assert sensors.poll(1050)[0].faults == 0


class Finder:
    """A receiver that always has a place."""

    search_at = 0
    failed = 0
    on = True

    def step(self, now, allowed):
        assert allowed
        return Reading(now, {}, fix=(1, 2, 3, 1)) if self.on else None

    def searching(self):
        return self.on

    def wake(self):
        return 250


def test_a_place_is_a_reading_of_its_own_behind_what_was_begun_before_it():
    finder = Finder()
    sensors = PolledSensors([Driver(TEMPERATURE)], WallClock(), 1000, receiver=finder)
    assert [reading.fix for reading in sensors.poll(0)] == [(1, 2, 3, 1)]
    both = sensors.poll(10)
    assert [reading.uptime_ms for reading in both] == [0, 10]
    assert both[0].values == {TEMPERATURE: 7} and both[1].values == {}
    assert sensors.wake(10) == 250 and sensors.busy()
    finder.on = False
    assert not sensors.busy()
    sensors.poll(1000)
    assert sensors.busy(), "a conversion is under way"


def test_what_goes_on_after_a_sleep():
    finder = Finder()
    finder.search_at, finder.failed = 5000, 2
    battery = BatteryLevel(Limits(), LOW)
    before = PolledSensors([], WallClock(), 1000, battery=battery, receiver=finder)
    finder.on = False
    before._battery.satellites = lambda: True
    before.poll(0)
    kept = Retained()
    before.hold(kept)
    assert (kept.sample_at, kept.battery_level) == (4000, LOW)
    assert (kept.search_at, kept.searches_failed) == (5000, 2)
    after = PolledSensors([], WallClock(), 1000)
    after.resume(kept)
    assert after.wake(0) == 4000 and after.radio() and after.measures()


def test_a_full_queue_takes_no_more():
    queue = QueueSensors()
    taken = [queue.put(Reading(i, {0: i})) for i in range(MAX_QUEUED + 1)]
    assert taken == [True] * MAX_QUEUED + [False]
    first = queue.poll(0)
    assert [reading.uptime_ms for reading in first] == list(range(len(first)))
    assert queue.wake(5) == 5
    while queue.poll(0):
        pass
    assert queue.wake(5) is None


def test_a_reading_without_a_time_has_no_clock_source():
    reading = Reading(5, {0: 1}, None, GNSS, 100)
    assert (reading.wall_ms, reading.clock_source, reading.clock_error_ms) == (None, 0, 2**32 - 1)
    reading = Reading(5, {0: 1}, 1700000000000, 0, 100)
    assert reading.wall_ms is None


def moved():
    """A bus with a LIS2DH12 on it, and the part."""
    bus = Bus()
    return bus, bus.put(0x19, Lis2dh12Part())


def polled(bus, clock, period_ms=1000):
    stream = Lis2dh12(bus, 0x19)
    return PolledSensors([Driver(TEMPERATURE)], clock, period_ms, stream, BurstSettings())


def test_a_fall_on_the_bus_comes_out_as_a_burst_with_its_clock():
    clock = WallClock()
    clock.set(1700000000000, 0, GNSS, 100)
    bus, part = moved()
    sensors = polled(bus, clock, 60000)
    felt = drop(0)
    bursts = []
    now, at = 0, 0
    while now < felt[-1][0]:
        bursts += sensors.bursts(now)
        now = min(sensors.wake(now), now + 160)
        sensors.poll(now)
        come = [sample for sample in felt[at:] if sample[0] <= now]
        part.feel(*come)
        at += len(come)
    (burst,) = bursts
    assert burst.wall_ms == 1700000000000 + burst.start_ms and burst.clock_source == GNSS
    assert max(burst.magnitudes()) == 7968  # 8000 in steps of 48
    assert 290 <= len([value for value in burst.magnitudes() if value < 350]) * 10 <= 310


def test_a_reading_tells_what_was_felt_since_the_one_before():
    bus, part = moved()
    sensors = polled(bus, WallClock())
    sensors.bursts(0)
    sensors.poll(0)
    assert sensors.poll(50)[0].values == {TEMPERATURE: 7}
    part.feel((0, 0, 3600))
    sensors.bursts(160)
    sensors.poll(1000)
    assert sensors.poll(1050)[0].values == {TEMPERATURE: 7, SHOCK: 3600, FREE_FALL: 0}
    sensors.poll(2000)
    assert sensors.poll(2050)[0].values == {TEMPERATURE: 7}


def test_an_accelerometer_that_fails_is_a_fault_of_its_channels():
    bus, _ = moved()
    sensors = polled(bus, WallClock())
    sensors.bursts(0)
    bus.absent.add(0x19)
    assert sensors.bursts(160) == []
    sensors.poll(1000)
    assert sensors.poll(1050)[0].faults == 1 << SHOCK | 1 << FREE_FALL
    bus.absent.clear()
    sensors.bursts(1100)
    sensors.poll(2000)
    assert sensors.poll(2050)[0].faults == 0


def test_what_woke_the_node_is_in_the_next_reading_as_at_least_that():
    bus, part = moved()
    sensors = polled(bus, WallClock())
    watch = Watch(3000, 100)
    sensors.watch(watch)
    part.feel(*rest(0, 1000))
    part.feel((0, 9000, 1000))
    assert part.int1()
    assert sensors.woken(watch, 5000, True) == []
    sensors.poll(5000)
    values = sensors.poll(5050)[0].values
    assert values[SHOCK] >= 3000 and values[FREE_FALL] == 0
    sensors.poll(6000)
    assert sensors.poll(6050)[0].values == {TEMPERATURE: 7}


def test_a_fall_that_woke_the_node_is_told_as_one():
    bus, part = moved()
    sensors = polled(bus, WallClock())
    watch = Watch(3000, 100)
    sensors.watch(watch)
    part.feel(*rest(0, 1000))
    part.feel(*[(20, -10, 30)] * 20)
    assert part.int1()
    sensors.woken(watch, 5000, True)
    sensors.poll(5000)
    assert sensors.poll(5050)[0].values[FREE_FALL] >= 100


def test_a_node_that_woke_by_its_timer_has_felt_nothing():
    bus, part = moved()
    sensors = polled(bus, WallClock())
    sensors.watch(Watch(3000, 100))
    part.feel(*rest(0, 1000))
    assert sensors.woken(Watch(3000, 100), 5000, False) == []
    sensors.poll(5000)
    assert sensors.poll(5050)[0].values == {TEMPERATURE: 7}


def test_a_part_that_cannot_watch_is_a_fault_of_the_next_reading():
    bus, _ = moved()
    sensors = polled(bus, WallClock())
    bus.absent.add(0x19)
    sensors.watch(Watch(3000, 100))
    sensors.poll(5000)
    assert sensors.poll(5050)[0].faults == 1 << SHOCK | 1 << FREE_FALL
    sensors.woken(Watch(3000, 100), 6000, True)
    sensors.poll(6000)
    assert sensors.poll(6050)[0].faults == 1 << SHOCK | 1 << FREE_FALL


def test_light_wakes_a_node_whose_accelerometer_fails():
    bus, _ = moved()
    bus.absent.add(0x19)
    part = bus.put(0x45, Opt3001Part(0.0))
    sensors = polled(bus, WallClock())
    sensors.watch(Watch(lux=10, light=Opt3001(bus)))
    part.lux = 50.0
    bus.wait_ms(300)
    part.run()
    assert part.line() == 1


def test_a_set_of_real_parts_with_one_that_hangs_the_bus_for_a_moment():
    bus = Bus()
    bus.put(0x44, Sht4xPart(celsius=4.0))
    bus.put(0x45, Opt3001Part(3.0))
    bus.put(0x77, Bmp390Part(pascals=99000.0))
    made = ClearingBus(lambda: bus, lambda: clear(*bus.lines(), lambda: None))
    sensors = PolledSensors([Sht4x(made), Opt3001(made), Bmp390(made)], WallClock(), 1000)
    told = []
    for now in range(0, 10000, 1000):
        if now == 4000:
            bus.wires.stuck = 5
        sensors.poll(now)
        bus.wait_ms(125)
        told.append(sensors.poll(now + 125)[0])
    assert [reading.faults for reading in told] == [0] * 4 + [0b11] + [0] * 5
    assert set(told[4].values) == {LIGHT, PRESSURE}
    assert set(told[9].values) == {TEMPERATURE, HUMIDITY, LIGHT, PRESSURE}
