"""Drivers and the sets they are read in."""

import struct

from node.clock import WallClock
from node.reading import Reading
from node.sensors.lis2dh12 import Lis2dh12
from node.sensors.polled import PolledSensors
from node.sensors.queue import MAX_QUEUED, QueueSensors
from node.sensors.sht4x import Sht4x, crc8

from cargoseal_score.trigger import BurstSettings
from cargoseal_wire.constants import FREE_FALL, GNSS, HUMIDITY, PROBE, SHOCK, TEMPERATURE
from tests.node.both.handling import drop, rest


class Bus:
    """An I2C bus with one SHT4x on it."""

    def __init__(self, temperature=0x6666, humidity=0x8000):
        self.words = (temperature, humidity)
        self.written = []
        self.broken = False
        self.flip = -1

    def writeto(self, address, data):
        if self.broken:
            raise OSError(19)
        self.written.append((address, data))
        return len(data)

    def readfrom(self, address, size):
        out = bytearray()
        for word in self.words:
            pair = bytes([word >> 8, word & 255])
            out += pair + bytes([crc8(pair)])
        if self.flip >= 0:
            out[self.flip] ^= 4
        return bytes(out[:size])


class Fifo:
    """An I2C bus with one LIS2DH12 on it, which takes a sample whenever the test says so."""

    def __init__(self):
        self.registers = {0x0F: 0x33}
        self.held = []
        self.overrun = False
        self.broken = False

    def take(self, samples):
        """Samples in mg; the oldest go when there are more than 32."""
        self.held += samples
        self.overrun = self.overrun or len(self.held) >= 32
        self.held = self.held[-32:]

    def writeto_mem(self, address, register, data):
        if self.broken:
            raise OSError(19)
        assert address == 0x19
        self.registers[register] = data[0]
        if register == 0x2E and data[0] == 0:
            self.held = []

    def readfrom_mem(self, address, register, size):
        if self.broken:
            raise OSError(19)
        if register == 0x2F:
            state = 0x40 if self.overrun else 0 if self.held else 0x20
            return bytes([state | min(31, len(self.held))])
        if register != 0xA8:
            return bytes([self.registers.get(register, 0)])
        assert self.registers[0x24] == 0x40 and self.registers[0x2E] == 0x80
        out = b""
        for _, x, y, z in self.held[: size // 6]:
            out += struct.pack("<hhh", x // 12 << 4, y // 12 << 4, z // 12 << 4)
        self.held = self.held[size // 6 :]
        self.overrun = False
        return out


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


def test_the_check_byte_is_sensirions():
    assert crc8(b"\xbe\xef") == 0x92  # the example of the data sheet


def test_an_sht4x_gives_hundredths_in_integers():
    for raw, temperature in ((0, -4500), (0xFFFF, 13000), (0x6666, 2500)):
        sensor = Sht4x(Bus(temperature=raw))
        sensor.start()
        assert sensor.read()[TEMPERATURE] == temperature
    for raw, humidity in ((0, 0), (0xFFFF, 10000), (0x8000, 5650), (0x0C4A, 0)):
        assert Sht4x(Bus(humidity=raw)).read()[HUMIDITY] == humidity


def test_an_sht4x_measures_precisely_at_its_address():
    bus = Bus()
    Sht4x(bus).start()
    assert bus.written == [(0x44, b"\xfd")]


def test_a_wrong_check_byte_is_an_error_and_no_temperature():
    for flip in range(6):
        bus = Bus()
        bus.flip = flip
        try:
            Sht4x(bus).read()
        except OSError:
            continue
        raise AssertionError("byte " + str(flip))


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


def test_a_clock_knows_what_it_does_not_know():
    clock = WallClock(drift_ppm=50)
    assert clock.stamp(5) == (None, 0, 2**32 - 1)
    clock.set(1700000000000, 1000, GNSS, 100)
    assert clock.stamp(1000) == (1700000000000, GNSS, 100)
    assert clock.stamp(1000 + 86400000) == (1700086400000, GNSS, 100 + 4320)


def test_a_reading_without_a_time_has_no_clock_source():
    reading = Reading(5, {0: 1}, None, GNSS, 100)
    assert (reading.wall_ms, reading.clock_source, reading.clock_error_ms) == (None, 0, 2**32 - 1)
    reading = Reading(5, {0: 1}, 1700000000000, 0, 100)
    assert reading.wall_ms is None


def test_a_lis2dh12_is_set_to_sixteen_g_and_its_steps_are_twelve_mg():
    bus = Fifo()
    part = Lis2dh12(bus, 0x19)
    assert part.samples(1000) == []
    assert (bus.registers[0x20], bus.registers[0x23]) == (0x57, 0xB8)
    bus.take([(0, 0, -12, 996), (0, 24564, -24576, 12)])
    assert part.samples(1020) == [(1010, 0, -12, 996), (1020, 24564, -24576, 12)]
    assert part.samples(1030) == []


def test_samples_lie_evenly_between_two_emptyings():
    bus = Fifo()
    part = Lis2dh12(bus, 0x19)
    part.samples(0)
    bus.take(rest(0, 150))  # 15 of them in 160 ms: the part's oscillator is slow
    times = [sample[0] for sample in part.samples(160)]
    assert times[-1] == 160 and len(times) == 15
    assert {b - a for a, b in zip(times, times[1:])} <= {10, 11}  # noqa: B905, RUF007


def test_a_fifo_that_ran_over_shows_a_gap():
    bus = Fifo()
    part = Lis2dh12(bus, 0x19)
    part.samples(0)
    bus.take(rest(0, 1000))
    times = [sample[0] for sample in part.samples(1000)]
    assert times == list(range(690, 1001, 10))


def test_another_part_or_none_is_an_error_until_it_is_there():
    bus = Fifo()
    part = Lis2dh12(bus, 0x19)
    for broken, name in ((False, 0x32), (True, 0x33)):
        bus.broken, bus.registers[0x0F] = broken, name
        try:
            part.samples(0)
        except OSError:
            continue
        raise AssertionError("no error")
    bus.broken = False
    part.samples(100)
    bus.take([(0, 0, 0, 996)])
    assert part.samples(110) == [(110, 0, 0, 996)]


def test_a_part_that_lost_its_power_is_noticed_and_set_up_again():
    bus = Fifo()
    part = Lis2dh12(bus, 0x19)
    part.samples(0)
    bus.registers = {0x0F: 0x33}
    try:
        part.samples(160)
    except OSError:
        part.samples(170)
        assert bus.registers[0x24] == 0x40
    else:
        raise AssertionError("an empty FIFO was believed")


def polled(bus, clock, period_ms=1000):
    stream = Lis2dh12(bus, 0x19)
    return PolledSensors([Driver(TEMPERATURE)], clock, period_ms, stream, BurstSettings())


def test_a_fall_on_the_bus_comes_out_as_a_burst_with_its_clock():
    clock = WallClock()
    clock.set(1700000000000, 0, GNSS, 100)
    bus = Fifo()
    sensors = polled(bus, clock, 60000)
    felt = drop(0)
    bursts = []
    now, at = 0, 0
    while now < felt[-1][0]:
        bursts += sensors.bursts(now)
        now = min(sensors.wake(now), now + 160)
        sensors.poll(now)
        come = [sample for sample in felt[at:] if sample[0] <= now]
        bus.take(come)
        at += len(come)
    (burst,) = bursts
    assert burst.wall_ms == 1700000000000 + burst.start_ms and burst.clock_source == GNSS
    assert max(burst.magnitudes()) == 7992  # 8000 in steps of 12
    assert 290 <= len([value for value in burst.magnitudes() if value < 350]) * 10 <= 310


def test_a_reading_tells_what_was_felt_since_the_one_before():
    bus = Fifo()
    sensors = polled(bus, WallClock())
    sensors.bursts(0)
    sensors.poll(0)
    assert sensors.poll(50)[0].values == {TEMPERATURE: 7}
    bus.take([(0, 0, 0, 3600)])
    sensors.bursts(160)
    sensors.poll(1000)
    assert sensors.poll(1050)[0].values == {TEMPERATURE: 7, SHOCK: 3600, FREE_FALL: 0}
    sensors.poll(2000)
    assert sensors.poll(2050)[0].values == {TEMPERATURE: 7}


def test_an_accelerometer_that_fails_is_a_fault_of_its_channels():
    bus = Fifo()
    sensors = polled(bus, WallClock())
    sensors.bursts(0)
    bus.broken = True
    assert sensors.bursts(160) == []
    sensors.poll(1000)
    assert sensors.poll(1050)[0].faults == 1 << SHOCK | 1 << FREE_FALL
    bus.broken = False
    sensors.bursts(1100)
    sensors.poll(2000)
    assert sensors.poll(2050)[0].faults == 0
