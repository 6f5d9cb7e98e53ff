"""Drivers and the sets they are read in."""

from node.clock import WallClock
from node.reading import Reading
from node.sensors.polled import PolledSensors
from node.sensors.queue import MAX_QUEUED, QueueSensors
from node.sensors.sht4x import Sht4x, crc8

from cargoseal_wire.constants import GNSS, HUMIDITY, PROBE, TEMPERATURE


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
