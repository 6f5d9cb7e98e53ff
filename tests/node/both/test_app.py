"""The whole way in one node: readings in, sealed segments out, through cuts and failures."""

from node.config import ConfigError
from node.counters import BLOCK

from cargoseal_wire.constants import (
    CLOCK_ERROR_UNKNOWN,
    FLAG_ANOMALY,
    FLAG_COUNTER_SKIPPED,
    FLAG_EARLY,
    FLAG_READINGS_DROPPED,
    FLAG_REBOOTED,
    FLAG_SEGMENTS_DROPPED,
    FLAG_SHOCK,
    GNSS,
)
from cargoseal_wire.segment import seal_digest
from tests.node.both.chain import assert_unbroken, opened
from tests.node.both.handling import climate_model, peak_model
from tests.node.both.world import START_MS, Budget, PowerCut, World


def test_a_segment_says_what_was_read_and_when():
    world = World(sensors="00112233445566ff")
    world.boot()
    world.read(3)
    world.read(1, fix=(521234567, 41234567, 12, 1))
    world.delivered()
    item = opened(world.kept.segments)[0]
    statement = item.statement
    assert statement.audience == b"\x22" * 32
    assert statement.node == world.app.node
    assert (statement.boot, statement.counter, statement.count) == (1, 1, 4)
    assert (statement.start_ms, statement.uptime_ms) == (START_MS + 60000, 60000)
    assert (statement.duration_ms, statement.dropped, statement.flags) == (180000, 0, 0)
    assert (statement.clock_source, statement.clock_error_ms) == (GNSS, 1000)
    assert item.readings.sensors == bytes.fromhex("00112233445566ff")
    assert item.readings.columns == {0: [501, 502, 503, 504], 1: [4000] * 4}
    assert item.readings.offsets_ms == [0, 60000, 120000, 180000]
    assert item.location.fixes == [(180000, 521234567, 41234567, 12, 1)]
    assert item.claim.score == 0 and item.claim.model_input == b""
    assert statement.model == bytes(32)


def test_every_salt_is_another():
    world = World()
    world.boot()
    world.read(8)
    world.delivered()
    salts = []
    for item in opened(world.kept.segments):
        salts += [item.claim.salt, item.readings.salt, item.location.salt]
    assert len(set(salts)) == 6


def test_without_a_clock_there_is_no_time_but_an_order():
    world = World()
    world.boot()
    world.read(4, wall_ms=None)
    world.delivered()
    statement = opened(world.kept.segments)[0].statement
    assert (statement.start_ms, statement.clock_source) == (0, 0)
    assert statement.clock_error_ms == CLOCK_ERROR_UNKNOWN
    assert statement.uptime_ms == 60000


def test_a_power_cut_between_windows_skips_counters_and_breaks_no_chain():
    world = World()
    world.boot()
    world.read(8)
    world.delivered()
    world.read(3)  # an open window, lost with the RAM
    world.boot()
    world.read(8)
    world.delivered()
    counters = sorted(world.kept.segments)
    assert counters == [1, 2, BLOCK + 1, BLOCK + 2]
    items = opened(world.kept.segments)
    assert [item.statement.boot for item in items] == [1, 1, 2, 2]
    flags = [item.statement.flags for item in items]
    assert flags == [0, 0, FLAG_REBOOTED | FLAG_COUNTER_SKIPPED, 0]
    assert_unbroken(world.kept.segments)


def test_the_backlog_survives_a_power_cut_and_is_sent_as_repeats():
    world = World()
    world.wire.up = False
    world.boot()
    world.read(20)
    world.read(1, values={4: 9000})
    world.boot()
    assert world.app.spool.pending() == 6
    world.wire.up = True
    world.delivered()
    assert world.kept.arrivals == [(6, True), (1, True), (2, True), (3, True), (4, True), (5, True)]
    assert_unbroken(world.kept.segments)


def test_the_chain_goes_on_after_everything_was_receipted_and_the_power_cut():
    world = World()
    world.boot()
    world.read(4)
    world.delivered()
    last = opened(world.kept.segments)[0]
    world.boot()
    assert world.app.spool.last_digest == seal_digest(last.segment.seal)


def test_power_cuts_inside_writes_lose_no_durable_segment():
    """Every 97th byte of three windows here; test_power_cuts.py takes every byte."""
    whole = World()
    whole.boot()
    whole.read(12)
    whole.delivered()
    for cut in range(0, whole.budget.written, 97):
        world = World(Budget(cut))
        durable = []
        try:
            world.boot()
            for _ in range(12):
                world.read(1)
                durable += [entry.counter for entry in world.app.spool.entries()]
        except PowerCut:
            pass
        world.flash.budget = world.nvs.budget = Budget()
        world.boot()
        world.read(4)
        world.delivered()
        assert world.kept.conflicts == []
        assert set(durable) <= set(world.kept.segments)
        assert_unbroken(world.kept.segments)


