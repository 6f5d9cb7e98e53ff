"""The OPT3001 driver against a model of the part."""

from node.sensors.opt3001 import ADDRESS, Opt3001

from cargoseal_wire.constants import LIGHT
from tests.node.both.parts.bus import NO_ACK, TIMED_OUT, Bus, fails
from tests.node.both.parts.opt3001 import Opt3001Part


def setting(lux=0.0):
    bus = Bus()
    part = bus.put(ADDRESS, Opt3001Part(lux))
    return bus, part, Opt3001(bus)


def measured(bus, driver):
    driver.start()
    bus.wait_ms(driver.settle_ms)
    return driver.read()[LIGHT]


def test_light_from_starlight_to_sun_comes_out_within_the_parts_steps():
    bus, part, driver = setting()
    for part.lux in (0.0, 0.04, 0.05, 1.0, 40.95, 40.96, 320.5, 9999.0, 80000.0, 83865.0):
        step = max(0.1, part.lux / 2048)
        assert abs(measured(bus, driver) / 10 - part.lux) <= step, part.lux


def test_hundredths_are_rounded_to_the_nearest_tenth():
    bus, part, driver = setting(1.0)
    for result, tenths in (
        (0x0004, 0),
        (0x0005, 1),
        (0x000E, 1),
        (0x000F, 2),
        (0x1005, 1),
        (0xBFFF, 838656),
    ):
        driver.start()
        bus.wait_ms(driver.settle_ms)
        part.run()
        part.registers[0] = result
        assert driver.read()[LIGHT] == tenths


def test_an_exponent_that_does_not_exist_is_an_error():
    bus, part, driver = setting(1.0)
    for exponent in range(12, 16):
        driver.start()
        bus.wait_ms(driver.settle_ms)
        part.run()
        part.registers[0] = exponent << 12 | 5
        fails(driver.read)


def test_a_dark_box_is_zero_again_and_again():
    bus, _, driver = setting(0.0)
    assert [measured(bus, driver) for _ in range(100)] == [0] * 100


def test_light_beyond_the_range_is_the_ranges_end_and_no_fault():
    bus, _, driver = setting(110000.0)
    assert measured(bus, driver) == 838656


def test_a_part_that_has_not_converted_gives_no_number():
    bus, part, driver = setting(100.0)
    driver.start()
    bus.wait_ms(50)
    fails(driver.read)
    part.dead = True
    fails(measured, bus, driver)
    part.dead = False
    assert measured(bus, driver) == 1000


def test_another_part_at_the_address_is_no_light_sensor():
    bus, part, driver = setting(100.0)
    part.device = 0x3002
    part.lose_power()
    fails(driver.start)
    part.device = 0x3001
    part.lose_power()
    assert measured(bus, driver) == 1000


def test_a_power_glitch_costs_one_reading():
    bus, part, driver = setting(100.0)
    driver.start()
    part.lose_power()
    bus.wait_ms(driver.settle_ms)
    fails(driver.read)
    assert measured(bus, driver) == 1000


def test_a_part_that_is_absent_or_hangs_the_bus_is_an_error():
    bus, _, driver = setting()
    bus.absent.add(ADDRESS)
    assert fails(driver.start) == NO_ACK
    bus.absent.clear()
    bus.wires.stuck = -1
    assert fails(driver.start) == TIMED_OUT


def test_a_watching_part_lets_its_line_go_up_at_the_level_and_not_below():
    bus, part, driver = setting(5.0)
    for lux, fires in ((5.0, False), (9.9, False), (10.0, True), (500.0, True)):
        driver.watch(10)
        part.lux = lux
        bus.wait_ms(300)
        part.run()
        assert (part.line() == 1) == fires, lux
    assert measured(bus, driver) == 5000
    assert not part.event


def test_a_watched_level_is_met_in_every_range():
    bus, part, driver = setting()
    for lux in (1, 40, 41, 100, 2000, 30000, 80000):
        driver.watch(lux)
        part.lux = lux * 0.98
        bus.wait_ms(300)
        part.run()
        assert part.line() == 0, lux
        part.lux = lux * 1.02
        bus.wait_ms(300)
        part.run()
        assert part.line() == 1, lux
