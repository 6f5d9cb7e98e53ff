"""A clock with a battery of its own, and who sets whom."""

from node.calendar import unix_s
from node.clock import WallClock
from node.sensors.ds3231 import ADDRESS, Ds3231
from node.timekeeper import SET_EVERY_MS, Timekeeper

from cargoseal_wire.constants import GNSS, NTP, RTC
from tests.node.both.parts.bus import Bus, fails
from tests.node.both.parts.ds3231 import Ds3231Part

START = 1795219200000  # 2026-11-21
DAY = 86400000


def part(ppm=0):
    bus = Bus()
    made = bus.put(ADDRESS, Ds3231Part(ppm))
    return bus, made, Ds3231(bus)


def test_a_ds3231_that_was_never_set_has_no_time():
    _, _, driver = part()
    assert driver.read() is None


def test_a_ds3231_tells_the_time_that_it_was_set_to_within_its_bound():
    for ppm in (-3, 0, 3):
        bus, _, driver = part(ppm)
        start = bus.now_us
        driver.set(START + 700, 40)
        for days in (0, 0.5, 1, 30, 59):
            bus.now_us = start + int(days * 86400) * 1000000
            wall, error = driver.read()
            true = START + 700 + int(days * 86400) * 1000
            assert abs(wall - true) <= error, (ppm, days)
            assert error <= 40 + 1500 + days * 432 + 2


def test_a_ds3231_goes_over_the_end_of_february_and_of_the_year():
    for year, month, day in ((2027, 2, 28), (2028, 2, 28), (2028, 2, 29), (2027, 12, 31)):
        bus, _, driver = part()
        before = unix_s(year, month, day, 23, 59, 30) * 1000
        driver.set(before, 0)
        bus.wait_ms(60000)
        wall, error = driver.read()
        assert abs(wall - before - 60000) <= error


def test_a_ds3231_whose_battery_died_has_no_time_until_it_is_set():
    bus, made, driver = part()
    driver.set(START, 40)
    made.lose_power()
    assert driver.read() is None
    driver.set(START, 40)
    bus.wait_ms(5000)
    assert driver.read() is not None


def test_a_ds3231_runs_with_its_alarms_off_also_on_its_battery():
    _, made, driver = part()
    made.registers[0x0E] = 0xFF
    driver.set(START, 40)
    assert made.registers[0x0E] == 0x04 and made.registers[0x0F] & 0x80 == 0


def test_a_time_worse_than_a_minute_is_not_told_by_a_ds3231():
    _, _, driver = part()
    driver.set(START, 64000)
    assert driver.read()[1] == 65500
    driver.set(START, 65000)
    assert driver.read() is None


def test_what_somebody_else_set_a_ds3231_to_is_not_believed():
    _, made, driver = part()
    driver.set(START, 40)
    made.registers[0x08] ^= 1
    assert driver.read() is None


def test_a_ds3231_with_a_date_that_does_not_exist_or_lies_before_its_note_has_no_time():
    for register, value in (
        (0x04, 0x32),
        (0x05, 0x13),
        (0x02, 0x7F),
        (0x02, 0x48),  # eight o'clock of a clock of twelve hours
        (0x01, 0x0A),
        (0x00, 0x6A),
        (0x06, 0x20),
    ):
        _, made, driver = part()
        driver.set(START, 40)
        made.registers[register] = value
        assert driver.read() is None, (register, value)


def test_setting_a_ds3231_that_is_cut_short_leaves_no_wrong_note():
    for writes in range(4):
        bus, made, driver = part()
        driver.set(START, 1)
        written, left = made.written, [writes]

        def limited(data, written=written, left=left):
            if len(data) > 1:
                left[0] -= 1
                if left[0] < 0:
                    return None
            return written(data)

        made.written = limited
        fails(driver.set, START + 3600000, 30000)
        made.written = written
        told = driver.read()
        if told is not None:
            assert writes == 0 or told[1] >= 30000
        bus.wait_ms(10)


def test_a_clock_part_gives_the_time_at_the_start_and_is_set_by_better_ones():
    bus, _, driver = part()
    driver.set(START, 200)
    bus.wait_ms(DAY)
    clock = WallClock()
    keeper = Timekeeper(driver, clock)
    keeper.step(0)
    wall, source, error = clock.stamp(0)
    assert source == RTC and abs(wall - START - DAY) <= error
    assert clock.offer(START + DAY + 100, 60000, NTP, 30)
    keeper.step(60000)
    keeper.step(120000)
    assert driver.read()[1] == 30 + 3 + 1000 + 500 or driver.read()[1] < 30 + 1600
    assert clock.stamp(120000)[1] == NTP


def test_a_clock_part_is_never_set_by_itself_and_not_again_and_again():
    bus, made, driver = part()
    driver.set(START, 200)
    clock = WallClock()
    keeper = Timekeeper(driver, clock)
    writes = []
    written = made.written

    def counted(data):
        if len(data) > 1:
            writes.append(data)
        return written(data)

    made.written = counted
    for now in range(0, SET_EVERY_MS, 60000):
        keeper.step(now)
        bus.wait_ms(60000)
    assert writes == []
    clock.offer(START + SET_EVERY_MS, SET_EVERY_MS, GNSS, 20)
    for now in range(SET_EVERY_MS, 2 * SET_EVERY_MS, 60000):
        keeper.step(now)
    assert len([data for data in writes if data[0] == 0]) == 1


def test_an_absent_clock_part_is_asked_again_and_hurts_nobody():
    bus, _, driver = part()
    clock = WallClock()
    keeper = Timekeeper(driver, clock)
    bus.absent.add(ADDRESS)
    for now in range(0, 300000, 1000):
        keeper.step(now)
    assert keeper.failures == 5
    bus.absent.clear()
    driver.set(START, 40)
    keeper.step(300000)
    assert clock.stamp(300000)[1] == RTC
