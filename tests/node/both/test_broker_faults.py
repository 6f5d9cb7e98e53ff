"""A broker's acknowledgement is worth nothing: what it loses, doubles, turns round or keeps back
comes again until the gateway's receipt covers it."""

from tests.node.both.faulty_broker import lived

SEEDS = 12


def survive(fault):
    struck = 0
    for seed in range(1, SEEDS + 1):
        struck += lived(fault, seed).wire.struck
    print("broker:", fault, "of", struck, "messages in", SEEDS, "lives")
    assert struck >= 2 * SEEDS


def test_messages_that_the_broker_acknowledged_and_dropped_come_again():
    survive("drop")


def test_messages_that_the_broker_delivers_twice_are_one():
    survive("duplicate")


def test_messages_and_receipts_in_another_order_free_nothing_too_early():
    survive("reorder")


def test_messages_and_receipts_cut_short_count_for_nothing():
    survive("truncate")


def test_messages_and_receipts_that_come_late_are_waited_for():
    survive("stall")


def test_a_broker_that_acknowledges_while_the_gateway_is_away_frees_nothing():
    survive("half-open")
