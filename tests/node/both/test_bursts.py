"""Two detectors in one node: bursts of accelerations beside windows of slow channels."""

from node.burst import Burst
from node.config import ConfigError

from cargoseal_score import blob, features, infer
from cargoseal_wire.constants import (
    CLIMATE,
    CLOCK_NONE,
    FLAG_ANOMALY,
    FLAG_FREE_FALL,
    FLAG_READINGS_DROPPED,
    FLAG_SHOCK,
    FREE_FALL,
    HANDLING,
    SHOCK,
)
from cargoseal_wire.sections import Readings
from tests.node.both.chain import assert_unbroken, opened
from tests.node.both.handling import bump, climate_model, drop, peak_model
from tests.node.both.world import START_MS, World

PEAK = peak_model()


def of(*blobs, threshold=None):
    """The `models` of a config."""
    return [{"blob": data.hex(), "threshold": threshold} for data in blobs]


def kinds(world):
    return [item.statement.kind for item in opened(world.kept.segments)]


def test_a_drop_becomes_a_handling_window_with_its_samples_and_its_score():
    world = World(models=of(PEAK))
    world.boot()
    samples = drop(10)
    world.feel(samples)
    world.delivered()
    item = opened(world.kept.segments)[0]
    statement = item.statement
    first = item.readings.offsets_ms[0] + statement.uptime_ms
    assert statement.kind == HANDLING and statement.model == blob.load(PEAK).digest
    assert sorted(item.readings.columns) == [12, 13, 14]
    felt = [sample for sample in samples if first <= sample[0] <= first + 1500]
    assert item.readings.offsets_ms == [sample[0] - first for sample in felt]
    for axis in range(3):
        assert item.readings.columns[12 + axis] == [sample[axis + 1] for sample in felt]
    assert statement.count == len(felt) == 151
    assert (statement.start_ms, statement.duration_ms) == (START_MS + first, 1500)
    assert statement.flags == FLAG_SHOCK | FLAG_FREE_FALL
    assert item.claim.model_input == bytes([8000 // 128 + 1])  # 62.5, halves upwards
    assert item.claim.score == 63 * 63
    assert item.location.fixes == []


def test_each_kind_is_scored_by_its_own_model_in_one_chain():
    world = World(models=of(climate_model(), PEAK))
    world.boot()
    world.read(2)
    world.feel(drop(world.now + 10))
    world.read(2)
    world.delivered()
    assert kinds(world) == [HANDLING, CLIMATE]
    for item, model in zip(opened(world.kept.segments), (PEAK, climate_model())):  # noqa: B905
        model = blob.load(model)
        expected = features.extract(model, item.readings.offsets_ms, item.readings.columns)
        assert item.statement.model == model.digest
        assert item.claim.model_input == expected
        assert item.claim.score == infer.score(model, expected)
    assert_unbroken(world.kept.segments)


def test_a_burst_cuts_no_climate_window_and_the_next_reading_tells_its_peak_and_fall():
    world = World(alarms={"shock_mg": None, "free_fall_ms": None})
    world.boot()
    world.read(2)
    world.feel(drop(world.now + 10, fall_ms=300, peak_mg=7000))
    world.read(2)
    world.delivered()
    assert kinds(world) == [HANDLING, CLIMATE]
    climate = opened(world.kept.segments)[1]
    assert climate.statement.count == 4
    assert climate.readings.columns[SHOCK] == [None, None, 7000, None]
    assert climate.readings.columns[FREE_FALL] == [None, None, 290, None]


def test_windows_are_sealed_in_the_order_of_their_ends():
    world = World(max_readings=1)
    world.boot()
    early = drop(10)
    for at in range(0, len(early), 8):
        world.sensors.feel(early[at : at + 8], (START_MS, 3, 10))
    world.read(1)  # closes its window now, long after the burst's end
    world.delivered()
    assert kinds(world) == [HANDLING, CLIMATE]
    statements = [item.statement for item in opened(world.kept.segments)]
    ends = [statement.uptime_ms + statement.duration_ms for statement in statements]
    assert ends == sorted(ends)


def test_a_kind_without_a_model_is_sealed_with_an_empty_claim():
    world = World(models=of(climate_model()))
    world.boot()
    world.feel(drop(10))
    world.delivered()
    item = opened(world.kept.segments)[0]
    assert item.statement.kind == HANDLING and item.statement.model == bytes(32)
    assert item.claim.model_input == b"" and item.claim.score == 0


def test_a_fall_a_hard_shock_or_a_high_score_makes_a_burst_urgent_and_a_bump_does_not():
    for samples, threshold, flags in (
        (bump(10), None, 0),
        (bump(10, peak_mg=5000), None, FLAG_SHOCK),
        (bump(10), 20 * 20, FLAG_ANOMALY),
        (bump(10), 22 * 22, 0),
        (drop(10, peak_mg=2500), None, FLAG_FREE_FALL),
    ):
        world = World(models=of(PEAK, threshold=threshold))
        world.wire.up = False
        world.boot()
        world.feel(samples)
        world.steps(2)
        entries = world.app.spool.entries()
        assert [entry.urgent for entry in entries] == [flags != 0]
        world.wire.up = True
        world.delivered()
        assert opened(world.kept.segments)[0].statement.flags == flags


def test_an_urgent_burst_goes_before_the_backlog():
    world = World(max_readings=1)
    world.wire.up = False
    world.boot()
    world.read(3)
    world.feel(drop(world.now + 10))
    world.wire.up = True
    world.delivered()
    assert [counter for counter, _ in world.kept.arrivals] == [4, 1, 2, 3]


def test_a_burst_has_the_clock_of_its_first_sample_whatever_was_set_since():
    world = World()
    world.boot()
    samples = drop(10)
    for at in range(0, len(samples), 8):
        batch = samples[at : at + 8]
        late = batch[-1][0] > 1700  # the clock is set forward before the fall begins
        stamp = (START_MS + batch[-1][0] + (5000 if late else 0), 2 if late else 1, 700)
        world.sensors.feel(batch, stamp)
        world.app.step(batch[-1][0])
    world.now = 5000
    world.delivered()
    statement = opened(world.kept.segments)[0].statement
    assert statement.start_ms - statement.uptime_ms == START_MS
    assert (statement.clock_source, statement.clock_error_ms) == (1, 700)


def test_a_burst_without_a_clock_has_an_order_and_no_time():
    world = World()
    world.boot()
    world.feel(drop(10), wall_ms=False)
    world.delivered()
    statement = opened(world.kept.segments)[0].statement
    assert (statement.start_ms, statement.clock_source) == (0, CLOCK_NONE)
    assert statement.uptime_ms > 0


def test_a_stream_that_ends_in_the_middle_of_a_burst_seals_what_there_was():
    world = World()
    world.boot()
    samples = [sample for sample in drop(10) if sample[0] < 2400]
    world.feel(samples)
    assert world.app.bursts == 0
    world.sensors.feel([], (START_MS, 3, 10))
    world.now = 2500
    world.steps(1)
    world.delivered()
    item = opened(world.kept.segments)[0]
    assert item.statement.uptime_ms + item.statement.duration_ms == samples[-1][0]


def test_bursts_that_flash_never_took_are_counted_as_dropped_readings():
    world = World()
    world.boot()
    world.flash.failures = 10000
    for number in range(12):  # one sealed and held, eight wait, three are lost
        world.feel(bump(10 + 6000 * number))
    world.flash.failures = 0
    world.now += 6000
    world.delivered()
    items = opened(world.kept.segments)
    assert len(items) == 9 and world.app.bursts == 12
    lost = 3 * 151
    assert [item.statement.dropped for item in items] == [0, lost] + [0] * 7
    assert items[1].statement.flags & FLAG_READINGS_DROPPED
    assert world.app.stats()["dropped_readings"] == lost
    assert_unbroken(world.kept.segments)


def test_what_is_triggered_too_often_is_skipped_and_counted():
    world = World(burst={"most_per_hour": 4, "rest_ms": 0})
    world.boot()
    for number in range(5):
        world.feel(bump(10 + 6000 * number))
    world.delivered()
    stats = world.app.stats()
    assert (stats["bursts"], stats["skipped_bursts"]) == (2, 3)
    assert len(world.kept.segments) == 2


def test_the_settings_of_bursts_are_taken():
    world = World(burst={"shock_mg": 4000, "before_ms": 200, "after_ms": 100})
    world.boot()
    world.feel(bump(10, peak_mg=3000))
    world.feel(bump(10000, peak_mg=4000))
    world.delivered()
    (item,) = opened(world.kept.segments)
    assert (item.statement.uptime_ms, item.statement.duration_ms) == (11800, 300)


def test_two_models_of_one_kind_are_refused():
    for blobs in ((PEAK, PEAK), (climate_model(), PEAK, peak_model(channel=12))):
        try:
            World(models=of(*blobs)).boot()
        except ConfigError as error:
            last = len(blobs) - 1
            assert error.key == "models[" + str(last) + "]" and error.got == "a second one"
            assert "handling" in error.expected
        else:
            raise AssertionError("a node with two models of one kind started")


def test_the_wildest_burst_fits_a_segment():
    state = 99
    samples = []
    for at in range(512):
        axes = []
        for _ in range(3):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            axes.append((state >> 8 & 0xFFFF) - 32768)
        samples.append((at * 37, axes[0], axes[1], axes[2]))
    burst = Burst(samples, (None, CLOCK_NONE, 0))
    section = Readings(bytes(16), bytes(8), 0, burst.offsets_ms(), burst.columns())
    assert len(section.encode()) < 4096 and burst.count() == 512
    assert burst.halves() == ()


def test_bursts_of_a_second_life_follow_the_chain_of_the_first():
    world = World(models=of(PEAK))
    world.boot()
    world.feel(drop(10))
    world.delivered()
    world.feel(drop(world.now + 10)[:-160])  # a burst is in the making
    world.boot()
    world.feel(drop(world.now + 10))
    world.delivered()
    items = opened(world.kept.segments)
    assert [item.statement.boot for item in items] == [1, 2]
    assert_unbroken(world.kept.segments)
