"""A free flight is found by its calm, whatever level the spin lifts it to."""

from cargoseal_score.fall import fall, find_flight, height_mm


def burst(*parts, hz=100):
    """(milliseconds, |a| in mg, or a pair: from, to) after one another -> offsets, magnitudes."""
    offsets, values = [], []
    for length, level in parts:
        count = length * hz // 1000
        low, high = level if isinstance(level, tuple) else (level, level)
        for i in range(count):
            offsets.append(1000 * len(offsets) // hz)
            values.append(low + (high - low) * i // max(1, count - 1))
    return offsets, values


def noisy(offsets, values, most):
    """Noise of a fixed generator, within +-most."""
    seed = 7
    out = []
    for value in values:
        seed = (1103515245 * seed + 12345) & 0x7FFFFFFF
        out.append(abs(value + (seed >> 16) % (2 * most + 1) - most))
    return offsets, out


REST = (600, 1000)
IMPACT = (20, 9000)
AFTER = (400, 1000)


def test_a_drop_has_its_time_and_its_impact():
    for hz in (50, 100, 200):
        fallen, impact = fall(*burst(REST, (600, 20), IMPACT, AFTER, hz=hz))
        assert abs(fallen - 600) <= 1000 // hz
        assert burst(REST, (600, 20), IMPACT, AFTER, hz=hz)[1][impact] == 9000


def test_a_spin_that_lifts_the_level_to_half_a_g_and_more_hides_no_fall():
    for level in (350, 500, 650, 780):
        fallen, impact = fall(*burst(REST, (200, level), IMPACT, AFTER))
        assert abs(fallen - 200) <= 10, level
        assert impact is not None


def test_a_tumbling_box_whose_level_sways_is_followed():
    fallen, _ = fall(*burst(REST, (100, (500, 200)), (100, (200, 550)), IMPACT, AFTER))
    assert abs(fallen - 200) <= 20


def test_noise_changes_the_height_of_a_low_drop_by_less_than_a_quarter():
    offsets, values = noisy(*burst(REST, (200, 400), IMPACT, AFTER), 60)
    fallen, _ = fall(offsets, values)
    assert 0.75 < height_mm(fallen) / height_mm(200) < 1.25


def test_what_an_edge_no_longer_carries_counts_by_its_share():
    """Support that fades from 1 g to 0.8 g in 200 ms falls like 20 ms, and is felt at once."""
    at_once, _ = fall(*burst(REST, (200, 20), IMPACT, AFTER))
    tilted, _ = fall(*burst(REST, (200, (1000, 800)), (200, 20), IMPACT, AFTER))
    assert abs(at_once - 200) <= 10
    assert abs(tilted - at_once - 20) <= 5


def test_hands_that_open_slowly_count_half_the_time_they_take():
    slow, _ = fall(*burst(REST, (100, (1000, 20)), (200, 20), IMPACT, AFTER))
    assert abs(slow - 250) <= 10


def test_swaying_before_the_release_is_not_added_to_the_fall():
    swayed = burst(REST, (100, 700), (60, 1000), (200, 20), IMPACT, AFTER)
    assert abs(fall(*swayed)[0] - 200) <= 10
    sunk = burst(REST, (150, (600, 990)), (60, (900, 760)), (200, 20), IMPACT, AFTER)
    assert fall(*sunk)[0] <= 230


def test_a_long_release_counts_no_longer_than_a_fifth_of_a_second():
    near, far = (
        fall(*burst(REST, (length, 800), (200, 20), IMPACT, AFTER))[0] for length in (250, 500)
    )
    assert near == far <= 200 + 200 // 5 + 10


def test_a_level_that_is_nearly_at_rest_is_no_flight_however_long_it_sinks():
    for level in (860, 940, 990):
        assert fall(*burst(REST, (400, level), IMPACT, AFTER)) == (0, None)


def test_a_box_at_rest_that_is_hit_has_not_fallen():
    assert fall(*burst((1000, 1000), IMPACT, AFTER)) == (0, None)
    assert fall(*noisy(*burst((1000, 1000), IMPACT, AFTER), 60)) == (0, None)


def test_a_slow_rise_out_of_a_dip_is_no_fall():
    road = burst(REST, (120, (1000, 300)), (160, (300, 1800)), (100, (1800, 1000)), AFTER)
    assert fall(*road)[0] == 0


def test_a_throw_that_is_caught_softly_counts_without_an_impact():
    fallen, impact = fall(*burst(REST, (300, 100), (100, 1300), AFTER))
    assert abs(fallen - 300) <= 10
    assert impact is None


def test_one_rattle_on_the_way_does_not_cut_the_flight():
    offsets, values = burst(REST, (400, 50), IMPACT, AFTER)
    values[75] = 900
    assert abs(fall(offsets, values)[0] - 400) <= 10


def test_a_bounce_that_flies_as_long_does_not_replace_the_fall():
    offsets, values = burst(REST, (300, 50), IMPACT, (340, 100), IMPACT, AFTER)
    flight = find_flight(offsets, values)
    assert abs(flight.length_ms - 300) <= 10
    assert offsets[flight.impact] == 900


def test_the_push_of_a_throw_is_not_its_impact():
    offsets, values = burst(REST, (80, 700), (200, 2500), (500, 60), IMPACT, AFTER)
    fallen, impact = fall(offsets, values)
    assert abs(fallen - 500) <= 10
    assert values[impact] == 9000


def test_a_burst_that_begins_in_the_air_counts_what_it_holds():
    fallen, _ = fall(*burst((150, 300), IMPACT, AFTER))
    assert 140 <= fallen <= 160


def test_less_than_sixty_milliseconds_are_none():
    assert fall(*burst(REST, (40, 20), IMPACT, AFTER)) == (0, None)


def test_height_is_that_of_a_fall_from_rest():
    assert height_mm(0) == 0
    assert height_mm(1000) == 4903
    assert 195 <= height_mm(200) <= 197
    assert 1990 <= height_mm(638) <= 2010


def test_strange_bursts_are_answered_and_not_refused():
    assert fall([0], [9000]) == (0, None)
    assert fall([0], [0]) == (0, None)
    assert fall([0, 0, 0], [0, 9000, 0]) == (0, None)
    fall([50, 10, 0, 90], [0, 2000, 0, 2000])
    flat = list(range(0, 4000, 10))
    assert fall(flat, [1500 * (i % 2) for i in range(400)])[0] == 0
    assert fall([0] * 400, [1500 * (i % 2) for i in range(400)])[0] == 0
