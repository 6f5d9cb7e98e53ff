"""Nodes and gateway with Mosquitto between them: its acknowledgement is no promise."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from simulator import Fleet

from tests.fleet.broker import Subscriber
from tests.fleet.rows import MINUTE, START_MS, config, rows
from tests.gateway.mosquitto import Mosquitto
from tests.node.both.chain import assert_unbroken, opened


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Mosquitto]:
    broker = Mosquitto(tmp_path)
    broker.start()
    yield broker
    broker.kill()


def test_segments_and_receipts_find_their_way(broker: Mosquitto) -> None:
    subscriber = Subscriber(broker.port, b"\x11" * 32)
    assert subscriber.subscribed.wait(10)
    with Fleet(port=broker.port, start_ms=START_MS) as fleet:
        for number in range(4):
            fleet.add(f"n{number}", config(number), rows(20))
        fleet.run()
        for number in range(4):
            stats = fleet.stats(f"n{number}")
            assert stats["spooled"] == 0 and stats["receipted"] == 5
            assert_unbroken(subscriber.kept[fleet.node_id(f"n{number}")].segments)
    subscriber.close()


def test_a_broker_killed_and_started_again_loses_nothing(broker: Mosquitto) -> None:
    """Killed while nobody is subscribed: what it had acknowledged is gone with it."""
    settings = config(receipt_ms=1000)
    with Fleet(port=broker.port, start_ms=START_MS, patience_s=3) as fleet:
        fleet.add("n", settings, rows(40))
        fleet.run(START_MS + 20 * MINUTE)
        assert fleet.stats("n")["acknowledged"] >= 4
        broker.kill()
        broker.forget()
        fleet.run(START_MS + 30 * MINUTE)
        broker.start()
        subscriber = Subscriber(broker.port, b"\x11" * 32)
        assert subscriber.subscribed.wait(10)
        fleet.link("n", True)
        fleet.run()
        kept = subscriber.kept[fleet.node_id("n")]
        assert sum(item.statement.count for item in opened(kept.segments)) == 40
        assert_unbroken(kept.segments)
    subscriber.close()
