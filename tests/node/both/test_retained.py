"""What clock and sensors keep over deep sleep."""

from node.calendar import EPOCH_2000_S
from node.clock import WallClock
from node.retained import BYTES, Retained, decode

from cargoseal_wire.constants import GNSS, NTP

START = 1795219200000  # 2026-11-21
DAY = 86400000
UNKNOWN = (None, 0, 2**32 - 1)


def record(now=5000, timer=777000):
    clock = WallClock()
    clock.offer(START, 1000, GNSS, 500)
    kept = Retained()
    kept.hold_clock(clock, now, timer)
    kept.sample_at, kept.battery_level, kept.alarms = 60000, 2, 0x42
    kept.search_at, kept.searches_failed = 3600000, 3
    return kept


def test_over_a_sleep_uptime_and_clock_go_on_and_the_rest_is_kept():
    data = record().encode()
    assert len(data) == BYTES and BYTES <= 64
    kept = decode(data + bytes(2048 - BYTES), 777000 + 300000)
    clock = WallClock()
    now = kept.wake_clock(clock, 777000 + 300000, 50000)
    assert now == 305000
    assert clock.stamp(now) == (START + 304000, GNSS, 500 + 15000)
    assert (kept.sample_at, kept.battery_level, kept.alarms) == (60000, 2, 0x42)
    assert (kept.search_at, kept.searches_failed) == (3600000, 3)


def test_a_sleep_without_a_clock_is_kept_too():
    kept = Retained()
    kept.hold_clock(WallClock(), 5000, 100)
    clock = WallClock()
    assert decode(kept.encode(), 200).wake_clock(clock, 200, 50000) == 5100
    assert clock.stamp(5100) == UNKNOWN


def test_memory_that_lost_its_power_or_a_bit_is_no_record():
    data = record().encode()
    assert decode(b"", 10**9) is None
    assert decode(bytes(2048), 10**9) is None
    assert decode(b"\xff" * 2048, 10**9) is None
    for size in range(BYTES):
        assert decode(data[:size], 10**9) is None
    for bit in range(8 * BYTES):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        assert decode(bytes(bad), 10**9) is None, bit


def test_a_timer_that_went_back_is_another_life():
    data = record(timer=777000).encode()
    assert decode(data, 776999) is None
    assert decode(data, 777000) is not None


def test_uptime_never_goes_back_over_many_sleeps_of_any_length():
    now, timer = 0, EPOCH_2000_S * 1000
    clock = WallClock()
    clock.offer(START, 0, NTP, 40)
    last = clock.stamp(0)
    for asleep in (0, 1, 300000, 299999, DAY, 5, 7 * DAY):
        kept = Retained()
        kept.hold_clock(clock, now + 700, timer + 700)
        timer += 700 + asleep
        clock = WallClock()
        kept = decode(kept.encode(), timer)
        woke = kept.wake_clock(clock, timer, 50000)
        assert woke == now + 700 + asleep
        stamp = clock.stamp(woke)
        assert stamp[0] - last[0] == woke - now and stamp[2] >= last[2]
        now, last = woke, stamp
