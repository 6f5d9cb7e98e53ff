"""The simulated shipment obeys its own statement: levels, heights, heat, determinism."""

import json
import math

import pytest
from physics import (
    CoolingOff,
    DoorOpen,
    Drop,
    FallsSilent,
    Journey,
    Place,
    Pothole,
    Stream,
    TakenOff,
    free_fall_ms,
    impact_mg,
    ista_1a_height_mm,
    saturation_hpa,
    simulate,
)

from cargoseal_wire import constants as wire
from tests.shared_data import shared_data

HOUR = 3600
PLACES = (Place("front", 0.1), Place("rear", 0.9, contact=True))


def journey(*events: object, **changes: object) -> Journey:
    settings = {
        "start_ms": 1_780_272_000_000,
        "hours": 12,
        "interval_s": 300,
        "seed": 7,
        "places": PLACES,
        "driving": ((2 * HOUR, 8 * HOUR),),
    }
    return Journey(events=events, **(settings | changes))


def column(rows: list[dict], channel: int) -> list[int]:
    return [row["values"][channel] for row in rows]


def test_the_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    assert simulate(journey()) == simulate(journey())
    assert simulate(journey()) != simulate(journey(seed=8))


def test_a_closed_cooled_body_stays_between_two_and_eight_degrees() -> None:
    for rows in simulate(journey()).values():
        assert 200 < min(column(rows, wire.TEMPERATURE))
        assert max(column(rows, wire.TEMPERATURE)) < 800


def test_an_open_door_warms_the_rear_and_not_the_front() -> None:
    rows = simulate(journey(DoorOpen(9 * HOUR, 2400)))
    assert max(column(rows["front"], wire.TEMPERATURE)) < 800
    assert sum(t > 800 for t in column(rows["rear"], wire.TEMPERATURE)) * 5 > 30
    assert set(column(rows["rear"], wire.DOOR)) == {0, 1}
    assert max(column(rows["rear"], wire.LIGHT)) > max(column(rows["front"], wire.LIGHT)) > 0


def test_without_cooling_both_places_warm_up() -> None:
    rows = simulate(journey(CoolingOff(4 * HOUR, 6 * HOUR)))
    for name in ("front", "rear"):
        assert sum(t > 800 for t in column(rows[name], wire.TEMPERATURE)) > 24


def test_vibration_has_the_published_levels_in_their_shares() -> None:
    rows = simulate(journey(interval_s=60))["front"]
    driving = [v for v in column(rows, wire.VIBRATION) if v]
    for level_mg, minutes in ((400, 40), (540, 15), (700, 5)):
        near = [v for v in driving if abs(v - level_mg) < 0.12 * level_mg]
        assert len(near) / len(driving) == pytest.approx(minutes / 60, abs=0.02)
    assert set(column(rows, wire.MOTION)) == {0, 1}


def test_a_parked_body_shakes_no_sensor() -> None:
    rows = simulate(journey(driving=()))["front"]
    assert set(column(rows, wire.SHOCK)) == {1000}


def test_a_drop_is_seen_once_with_its_fall_time_and_impact() -> None:
    rows = simulate(journey(Drop(9 * HOUR + 130, "rear", 760)))
    falls = [ms for ms in column(rows["rear"], wire.FREE_FALL) if ms]
    assert falls == [394]
    assert falls[0] == round(1000 * math.sqrt(2 * 0.76 / 9.80665))
    assert max(column(rows["rear"], wire.SHOCK)) == impact_mg(760) == 16_000
    assert set(column(rows["front"], wire.FREE_FALL)) == {0}


def test_a_node_taken_off_says_so_and_a_silent_one_says_nothing() -> None:
    rows = simulate(journey(TakenOff(6 * HOUR, "rear", HOUR), FallsSilent(6 * HOUR, "front")))
    assert sum(column(rows["rear"], wire.MOUNT)) == 12
    assert len(rows["front"]) == 72 and len(rows["rear"]) == 144


