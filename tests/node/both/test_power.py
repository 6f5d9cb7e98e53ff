"""A node that sleeps and starts anew at each step makes the segments of one that stays awake."""

from binascii import hexlify

from node.app import App
from node.clock import WallClock
from node.power import AWAKE_MS, MEMORY_BYTES, RETRY_MS, DutyCycle, Held, decode
from node.retained import Retained
from node.sensors.queue import QueueSensors

from cargoseal_wire.constants import DOOR, FLAG_COUNTER_SKIPPED, FLAG_REBOOTED, MOUNT, SHOCK
from tests.node.both.chain import assert_unbroken, opened
from tests.node.both.handling import climate_model
from tests.node.both.world import World, signing_key

MINUTE = 60000
TIMER = 946684800000  # what the chip's own clock says at uptime 0


def nothing(size):
    """A `parts.Random` that is none: two nodes draw the same salts."""
    return bytes(size)


class Sleeper(World):
    """A world whose node can sleep: what is left of it is flash, NVS and RTC memory."""

    def __init__(self, **changes):
        super().__init__(**changes)
        self.dice = nothing
        self.memory = b""
        self.boot()

    def boot(self):
        """A start: takes what the memory holds, once."""
        held = decode(self.memory, TIMER + self.now)
        self.memory = b""
        self.sensors = QueueSensors(self.config.burst)
        parts = (self.nvs, self.flash, self.sensors, self.wire, self.dice)
        self.app = App(self.config, signing_key(), *parts, held=held)
        return self.app

    def hold(self):
        """What goes to RTC memory now; None when it does not fit."""
        record = Retained()
        record.hold_clock(WallClock(), self.now, TIMER + self.now)
        held = Held(record)
        self.app.hold(held)
        return held.encode()

    def sleep(self):
        """Everything in RAM is gone; seals first what does not fit."""
        while not self.app.settled():
            self.app.sense(self.now)
        self.memory = self.hold()
        if self.memory is None:
            self.app.finish()
            return self.sleep()
        assert len(self.memory) <= MEMORY_BYTES
        return self.boot()


def day(world, sleeps, count=40):
    """So many readings, some of them alarms, faults or without a clock."""
    for i in range(count):
        more = {}
        if i in (7, 8, 9):
            more["values"] = {DOOR: 1}
        if i == 20:
            more["values"] = {SHOCK: 9000}
        if i == 25:
            more["faults"] = 2
        if i in (30, 31):
            more["wall_ms"] = None
        if i == 33:
            more["fix"] = (481173000, -179, 10, 1)
        world.read(1, **more)
        if sleeps:
            world.sleep()
    world.until(world.app.settled)


def test_sleeping_at_each_step_changes_no_byte_of_any_segment():
    for most in (4, 12, 60):
        awake, sleeper = Sleeper(max_readings=most), Sleeper(max_readings=most)
        day(awake, False)
        day(sleeper, True)
        awake.delivered()
        sleeper.delivered()
        assert len(awake.kept.segments) > 4
        assert sleeper.kept.segments == awake.kept.segments
        assert not sleeper.kept.conflicts
        assert_unbroken(sleeper.kept.segments)


def test_a_start_out_of_sleep_is_no_power_cycle_and_skips_no_counter():
    world = Sleeper(max_readings=2)
    for _ in range(50):
        world.read(1)
        world.sleep()
    world.delivered()
    segments = opened(world.kept.segments)
    assert [item.statement.counter for item in segments] == list(range(1, 26))
    assert {item.statement.boot for item in segments} == {1}
    assert not any(item.statement.flags & FLAG_REBOOTED for item in segments)


def test_a_lost_memory_is_a_power_cut():
    world = Sleeper(max_readings=2)
    world.read(3)
    world.sleep()
    world.memory = b""
    world.boot()
    world.read(2)
    world.delivered()
    last = opened(world.kept.segments)[-1]
    assert last.statement.boot == 2 and last.statement.counter == 17
    assert last.statement.flags & FLAG_REBOOTED and last.statement.flags & FLAG_COUNTER_SKIPPED
    assert_unbroken(world.kept.segments)


