"""From the spool to the gateway: order, repeats, receipts, and links that break."""

from cargoseal_wire import mqtt
from cargoseal_wire.receipt import encode_receipt
from tests.node.both.chain import assert_unbroken
from tests.node.both.world import START_MS, World

KEY = b"\x11" * 32


def offline(world):
    world.wire.up = False
    return world


def test_segments_arrive_and_receipts_empty_the_spool():
    world = World()
    world.boot()
    world.read(12)
    world.delivered()
    assert world.kept.arrivals == [(1, False), (2, False), (3, False)]
    assert_unbroken(world.kept.segments)
    assert world.app.stats()["receipted"] == 3


def test_an_acknowledgement_alone_frees_nothing():
    world = World()
    world.wire.receipts = False
    world.boot()
    world.read(8)
    world.until(lambda: world.app.uplink.acknowledged == 2)
    assert world.app.spool.pending() == 2


def test_alarms_go_first_on_reconnect_then_the_backlog():
    world = offline(World())
    world.boot()
    world.read(20)  # segments 1 … 5
    world.read(1, values={4: 9000})  # 6: a shock
    world.read(8)  # 7, 8
    world.read(1, values={8: 1})  # 9: off its mount
    world.wire.up = True
    world.delivered()
    assert [counter for counter, _ in world.kept.arrivals] == [6, 9, 1, 2, 3, 4, 5, 7, 8]


def test_an_alarm_overtakes_a_backlog_that_is_under_way():
    world = offline(World(in_flight=1))
    world.boot()
    world.read(40)
    world.wire.up = True
    world.until(lambda: len(world.kept.arrivals) == 3)
    world.read(1, values={6: 300})
    world.delivered()
    counters = [counter for counter, _ in world.kept.arrivals]
    assert counters[:3] == [1, 2, 3]
    assert counters.index(11) <= 5


def test_what_was_not_acknowledged_comes_again_with_the_dup_flag():
    world = World()
    world.wire.acknowledge = False
    world.wire.receipts = False
    world.boot()
    world.read(4)
    world.wire.acknowledge = True
    world.until(lambda: world.app.uplink.lost == 1, step_ms=500)
    world.wire.receipts = True
    world.delivered()
    assert world.kept.arrivals == [(1, True)]
    assert world.app.uplink.last_loss == "no answer in time"


def test_what_the_broker_acknowledged_and_lost_comes_again_ever_less_often():
    world = World(receipt_ms=1000, keep_alive_s=0)
    world.wire.receipts = False
    world.boot()
    world.read(4)
    times = []
    sent = world.app.uplink.sent
    for _ in range(6000):
        world.steps(1, 10)
        if world.app.uplink.sent > sent:
            sent = world.app.uplink.sent
            times.append(world.now)
    waits = [times[i + 1] - times[i] for i in range(len(times) - 1)]
    assert len(waits) >= 3
    for i in range(len(waits) - 1):
        assert 2 * waits[i] - 100 <= waits[i + 1] <= 2 * waits[i] + 100


def test_forged_receipts_are_ignored_and_counted():
    world = World()
    world.wire.receipts = False
    world.boot()
    node = world.app.node
    world.read(4)
    world.until(lambda: world.app.uplink.acknowledged == 1)
    good = encode_receipt(KEY, node, 1, [], START_MS)
    forged = [
        encode_receipt(b"\x12" * 32, node, 1, [], START_MS),  # another key
        encode_receipt(KEY, bytes(8), 1, [], START_MS),  # for another node
        good[:-1],
        good + b"\x00",
        good[:-1] + bytes([good[-1] ^ 1]),
        b"",
        b"receipt",
    ]
    for data in forged:
        world.wire.say(mqtt.encode_publish(mqtt.topic(node, "receipt"), data, 1, 5))
        world.steps(3)
    elsewhere = mqtt.encode_publish(mqtt.topic(node, "segment"), good, 1, 6)
    world.wire.say(elsewhere)
    world.steps(3)
    assert world.app.spool.pending() == 1
    assert world.app.uplink.ignored == len(forged) + 1
    world.wire.say(mqtt.encode_publish(mqtt.topic(node, "receipt"), good, 1, 7))
    world.steps(3)
    assert world.app.spool.pending() == 0