def test_an_alarm_is_sealed_and_sent_at_once():
    world = World(max_readings=60)
    world.boot()
    world.read(3)
    world.read(1, values={4: 7000})
    world.steps(5)
    assert sorted(world.kept.segments) == [1]
    statement = opened(world.kept.segments)[0].statement
    assert statement.flags == FLAG_SHOCK | FLAG_EARLY and statement.count == 4


def test_failing_flash_holds_the_segment_until_it_is_stored():
    world = World()
    world.boot()
    world.flash.failures = 3
    world.read(8, step_ms=1000)
    assert world.app.failures > 0
    world.delivered()
    assert sorted(world.kept.segments) == [1, 2]
    assert_unbroken(world.kept.segments)


def test_readings_that_flash_never_took_are_counted_in_the_next_statement():
    world = World()
    world.boot()
    world.flash.failures = 10000
    world.read(48, step_ms=10)  # twelve windows: one sealed and held, eight wait, three are lost
    world.flash.failures = 0
    world.delivered()
    items = opened(world.kept.segments)
    assert [item.statement.dropped for item in items] == [0, 12] + [0] * 7
    assert [item.statement.flags for item in items] == [0, FLAG_READINGS_DROPPED] + [0] * 7
    assert world.app.stats()["dropped_readings"] == 12
    assert sum([item.statement.count for item in items]) + 12 == 48
    assert_unbroken(world.kept.segments)


def test_urgent_windows_are_the_last_to_be_lost():
    world = World()
    world.boot()
    world.flash.failures = 10000
    world.read(4, step_ms=10)
    world.read(1, step_ms=10, values={4: 9000})
    world.read(60, step_ms=10)
    world.flash.failures = 0
    world.delivered()
    flags = [item.statement.flags for item in opened(world.kept.segments)]
    assert flags[1] & FLAG_SHOCK


def test_segments_dropped_from_a_full_spool_are_flagged_and_leave_a_provable_gap():
    world = World(spool_bytes=65536)
    world.wire.up = False
    world.boot()
    while world.app.spool.dropped == 0:
        world.read(4)
    world.read(8)
    dropped = world.app.spool.dropped
    world.wire.up = True
    world.delivered()
    items = opened(world.kept.segments)
    assert items[0].statement.counter == dropped + 1
    assert [item for item in items if item.statement.flags & FLAG_SEGMENTS_DROPPED]
    assert items[0].statement.previous != bytes(32)


def test_a_window_too_large_for_a_segment_is_split_in_two():
    world = World(max_readings=256)
    world.boot()
    state = 12345
    for _ in range(256):
        values = {}
        for channel in range(20):
            state = (state * 1103515245 + 12345) & 0x7FFFFFFF
            values[channel] = state - (1 << 30)
        values[4] = values[6] = values[7] = values[8] = 0
        world.read(1, step_ms=1000, values=values)
    world.delivered()
    items = opened(world.kept.segments)
    assert len(items) > 1
    assert sum([item.statement.count for item in items]) == 256
    assert_unbroken(world.kept.segments)
    assert items[0].statement.flags & FLAG_COUNTER_SKIPPED


def test_step_says_when_it_wants_to_be_called_again():
    world = World(max_readings=60, max_duration_ms=600000, keep_alive_s=0)
    world.boot()
    world.steps(5)
    assert world.app.sense(world.now) > world.now + 3600000
    world.read(1)
    started = world.now
    assert world.app.sense(world.now) == started + 600000
    world.now = started + 600000
    world.app.step(world.now)
    world.delivered()
    assert sorted(world.kept.segments) == [1]


def test_another_model_than_the_enrolled_is_refused():
    for blob in ({}, {"blob": peak_model().hex()}):
        world = World(models=[dict(digest="ab" * 32, **blob)])
        try:
            world.boot()
        except ConfigError as error:
            assert error.key.startswith("models[0]") and error.expected == "ab" * 32
        else:
            raise AssertionError("a node with another model started")


def test_an_anomaly_is_flagged_and_urgent():
    model = climate_model()  # 5.01 °C or more: its input is 4, its score 16
    world = World(models=[{"blob": model.hex(), "threshold": 16}])
    world.boot()
    world.wire.up = False
    world.read(4)
    assert world.app.spool.entries()[0].urgent
    world.wire.up = True
    world.delivered()
    item = opened(world.kept.segments)[0]
    assert item.statement.flags == FLAG_ANOMALY
    assert item.claim.score == 16
