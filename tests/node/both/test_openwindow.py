"""A window that goes on over deep sleeps, and one that does not fit."""

from node.alarms import Alarms
from node.config import ALARMS
from node.openwindow import decode, encode
from node.reading import Reading
from node.sampler import Sampler
from node.window import Window

from cargoseal_wire.constants import FLAG_CLOCK_JUMPED, FLAG_EARLY, FLAG_LOW_BATTERY, GNSS, NTP

START = 1795219200000
MINUTE = 60000


def sampler(most=60):
    return Sampler(Alarms(dict(ALARMS)), most, 10**9)


def reading(at, **more):
    values = {0: -1850 + at % 7, 1: 4000 - at, 2: 10132, 3: 0, 10: 3200 if at == 3 else 4100}
    wall = START + at * MINUTE if more.pop("clock", True) else None
    fix = (481173000, -1799999998, 10, 1) if at % 4 == 1 else None
    source, faults = more.pop("source", NTP), more.pop("faults", 0)
    return Reading(at * MINUTE, values, wall, source, 40 + at, faults, fix)


def told(window):
    """Everything that a window is."""
    return (
        window.flags,
        window.faults,
        window.start_ms,
        window.wall_ms,
        window.clock_source,
        window.clock_error_ms,
        window.fix_count,
        window.offsets_ms(),
        sorted(window.columns().items()),
        window.fixes(),
    )


def slept(target, most=1900):
    """The sampler of the next start, with what went through the memory."""
    data = encode(*target.hold(), most)
    assert data is not None and len(data) <= most
    after = sampler()
    after.resume(*decode(data + b"\xff" * 50))
    return after


def test_a_window_of_many_sleeps_is_the_one_of_no_sleep():
    for clock in (True, False):
        awake, sleeper = sampler(12), sampler(12)
        for at in range(11):
            assert awake.add(reading(at, clock=clock)) == []
            assert sleeper.add(reading(at, clock=clock)) == []
            after = slept(sleeper)
            after._max_readings = 12
            sleeper = after
        first, second = awake.add(reading(11, clock=clock)), sleeper.add(reading(11, clock=clock))
        assert told(first[0]) == told(second[0])
        assert first[0].flags & FLAG_LOW_BATTERY
        assert first[0].count() == 12 and first[0].fix_count == 3


def test_faults_flags_and_readings_of_nothing_but_a_place_are_kept():
    window = Window(FLAG_CLOCK_JUMPED)
    for at in range(6):
        item = reading(at, faults=1 << 31 | at)
        if at == 5:
            item.values = {}
        window.add(item, FLAG_LOW_BATTERY if at == 2 else 0)
    again, last = decode(encode(window, reading(3), 1900))
    assert told(again) == told(window) and again.readings[5].values == {}
    assert [item.faults for item in again.readings] == [1 << 31 | at for at in range(6)]
    assert (last.uptime_ms, last.wall_ms) == (3 * MINUTE, START + 3 * MINUTE)


def test_an_empty_window_is_kept_with_its_clock():
    target = sampler(2)
    target.add(reading(0))
    target.add(reading(1))
    after = slept(target)
    assert after.waiting() == 0
    jumped = Reading(2 * MINUTE, {0: 1}, START + 2 * MINUTE + 900000, NTP, 40)
    after.add(jumped)
    assert after.hold()[0].flags & FLAG_CLOCK_JUMPED, "a jump over a sleep is noticed"


def test_a_fresh_node_has_nothing_to_keep():
    after = slept(sampler())
    assert after.hold()[1] is None and after.waiting() == 0


def test_what_does_not_fit_is_said_and_can_be_closed():
    target = sampler(200)
    for at in range(33):
        target.add(reading(at))
    assert encode(*target.hold(), 1900) is not None
    for at in range(33, 60):
        target.add(reading(at))
    assert encode(*target.hold(), 1900) is None
    closed = target.finish()
    assert closed.count() == 60 and closed.flags & FLAG_EARLY
    assert target.finish() is None


def test_bytes_cut_or_turned_over_anywhere_are_no_window():
    target = sampler()
    for at in range(3):
        target.add(reading(at, source=GNSS))
    data = encode(*target.hold(), 1900)
    assert decode(b"") is None and decode(bytes(2000)) is None and decode(b"\xff" * 2000) is None
    for size in range(len(data)):
        assert decode(data[:size]) is None
    for bit in range(8 * len(data)):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        assert decode(bytes(bad)) is None, bit
