"""Real node code in real MicroPython over real sockets: what arrives, and that nothing is lost."""

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import VerifyKey
from simulator import ROOT, Fleet, SimulatorError

from cargoseal_score.trigger import BurstCutter
from cargoseal_wire.constants import ACCEL_X, ACCEL_Y, ACCEL_Z, HANDLING, SHOCK
from cargoseal_wire.segment import decode_seal, decode_segment, seal_digest, signed_bytes
from cargoseal_wire.statement import decode_statement
from tests.fleet.endpoint import Endpoint
from tests.fleet.rows import MINUTE, START_MS, config, rows
from tests.node.both.chain import Opened, assert_unbroken, opened
from tests.node.both.handling import bump, drop, peak_model

BLOB = ROOT / "models/shipped/climate-v1/model.blob"


def fleet_of(endpoint: Endpoint, **changes: Any) -> Fleet:
    return Fleet(port=endpoint.port, start_ms=START_MS, **changes)


def kept(endpoint: Endpoint, fleet: Fleet, name: str) -> dict[int, bytes]:
    segments: dict[int, bytes] = endpoint.kept[fleet.node_id(name).hex()].segments
    return segments


def assert_sealed_by(public_key: bytes, segments: dict[int, bytes]) -> None:
    """libsodium accepts every seal."""
    for data in segments.values():
        seal = decode_seal(decode_segment(data).seal)
        VerifyKey(public_key).verify(signed_bytes(seal), seal.signature)


def readings_in(segments: dict[int, bytes]) -> int:
    return sum(item.statement.count for item in opened(segments))


def test_fifty_nodes_at_once_all_arrive_and_verify(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        for number in range(50):
            fleet.add(f"n{number}", config(number), rows(4, START_MS + 1000 * number))
        fleet.run()
        for number in range(50):
            segments = kept(endpoint, fleet, f"n{number}")
            assert sorted(segments) == [1]
            assert_sealed_by(fleet.public_key(f"n{number}"), segments)
            assert_unbroken(segments)
        assert len({fleet.node_id(f"n{number}") for number in range(50)}) == 50


def test_readings_arrive_as_they_were_given(endpoint: Endpoint) -> None:
    given: list[dict[str, Any]] = [
        {"at_ms": START_MS, "values": {"0": -1234, "4": 15999}, "clock_source": 1},
        {"at_ms": START_MS + 5, "values": {0: 2**30}, "clock_source": 1, "clock_error_ms": 900},
        {
            "at_ms": START_MS + 70_000,
            "values": {0: -(2**30)},
            "clock_source": 1,
            "fix": [-900000000, 1799999999, 2500, 2],
        },
    ]
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(max_readings=3), given)
        fleet.run()
        segments = kept(endpoint, fleet, "n")
    first = Opened(segments[1])
    assert first.statement.flags == 1 << 3 | 1 << 10  # the shock closed its window at once
    assert first.readings.columns == {0: [-1234], 4: [15999]}
    second = Opened(segments[2])
    assert second.readings.columns == {0: [2**30, -(2**30)]}
    assert second.wall_times() == [START_MS + 5, START_MS + 70_000]
    assert second.location.fixes == [(69_995, -900000000, 1799999999, 2500, 2)]
    assert second.statement.clock_error_ms == 1000


def test_rows_without_a_time_and_late_rows_are_neither_dropped_nor_restamped(
    endpoint: Endpoint,
) -> None:
    given = rows(12)
    for row in given[3:6]:
        row["wall_ms"] = None
    given[8]["wall_ms"] = START_MS - 3_600_000
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(max_readings=60), given)
        fleet.run()
        items = opened(kept(endpoint, fleet, "n"))
    assert [item.statement.count for item in items] == [3, 3, 2, 1, 3]
    assert [item.statement.start_ms for item in items][1] == 0
    assert items[3].statement.start_ms == START_MS - 3_600_000
    assert [bool(item.statement.flags & 1 << 13) for item in items] == [
        False, False, False, True, True
    ]  # fmt: skip