def test_any_damage_to_the_memory_is_a_power_cut():
    world = Sleeper(max_readings=8)
    world.read(3)
    data = world.hold()
    assert decode(data, TIMER + world.now) is not None
    for at in range(len(data)):
        for bit in (1, 128):
            spoilt = data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :]
            assert decode(spoilt, TIMER + world.now) is None, at
        assert decode(data[:at], TIMER + world.now) is None


def test_a_memory_of_another_life_makes_no_counter_repeat():
    """Taken twice, as after a crash: the spool or NVS knows more than it."""
    world = Sleeper(max_readings=2)
    world.read(2)
    old = world.hold()
    world.read(2)
    world.memory = old
    world.boot()
    world.read(2)
    world.memory = old
    world.boot()
    world.read(2)
    world.delivered()
    segments = opened(world.kept.segments)
    assert [item.statement.counter for item in segments] == [1, 2, 17, 33]
    assert not world.kept.conflicts
    assert_unbroken(world.kept.segments)


def test_a_block_of_counters_runs_out_across_sleeps():
    world = Sleeper(max_readings=1)
    for _ in range(40):
        world.read(1)
        world.sleep()
    world.delivered()
    assert sorted(world.kept.segments) == list(range(1, 41))


def test_a_window_too_large_for_the_memory_is_sealed_before_the_sleep():
    world = Sleeper(max_readings=200)
    for _ in range(100):
        world.read(1, values={channel: channel * 1000 for channel in range(10)})
        world.sleep()
    assert world.app.spool.pending() >= 3
    world.app.finish()
    world.delivered()
    assert sum(item.statement.count for item in opened(world.kept.segments)) == 100


def test_without_an_upload_period_the_radio_is_always_on_and_nobody_sleeps():
    duty = DutyCycle(0)
    assert duty.radio(0, 0, False) and duty.radio(10**9, 5, True)
    assert duty.sleep_ms(0, 10**9, 0, False) == 0


def test_the_radio_is_on_once_per_period_when_something_waits():
    duty = DutyCycle(60 * MINUTE)
    assert not duty.radio(0, 0, False)
    assert duty.radio(1, 1, False)
    assert not duty.radio(5000, 0, False)  # all sent
    assert not duty.radio(6000, 3, False)
    assert duty.sleep_ms(6000, 306000, 3, False) == 300000
    assert duty.sleep_ms(6000, 10**9, 3, False) == 5000 + 60 * MINUTE - 6000
    assert not duty.radio(5000 + 60 * MINUTE - 1, 3, False)
    assert duty.radio(5000 + 60 * MINUTE, 3, False)


def test_an_alarm_switches_the_radio_on_at_once():
    duty = DutyCycle(60 * MINUTE)
    duty.radio(1, 1, False)
    duty.radio(5000, 0, False)
    assert duty.radio(7000, 1, True)
    assert duty.sleep_ms(7000, 10**9, 1, True) == 0


def test_tamper_and_a_score_over_its_threshold_are_sealed_and_sent_without_waiting():
    hot = [{"blob": hexlify(climate_model()).decode(), "threshold": 9}]
    for more in ({"values": {MOUNT: 1}}, {"values": {0: 30000}}):
        world = Sleeper(max_readings=2, models=hot)
        duty = DutyCycle(60 * MINUTE, 60 * MINUTE)
        world.read(1)
        world.sleep()
        assert not duty.radio(world.now, world.app.spool.pending(), world.app.urgent())
        world.read(1, **more)
        assert world.app.urgent()
        assert duty.radio(world.now, world.app.spool.pending(), world.app.urgent())


def test_a_radio_that_finds_nothing_is_switched_off_and_an_alarm_tried_again_sooner():
    duty = DutyCycle(60 * MINUTE)
    assert duty.radio(1, 1, True)
    assert duty.radio(AWAKE_MS, 1, True)
    off = AWAKE_MS + 1
    assert not duty.radio(off, 1, True)
    assert duty.due(True) == off + RETRY_MS
    assert duty.due(False) == off + 60 * MINUTE
    assert not duty.radio(off + RETRY_MS - 1, 1, True)
    assert duty.radio(off + RETRY_MS, 1, True)


def test_a_sleep_that_is_not_worth_it_is_not_slept():
    duty = DutyCycle(60 * MINUTE)
    assert duty.sleep_ms(0, 2999, 0, False) == 0
    assert duty.sleep_ms(0, 3000, 0, False) == 3000
