"""Bursts are cut where something happened, whatever the stream does to the clock."""

from cargoseal_score.trigger import FEWEST, RING, BurstCutter, BurstSettings


def stream(*parts, hz=100, start=5000, times=1):
    """(milliseconds, mg on z) after one another, all of it some times over -> samples."""
    out = []
    at = start
    for _ in range(times):
        for length, level in parts:
            for _ in range(length * hz // 1000):
                out.append((at, 0, 0, level))
                at += 1000 // hz
    return out


def cut(samples, cutter=None):
    cutter = cutter or BurstCutter()
    out = [burst for burst in [cutter.add(*sample) for sample in samples] if burst]
    last = cutter.flush()
    return out + ([last] if last else [])


def spans(bursts):
    return [(burst[0][0], burst[-1][0]) for burst in bursts]


def refused(**settings):
    try:
        BurstSettings(**settings)
    except ValueError:
        return True
    return False


REST = (3000, 1000)


def test_a_quiet_stream_has_no_burst():
    assert cut(stream((10_000, 1000))) == []


def test_a_shock_is_held_from_a_second_before_its_peak_to_half_a_second_after():
    bursts = cut(stream(REST, (20, 2500), (10, 6000), (30, 3000), REST))
    assert spans(bursts) == [(5000 + 3020 - 1000, 5000 + 3020 + 500)]
    assert bursts[0][100] == (8020, 0, 0, 6000)
    assert len(bursts[0]) == 151


def test_at_200_hz_a_burst_has_301_samples():
    bursts = cut(stream(REST, (10, 6000), REST, hz=200))
    assert [len(burst) for burst in bursts] == [301]


def test_a_fall_is_cut_at_its_impact_though_the_lull_came_first():
    bursts = cut(stream(REST, (600, 20), (10, 1500), (20, 9000), REST))
    assert spans(bursts) == [(8610 - 1000, 8610 + 500)]


def test_a_throw_is_cut_at_its_landing_and_not_at_the_push():
    bursts = cut(stream(REST, (30, 3500), (100, 1200), (700, 100), (20, 3000), REST))
    assert spans(bursts) == [(8830 - 1000, 8830 + 500)]


def test_a_bounce_does_not_take_the_burst_from_the_first_impact():
    fall = stream(REST, (400, 50), (10, 15_000), (30, 1000), (150, 50), (10, 15_500), REST)
    assert spans(cut(fall)) == [(8400 - 1000, 8400 + 500)]


def test_a_lull_without_an_impact_is_cut_at_its_end():
    bursts = cut(stream(REST, (200, 100), (5000, 1000)))
    assert spans(bursts) == [(8190 - 1000, 8190 + 500)]


def test_a_short_lull_is_nothing():
    assert cut(stream(REST, (60, 100), REST)) == []
    assert len(cut(stream(REST, (70, 100), REST))) == 1


def test_a_lull_longer_than_it_waits_still_has_its_impact():
    bursts = cut(stream(REST, (1500, 100), (10, 1900), (10, 8000), REST))
    assert spans(bursts) == [(9510 - 1000, 9510 + 500)]


def test_a_sensor_that_goes_silent_makes_one_burst_and_no_more():
    assert len(cut(stream(REST, (60_000, 0), (10, 1000)))) == 1


def test_bursts_never_overlap_and_together_lose_no_fall():
    samples = stream(
        REST, (10, 5000), (700, 1000), (300, 50), (10, 5000), (600, 1000), (300, 50), (10, 9000),
        REST,
    )  # fmt: skip
    bursts = cut(samples)
    assert len(bursts) == 3
    for one, next_one in zip(bursts, bursts[1:]):  # noqa: B905, RUF007  for MicroPython
        assert one[-1][0] < next_one[0][0]


def test_after_a_burst_shocks_rest_and_are_counted():
    cutter = BurstCutter()
    samples = stream(REST, (10, 5000), (1500, 1000), (10, 5000), (3000, 1000), (10, 5000), REST)
    assert len(cut(samples, cutter)) == 2
    assert cutter.skipped == 1


def test_a_rough_road_has_no_more_bursts_in_an_hour_than_allowed():
    cutter = BurstCutter(BurstSettings(most_per_hour=6))
    bursts = cut(stream((3600, 1000), (50, 3000), hz=20, times=2000), cutter)
    starts = [burst[0][0] for burst in bursts]
    assert 8 <= len(starts) <= 12
    assert cutter.skipped + len(bursts) == 2000
    for i, start in enumerate(starts):
        assert len([s for s in starts[i:] if s < start + 3_600_000]) <= 6


def test_a_rough_road_does_not_take_what_a_fall_needs():
    cutter = BurstCutter(BurstSettings(most_per_hour=4))
    road = stream((3000, 1000), (20, 3000), times=20)
    samples = road + stream(REST, (300, 50), (20, 8000), REST, start=road[-1][0] + 10)
    assert cut(samples, cutter)[-1][100][3] == 8000
    assert cutter.skipped == 18


def test_a_sample_out_of_time_is_left_out_and_counted():
    samples = stream(REST, (10, 6000), REST)
    for at in (50, 200, 299, 301, 320):
        moved = (samples[at][0] - 30,) + samples[at][1:]  # noqa: RUF005  for MicroPython
        samples.insert(at, samples[at - 1])
        samples.insert(at + 1, moved)
    cutter = BurstCutter()
    bursts = cut(samples, cutter)
    assert cutter.misplaced == 10
    assert spans(bursts) == [(7000, 8500)]
    assert len(bursts[0]) == 151


def test_a_gap_ends_what_was_being_cut():
    first = stream(REST, (10, 6000), (200, 1000))
    second = stream(REST, (10, 6000), REST, start=first[-1][0] + 101)
    bursts = cut(first + second)
    assert spans(bursts)[0] == (7000, first[-1][0])
    assert bursts[1][0][0] > first[-1][0]


def test_a_leap_back_begins_a_new_stream():
    first = stream(REST, (10, 6000), (200, 1000), start=90_000)
    second = stream(REST, (10, 6000), REST, start=5000)
    assert spans(cut(first + second)) == [(92_000, 93_200), (7000, 8500)]


def test_jitter_moves_no_burst():
    samples = [
        (t + (i * 7919) % 9 - 4, x, y, z)
        for i, (t, x, y, z) in enumerate(stream(REST, (300, 50), (20, 6000), REST))
    ]
    bursts = cut(samples)
    assert len(bursts) == 1
    assert 149 <= len(bursts[0]) <= 152


def test_two_samples_a_second_are_no_stream_to_cut():
    assert cut([(500 * i, 0, 0, 1000) for i in range(100)]) == []
    cutter = BurstCutter()
    assert cut([(500 * i, 0, 0, 6000 if i == 50 else 1000) for i in range(100)], cutter) == []
    assert cutter.skipped == 1


def test_at_high_rates_a_burst_is_bounded_by_the_ring():
    bursts = cut(stream(REST, (10, 6000), REST, hz=1000))
    assert [len(burst) for burst in bursts] == [RING]


def test_a_shock_at_the_very_first_and_last_sample_is_cut_as_far_as_it_goes():
    assert spans(cut(stream((10, 6000), REST))) == [(5000, 5500)]
    assert spans(cut(stream(REST, (10, 6000)))) == [(7000, 8000)]


def test_what_no_sensor_says_is_limited_to_what_sixteen_bits_hold():
    (burst,) = cut([(i, 10**6, -(10**6), 5) for i in range(FEWEST)])
    assert burst[-1] == (FEWEST - 1, 32_767, -32_767, 5)


def test_refuses_settings_that_cannot_cut():
    assert refused(lull_mg=2000)
    assert refused(shock_mg=40_000)
    assert refused(after_ms=0)
    assert refused(rest_ms=-1)
    assert refused(most_per_hour=1)
    assert not refused()
