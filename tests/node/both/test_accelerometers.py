"""The drivers of both accelerometers against models of the parts."""

from node.sensors.adxl345 import ADDRESS as ADXL345
from node.sensors.adxl345 import Adxl345
from node.sensors.bmp390 import ADDRESS as BMP390
from node.sensors.ds3231 import ADDRESS as DS3231
from node.sensors.lis2dh12 import ADDRESS as LIS2DH12
from node.sensors.lis2dh12 import Lis2dh12
from node.sensors.opt3001 import ADDRESS as OPT3001
from node.sensors.sht4x import ADDRESS as SHT4X

from cargoseal_score.fall import fall, height_mm
from tests.node.both.handling import drop, rest
from tests.node.both.parts.adxl345 import Adxl345Part
from tests.node.both.parts.bus import NO_ACK, TIMED_OUT, Bus, fails
from tests.node.both.parts.lis2dh12 import Lis2dh12Part


def lis2dh12():
    bus = Bus()
    return bus, bus.put(LIS2DH12, Lis2dh12Part()), Lis2dh12(bus)


def adxl345():
    bus = Bus()
    return bus, bus.put(ADXL345, Adxl345Part()), Adxl345(bus)


KINDS = (lis2dh12, adxl345)


def test_parts_are_at_the_addresses_of_their_data_sheets():
    assert (LIS2DH12, ADXL345) == (0x18, 0x53)
    assert (SHT4X, OPT3001, BMP390, DS3231) == (0x44, 0x45, 0x77, 0x68)


def test_both_are_emptied_when_their_fifo_is_half_full():
    assert [kind()[2].every_ms for kind in KINDS] == [160, 160]


def test_the_lis2dh12s_fifo_gives_steps_of_48_mg_up_to_sixteen_g():
    _, part, driver = lis2dh12()
    assert driver.samples(1000) == []
    part.feel((0, -48, 996), (0, 24564, -24576))
    assert driver.samples(1020) == [(1010, 0, -48, 960), (1020, 0, 24528, -24576)]
    assert driver.samples(1030) == []


def test_the_adxl345_gives_steps_of_four_mg_up_to_sixteen_g():
    _, part, driver = adxl345()
    assert driver.samples(1000) == []
    part.feel((0, -48, 996), (0, 15990, -16000))
    (first, second) = driver.samples(1020)
    assert first[0] == 1010 and second[0] == 1020
    for got, felt in zip(first[1:], (4, -48, 996)):  # noqa: B905  MicroPython
        assert abs(got - felt) <= 2
    assert abs(second[2] - 15990) <= 2 and abs(second[3] + 16000) <= 2
    assert driver.samples(1030) == []


def test_samples_lie_evenly_between_two_emptyings():
    for kind in KINDS:
        _, part, driver = kind()
        driver.samples(0)
        part.feel(*rest(0, 150))  # 15 of them in 160 ms: the part's oscillator is slow
        times = [sample[0] for sample in driver.samples(160)]
        assert times[-1] == 160 and len(times) == 15
        assert {b - a for a, b in zip(times, times[1:])} <= {10, 11}  # noqa: B905, RUF007


def test_a_fifo_that_ran_over_shows_a_gap():
    for kind in KINDS:
        _, part, driver = kind()
        driver.samples(0)
        part.feel(*rest(0, 1000))
        times = [sample[0] for sample in driver.samples(1000)]
        assert times == list(range(690, 1001, 10))
        part.feel(*rest(1000, 160))
        assert len(driver.samples(1160)) == 16


def test_a_fifo_that_is_just_full_has_lost_nothing_on_the_adxl345():
    _, part, driver = adxl345()
    driver.samples(0)
    part.feel(*rest(0, 320))
    times = [sample[0] for sample in driver.samples(330)]
    assert len(times) == 32 and times[0] == 330 - 330 * 31 // 32


def test_another_part_or_none_is_an_error_until_it_is_there():
    for kind in KINDS:
        bus, part, driver = kind()
        name, part.name = part.name, 0x32
        part.lose_power()
        fails(driver.samples, 0)
        part.name = name
        part.lose_power()
        address = next(iter(bus.parts))
        bus.absent.add(address)
        assert fails(driver.samples, 10) == NO_ACK
        bus.absent.clear()
        bus.wires.stuck = -1
        assert fails(driver.samples, 20) == TIMED_OUT
        bus.wires.stuck = 0
        driver.samples(100)
        part.feel((0, 0, 1000))
        assert len(driver.samples(110)) == 1


