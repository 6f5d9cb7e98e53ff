"""Whatever a link does, each segment arrives, and none is forgotten before its receipt.

One test per fault, at places along both directions. In MicroPython every 97th byte, on CPython as
stated in tests/node/test_link_faults.py.
"""

from tests.node.both.faulty import IN, OUT, cases, lived

STEP = 97
SEEDS = (1, 2, 3)


def survive(fault, step=STEP, seeds=SEEDS, chunk=65536):
    """How many cases of a fault there were; each struck."""
    count = 0
    for direction, at, length in cases(step, seeds):
        world = lived(fault, direction, at, length, chunk)
        count += 1
        if not world.wire.struck:  # its region reaches beyond the end of all traffic
            assert at + length > world.wire.flows[direction].passed, (fault, direction, at)
    print("link:", fault, "in", count, "cases")
    return count


def test_bytes_that_are_dropped_lose_no_segment():
    survive("drop")


def test_bytes_that_come_twice_lose_no_segment():
    survive("duplicate")


def test_bytes_that_come_in_another_order_lose_no_segment():
    survive("reorder")


def test_a_connection_cut_in_the_middle_loses_no_segment():
    survive("truncate")


def test_a_link_that_stalls_loses_no_segment():
    survive("stall")


def test_a_half_open_link_loses_no_segment():
    survive("half-open")


def test_a_fault_in_small_pieces_of_a_slow_link_loses_no_segment():
    for fault in ("drop", "duplicate", "reorder", "truncate"):
        for direction in (OUT, IN):
            lived(fault, direction, 300, 40, 50)
