"""What users of trackers complain about, as far as it is spool and uplink: each is a test."""

from cargoseal_wire.constants import FLAG_SEGMENTS_DROPPED
from tests.node.both.chain import assert_unbroken, opened
from tests.node.both.faulty import QuickKey
from tests.node.both.world import World

HOUR_MS = 3600000


def world_of(**settings):
    world = World(max_readings=2, **settings)
    world.key = QuickKey()
    world.boot()
    return world


def test_nothing_is_lost_in_the_first_seconds_of_a_link_drop():
    """The link dies and nobody says so: what is sent until that is noticed goes into the void."""
    world = world_of(answer_ms=20000, keep_alive_s=30)
    world.read(4)
    world.delivered()
    world.wire.deaf = True
    acknowledged = world.app.uplink.acknowledged
    world.read(8, step_ms=1000)
    sent = world.app.uplink.sent
    assert sent >= 4 + 2 and world.app.uplink.connected()
    world.until(lambda: world.app.uplink.lost == 1, step_ms=100)
    assert world.app.uplink.acknowledged == acknowledged and world.app.spool.pending() == 4
    world.wire.deaf = False
    world.delivered()
    assert sorted(world.kept.segments) == [1, 2, 3, 4, 5, 6]
    assert_unbroken(world.kept.segments)


def test_what_is_older_than_two_hours_arrives_after_a_fortnight_without_a_link():
    """And after a power cut in the middle of it."""
    world = world_of()
    world.wire.up = False
    for day in range(14):
        world.read(48, step_ms=HOUR_MS // 2)
        if day == 7:
            world.boot()
    assert world.app.spool.pending() == 14 * 24
    world.wire.up = True
    world.until(lambda: world.app.spool.pending() == 0, limit=20000)
    assert len(world.kept.segments) == 14 * 24
    assert_unbroken(world.kept.segments)
    times = [time for item in opened(world.kept.segments) for time in item.wall_times()]
    assert times == sorted(times) and times[-1] - times[0] == (14 * 48 - 1) * HOUR_MS // 2


def test_no_batch_leaves_the_queue_before_the_gateway_has_it():
    """At every step of links that break again and again, what was sealed is in the spool or with
    the gateway."""
    world = world_of(reconnect_ms=50, reconnect_most_ms=100)
    for round_ in range(120):
        if world.wire.cut_after is None:
            world.wire.cut_after = 100 + 89 * round_ % 1500
        world.read(1, step_ms=500)
        for _ in range(10):
            world.steps(1)
            waiting = {entry.counter for entry in world.app.spool.entries()}
            sealed = set(range(1, world.app.sealed + 1))
            assert sealed <= waiting | set(world.kept.segments)
    assert world.app.uplink.lost > 10


def test_it_is_known_whether_data_is_pending():
    world = world_of()
    world.read(4)
    world.delivered()
    stats = world.app.stats()
    assert stats["spooled"] == 0 and stats["oldest_pending_ms"] is None
    world.wire.up = False
    world.read(20)
    stats = world.app.stats()
    assert stats["spooled"] == 10 and not stats["connected"]
    assert stats["oldest_pending_ms"] >= 18 * 60000


def test_it_is_known_whether_data_is_missing():
    """The node counts it, its next statement says so, and the chain names the gap."""
    world = world_of(spool_bytes=65536)
    world.wire.up = False
    while world.app.spool.dropped == 0:
        world.read(2)
    world.read(2)
    dropped = world.app.stats()["dropped_segments"]
    world.wire.up = True
    world.until(lambda: world.app.spool.pending() == 0, limit=20000)
    items = opened(world.kept.segments)
    assert [item.statement.flags & FLAG_SEGMENTS_DROPPED > 0 for item in items][-2:] == [
        False,
        True,
    ]
    counters = sorted(world.kept.segments)
    assert counters == list(range(dropped + 1, world.app.sealed + 1))


def test_it_is_known_whether_the_node_is_silent_or_the_gateway_is():
    """A node without a gateway says for how long; a gateway without a node sees no counter."""
    world = world_of(receipt_ms=1000)
    assert world.app.stats()["last_receipt_ms"] is None
    world.read(4)
    world.delivered()
    assert world.app.stats()["last_receipt_ms"] < 1000
    world.wire.receipts = False
    world.wire.cut_after = 1
    world.read(10)
    stats = world.app.stats()
    assert stats["connected"] and stats["spooled"] == 5
    assert 9 * 60000 <= stats["last_receipt_ms"] <= 11 * 60000


def test_an_alarm_does_not_wait_behind_a_long_backlog():
    world = world_of()
    world.wire.up = False
    world.read(400)
    world.wire.up = True
    world.read(1, values={4: 9000})
    world.until(lambda: len(world.kept.arrivals) >= 10)
    assert 201 in [counter for counter, _ in world.kept.arrivals[:5]]
