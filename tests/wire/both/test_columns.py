"""Columns: nothing is lost, and no bytes make a reader do more than `count` asks for."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

from cargoseal_wire import columns
from cargoseal_wire.columns import TIME_LIMIT, pack, unpack
from cargoseal_wire.errors import OversizedError, TruncatedError
from tests.wire.both.golden import load
from tests.wire.both.lcg import Lcg
from tests.wire.both.refusing import refused


def there_and_back(values, like=None, limit=columns.VALUE_LIMIT):
    data = pack(values, like, limit)
    assert unpack(data, len(values), like, limit) == values
    return data


def test_columns_come_back_as_they_were():
    for values in (
        [],
        [0],
        [None],
        [None, None, 5],
        [2**31 - 1, -(2**31)],
        [-(2**31)] * 3 + [2**31 - 1] * 3,
        list(range(100)),
        [7] * 1024,
        [None if at % 3 else at for at in range(50)],
    ):
        there_and_back(values)


def test_random_columns_come_back_whatever_their_range_and_gaps():
    lcg = Lcg(1)
    before = None
    for _ in range(150):
        width, gaps = lcg.below(32), lcg.below(4)
        values = [
            None if gaps and lcg.below(5) < gaps else lcg.signed(1 << width)
            for _ in range(lcg.below(70))
        ]
        like = before if before is not None and len(before) == len(values) else None
        there_and_back(values, like)
        before = values


def test_random_times_come_back():
    lcg = Lcg(2)
    for _ in range(60):
        now, times = 0, []
        for _ in range(1 + lcg.below(60)):
            times.append(now)
            now = min(now + lcg.below(1 << lcg.below(36)), TIME_LIMIT - 1)
        there_and_back(times, None, TIME_LIMIT)


def test_what_never_changes_takes_a_few_bytes():
    assert len(there_and_back([2150] * 60)) <= 4
    assert len(there_and_back([0] * 1024)) <= 2
    assert len(there_and_back([60000 * at for at in range(60)], None, TIME_LIMIT)) <= 6


def test_a_sensor_of_coarse_steps_costs_no_more_than_its_steps():
    lcg = Lcg(3)
    fine, value = [], 200
    for _ in range(60):
        value += lcg.below(3) - 1
        fine.append(value)
    assert len(there_and_back([10 * v for v in fine])) <= len(there_and_back(fine)) + 2


def test_one_peak_costs_one_peak():
    calm = [1000 + at % 2 for at in range(60)]
    peak = calm[:30] + [14000] + calm[31:]
    assert len(there_and_back(peak)) <= len(there_and_back(calm)) + 7


def test_gaps_like_those_of_the_column_before_cost_nothing():
    before = [at if at % 3 == 0 else None for at in range(60)]
    values = [5 * at if at % 3 == 0 else None for at in range(60)]
    assert len(there_and_back(values, before)) + 5 <= len(there_and_back(values))


def test_golden_columns_read_and_write_the_same():
    for case in load("columns.json")["valid"]:
        data = bytes.fromhex(case["packed"])
        values, like, limit = case["values"], case["like"], case["limit"]
        assert unpack(data, len(values), like, limit) == values
        assert pack(values, like, limit) == data


def test_refuses_every_golden_column_that_is_none():
    for case in load("columns.json")["invalid"]:
        refused(unpack, bytes.fromhex(case["packed"]), case["count"])


def test_refuses_every_truncation_of_a_column():
    for case in load("columns.json")["valid"]:
        data = bytes.fromhex(case["packed"])[:60]
        for size in range(len(data)):
            refused(unpack, data[:size], len(case["values"]), case["like"], case["limit"])


def test_refuses_a_byte_behind_the_last_bit():
    refused(unpack, pack([1, 2, 3]) + b"\x00", 3)


def test_refuses_another_count_than_was_packed():
    data = pack([1, 5, 2, 9, -4])
    for count in (0, 1, 2, 3, 12, 1024):
        refused(unpack, data, count)


def test_refuses_more_values_than_a_segment_holds():
    assert isinstance(refused(unpack, b"\x00", 1025), OversizedError)
    assert isinstance(refused(unpack, b"\x00", 2**40), OversizedError)
    assert isinstance(refused(unpack, b"\x00", -1), OversizedError)
    assert isinstance(refused(pack, [0] * 1025), OversizedError)


def test_refuses_to_pack_what_is_no_int_in_range():
    for value in (2**31, -(2**31) - 1, 1.5, "1", True):
        refused(pack, [0, value])
    refused(pack, [2**40], None, TIME_LIMIT)


def test_refuses_values_out_of_range():
    times = pack([0, 2**39, 2**40 - 1], None, TIME_LIMIT)
    refused(unpack, times, 3)


def test_refuses_sums_that_run_away():
    # second differences, Rice with k 44: the steps grow until the values leave their range
    bits = "000" + "000" + "1" * 11 + "000" + "000"  # firsts 0 and 0, k = 44, no escapes
    bits += ("0" + "1" * 44) * 40
    bits += "0" * (-len(bits) % 8)
    data = bytes([0b00010010]) + bytes([int(bits[at : at + 8], 2) for at in range(0, len(bits), 8)])
    refused(unpack, data, 42)


def test_unary_bombs_stop_at_their_bound():
    for mode in range(128):
        refused(unpack, bytes([mode]) + b"\xff" * 4000, 1024, [1] * 1024)


def test_gaps_of_a_column_before_need_one_of_the_same_length():
    data = pack([1, None], [5, None])
    assert unpack(data, 2, [7, None]) == [1, None]
    refused(unpack, data, 2)
    refused(unpack, data, 2, [7, None, None])


def test_random_bytes_are_read_or_refused():
    lcg = Lcg(4)
    read = 0
    for _ in range(1500):
        count = lcg.below(20)
        like = [None if lcg.below(2) else 1 for _ in range(count)]
        data = bytes([lcg.below(128)]) + lcg.bytes(lcg.below(12))
        try:
            values = unpack(data, count, like)
        except ValueError as error:
            assert error.where == "column"
            continue
        read += 1
        assert len(values) == count
        assert unpack(pack(values, like), count, like) == values
    assert read > 10


def test_a_truncated_column_says_so():
    data = pack([at * at * 37 % 1009 for at in range(60)])
    assert isinstance(refused(unpack, data[:30], 60), TruncatedError)
