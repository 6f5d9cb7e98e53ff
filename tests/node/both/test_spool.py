"""Segments stay until a receipt covers them, whatever happens to the power and the flash."""

from node import record
from node.spool import BLOCK_BYTES, FILE_BYTES, Spool

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
    return {entry.counter: spool.read(entry) for entry in spool.entries()}


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
    assert all([entry.recovered for entry in again.entries()])


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
    spool._drop(spool._active)
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
    assert again.damaged_bytes > 0
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


def test_urgent_first_then_by_counter_and_nothing_before_its_time():
    spool = Spool(MemoryFlash(), CAPACITY)
    fill(spool, range(1, 7), urgent=(4, 5))
    order = []
    while True:
        entry = spool.next_to_send(0)
        if entry is None:
            break
        order.append(entry.counter)
        entry.packet_id = 9
    assert order == [4, 5, 1, 2, 3, 6]
    for entry in spool.entries():
        entry.packet_id = 0
        entry.not_before = 1000 * entry.counter
    assert spool.next_time() == 1000
    assert spool.next_to_send(999) is None
    assert spool.next_to_send(2000).counter == 1


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