def test_the_shared_clock_never_runs_ahead_of_the_slowest_node(
    endpoint: Endpoint, tmp_path: Path
) -> None:
    """`under_way` 0: when a segment arrives, the clock stands at the reading that closed it."""
    clock = tmp_path / "clock"
    seen: list[tuple[int, int]] = []
    take = endpoint.answer

    def noting(side: Any, data: bytes) -> bytes:
        before = len(side.kept.arrivals) if side.kept else 0
        out = take(side, data)
        for counter, _ in side.kept.arrivals[before:]:
            now = struct.unpack("<q", clock.read_bytes())[0]
            seen.append((counter, (now - START_MS) // MINUTE))
        return out

    endpoint.answer = noting  # type: ignore[method-assign]
    with fleet_of(endpoint, clock_file=clock, under_way=0) as fleet:
        fleet.add("n", config(), rows(40))
        assert fleet.run() == START_MS + 39 * MINUTE
    assert seen == [(counter, 4 * counter - 1) for counter in range(1, 11)]


def test_time_goes_where_it_is_told_and_no_further(endpoint: Endpoint, tmp_path: Path) -> None:
    clock = tmp_path / "clock"
    with fleet_of(endpoint, clock_file=clock) as fleet:
        fleet.add("n", config(), rows(40))
        assert fleet.run(START_MS + 10 * MINUTE) == START_MS + 10 * MINUTE
        assert fleet.stats("n")["rows_left"] == 29
        assert struct.unpack("<q", clock.read_bytes())[0] == START_MS + 10 * MINUTE
        fleet.feed("n", rows(4, START_MS + 40 * MINUTE))
        fleet.run()
        assert readings_in(kept(endpoint, fleet, "n")) == 44


def test_an_open_window_is_closed_by_its_age(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(max_readings=60, max_duration_ms=30 * MINUTE), rows(3))
        assert fleet.run() == START_MS + 30 * MINUTE
        assert readings_in(kept(endpoint, fleet, "n")) == 3


def test_a_network_away_for_hours_costs_time_and_nothing_else(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(60))
        fleet.run(START_MS + 9 * MINUTE)
        fleet.link("n", False)
        fleet.run(START_MS + 50 * MINUTE)
        assert fleet.stats("n")["spooled"] > 8
        fleet.link("n", True)
        fleet.run()
        assert readings_in(kept(endpoint, fleet, "n")) == 60
        assert_unbroken(kept(endpoint, fleet, "n"))


def test_a_connection_cut_inside_a_packet_is_made_good(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(60))
        for step, after in enumerate((1, 40, 333, 700, 1500)):
            fleet.run(START_MS + 10 * step * MINUTE)
            fleet.cut("n", after)
        fleet.run()
        stats = fleet.stats("n")
        assert stats["lost"] == 5
        assert readings_in(kept(endpoint, fleet, "n")) == 60
        assert endpoint.kept[fleet.node_id("n").hex()].conflicts == []


def test_a_power_cut_keeps_what_was_sealed_and_skips_counters(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(40))
        fleet.link("n", False)
        fleet.run(START_MS + 18 * MINUTE)  # four segments and three readings in RAM
        fleet.power_cut("n", off_ms=5 * MINUTE)
        assert not fleet.stats("n")["powered"]
        fleet.link("n", True)
        fleet.run()
        stats = fleet.stats("n")
        segments = kept(endpoint, fleet, "n")
        assert stats["boot"] == 2 and stats["spooled"] == 0
        assert sorted(segments)[:5] == [1, 2, 3, 4, 17]
        assert readings_in(segments) == 40 - 3 - stats["rows_missed"]
        assert stats["rows_missed"] == 4
        first_back = Opened(segments[17]).statement
        assert first_back.start_ms - first_back.uptime_ms == START_MS + 23 * MINUTE
        assert_unbroken(segments)
        assert_sealed_by(fleet.public_key("n"), segments)


def test_twenty_power_cuts_in_a_row_lose_only_open_windows(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(100))
        for cut in range(1, 21):
            fleet.run(START_MS + 4 * cut * MINUTE + MINUTE)
            fleet.power_cut("n")
        fleet.run()
        segments = kept(endpoint, fleet, "n")
        assert fleet.stats("n")["boot"] == 21
        assert_unbroken(segments)
        counters = sorted(segments)
        assert counters[0] == 1 and counters[-1] > 16 * 20


def test_rows_out_of_order_or_in_the_past_are_refused(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        with pytest.raises(SimulatorError, match="row of n: expected at_ms from"):
            fleet.add("n", config(), rows(2, START_MS - 1))
        with pytest.raises(SimulatorError, match="row of m: expected at_ms from"):
            fleet.add("m", config(2), [*rows(2, START_MS + 5), *rows(1)])


def test_a_removed_node_is_silent_and_nobody_waits_for_it(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("gone", config(1), rows(20))
        fleet.add("here", config(2), rows(20))
        fleet.run(START_MS + 9 * MINUTE)
        fleet.remove("gone")
        fleet.run()
        assert readings_in(kept(endpoint, fleet, "gone")) == 8
        assert readings_in(kept(endpoint, fleet, "here")) == 20
        assert fleet.stats("gone")["removed"]


def test_a_slow_uplink_is_waited_for(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(8))
        fleet.tx_rate("n", 2000)
        fleet.run()
        assert readings_in(kept(endpoint, fleet, "n")) == 8


def test_a_gateway_that_gives_no_receipts_is_not_waited_for_for_ever(endpoint: Endpoint) -> None:
    endpoint.receipts = False
    with fleet_of(endpoint, patience_s=0.5) as fleet:
        fleet.add("n", config(), rows(20))
        fleet.run()
        stats = fleet.stats("n")
        assert stats["stalled"] == 1
        assert stats["spooled"] == 5 and stats["receipted"] == 0


def test_a_restarted_gateway_gets_the_rest(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        for number in range(3):
            fleet.add(f"n{number}", config(number), rows(40))
        for minute in (5, 17, 29):
            fleet.run(START_MS + minute * MINUTE)
            endpoint.drop_all()
        fleet.run()
        for number in range(3):
            assert readings_in(kept(endpoint, fleet, f"n{number}")) == 40


def test_what_was_published_can_be_looked_at(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), rows(12))
        fleet.run()
        captured = fleet.captured("n")
        segments = kept(endpoint, fleet, "n")
    assert captured == [segments[1], segments[2], segments[3]]
    digests = [seal_digest(decode_segment(data).seal) for data in captured]
    statements = [decode_statement(decode_segment(data).statement) for data in captured]
    for digest, (_, after) in zip(digests, pairwise(statements), strict=False):
        assert after.previous == digest


def test_the_heap_does_not_grow_over_two_hundred_segments(endpoint: Endpoint) -> None:
    """Each of them is sensed, scored, sealed, spooled, published and receipted."""
    settings = config(max_readings=1, models=[{"blob": BLOB.read_bytes().hex()}])
    with fleet_of(endpoint) as fleet:
        fleet.add("n", settings, rows(220))
        fleet.run(START_MS + 19 * MINUTE)
        early = fleet.stats("n")["heap_bytes"]
        fleet.run()
        stats = fleet.stats("n")
    assert stats["receipted"] == 220
    assert stats["heap_bytes"] <= early + 4096


def test_the_node_scores_with_the_model_it_names(endpoint: Endpoint) -> None:
    from cargoseal_score import blob, features, infer

    model = blob.load(BLOB.read_bytes())
    with fleet_of(endpoint) as fleet:
        models = [{"blob": BLOB.read_bytes().hex(), "threshold": 0}]
        fleet.add("n", config(models=models), rows(8))
        fleet.run()
        items = opened(kept(endpoint, fleet, "n"))
    for item in items:
        model_input = features.extract(model, item.readings.offsets_ms, item.readings.columns)
        assert item.statement.model == model.digest
        assert item.claim.model_input == model_input
        assert item.claim.score == infer.score(model, model_input)
        assert item.statement.flags & 1 << 11


def streamed(samples: list[tuple[int, int, int, int]], a_fifo: int = 32) -> list[dict[str, Any]]:
    """Samples (ms from the start, x, y, z) as the FIFO rows of a simulated node."""
    batches = [samples[at : at + a_fifo] for at in range(0, len(samples), a_fifo)]
    return [
        {
            "at_ms": START_MS + batch[-1][0],
            "samples": [[batch[-1][0] - at, x, y, z] for at, x, y, z in batch],
        }
        for batch in batches
    ]


def test_a_stream_of_accelerations_is_cut_by_the_node_as_the_trigger_says(
    endpoint: Endpoint,
) -> None:
    samples = drop(0) + bump(10_000) + drop(20_000, fall_ms=200)
    cutter = BurstCutter()
    cut = [burst for sample in samples if (burst := cutter.add(*sample))]
    assert len(cut) == 3
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(models=[{"blob": peak_model().hex()}]), streamed(samples))
        fleet.run()
        segments = kept(endpoint, fleet, "n")
        items = opened(segments)
        assert_sealed_by(fleet.public_key("n"), segments)
        assert fleet.stats("n")["bursts"] == 3
    for item, burst in zip(items, cut, strict=True):
        assert item.statement.kind == HANDLING
        assert item.wall_times() == [START_MS + at for at, *_ in burst]
        axes = [item.readings.columns[channel] for channel in (ACCEL_X, ACCEL_Y, ACCEL_Z)]
        assert list(zip(*axes, strict=True)) == [(x, y, z) for _, x, y, z in burst]


def test_readings_beside_a_stream_tell_its_peak(endpoint: Endpoint) -> None:
    given = streamed(drop(0)) + rows(1, START_MS + MINUTE) + rows(1, START_MS + 2 * MINUTE)
    with fleet_of(endpoint) as fleet:
        fleet.add(
            "n", config(max_readings=2, alarms={"shock_mg": None, "free_fall_ms": None}), given
        )
        fleet.run()
        climate = opened(kept(endpoint, fleet, "n"))[-1]
    assert climate.readings.columns[SHOCK] == [8000, None]


def test_a_power_cut_in_the_middle_of_a_burst_loses_that_burst_alone(endpoint: Endpoint) -> None:
    given = streamed(drop(0) + drop(10_000) + drop(20_000))
    with fleet_of(endpoint) as fleet:
        fleet.add("n", config(), given)
        fleet.run(START_MS + 12_500)
        fleet.power_cut("n")
        fleet.run()
        segments = kept(endpoint, fleet, "n")
    assert_unbroken(segments)
    uptimes = [item.wall_times()[0] - START_MS for item in opened(segments)]
    assert [at // 10_000 for at in uptimes] == [0, 2]


def test_the_heap_does_not_grow_over_a_hundred_bursts(endpoint: Endpoint) -> None:
    samples = [sample for number in range(110) for sample in bump(5000 * number)]
    settings = config(
        models=[{"blob": peak_model().hex()}], burst={"most_per_hour": 3600, "rest_ms": 0}
    )
    with fleet_of(endpoint) as fleet:
        fleet.add("n", settings, streamed(samples))
        fleet.run(START_MS + 50_000)
        early = fleet.stats("n")["heap_bytes"]
        fleet.run()
        stats = fleet.stats("n")
    assert stats["receipted"] == 110
    assert stats["heap_bytes"] <= early + 4096


def test_a_bad_config_is_refused_by_its_key(endpoint: Endpoint) -> None:
    with fleet_of(endpoint) as fleet:
        with pytest.raises(SimulatorError, match=r"node config max_readings: expected 1 to 256"):
            fleet.add("n", config(max_readings=0))
        with pytest.raises(SimulatorError, match="node config seed"):
            fleet.add("n", config(seed=None))
        fleet.add("n", config(), rows(4))
        fleet.run()
        assert sorted(kept(endpoint, fleet, "n")) == [1]
