"""Segments stay until a receipt covers them, whatever happens to the power and the flash."""

from node import record
from node.log import BLOCK_BYTES, FILE_BYTES, room
from node.spool import Spool

from cargoseal_wire.receipt import Receipt
from tests.node.both.world import Budget, MemoryFlash, PowerCut

CAPACITY = 65536


def body(counter, size=900):
    return bytes([counter & 255]) * size


def fill(spool, counters, urgent=(), size=900):
    for counter in counters:
        spool.append(counter, counter in urgent, body(counter, size), bytes(32))


def held(spool):
    """counter -> bytes of what is pending."""
    return {entry.counter: spool.read(entry.counter) for entry in spool.entries()}


def receipt(contiguous, *ranges):
    return Receipt(bytes(8), contiguous, list(ranges), 0)


def test_what_was_appended_is_there_after_a_restart():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, range(1, 31), urgent=(7,))
    again = Spool(flash, CAPACITY)
    assert held(again) == {counter: body(counter) for counter in range(1, 31)}
    assert again.last_counter() == 30
    assert [entry.counter for entry in again.entries() if entry.urgent] == [7]
    assert all([entry.again for entry in again.entries()])


def test_only_a_receipt_frees_segments_and_then_their_files():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, range(1, 31))
    files = len(flash.names())
    assert files > 2
    assert spool.release(receipt(12, (14, 20))) == 19
    assert sorted(held(spool)) == [13] + list(range(21, 31))  # noqa: RUF005  no [a, *b]
    assert spool.release(receipt(12, (14, 20))) == 0
    assert spool.release(receipt(30)) == 11
    assert spool.pending() == 0
    assert len(flash.names()) == 1


def test_the_newest_record_outlives_its_receipt():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, range(1, 10))
    spool.release(receipt(9))
    for _ in range(3):
        again = Spool(flash, CAPACITY)
        assert again.last_counter() == 9
        again.release(receipt(9))
    assert len(flash.names()) == 1


def test_the_file_being_written_can_be_dropped_like_any_other():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, (1,), urgent=(1,))
    spool._drop(spool._newest, 2)
    assert spool.dropped == 1
    fill(spool, (2,))
    assert sorted(held(spool)) == [2]


def test_a_receipt_for_what_was_never_sealed_frees_nothing_else():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, (5, 6))
    assert spool.release(receipt(0, (2, 4), (8, 99))) == 0
    assert spool.pending() == 2


def test_a_torn_record_is_no_record_and_is_never_appended_to():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, (1, 2))
    flash.files["00000001.log"] = flash.files["00000001.log"][:-1]
    again = Spool(flash, CAPACITY)
    assert sorted(held(again)) == [1]
    assert again.damaged_bytes() > 0
    fill(again, (3,))
    assert sorted(flash.files) == ["00000001.log", "00000002.log"]
    assert sorted(held(Spool(flash, CAPACITY))) == [1, 3]


def test_damage_in_the_middle_costs_one_segment():
    flash = MemoryFlash()
    fill(Spool(flash, CAPACITY), (1, 2, 3))
    flash.files["00000001.log"][1000] ^= 1
    again = Spool(flash, CAPACITY)
    assert sorted(held(again)) == [1, 3]


def test_no_damaged_byte_gives_a_wrong_segment():
    whole = record.encode(record.PLAIN, 77, b"reading")
    for at in range(len(whole)):
        damaged = bytearray(whole)
        damaged[at] ^= 0x10
        assert record.scan(bytes(damaged))[0] == []
    assert [found[:2] for found in record.scan(whole + whole[:9] + whole)[0]] == [(0, 77)] * 2


def test_files_of_others_are_left_alone():
    flash = MemoryFlash()
    flash.files = {"readme.txt": bytearray(b"hello"), "x.log": bytearray(b"?"), ".log": bytearray()}
    spool = Spool(flash, CAPACITY)
    fill(spool, (1,))
    spool.release(receipt(1))
    assert flash.files["readme.txt"] == b"hello"


