"""What time it is, who said so, and how wrong that may be."""

from node.calendar import EPOCH_2000_S, date_of, days_in, unix_s
from node.clock import GATEWAY_ERROR_MS, WallClock

from cargoseal_wire.constants import GATEWAY, GNSS, NTP, RTC

START = 1795219200000  # 2026-11-21
DAY = 86400000
UNKNOWN = (None, 0, 2**32 - 1)


def test_dates_and_seconds_of_every_month_of_two_centuries_agree():
    days = unix_s(1970, 1, 1, 0, 0, 0) // 86400
    for year in range(1970, 2171):
        for month in range(1, 13):
            assert unix_s(year, month, 1, 12, 34, 56) == days * 86400 + 45296
            assert date_of(days * 86400 + 45296) == (year, month, 1, 12, 34, 56)
            days += days_in(year, month)
    assert (days_in(2000, 2), days_in(2024, 2), days_in(2100, 2), days_in(2026, 2)) == (
        29,
        29,
        28,
        28,
    )


def test_known_moments():
    for date, seconds in (
        ((1970, 1, 1, 0, 0, 0), 0),
        ((2000, 1, 1, 0, 0, 0), EPOCH_2000_S),
        ((2023, 11, 14, 22, 13, 20), 1700000000),
        ((2024, 2, 29, 23, 59, 59), 1709251199),
        ((2036, 2, 7, 6, 28, 16), 2085978496),
    ):
        assert unix_s(*date) == seconds
        assert date_of(seconds) == date
    assert unix_s(2016, 12, 31, 23, 59, 60) == unix_s(2017, 1, 1, 0, 0, 0)


def test_dates_that_do_not_exist_are_refused():
    for date in (
        (2026, 0, 1, 0, 0, 0),
        (2026, 13, 1, 0, 0, 0),
        (2026, 2, 29, 0, 0, 0),
        (2026, 4, 31, 0, 0, 0),
        (2026, 1, 0, 0, 0, 0),
        (2026, 1, 1, 24, 0, 0),
        (2026, 1, 1, 0, 60, 0),
        (2026, 1, 1, 0, 0, 61),
    ):
        try:
            unix_s(*date)
        except ValueError:
            continue
        raise AssertionError(date)


def test_a_clock_knows_what_it_does_not_know():
    clock = WallClock(drift_ppm=50)
    assert clock.stamp(5) == UNKNOWN
    clock.set(START, 1000, GNSS, 100)
    assert clock.stamp(1000) == (START, GNSS, 100)
    assert clock.stamp(1000 + DAY) == (START + DAY, GNSS, 100 + 4320)


def test_the_source_with_the_least_error_bound_wins_whatever_it_is():
    clock = WallClock(drift_ppm=50)
    assert clock.offer(START, 0, RTC, 2000)
    assert clock.offer(START + 50, 0, GATEWAY, 1100)
    assert clock.offer(START + 60, 0, GNSS, 500)
    assert clock.offer(START + 70, 0, NTP, 40)
    for source, error in ((RTC, 2000), (GATEWAY, 1100), (GNSS, 500)):
        assert not clock.offer(START + 1000, 1000, source, error)
    assert clock.stamp(1000) == (START + 1070, NTP, 40)
    assert clock.refused == 3 and clock.disputed == 0


def test_a_good_source_of_long_ago_gives_way_to_a_fair_one_of_now():
    clock = WallClock(drift_ppm=50)
    clock.offer(START, 0, NTP, 40)
    assert not clock.offer(START + DAY, DAY, GNSS, 5000)
    assert clock.offer(START + 2 * DAY + 3000, 2 * DAY, GNSS, 5000)
    assert clock.stamp(2 * DAY) == (START + 2 * DAY + 3000, GNSS, 5000)


def test_sources_that_cannot_both_be_right_are_counted():
    clock = WallClock()
    clock.offer(START, 0, NTP, 40)
    assert not clock.offer(START + 5000, 1000, GNSS, 500)
    assert clock.offer(START - 90000, 2000, NTP, 30)
    assert clock.disputed == 2


def test_an_offer_of_an_earlier_moment_never_moves_the_clock():
    clock = WallClock()
    clock.offer(START, 10000, NTP, 40)
    assert not clock.offer(START - 5000, 5000, NTP, 1)
    assert clock.stamp(10000) == (START, NTP, 40)


def test_a_time_of_before_this_was_built_is_no_time():
    clock = WallClock()
    for wall in (0, EPOCH_2000_S * 1000, EPOCH_2000_S * 1000 + DAY, 1577836800000):
        assert not clock.offer(wall, 0, RTC, 10)
    assert clock.stamp(0) == UNKNOWN


def test_a_receipts_time_is_as_good_as_it_was_quick():
    clock = WallClock()
    assert clock.receipt(START, 1000, 1400)
    assert clock.stamp(1400) == (START + 200, GATEWAY, 200 + GATEWAY_ERROR_MS)
    assert not clock.receipt(START + 60000, 2000, 62000), "a minute's wait is a minute's doubt"
    assert not clock.receipt(START, 9000, 8000), "asked for in the future"
    wall, _, error = clock.stamp(62000)
    assert abs(wall - (START + 60800)) <= error


def test_the_true_time_is_within_the_bound_of_a_receipt_wherever_it_waited():
    for there, back in ((0, 900), (900, 0), (450, 450)):
        clock = WallClock()
        true_at_zero = START
        clock.receipt(true_at_zero + 100 + there, 100, 100 + there + back)
        wall, _, error = clock.stamp(5000)
        assert abs(wall - (true_at_zero + 5000)) <= error


def test_a_sleep_widens_the_bound_by_what_the_timer_may_be_off():
    clock = WallClock(drift_ppm=50)
    clock.offer(START, 0, NTP, 40)
    clock.slept(1000, 301000, 50000)
    assert clock.stamp(301000) == (START + 301000, NTP, 40 + 15000)
    clock.slept(301000, 301001, 50000)
    assert clock.stamp(301001)[2] == 40 + 15000 + 1
    empty = WallClock()
    empty.slept(0, 300000)
    assert empty.stamp(300000) == UNKNOWN


def test_the_bound_never_leaves_its_field():
    clock = WallClock()
    clock.offer(START, 0, NTP, 40)
    clock.slept(0, 10**12, 1000000)
    assert clock.stamp(10**12)[2] == 2**32 - 2
