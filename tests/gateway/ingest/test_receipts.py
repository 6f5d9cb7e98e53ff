"""Which counters a receipt covers, whatever the order they came in."""

import itertools
import random

import pytest

from cargoseal.ingest.receipts import KeptCounters, make_receipt
from cargoseal_wire.constants import NO_SEGMENT
from cargoseal_wire.receipt import MAX_RECEIPT_RANGES, decode_receipt


def chain(*counters: int) -> list[tuple[int, bytes, bytes]]:
    """(counter, previous, digest) of a node that sealed exactly these counters, in order."""
    links = []
    previous = NO_SEGMENT
    for counter in counters:
        digest = counter.to_bytes(32, "big")
        links.append((counter, previous, digest))
        previous = digest
    return links


def test_nothing_kept_is_contiguous_zero() -> None:
    assert KeptCounters().receipt() == (0, [])
    assert 1 not in KeptCounters()


def test_what_is_kept_from_one_on_is_contiguous() -> None:
    kept = KeptCounters(chain(1, 2, 3))
    assert kept.receipt() == (3, [])
    assert 3 in kept
    assert 4 not in kept


def test_a_missing_counter_ends_the_contiguous_part() -> None:
    links = chain(1, 2, 3, 4, 5)
    kept = KeptCounters([links[0], links[1], links[3], links[4]])
    assert kept.receipt() == (2, [(4, 5)])
    kept.add(*links[2])
    assert kept.receipt() == (5, [])


def test_numbers_skipped_by_a_power_cut_are_covered_when_the_chain_proves_it() -> None:
    assert KeptCounters(chain(1, 2, 10, 11)).receipt() == (11, [])


def test_numbers_that_are_missing_are_not_covered_although_higher_ones_came() -> None:
    links = chain(1, 2, 10, 11)
    assert KeptCounters([links[0], links[1], links[3]]).receipt() == (2, [(11, 11)])


def test_a_first_seal_above_one_is_a_range_and_never_contiguous() -> None:
    """That its node sealed nothing before it cannot be seen here: better a range than a loss."""
    assert KeptCounters(chain(5, 6)).receipt() == (0, [(5, 6)])


@pytest.mark.parametrize("order", list(itertools.permutations(range(5))))
def test_the_order_of_arrival_makes_no_difference(order: tuple[int, ...]) -> None:
    links = chain(1, 2, 7, 8, 20)
    kept = KeptCounters(links[i] for i in order)
    assert kept.receipt() == (20, [])
    assert kept.runs() == [(1, 20)]


@pytest.mark.parametrize("seed", range(20))
def test_runs_equal_what_a_slow_and_plain_reckoning_gives(seed: int) -> None:
    chance = random.Random(seed)
    counters, counter = [], 0
    for _ in range(60):
        counter += chance.choice((1, 1, 1, 4))
        counters.append(counter)
    links = chain(*counters)
    came = chance.sample(links, 40)
    kept = KeptCounters(came)
    digests = {c: d for c, _, d in links}
    previous = {c: p for c, p, _ in links}
    expected: list[tuple[int, int]] = []
    for one in sorted(c for c, _, _ in came):
        if expected and (one == expected[-1][1] + 1 or previous[one] == digests[expected[-1][1]]):
            expected[-1] = (expected[-1][0], one)
        else:
            expected.append((one, one))
    assert kept.runs() == expected


def test_keeping_a_counter_twice_changes_nothing() -> None:
    kept = KeptCounters(chain(1, 2, 3))
    kept.add(2, b"x" * 32, b"y" * 32)
    assert kept.receipt() == (3, [])


def test_a_receipt_holds_the_highest_ranges_when_there_are_too_many() -> None:
    links = chain(*range(1, 201))
    kept = KeptCounters(links[0:200:2])
    contiguous, ranges = kept.receipt()
    assert contiguous == 1
    assert len(ranges) == MAX_RECEIPT_RANGES
    assert ranges[-1] == (199, 199)


def test_the_receipt_is_under_the_nodes_key_and_covers_what_is_kept() -> None:
    links = chain(1, 2, 3, 4, 5, 6)
    kept = KeptCounters([links[0], links[1], links[4]])
    data = make_receipt(b"k" * 32, b"node-id!", kept, 1234)
    receipt = decode_receipt(b"k" * 32, data)
    assert (receipt.node, receipt.time_ms) == (b"node-id!", 1234)
    assert [n for n in range(1, 8) if receipt.covers(n)] == [1, 2, 5]
