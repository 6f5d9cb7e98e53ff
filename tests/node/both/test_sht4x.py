"""The SHT4x driver against a model of the part."""

from node.sensors.sht4x import HEATED_MS, Sht4x

from cargoseal_wire.constants import HUMIDITY, TEMPERATURE
from tests.node.both.parts import sht4x
from tests.node.both.parts.bus import NO_ACK, TIMED_OUT, Bus, fails


def setting(**inside):
    bus = Bus()
    part = bus.put(sht4x.ADDRESS, sht4x.Sht4xPart(**inside))
    return bus, part, Sht4x(bus)


def measured(bus, driver):
    driver.start()
    bus.wait_ms(driver.settle_ms)
    return driver.read()


def test_the_check_byte_is_that_of_the_data_sheet():
    assert sht4x.check(b"\xbe\xef") == 0x92


def test_every_climate_comes_out_to_a_few_hundredths():
    bus, part, driver = setting()
    for part.celsius, part.percent in ((-40.0, 0.0), (-18.3, 85.2), (0.0, 50.0), (124.9, 100.0)):
        values = measured(bus, driver)
        assert abs(values[TEMPERATURE] - round(part.celsius * 100)) <= 2
        assert abs(values[HUMIDITY] - round(part.percent * 100)) <= 2


def test_the_ends_of_the_scale_are_rounded_as_the_data_sheet_says():
    bus, part, driver = setting()
    for words, expected in (
        ((0x6666, 0x8000), (2500, 5650)),
        ((0x6667, 0x0C4A), (2500, 0)),
        ((0x1D42, 0xFFFF), (-2500, 10000)),
        ((0x0750, 0x0000), (-4000, 0)),
    ):
        part.stuck_words = words
        values = measured(bus, driver)
        assert (values[TEMPERATURE], values[HUMIDITY]) == expected, values


def test_a_part_that_still_measures_does_not_acknowledge():
    bus, _, driver = setting()
    driver.start()
    bus.wait_ms(7)
    assert fails(driver.read) == NO_ACK
    bus.wait_ms(3)
    assert driver.read()[TEMPERATURE]


def test_every_bit_that_a_wire_turns_over_is_noticed():
    bus, part, driver = setting()
    for part.flip in range(48):
        fails(measured, bus, driver)


def test_an_absent_part_is_an_error_and_one_that_comes_back_is_used():
    bus, _, driver = setting()
    bus.absent.add(sht4x.ADDRESS)
    assert fails(driver.start) == NO_ACK
    bus.absent.clear()
    assert TEMPERATURE in measured(bus, driver)


def test_a_bus_that_hangs_is_an_error():
    bus, _, driver = setting()
    bus.wires.stuck = -1
    assert fails(driver.start) == TIMED_OUT


def test_a_power_cut_between_start_and_read_is_an_error_once():
    bus, part, driver = setting()
    driver.start()
    part.lose_power()
    bus.wait_ms(10)
    assert fails(driver.read) == NO_ACK
    assert TEMPERATURE in measured(bus, driver)


def test_a_frozen_part_is_told_from_a_steady_one():
    bus, part, driver = setting(celsius=4.0)
    for _ in range(1000):
        measured(bus, driver)
    part.noisy = False
    readings = [measured(bus, driver) for _ in range(7)]
    assert len(readings) == 7
    for _ in range(3):
        fails(measured, bus, driver)
    part.noisy = True
    values = [measured(bus, driver) for _ in range(3)]
    assert all(abs(item[TEMPERATURE] - 400) <= 2 for item in values)


def test_a_temperature_that_the_part_cannot_have_is_an_error():
    bus, part, driver = setting()
    for part.stuck_words in ((0xFFFF, 0x8000), (0x0000, 0x8000), (0x0700, 0x8000)):
        fails(measured, bus, driver)


def test_the_serial_number_is_read_with_its_check_bytes():
    bus, part, driver = setting()
    driver.ask_serial()
    assert fails(driver.serial) == NO_ACK
    bus.wait_ms(1)
    assert driver.serial() == sht4x.SERIAL
    part.flip = 3
    driver.ask_serial()
    bus.wait_ms(1)
    fails(driver.serial)


def test_the_heater_warms_a_part_that_lives_and_nothing_is_answered_meanwhile():
    bus, _, driver = setting(celsius=5.0)
    cold = measured(bus, driver)[TEMPERATURE]
    driver.heat()
    bus.wait_ms(100)
    assert fails(driver.read) == NO_ACK and fails(driver.start) == NO_ACK
    bus.wait_ms(HEATED_MS - 100)
    assert driver.read()[TEMPERATURE] > cold + 500
    assert abs(measured(bus, driver)[TEMPERATURE] - cold) <= 4


def test_a_reset_is_one_byte_and_over_in_a_millisecond():
    bus, part, driver = setting()
    driver.reset()
    assert part.commands == [0x94]
    assert fails(driver.start) == NO_ACK
    bus.wait_ms(1)
    assert TEMPERATURE in measured(bus, driver)