def test_humidity_follows_the_magnus_formula_to_known_points() -> None:
    for celsius, hpa in ((0, 6.11), (20, 23.4), (40, 73.8)):  # steam tables
        assert saturation_hpa(celsius) == pytest.approx(hpa, rel=0.005)


def test_positions_carry_the_error_of_their_source() -> None:
    fixes = [row["fix"] for row in simulate(journey())["rear"] if row["fix"]]
    assert [fix[2:] for fix in fixes] == [[10, wire.FIX_GNSS], [35_000, wire.FIX_CELL]] * 6


def streamed(*events: object, driving: bool = False, for_s: int = 20) -> list[tuple[int, ...]]:
    """(ms, x, y, z) of a stream that begins with the hour's third."""
    some = Stream("rear", 3 * HOUR, for_s)
    legs = ((2 * HOUR, 8 * HOUR),) if driving else ()
    rows = simulate(journey(*events, streams=(some,), driving=legs))["rear"]
    times = [row["at_ms"] for row in rows]
    assert times == sorted(times)
    start_ms = journey().start_ms + 3 * HOUR * 1000
    return [
        (row["at_ms"] - back - start_ms, x, y, z)
        for row in rows
        for back, x, y, z in row.get("samples", ())
    ]


def lengths(samples: list[tuple[int, ...]]) -> list[int]:
    return [math.isqrt(x * x + y * y + z * z) for _, x, y, z in samples]


def test_a_stream_has_a_hundred_samples_a_second_and_is_in_the_readings_place() -> None:
    samples = streamed()
    assert [sample[0] for sample in samples] == list(range(0, 20_000, 10))
    assert all(950 < length < 1050 for length in lengths(samples))


def test_a_drop_in_a_stream_falls_as_long_as_its_height_asks_and_strikes_twice() -> None:
    for height_mm in (200, 760):
        samples = streamed(Drop(3 * HOUR + 10, "rear", height_mm))
        sizes = lengths(samples)
        impact = next(at for at, size in enumerate(sizes) if size > 1500)
        flight = [size for size in sizes[:impact] if size < 200]
        assert abs(10 * len(flight) - free_fall_ms(height_mm)) <= 10
        assert sum(size > 1500 for size in sizes) in (2, 3, 4)
        assert max(max(map(abs, sample[1:])) for sample in samples) <= 16_000
        assert 900 < samples[-1][1] < 1050  # it lies on its side


def test_a_drop_in_a_stream_is_found_by_the_node_and_not_told_by_the_readings() -> None:
    event, some = Drop(3 * HOUR + 10, "rear", 760), Stream("rear", 3 * HOUR, 20)
    for streams, fall_ms in (((), 394), ((some,), 0)):
        rows = simulate(journey(event, streams=streams))["rear"]
        falls = [row["values"][wire.FREE_FALL] for row in rows if "values" in row]
        assert max(falls) == fall_ms


def test_a_road_shakes_at_its_stated_level_and_a_pothole_passes_two_g() -> None:
    sizes = [sample[3] - 1000 for sample in streamed(driving=True)]
    assert math.sqrt(sum(v * v for v in sizes) / len(sizes)) == pytest.approx(120, rel=0.05)
    assert max(lengths(streamed(driving=True))) < 2000
    assert max(lengths(streamed(Pothole(3 * HOUR + 10, "rear"), driving=True))) > 2000


def test_drop_heights_and_levels_are_those_of_the_published_tables() -> None:
    tables = json.loads(shared_data("vectors/transport_tables/tables.json").read_text())
    for row in tables["ista_drop_heights_free_fall"]["rows"][:4]:
        assert ista_1a_height_mm(row["kg_ge"]) == row["1A_mm"]
    levels = tables["astm_d4169_truck_overall"]["2016_on"]
    assert [(levels[k]["grms"], levels[k]["min"]) for k in ("low", "medium", "high")] == [
        (0.40, 40), (0.54, 15), (0.70, 5),
    ]  # fmt: skip
    assert free_fall_ms(0) == 0