def test_a_part_that_lost_its_power_is_noticed_and_set_up_again():
    for kind in KINDS:
        _, part, driver = kind()
        driver.samples(0)
        part.feel(*rest(0, 160))
        driver.samples(160)
        part.lose_power()
        part.feel(*rest(160, 160))
        fails(driver.samples, 320)
        driver.samples(330)
        part.feel(*rest(330, 160))
        assert len(driver.samples(490)) == 16


def test_a_part_that_only_says_zero_or_the_end_of_its_scale_is_an_error():
    for kind in KINDS:
        for axes in ((0, 0, 0), (24528, 24528, 24528)):
            _, part, driver = kind()
            driver.samples(0)
            part.dead = axes
            told = 0
            try:
                for now in range(160, 5000, 160):
                    part.feel(*rest(now, 160))
                    told += len(driver.samples(now))
            except OSError:
                assert 180 <= told <= 220
                part.dead = False
                driver.samples(6000)
                part.feel(*rest(6000, 160))
                assert len(driver.samples(6160)) == 16
                continue
            raise AssertionError("believed")


def test_a_frozen_adxl345_is_noticed_even_at_one_g_and_a_resting_lis2dh12_is_not():
    for kind, noticed in ((adxl345, True), (lis2dh12, False)):
        _, part, driver = kind()
        driver.samples(0)
        part.dead = (0, 0, 1008)
        failed = False
        for now in range(160, 30000, 160):
            part.feel(*rest(now, 160))
            try:
                driver.samples(now)
            except OSError:
                failed = True
        assert failed == noticed


def test_a_drop_through_either_part_gives_its_height_within_a_tenth():
    for kind in KINDS:
        _, part, driver = kind()
        driver.samples(0)
        felt = drop(0, fall_ms=390)
        samples = []
        for at in range(0, len(felt), 16):
            part.feel(*felt[at : at + 16])
            samples += driver.samples(min(10 * (at + 16), 10 * len(felt)))
        magnitudes = [int((x * x + y * y + z * z) ** 0.5) for _, x, y, z in samples]
        fall_ms, _ = fall([sample[0] for sample in samples], magnitudes)
        assert abs(height_mm(fall_ms) - 745) <= 75, fall_ms


def shaken(part, peak_mg):
    part.feel(*rest(0, 2000))
    part.feel((0, peak_mg, 1000))


def test_a_watching_part_wakes_at_a_shock_and_not_at_a_lesser_one():
    for kind in KINDS:
        for peak, wakes in ((1500, False), (2600, False), (4000, True), (15000, True)):
            _, part, driver = kind()
            driver.watch(3000, 100)
            shaken(part, peak)
            assert part.int1() == wakes, peak
            if wakes:
                _, fell, shocked = driver.woken(5000)
                assert shocked and not fell
                assert part.int1() == 0


def test_a_watching_part_wakes_in_a_fall_and_not_in_a_shorter_one():
    for kind in KINDS:
        for fall_ms, wakes in ((60, False), (90, False), (140, True), (400, True)):
            _, part, driver = kind()
            driver.watch(16000, 100)
            part.feel(*rest(0, 2000))
            part.feel(*[(20, -10, 30)] * (fall_ms // 10))
            assert part.int1() == wakes, fall_ms
            if wakes:
                _, fell, shocked = driver.woken(5000)
                assert fell and not shocked


def test_what_came_before_the_wake_up_is_kept_while_the_chip_boots():
    for kind, before in ((lis2dh12, 31), (adxl345, 16)):
        _, part, driver = kind()
        driver.watch(3000, 100)
        part.feel(*rest(0, 1000))
        part.feel(*[(96, 0, 960)] * (before - 1))
        part.feel((0, 6000, 1000))
        part.feel(*rest(0, 700))  # the chip boots
        samples, _, shocked = driver.woken(9000)
        assert shocked and len(samples) == 32
        marked = [sample[0] for sample in samples if 90 <= sample[1] <= 110]
        assert len(marked) >= before - 2
        assert 0 <= 9000 - marked[-1] <= 20, marked


def test_after_waking_a_part_streams_as_before():
    for kind in KINDS:
        _, part, driver = kind()
        driver.watch(3000, 100)
        shaken(part, 5000)
        driver.woken(5000)
        assert driver.samples(5100) == []
        part.feel(*rest(5100, 160))
        assert len(driver.samples(5260)) == 16
        assert part.int1() == 0


def test_a_watch_on_an_absent_part_is_an_error():
    for kind in KINDS:
        bus, _, driver = kind()
        bus.absent.add(next(iter(bus.parts)))
        assert fails(driver.watch, 3000, 100) == NO_ACK
        assert fails(driver.woken, 0) == NO_ACK
        _, part, driver = kind()
        part.name = 0x11
        part.lose_power()
        fails(driver.watch, 3000, 100)
        fails(driver.woken, 0)
