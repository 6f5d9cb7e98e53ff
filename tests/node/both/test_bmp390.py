"""The BMP390 driver against a model of the part, which has the data sheet's formulas in floats."""

from node.sensors.bmp390 import ADDRESS, Bmp390, compensated, linear_temperature

from cargoseal_wire.constants import PRESSURE
from tests.node.both.parts import bmp390
from tests.node.both.parts.bus import NO_ACK, TIMED_OUT, Bus, fails

OTHER_TRIM = (27098, 19170, -7, 3157, 1024, 35, -1, 24821, 30103, 5, 3, -11802, -5, 12)


def setting(**inside):
    bus = Bus()
    part = bus.put(ADDRESS, bmp390.Bmp390Part(**inside))
    part.lose_power()
    return bus, part, Bmp390(bus)


def measured(bus, driver):
    driver.start()
    bus.wait_ms(driver.settle_ms)
    return driver.read()[PRESSURE]


def test_pressures_of_the_whole_range_come_out_to_ten_pascals():
    for pascals in (30100.0, 54321.0, 89000.0, 101325.0, 110000.0, 124800.0):
        for celsius in (-39.0, 0.0, 25.0, 84.0):
            bus, _, driver = setting(pascals=pascals, celsius=celsius)
            assert abs(measured(bus, driver) * 10 - pascals) <= 10, (pascals, celsius)


def test_the_integers_are_the_data_sheets_real_numbers_rounded_once():
    for trim in (bmp390.TRIM, OTHER_TRIM):
        for raw_t in range(7000000, 9600000, 260000):
            t = linear_temperature(trim, raw_t)
            assert abs(t / 2**32 - bmp390.linear(trim, raw_t)) < 1e-8
            for raw_p in range(4000000, 9000000, 470000):
                exact = bmp390.pressure_of(trim, t / 2**32, raw_p)
                assert abs(compensated(trim, t, raw_p) - exact) < 0.51, (raw_t, raw_p)


def test_pascals_are_rounded_to_the_nearest_ten():
    seen = set()
    for pascals in range(100000, 100020):
        bus, _, driver = setting(pascals=float(pascals))
        told = measured(bus, driver)
        t = linear_temperature(bmp390.TRIM, bmp390.raw_temperature(bmp390.TRIM, 20.0) + 1)
        exact = compensated(bmp390.TRIM, t, bmp390.raw_pressure(bmp390.TRIM, 20.0, pascals) + 1)
        assert told == (exact + 5) // 10
        seen.add(exact % 10)
    assert seen == set(range(10))


def test_a_conversion_that_is_not_done_gives_no_number():
    bus, _, driver = setting()
    driver.start()
    bus.wait_ms(15)
    fails(driver.read)
    assert abs(measured(bus, driver) - 10132) <= 1


def test_a_damaged_trimming_memory_is_noticed():
    for damage in (1, 0x80, 0xFF):
        _, part, driver = setting()
        part.damage = damage
        part.lose_power()
        fails(driver.start)


def test_the_older_part_at_the_same_address_is_refused():
    _, part, driver = setting()
    part.chip = 0x50
    part.lose_power()
    fails(driver.start)


def test_a_power_glitch_costs_one_reading():
    bus, part, driver = setting()
    measured(bus, driver)
    driver.start()
    part.lose_power()
    bus.wait_ms(driver.settle_ms)
    fails(driver.read)
    assert abs(measured(bus, driver) - 10132) <= 1


def test_a_part_that_was_exchanged_under_way_is_read_with_its_own_coefficients():
    bus, part, driver = setting()
    measured(bus, driver)
    bus.absent.add(ADDRESS)
    fails(driver.start)
    bus.absent.clear()
    part.trim = OTHER_TRIM
    part.lose_power()
    assert abs(measured(bus, driver) - 10132) <= 1


def test_a_pressure_outside_of_the_parts_range_is_an_error():
    for pascals in (29000.0, 127000.0):
        bus, _, driver = setting(pascals=pascals)
        fails(measured, bus, driver)


def test_a_frozen_part_is_told_from_still_air():
    bus, part, driver = setting()
    for _ in range(101):
        measured(bus, driver)
    part.noisy = False
    for _ in range(7):
        measured(bus, driver)
    fails(measured, bus, driver)
    part.noisy = True
    measured(bus, driver)


def test_a_part_that_is_absent_or_hangs_the_bus_is_an_error():
    bus, _, driver = setting()
    bus.absent.add(ADDRESS)
    assert fails(driver.start) == NO_ACK
    bus.absent.clear()
    bus.wires.stuck = -1
    assert fails(driver.start) == TIMED_OUT
