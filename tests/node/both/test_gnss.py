"""Positions and times out of a receiver's sentences, and when it is given up."""

from node.clock import WallClock
from node.sensors.gnss import LOOK_MS, Receiver, Search
from node.sensors.nmea import LONGEST, Nmea

from cargoseal_wire.constants import FIX_GNSS, GNSS
from tests.node.both.parts import receiver as model
from tests.node.both.parts.receiver import sentence

GGA = "GPGGA,123519.00,4807.03800,N,01131.00000,E,1,08,0.90,545.4,M,46.9,M,,"
RMC = "GPRMC,123519.00,A,4807.03800,N,01131.00000,E,022.4,084.4,211126,003.1,W"
MUNICH = (481173000, 115166667)
NOON = 1795264519000  # 2026-11-21 12:35:19
MINUTE = 60000


def heard(*bodies):
    nmea = Nmea()
    for body in bodies:
        nmea.feed(sentence(body))
    return nmea


def test_a_position_is_ten_millionths_of_a_degree():
    for latitude, north, longitude, east, expected in (
        ("4807.03800", "N", "01131.00000", "E", MUNICH),
        ("3352.12345", "S", "15112.54321", "E", (-338687242, 1512090535)),
        ("0000.00000", "N", "00000.00000", "W", (0, 0)),
        ("0000.00001", "S", "17959.99999", "W", (-2, -1799999998)),
        ("9000.00000", "N", "18000.00000", "E", (900000000, 1800000000)),
        ("4807.0381234", "N", "01131.5", "E", (481173021, 115250000)),
    ):
        body = f"GNGGA,1,{latitude},{north},{longitude},{east},1,08,1.0,,M,,M,,"
        assert heard(body).fix[:2] == expected


def test_the_error_is_ten_metres_per_hdop_or_what_the_receiver_says():
    assert heard(GGA).fix[2] == 10
    assert heard(GGA.replace("0.90", "12.5")).fix[2] == 126
    assert heard("GPGST,123519.00,1,,,,3.0,4.0,9", GGA).fix[2] == 11
    assert heard("GPGST,123518.00,1,,,,3.0,4.0,9", GGA).fix[2] == 10, "of another moment"


def test_a_position_that_is_not_of_satellites_is_none():
    for quality in ("", "0", "6", "7", "8"):
        assert heard(GGA.replace("E,1,08", "E," + quality + ",08")).fix is None


def test_a_time_is_one_that_the_receiver_is_sure_of():
    assert heard(RMC).time_ms == NOON
    assert heard(RMC.replace("19.00", "19.250")).time_ms == NOON + 250
    assert heard(RMC.replace(",A,", ",V,")).time_ms is None
    assert heard(RMC.replace("211126", "")).time_ms is None
    assert heard(RMC.replace("211126", "310226")).time_ms is None


def test_sentences_may_come_in_any_pieces():
    data = b"\x00\xffrubbish*47\r\n" + sentence(RMC) + sentence(GGA)
    for size in range(1, len(data)):
        nmea = Nmea()
        for at in range(0, len(data), size):
            nmea.feed(data[at : at + size])
        assert nmea.fix[:2] == MUNICH and nmea.time_ms == NOON and nmea.bad == 0, size


def test_a_sentence_cut_anywhere_gives_nothing_and_the_next_one_counts():
    whole = sentence(GGA)
    for size in range(1, len(whole) - 1):
        nmea = Nmea()
        nmea.feed(whole[:size])
        assert nmea.fix is None
        nmea.feed(sentence(RMC))
        assert nmea.fix is None and nmea.time_ms == NOON and nmea.bad == 1, size
        nmea.feed(whole)
        assert nmea.fix[:2] == MUNICH


