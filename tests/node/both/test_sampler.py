"""When a window closes, and what it then says."""

from node.alarms import Alarms, urgent
from node.config import ALARMS
from node.reading import Reading
from node.sampler import Sampler

from cargoseal_wire.constants import (
    CLOCK_NONE,
    DOOR,
    FLAG_CLOCK_JUMPED,
    FLAG_DOOR,
    FLAG_EARLY,
    FLAG_FREE_FALL,
    FLAG_LIGHT,
    FLAG_LOW_BATTERY,
    FLAG_SENSOR_FAULT,
    FLAG_SHOCK,
    FLAG_TAMPER,
    GNSS,
    LIGHT,
    MOUNT,
    NTP,
    SHOCK,
    TEMPERATURE,
)

MINUTE = 60000
START = 1700000000000


def sampler(max_readings=5, max_duration_ms=60 * MINUTE, **thresholds):
    limits = dict(ALARMS)
    limits.update(thresholds)
    return Sampler(Alarms(limits), max_readings, max_duration_ms)


def reading(minute, values=None, wall=True, source=GNSS, error=1000, **more):
    uptime = minute * MINUTE
    if wall is True:
        wall = START + uptime
    return Reading(uptime, values or {TEMPERATURE: 500}, wall, source, error, **more)


def closed(target, readings):
    """(number of readings, flags) of each window that the readings close."""
    out = []
    for item in readings:
        out += [(window.count(), window.flags) for window in target.add(item)]
    return out


def test_a_full_window_closes():
    target = sampler()
    assert closed(target, [reading(i) for i in range(12)]) == [(5, 0), (5, 0)]
    assert target.waiting() == 2


def test_an_old_window_closes_by_itself():
    target = sampler(max_duration_ms=10 * MINUTE)
    closed(target, [reading(i) for i in range(3)])
    assert target.deadline() == 10 * MINUTE
    assert target.tick(10 * MINUTE - 1) is None
    window = target.tick(10 * MINUTE)
    assert (window.count(), window.flags) == (3, 0)
    assert target.deadline() is None
    assert target.tick(99 * MINUTE) is None


def test_a_reading_after_a_long_silence_is_in_the_next_window():
    target = sampler(max_duration_ms=10 * MINUTE)
    assert closed(target, [reading(0), reading(1), reading(300)]) == [(2, 0)]
    assert target.waiting() == 1


def test_an_alarm_closes_the_window_with_its_reading():
    for channel, count, flag in (
        (SHOCK, 5000, FLAG_SHOCK),
        (MOUNT, 1, FLAG_TAMPER),
        (DOOR, 1, FLAG_DOOR),
        (6, 100, FLAG_FREE_FALL),
        (LIGHT, 50, FLAG_LIGHT),
    ):
        target = sampler(light=50)
        below = reading(1, {channel: count - 1})
        assert closed(target, [reading(0), below]) == []
        assert closed(target, [reading(2, {channel: count})]) == [(3, flag | FLAG_EARLY)]


def test_an_alarm_that_lasts_closes_once():
    target = sampler()
    off = [reading(i, {MOUNT: 1}) for i in range(11)]
    flags = FLAG_TAMPER
    assert closed(target, off) == [(1, flags | FLAG_EARLY), (5, flags), (5, flags)]


def test_an_alarm_that_comes_again_closes_again():
    target = sampler(max_readings=50)
    rows = [reading(i, {DOOR: i % 2}) for i in range(4)]
    assert closed(target, rows) == [(2, FLAG_DOOR | FLAG_EARLY), (2, FLAG_DOOR | FLAG_EARLY)]


def test_a_second_alarm_during_the_first_closes_too():
    target = sampler(max_readings=50)
    rows = [reading(0, {DOOR: 1}), reading(1, {DOOR: 1, MOUNT: 1})]
    assert [flags for _, flags in closed(target, rows)] == [
        FLAG_DOOR | FLAG_EARLY,
        FLAG_DOOR | FLAG_TAMPER | FLAG_EARLY,
    ]


def test_alarms_can_be_switched_off():
    target = sampler(shock_mg=None, door=False, mount=False)
    rows = [reading(i, {SHOCK: 16000, DOOR: 1, MOUNT: 1}) for i in range(5)]
    assert closed(target, rows) == [(5, 0)]


def test_a_low_battery_is_flagged_without_closing():
    target = sampler()
    rows = [reading(i, {10: 3300 if i == 2 else 3301}) for i in range(5)]
    assert closed(target, rows) == [(5, FLAG_LOW_BATTERY)]


def test_a_sensor_fault_closes_and_names_its_channels():
    target = sampler()
    windows = target.add(reading(0)) + target.add(reading(1, faults=6))
    assert [window.flags for window in windows] == [FLAG_SENSOR_FAULT | FLAG_EARLY]
    assert windows[0].faults == 6


def test_a_change_of_the_clock_source_closes_without_a_jump():
    target = sampler()
    rows = [reading(0), reading(1), reading(2, source=NTP)]
    assert closed(target, rows) == [(2, FLAG_EARLY)]


def test_readings_without_a_clock_are_kept_apart_and_not_restamped():
    target = sampler(max_readings=50)
    rows = [reading(0)] + [reading(i, wall=None) for i in range(1, 4)] + [reading(4)]
    windows = []
    for row in rows:
        windows += target.add(row)
    assert [window.count() for window in windows] == [1, 3]
    lost = windows[1].readings
    assert [item.wall_ms for item in lost] == [None, None, None]
    assert [item.clock_source for item in lost] == [CLOCK_NONE] * 3
    assert windows[1].offsets_ms() == [0, MINUTE, 2 * MINUTE]
    assert windows[1].clock_error_ms == 2**32 - 1
    assert target.add(reading(5))[0:] == []  # the clock came back where it should be: no jump


