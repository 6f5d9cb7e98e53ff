"""A counter is never used twice, whatever is cut off and whenever."""

from node.counters import BLOCK, Counters

from tests.node.both.world import Budget, MemoryNvs, PowerCut


def test_counters_start_at_one_and_follow_each_other():
    counters = Counters(MemoryNvs())
    assert [counters.take() for _ in range(40)] == list(range(1, 41))
    assert counters.boot == 1
    assert not counters.skipped


def test_a_start_goes_on_behind_the_reserved_block():
    nvs = MemoryNvs()
    first = Counters(nvs)
    for _ in range(3):
        first.take()
    again = Counters(nvs, 3)
    assert again.boot == 2
    assert again.skipped
    assert again.take() == BLOCK + 1


def test_nothing_is_skipped_when_the_block_was_used_up():
    nvs = MemoryNvs()
    first = Counters(nvs)
    for _ in range(BLOCK):
        first.take()
    again = Counters(nvs, BLOCK)
    assert not again.skipped
    assert again.take() == BLOCK + 1


def test_a_power_cut_at_any_write_repeats_no_counter():
    for cut in range(12):
        nvs = MemoryNvs(Budget(cut))
        taken = []
        for _ in range(6):
            try:
                counters = Counters(nvs, taken[-1] if taken else 0, 4)
                for _ in range(6):
                    taken.append(counters.take())
            except PowerCut:
                nvs.budget = Budget()
        assert len(taken) > 20
        assert taken == sorted(set(taken))


def test_power_cycles_are_counted():
    nvs = MemoryNvs()
    assert [Counters(nvs).boot for _ in range(5)] == [1, 2, 3, 4, 5]


def test_lost_nvs_goes_on_behind_the_newest_segment_in_the_spool():
    counters = Counters(MemoryNvs(), 1234)
    assert counters.take() == 1235


def test_a_failed_reservation_uses_no_counter_up():
    nvs = MemoryNvs()
    counters = Counters(nvs)
    nvs.failures = 2
    for _ in range(2):
        try:
            counters.take()
        except OSError:
            pass
        else:
            raise AssertionError("a counter without a durable reservation")
    assert counters.take() == 1


def test_damaged_nvs_is_taken_for_none():
    nvs = MemoryNvs()
    nvs.values["counters"] = b"\x00\x01"
    assert Counters(nvs, 7).take() == 8