def test_every_bit_that_a_wire_turns_over_is_noticed():
    whole = sentence(GGA)
    for bit in range(8, 8 * (len(whole) - 2)):
        bad = bytearray(whole)
        bad[bit // 8] ^= 1 << bit % 8
        nmea = Nmea()
        nmea.feed(bytes(bad) + sentence(RMC))
        assert nmea.fix is None or nmea.fix[:2] == MUNICH, bit
        assert nmea.time_ms == NOON


def test_right_sums_over_nonsense_are_counted_and_hurt_nothing():
    for body in (
        "",
        "GPGGA",
        "GPRMC,,A",
        "GPGGA,,,,,,x,,,",
        GGA.replace("N", "X"),
        GGA.replace("4807", "9107"),
        GGA.replace("4807", "4867"),
        GGA.replace("0.90", ""),
        GGA.replace("4807.", "4807x"),
        GGA.replace("4807.", "9000."),
        GGA.replace("01131.", "18100."),
        RMC.replace("19.00", "19x00"),
        RMC.replace("19.00", "19.0x"),
        GGA.replace("4807.03800", ""),
        RMC.replace("123519", "253519"),
        RMC.replace("123519", "12"),
        "GPGST,1,,,,,,,",
        "GP" + "X" * 60,
    ):
        nmea = heard(body)
        assert nmea.fix is None and nmea.time_ms is None, body


def test_a_line_without_an_end_takes_no_memory():
    nmea = Nmea()
    for _ in range(100):
        nmea.feed(b"$" + b"A" * 1000)
    assert len(nmea._line) <= LONGEST
    nmea.feed(sentence(GGA))
    assert nmea.fix[:2] == MUNICH


def searching(sky=True, **search):
    part = model.Receiver()
    part.sky = sky
    clock = WallClock()
    return part, clock, Receiver(part, part.switch, clock, Search(**search))


def run(part, receiver, until, start=0, allowed=True):
    """Steps whenever the receiver wants to; the readings it gave."""
    found = []
    now = max(start, receiver.wake())
    while now <= until:
        part.run(now)
        reading = receiver.step(now, allowed)
        if reading is not None:
            found.append(reading)
        now = max(receiver.wake(), now + 1)
    part.run(until)
    return found


def test_a_position_is_found_taken_and_the_receiver_switched_off():
    part, _, receiver = searching()
    (reading,) = run(part, receiver, 10 * MINUTE)
    assert reading.fix == MUNICH + (10, FIX_GNSS)  # noqa: RUF005  MicroPython
    assert reading.values == {} and reading.faults == 0
    assert 35000 <= reading.uptime_ms <= 37000
    assert not part.on and part.on_ms < 37000
    assert receiver.search_at == reading.uptime_ms + 60 * MINUTE


def test_without_sky_a_day_costs_minutes_and_not_the_battery():
    part, _, receiver = searching(sky=False)
    assert run(part, receiver, 24 * 60 * MINUTE) == []
    # searches at 0, 1, 3, 7 and 15 h, then every 12
    assert receiver.failed == 5 and part.on_ms <= 5 * 92000
    assert not receiver.silent


def test_the_wait_without_sky_never_exceeds_its_limit():
    part, _, receiver = searching(
        sky=False, every_ms=2 * MINUTE, search_ms=20000, longest_ms=9 * MINUTE
    )
    starts = []
    switch = part.switch

    def noted(level):
        if level:
            starts.append(part.now)
        switch(level)

    receiver._switch = noted
    run(part, receiver, 120 * MINUTE)
    waits = [(b - a) // 1000 for a, b in zip(starts, starts[1:])]  # noqa: B905, RUF007
    assert waits[:4] == [140, 260, 500, 560] and max(waits) <= 561


def test_what_lay_in_the_buffer_since_the_last_search_is_no_position():
    part, clock, receiver = searching()
    run(part, receiver, 10 * MINUTE)
    part.sky = False
    for _ in range(20):
        part.held += sentence(GGA) + sentence(RMC)
    assert run(part, receiver, 70 * MINUTE, 10 * MINUTE) == []
    assert receiver.failed == 1 and clock.refused == 0


def test_a_search_is_looked_at_four_times_a_second_and_else_left_alone():
    part, _, receiver = searching()
    assert receiver.wake() == 0 and not receiver.searching()
    receiver.step(0)
    assert receiver.wake() == LOOK_MS and receiver.searching()
    receiver.step(LOOK_MS)
    assert receiver.wake() == 2 * LOOK_MS
    run(part, receiver, 10 * MINUTE)
    assert receiver.wake() == receiver.search_at and not receiver.searching()


def test_of_two_poor_positions_the_better_one_is_taken():
    part, _, receiver = searching()
    part.hdop = "4.00"
    run(part, receiver, 50000)
    part.hdop = "9.00"
    (reading,) = run(part, receiver, 10 * MINUTE, 50000)
    assert reading.fix[2] == 41


def test_sky_again_is_used_again_and_the_waits_are_short_again():
    part, _, receiver = searching(sky=False)
    run(part, receiver, 4 * 60 * MINUTE)
    assert receiver.failed == 3
    part.sky = True
    (reading,) = run(part, receiver, 8 * 60 * MINUTE, 4 * 60 * MINUTE)
    assert receiver.failed == 0 and receiver.search_at == reading.uptime_ms + 60 * MINUTE


def test_a_poor_position_waits_for_a_better_one_until_the_end():
    part, _, receiver = searching()
    part.hdop = "9.00"
    (reading,) = run(part, receiver, 10 * MINUTE)
    assert reading.fix[2] == 91 and 90000 <= reading.uptime_ms <= 90500
    part, _, receiver = searching()
    part.hdop = "9.00"
    run(part, receiver, 60000)
    part.hdop = "1.20"
    (reading,) = run(part, receiver, 10 * MINUTE, 60000)
    assert reading.fix[2] == 13


def test_the_true_time_is_within_the_bound_that_the_clock_gets():
    for late in (1, 300, 999):
        part, clock, receiver = searching()
        part.late_ms = late
        run(part, receiver, 10 * MINUTE)
        wall, source, error = clock.stamp(part.now)
        true = 1795219200000 + (45 * 60) * 1000 + part.now
        assert source == GNSS and abs(wall - true) <= error, late
        assert error <= (1000 + LOOK_MS) // 2 + 40


def test_the_time_of_a_receiver_that_does_not_know_where_it_is_is_not_believed():
    part, clock, receiver = searching()
    part.first_fix_ms = 150000  # it tells a time from 75 s on, with status V
    assert run(part, receiver, 10 * MINUTE) == []
    assert clock.stamp(part.now) == (None, 0, 2**32 - 1)


def test_the_time_is_taken_with_a_position_that_is_too_poor():
    part, clock, receiver = searching()
    part.hdop = "9.00"
    run(part, receiver, 50000)
    assert receiver.searching() and clock.stamp(part.now)[1] == GNSS


def test_a_wire_that_is_off_is_told_from_a_roof():
    part, _, receiver = searching()
    part.wire = False
    run(part, receiver, 10 * MINUTE)
    assert receiver.silent and receiver.failed == 1
    part.wire = True
    run(part, receiver, 90 * MINUTE, 10 * MINUTE)
    assert not receiver.silent and receiver.failed == 0


def test_a_noisy_wire_costs_sentences_and_gives_no_wrong_place():
    part, clock, receiver = searching()
    part.flip = 150
    (reading,) = run(part, receiver, 10 * MINUTE)
    assert reading.fix[:2] == MUNICH
    wall, _, error = clock.stamp(part.now)
    assert abs(wall - (1795219200000 + 45 * MINUTE + part.now)) <= error


def test_without_leave_it_is_switched_off_at_once():
    part, _, receiver = searching()
    run(part, receiver, 5000)
    assert part.on
    part.run(5001)
    assert receiver.step(5001, False) is None
    assert not part.on and receiver.search_at == 5001 + 60 * MINUTE
    assert run(part, receiver, 30 * MINUTE, 5001, False) == [] and not part.on


def test_a_search_goes_on_where_it_was_before_a_sleep():
    part = model.Receiver()
    receiver = Receiver(part, part.switch, WallClock(), Search(), 90000, 2)
    part.run(80000)
    assert receiver.step(80000) is None and not part.on
    part.sky = False
    run(part, receiver, 10 * MINUTE, 80000)
    assert receiver.failed == 3 and receiver.search_at >= 90000 + 4 * 60 * MINUTE


def test_searches_that_make_no_sense_are_refused():
    for wrong in (
        {"search_ms": 0},
        {"search_ms": 5000, "every_ms": 5000},
        {"longest_ms": 1000},
        {"good_m": 0},
    ):
        try:
            Search(**wrong)
        except ValueError:
            continue
        raise AssertionError(wrong)