def test_a_failed_append_is_tried_again_in_a_new_file():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, (1,))
    flash.failures = 2
    for _ in range(2):
        try:
            fill(spool, (2,))
        except OSError:
            pass
        else:
            raise AssertionError("an append that failed")
    assert sorted(held(spool)) == [1]
    fill(spool, (2, 3))
    assert held(spool) == {1: body(1), 2: body(2), 3: body(3)}
    assert held(Spool(flash, CAPACITY)) == {1: body(1), 2: body(2), 3: body(3)}


def test_when_full_the_oldest_that_is_not_urgent_goes_first_and_is_counted():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    urgent = (3, 11, 40)
    fill(spool, range(1, 201), urgent)
    assert spool.used_bytes() <= CAPACITY
    counters = sorted(held(spool))
    assert counters[:3] == [3, 11, 40]
    assert counters[3:] == list(range(counters[3], 201))
    assert spool.dropped == 200 - len(counters)
    again = Spool(flash, CAPACITY)
    assert held(again) == held(spool)


def test_urgent_segments_go_when_nothing_else_is_left():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, range(1, 151), urgent=range(1, 151))
    counters = sorted(held(spool))
    assert counters == list(range(counters[0], 151))
    assert spool.dropped == counters[0] - 1
    assert spool.used_bytes() <= CAPACITY


def test_the_largest_segments_fit_too():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, range(1, 20), size=12288)
    assert spool.used_bytes() <= CAPACITY
    assert 19 in held(spool)


def test_urgent_first_then_by_counter():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, range(1, 41), urgent=(4, 25))
    order = []
    while True:
        entry = spool.next_to_send()
        if entry is None:
            break
        assert entry.urgent == (entry.counter in (4, 25)) and not entry.again
        order.append(entry.counter)
        spool.launch(entry.counter)
    plain = [counter for counter in range(1, 41) if counter not in (4, 25)]
    assert order == [4, 25] + plain  # noqa: RUF005  no [a, *b]
    assert spool.next_time() is None
    spool.land(7)
    entry = spool.next_to_send()
    assert (entry.counter, entry.again) == (7, True)


def test_what_the_broker_has_waits_ever_longer_for_its_receipt():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, (1,))
    now = 0
    for period in (1000, 2000, 4000, 8000, 16000, 32000, 64000, 64000):
        spool.now = now
        spool.launch(1)
        spool.wait(1, 1000)
        assert spool.next_time() == now + period
        spool.now = now + period - 1
        assert spool.next_to_send() is None
        now = spool.now = now + period
        assert spool.next_to_send().again


def test_the_age_of_the_oldest_is_known():
    spool = Spool(MemoryFlash(), CAPACITY)
    assert spool.oldest_ms() is None
    spool.now = 5000
    fill(spool, (1,))
    spool.now = 9000
    fill(spool, range(2, 30))
    spool.now = 65000
    assert spool.oldest_ms() == 60000
    spool.release(receipt(20))
    assert spool.oldest_ms() == 56000
    spool.release(receipt(29))
    assert spool.oldest_ms() is None


def test_space_that_freed_segments_hold_is_used_before_anything_is_dropped():
    """One segment of each file is never receipted; all of them fit into a quarter of the spool."""
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    stuck = [1 + 9 * i for i in range(12)]
    for counter in range(1, 200):
        fill(spool, (counter,), urgent=stuck)
        spool.release(Receipt(bytes(8), 0, gaps(stuck, counter), 0))
        assert spool.used_bytes() <= CAPACITY
    assert spool.dropped == 0
    assert sorted(held(spool)) == stuck
    assert set(stuck) <= set(held(Spool(flash, CAPACITY)))


def gaps(stuck, last):
    """The ranges of counters up to `last` without the stuck ones."""
    ranges = []
    low = 1
    for counter in stuck + [last + 1]:  # noqa: RUF005  no [*a, b]
        if low < counter <= last + 1:
            ranges.append((low, counter - 1))
        low = counter + 1
    return ranges