def test_a_half_open_link_is_noticed_and_left():
    world = World(keep_alive_s=60)
    world.boot()
    world.read(4)
    world.delivered()
    world.wire.deaf = True
    world.until(lambda: world.app.uplink.lost == 1, step_ms=1000)
    world.wire.deaf = False
    world.read(4)
    world.delivered()
    assert sorted(world.kept.segments) == [1, 2]


def test_the_wait_before_connecting_again_doubles_up_to_a_limit_with_jitter():
    world = offline(World(reconnect_ms=1000, reconnect_most_ms=16000))
    world.boot()
    times = [0]
    for _ in range(200000):
        lost = world.app.uplink.lost
        world.now += 10
        world.app.link(world.now)
        if world.app.uplink.lost > lost:
            times.append(world.now)
        if len(times) > 9:
            break
    waits = [times[i + 1] - times[i] for i in range(1, 9)]
    for i, wait in enumerate(waits):
        most = min(1000 << i, 16000)
        assert most // 2 <= wait <= most + 20, (i, wait)
    assert len(set(waits[-4:])) > 1


def test_two_nodes_do_not_come_back_at_the_same_moment():
    waits = []
    for seed in (1, 2, 3, 4):
        world = offline(World(reconnect_ms=10000))
        world.dice.state = seed * 7919
        world.boot()
        world.app.link(0)
        waits.append(world.app.link(0))
    assert len(set(waits)) == 4


def test_a_refused_connection_is_tried_again_later():
    world = World()
    world.wire.code = 3
    world.boot()
    world.read(4)
    world.steps(50)
    assert world.app.uplink.lost > 1 and not world.app.uplink.connected()
    world.wire.code = 0
    world.delivered()
    assert sorted(world.kept.segments) == [1]


def test_the_nth_publish_fails_and_each_counter_still_arrives_once():
    for failing in range(1, 8):
        world = World()
        world.boot()
        count = [0]
        send = world.wire.send

        def once(data, count=count, failing=failing, send=send):
            if data and data[0] >> 4 == mqtt.PUBLISH:
                count[0] += 1
                if count[0] == failing:
                    raise OSError(104)
            return send(data)

        world.wire.send = once
        world.read(24)
        world.delivered()
        assert sorted(world.kept.segments) == [1, 2, 3, 4, 5, 6]
        assert sorted([counter for counter, _ in world.kept.arrivals]) == [1, 2, 3, 4, 5, 6]
        assert_unbroken(world.kept.segments)


def test_a_link_cut_inside_any_packet_loses_nothing():
    """Every 23rd byte here; test_link_cuts.py takes every byte."""
    for cut in range(1, 2400, 23):
        world = World()
        world.wire.cut_after = cut
        world.boot()
        world.read(8)
        world.delivered()
        assert sorted(world.kept.segments) == [1, 2]
        assert world.kept.conflicts == []


def test_a_slow_transport_that_takes_a_few_bytes_at_a_time_is_enough():
    world = World()
    world.wire.chunk = 7
    world.boot()
    world.read(4)
    world.until(lambda: world.app.spool.pending() == 0, limit=9000)
    assert sorted(world.kept.segments) == [1]


def test_flash_that_cannot_be_read_is_no_reason_to_hang_up():
    world = World(receipt_ms=1000)
    world.boot()
    world.steps(5)
    read_at = world.flash.read_at

    def broken(name, offset, size):
        raise OSError(5)

    world.flash.read_at = broken
    world.read(4)
    world.steps(5)
    assert world.app.stats()["failures"] > 0 and world.app.uplink.lost == 0
    world.flash.read_at = read_at
    world.delivered()
    assert sorted(world.kept.segments) == [1]
