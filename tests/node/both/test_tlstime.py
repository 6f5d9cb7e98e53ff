"""Certificates are never checked against the year 2000, and never left unchecked."""

from node.clock import WallClock
from node.tlstime import DAY_MS, WAIT_MS, TlsTime

from cargoseal_wire.constants import GNSS, NTP
from tests.node.both.world import START_MS, MemoryNvs


class Chip:
    def __init__(self):
        self.set = []

    def __call__(self, unix_ms):
        self.set.append(unix_ms)


def made(since_ms=START_MS, nvs=None):
    chip, clock = Chip(), WallClock()
    return TlsTime(nvs or MemoryNvs(), clock, since_ms, chip), clock, chip


def test_the_wall_clock_is_what_certificates_are_checked_against():
    time, clock, chip = made()
    clock.set(START_MS + 5 * DAY_MS, 1000, GNSS, 100)
    assert time.ready(2000)
    assert chip.set == [START_MS + 5 * DAY_MS + 1000] and time.guessed == 0


def test_without_a_clock_network_time_is_waited_for():
    time, clock, chip = made()
    assert not time.ready(5000) and not time.ready(5000 + WAIT_MS - 1)
    assert chip.set == []
    clock.set(START_MS + DAY_MS, 6000, NTP, 500)
    assert time.ready(6000) and chip.set == [START_MS + DAY_MS]


def test_where_no_time_comes_what_is_certainly_past_is_taken():
    time, _, chip = made()
    assert not time.ready(0)
    assert time.ready(WAIT_MS) and chip.set == [START_MS] and time.guessed == 1


def test_without_any_bound_there_is_no_connection_before_a_clock():
    time, _, chip = made(since_ms=0)
    for now in (0, WAIT_MS, 100 * WAIT_MS):
        assert not time.ready(now)
    assert chip.set == []


def test_a_clock_before_the_floor_is_wrong_and_not_used():
    """Whoever answers for the time server cannot revive a certificate that had run out."""
    time, clock, chip = made()
    clock.set(START_MS - 400 * DAY_MS, 0, NTP, 500)
    assert not time.ready(0) and time.refused == 1
    assert time.ready(WAIT_MS) and chip.set == [START_MS]


def test_receipts_raise_the_floor_and_it_outlives_a_power_cut():
    nvs = MemoryNvs()
    time, _, _ = made(nvs=nvs)
    assert time.receipt(START_MS + 3 * DAY_MS, 0, 10)
    assert not time.receipt(START_MS + DAY_MS, 0, 20)
    again, clock, chip = made(nvs=nvs)
    assert again.floor_ms == START_MS + 3 * DAY_MS
    clock.set(START_MS + 2 * DAY_MS, 0, NTP, 500)
    assert not again.ready(0)
    assert again.ready(WAIT_MS) and chip.set == [START_MS + 3 * DAY_MS]


def test_the_floor_is_written_once_a_day_at_most():
    nvs = MemoryNvs()
    written = []
    put = nvs.put
    nvs.put = lambda key, value: (written.append(key), put(key, value))
    time, _, _ = made(nvs=nvs)
    for minute in range(3 * 24 * 60):
        time.receipt(START_MS + 1 + minute * 60000, 0, minute)
    assert len(written) == 3


def test_nvs_that_fails_leaves_the_floor_in_ram():
    nvs = MemoryNvs()
    time, _, _ = made(nvs=nvs)
    nvs.failures = 1
    assert time.receipt(START_MS + DAY_MS, 0, 0)
    assert time.floor_ms == START_MS + DAY_MS
    assert time.receipt(START_MS + DAY_MS + 1, 0, 0)
    assert made(nvs=nvs)[0].floor_ms == START_MS + DAY_MS + 1


def test_nvs_with_something_else_in_it_is_no_floor():
    nvs = MemoryNvs()
    nvs.values["time floor"] = b"abc"
    assert made(since_ms=0, nvs=nvs)[0].floor_ms == 0