def test_a_wall_clock_that_jumps_closes_and_flags_what_follows():
    target = sampler(max_readings=2)
    rows = [
        reading(0),
        reading(1, wall=START + MINUTE + 3600000),
        reading(2, wall=START + 2 * MINUTE + 3600000),
    ]
    assert closed(target, rows) == [(1, FLAG_EARLY), (2, FLAG_CLOCK_JUMPED)]


def test_a_jump_across_readings_without_a_clock_is_seen():
    target = sampler(max_readings=2)
    rows = [
        reading(0),
        reading(1, wall=None),
        reading(2, wall=START - 86400000),
        reading(3, wall=START - 86400000 + MINUTE),
    ]
    flags = [flags for _, flags in closed(target, rows)]
    assert flags == [FLAG_EARLY, FLAG_EARLY, FLAG_CLOCK_JUMPED]


def test_a_correction_within_the_stated_error_is_no_jump():
    target = sampler(max_readings=3)
    rows = [
        reading(i, wall=START + i * MINUTE + (15000 if i == 2 else 0), error=8000) for i in range(3)
    ]
    assert closed(target, rows) == [(3, 0)]


def test_a_window_states_the_largest_error_of_its_clock():
    target = sampler(max_readings=3)
    windows = []
    for minute, error in enumerate((1000, 1500, 1200)):
        windows += target.add(reading(minute, error=error))
    assert windows[0].clock_error_ms == 1500


def test_a_much_worse_clock_closes():
    target = sampler(max_readings=50)
    rows = [reading(0, error=1000), reading(1, error=3000), reading(2, error=3001)]
    assert closed(target, rows) == [(2, FLAG_EARLY)]


def test_uptime_that_goes_back_never_meets_in_one_window():
    target = sampler(max_readings=50)
    assert [count for count, _ in closed(target, [reading(5), reading(4)])] == [1]


def test_the_seventeenth_position_opens_the_next_window():
    target = sampler(max_readings=100)
    rows = [reading(i, fix=(521234567, 41234567, 12, 1)) for i in range(17)]
    assert closed(target, rows) == [(16, 0)]
    assert target.waiting() == 1


def test_columns_have_a_hole_where_a_channel_said_nothing():
    target = sampler(max_readings=3)
    rows = [reading(0, {0: 1}), reading(1, {0: 2, 4: 9}), reading(2, {4: 8})]
    window = (target.add(rows[0]) + target.add(rows[1]) + target.add(rows[2]))[0]
    assert window.columns() == {0: [1, 2, None], 4: [None, 9, 8]}


def test_two_halves_hold_the_same_readings():
    target = sampler(max_readings=5)
    windows = []
    for i in range(5):
        windows += target.add(reading(i, {0: i}))
    first, second = windows[0].halves()
    assert (first.count(), second.count()) == (2, 3)
    assert [r.values[0] for r in first.readings + second.readings] == [0, 1, 2, 3, 4]


def test_what_is_urgent():
    for flags, expected in (
        (0, False),
        (FLAG_EARLY, False),
        (FLAG_TAMPER, True),
        (FLAG_SHOCK, True),
        (FLAG_FREE_FALL, True),
        (FLAG_SENSOR_FAULT, True),
        (FLAG_DOOR, False),
        (FLAG_DOOR | FLAG_EARLY, True),
        (FLAG_LIGHT | FLAG_EARLY, True),
        (FLAG_LOW_BATTERY | FLAG_EARLY, False),
    ):
        assert urgent(flags) == expected


def test_a_position_or_a_failed_part_ends_no_alarm():
    target = sampler(max_readings=100, light=100)
    places = [reading(0, fix=(1, 2, 3, 1)) for _ in range(2)]
    for place in places:
        place.values = {}
    rows = [
        reading(0),
        reading(1, {LIGHT: 500}),
        places[0],
        reading(3, {LIGHT: 500}),
        reading(4, {TEMPERATURE: 500}, faults=1 << LIGHT),
        reading(5, {LIGHT: 500}, faults=1 << TEMPERATURE),
        places[1],
        reading(6, {TEMPERATURE: 500}, faults=1 << LIGHT),
        reading(7, {LIGHT: 0}),
        reading(8, {LIGHT: 500}),
    ]
    for at, row in enumerate(rows):
        row.uptime_ms = at * MINUTE
        row.wall_ms = START + at * MINUTE
    assert closed(target, rows) == [
        (2, FLAG_LIGHT | FLAG_EARLY),
        (3, FLAG_LIGHT | FLAG_SENSOR_FAULT | FLAG_EARLY),
        (5, FLAG_LIGHT | FLAG_SENSOR_FAULT | FLAG_EARLY),
    ]


def test_alarms_that_lasted_before_a_sleep_do_not_begin_again_after_it():
    before, after = Alarms(dict(ALARMS)), Alarms(dict(ALARMS))
    assert before.judge(reading(0, {DOOR: 1})) == (FLAG_DOOR, True)
    after.resume(before.lasting())
    assert after.judge(reading(1, {DOOR: 1})) == (FLAG_DOOR, False)
    assert after.judge(reading(2, {DOOR: 0})) == (0, False)
    assert after.judge(reading(3, {DOOR: 1})) == (FLAG_DOOR, True)
