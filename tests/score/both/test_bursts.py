"""Every statistic of a burst against its definition, computed the slow way."""

from cargoseal_score import bursts
from cargoseal_score.errors import ScoreError


def statistic(code, values, first=0, second=0, offsets=None, hz=100):
    if offsets is None:
        offsets = [1000 * i // hz for i in range(len(values))]
    return bursts.statistic(code, first, second, offsets, values)


def equal(fraction, top, bottom):
    return fraction[1] > 0 and fraction[0] * bottom == top * fraction[1]


def shaky(count, most, seed=3):
    out = []
    for _ in range(count):
        seed = (1103515245 * seed + 12345) & 0x7FFFFFFF
        out.append((seed >> 12) % (2 * most + 1))
    return out


def refused(code, first, second):
    try:
        bursts.check(code, first, second)
    except ScoreError:
        return True
    return False


DROP = [1000] * 50 + [200, 220] * 10 + [8000, 4000, 500] + [1000, 1200] * 20
IMPACT = 70  # index of the 8000


def test_flight_is_what_fall_finds_with_its_level_and_its_unrest():
    assert statistic(bursts.FLIGHT, DROP) == (200, 1)
    assert equal(statistic(bursts.FLIGHT_LEVEL, DROP), 210, 1)
    assert equal(statistic(bursts.FLIGHT_UNREST, DROP), 10, 1)


def test_a_flight_more_restless_than_is_allowed_counts_for_nothing():
    assert statistic(bursts.FLIGHT, DROP, 10) == (200, 1)  # its unrest is 10
    assert statistic(bursts.FLIGHT, DROP, 9) == (0, 1)
    assert statistic(bursts.FLIGHT, [1000] * 60, 9) == (0, 1)


def test_without_a_flight_its_length_is_zero_and_the_rest_is_nothing():
    quiet = [1000] * 60
    assert statistic(bursts.FLIGHT, quiet) == (0, 1)
    assert statistic(bursts.FLIGHT_LEVEL, quiet)[1] == 0
    assert statistic(bursts.FLIGHT_UNREST, quiet)[1] == 0


def test_low_is_the_longest_stretch_at_or_below_the_level():
    assert statistic(bursts.LOW, [9, 5, 5, 9, 5, 4, 5, 9], 5) == (20, 1)
    assert statistic(bursts.LOW, [9, 9], 5) == (0, 1)
    assert statistic(bursts.LOW, [5, 5, 5], 5, offsets=[0, 7, 100]) == (100, 1)


def test_lowest_is_the_least_mean_over_the_time():
    values = shaky(80, 500)
    means = [(sum(values[i : i + 6]), 6) for i in range(75)]
    best = means[0]
    for mean in means:
        if mean[0] * best[1] < best[0] * mean[1]:
            best = mean
    assert equal(statistic(bursts.LOWEST, values, 50), best[0], best[1])
    assert equal(statistic(bursts.LOWEST, [1, 2, 6], 5000), 3, 1)


def test_level_and_unrest_look_at_the_time_before_the_peak():
    assert equal(statistic(bursts.LEVEL, DROP, 20, 100), 210, 1)
    assert equal(statistic(bursts.UNREST, DROP, 20, 100), 10, 1)
    assert equal(statistic(bursts.LEVEL, DROP, 300, 100), 1000, 1)
    assert statistic(bursts.LEVEL, DROP, 2000, 100)[1] == 0


def test_aftermath_looks_behind_it():
    assert equal(statistic(bursts.AFTERMATH, DROP, 30, 200), 100, 1)
    assert statistic(bursts.AFTERMATH, DROP, 5000, 200)[1] == 0


def test_surplus_is_the_area_over_the_level_around_the_peak():
    values = [1000, 1000, 3000, 5000, 2000, 1000, 1000]
    assert equal(statistic(bursts.SURPLUS, values, 1000, 1000), 10 * (2000 + 4000 + 1000), 1)
    assert equal(statistic(bursts.SURPLUS, values, 1000, 5), 10 * 4000, 1)
    assert equal(statistic(bursts.SURPLUS, [1000] * 5, 1000, 50), 0, 1)


def test_surplus_is_the_same_at_twice_the_rate():
    slow = [1000, 1000, 3000, 5000, 3000, 1000, 1000]
    fast = [1000, 1000, 1000, 2000, 3000, 4000, 5000, 4000, 3000, 2000, 1000, 1000, 1000]
    one = statistic(bursts.SURPLUS, slow, 1000, 100)
    other = statistic(bursts.SURPLUS, fast, 1000, 100, hz=200)
    assert one[0] * other[1] == other[0] * one[1]


def test_leap_is_the_highest_rise_within_the_time():
    for span in (10, 30, 200):
        values = shaky(90, 3000, seed=span)
        slow = 0
        for i in range(len(values)):
            for j in range(max(0, i - span // 10), i):
                slow = max(slow, values[i] - values[j])
        assert statistic(bursts.LEAP, values, span) == (slow, 1)
    assert statistic(bursts.LEAP, [9, 5, 1], 20) == (0, 1)


def test_blows_are_counted_once_each():
    values = [0, 9, 9, 0, 0, 0, 9, 0, 9, 0]
    assert statistic(bursts.BLOWS, values, 9, 30) == (2, 1)
    assert statistic(bursts.BLOWS, values, 9, 20) == (3, 1)
    assert statistic(bursts.BLOWS, values, 10, 20) == (0, 1)


def test_turn_is_how_far_the_mean_has_moved_from_begin_to_end():
    values = [1000] * 20 + [-300] * 20 + [0] * 20
    assert equal(statistic(bursts.TURN, values, 200), 1000, 1)
    assert equal(statistic(bursts.TURN, [7], 200), 0, 1)


def test_lists_that_are_filled_anew_are_looked_at_anew():
    offsets = [10 * i for i in range(len(DROP))]
    values = list(DROP)
    assert bursts.statistic(bursts.FLIGHT, 0, 0, offsets, values) == (200, 1)
    values[60] = values[61] = 1400
    assert bursts.statistic(bursts.FLIGHT, 0, 0, offsets, values)[0] < 150
    offsets[:] = [20 * i for i in range(len(DROP))]
    assert bursts.statistic(bursts.FLIGHT, 0, 0, offsets, values)[0] >= 150


def test_one_reading_and_equal_times_are_answered():
    for code in bursts.STATISTICS:
        first, second = 0, 0
        if code in (bursts.LOW, bursts.LOWEST, bursts.LEAP, bursts.TURN):
            first = 100
        elif code not in (bursts.FLIGHT, bursts.FLIGHT_LEVEL, bursts.FLIGHT_UNREST):
            first, second = 100, 100
        for offsets, values in (([0], [5]), ([0, 0, 0], [5, 9000, 0]), ([0, 40], [0, 3000])):
            assert bursts.statistic(code, first, second, offsets, values)[1] >= 0


def test_refuses_parameters_that_a_statistic_does_not_take():
    assert refused(15, 0, 0)
    assert refused(99, 0, 0)
    assert refused(bursts.FLIGHT, 0, 1)
    assert refused(bursts.FLIGHT_LEVEL, 1, 0)
    assert refused(bursts.LOW, 0, 0)
    assert refused(bursts.LOW, 350, 1)
    assert refused(bursts.LEVEL, 30, 0)
    assert refused(bursts.SURPLUS, 1000, 0)
    assert not refused(bursts.FLIGHT, 0, 0)
    assert not refused(bursts.FLIGHT, 80, 0)
    assert not refused(bursts.LOW, 350, 0)
    assert not refused(bursts.LEVEL, 0, 100)
