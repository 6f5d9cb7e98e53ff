"""What a reading costs on the air, everything included (figures: tests/bench/bench_wire.py)."""

import pytest

from cargoseal_wire.segment import decode_segment
from tests.bench import bench_wire
from tests.bench.recordings import RECORDINGS
from tests.shared_data import shared_data
from tests.wire.vectors import load

GOAL = 12  # bytes per reading of eight channels, at 60 readings a segment


def test_the_golden_hour_of_eight_channels_is_within_the_goal() -> None:
    case = load("segments.json")["segments"][0]
    assert len(case["readings"]["columns"]) == 8
    assert case["statement"]["count"] == 60
    assert len(case["compact"]) // 2 <= GOAL * 60
    parts = decode_segment(bytes.fromhex(case["compact"]))
    assert None not in parts.parts()


@pytest.mark.parametrize(
    "name", ["container B (rail)", "container G", "box, car ride, peaks of 10 s"]
)
def test_real_recordings_are_within_the_goal(name: str) -> None:
    shared_data("public")
    result = bench_wire.measured(name, RECORDINGS[name](), 1)
    assert result.channels == 8
    assert result.reached
    assert result.air * 20 < result.json_jws