def test_a_record_that_flash_gives_back_otherwise_is_not_sent():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    fill(spool, (1, 2))
    flash.files["00000001.log"][500] ^= 4
    try:
        spool.read(1)
    except OSError as error:
        assert error.args[0] == 5
    else:
        raise AssertionError("damage was handed on")
    assert spool.read(2) == body(2)


def test_a_file_found_whole_is_filled_further():
    """A node that sleeps deeply starts anew for each segment."""
    flash = MemoryFlash()
    for counter in range(1, 40):
        fill(Spool(flash, CAPACITY), (counter,), size=300)
    assert len(flash.names()) == 2
    assert sorted(held(Spool(flash, CAPACITY))) == list(range(1, 40))


def test_what_was_dropped_is_told_even_after_a_power_cut():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    counter = 0
    while not spool.dropped:
        counter += 1
        fill(spool, (counter,))
    again = Spool(flash, CAPACITY)
    assert (again.dropped, again.told) == (spool.dropped, 0)  # no statement has said it
    fill(again, (counter + 1,))
    later = Spool(flash, CAPACITY)
    assert later.dropped == later.told >= spool.dropped  # the one after the loss did


def test_a_loss_is_not_forgotten_when_a_receipt_frees_everything():
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    counter = 0
    while not spool.dropped:
        counter += 1
        fill(spool, (counter,))
    spool.release(receipt(counter))
    again = Spool(flash, CAPACITY)
    assert again.told == 0 and again.dropped == spool.dropped


def test_as_many_segments_as_stated_fit_and_hardly_more():
    for capacity in (4 * FILE_BYTES, CAPACITY, CAPACITY + 4096):
        for size in (60, 205, 900, 1500, 4000):
            spool = Spool(MemoryFlash(), capacity)
            stated = room(capacity, size)
            fill(spool, range(1, stated + 1), size=size)
            assert spool.dropped == 0, (capacity, size)
            fill(spool, range(stated + 1, stated + 2 + FILE_BYTES // size), size=size)
            assert spool.dropped, (capacity, size)


def test_a_capacity_below_four_files_is_refused():
    try:
        Spool(MemoryFlash(), 4 * FILE_BYTES - 1)
    except ValueError as error:
        assert "expected at least" in str(error)
    else:
        raise AssertionError("too small")


def test_a_power_cut_while_the_spool_makes_room_loses_no_urgent_segment():
    """Every byte of the one append that drops a file and copies its urgent records on."""
    flash = MemoryFlash()
    spool = Spool(flash, CAPACITY)
    counter = 0
    while spool.dropped == 0:
        before = {name: bytearray(data) for name, data in flash.files.items()}
        counter += 1
        fill(spool, (counter,), urgent=(2, 5))
    drops = spool.dropped
    assert len(before) * BLOCK_BYTES <= CAPACITY
    full = flash.budget.written
    for cut in range(0, full, 53):
        flash = MemoryFlash()
        flash.files = {name: bytearray(data) for name, data in before.items()}
        spool = Spool(flash, CAPACITY)
        flash.budget.left = cut
        try:
            fill(spool, (counter,))
            done = True
        except PowerCut:
            done = False
        flash.budget = Budget()
        after = held(Spool(flash, CAPACITY))
        assert 2 in after and 5 in after
        assert after[2] == body(2) and after[5] == body(5)
        if done:
            assert counter in after
            break
    assert done and drops > 0


def test_a_power_cut_while_receipted_files_go_loses_nothing_else():
    for cut in range(5):
        flash = MemoryFlash()
        spool = Spool(flash, CAPACITY)
        fill(spool, range(1, 41))
        flash.budget = Budget(cut)
        try:
            spool.release(receipt(33))
            whole = True
        except PowerCut:
            whole = False
        flash.budget = Budget()
        again = held(Spool(flash, CAPACITY))
        for counter in range(34, 41):
            assert again[counter] == body(counter)
        assert whole == (cut >= 4)
