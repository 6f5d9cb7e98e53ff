"""Real accelerations, the whole way: the logger's rows at 100 Hz and more, the node's trigger,
sealed handling windows, verification, verdict, and the check that believes nobody.

What a recording holds is known from its authors: ten throws of about two metres; a tram ride.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from math import isqrt
from pathlib import Path
from typing import Any

import pytest

from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Rule
from cargoseal.replay.outcome import Evidence, gather
from cargoseal.replay.reader import read_recording
from cargoseal.replay.rows import Options, Row
from cargoseal.replay.run import replay
from cargoseal.replay.system import System
from cargoseal.scoring import rescore, shipped
from cargoseal_score.fall import fall
from cargoseal_wire import constants as wire
from cargoseal_wire.sections import Readings, decode_claim
from tests.e2e import stored
from tests.shared_data import shared_data

AXES = (wire.ACCEL_X, wire.ACCEL_Y, wire.ACCEL_Z)
THROWER = "24d11f0358cd5d9a"


@dataclass
class Played:
    """A replayed stream: its result, its evidence, its windows and the rows that went in."""

    result: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    windows: list[stored.StoredWindow] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    def of_kind(self, kind: int) -> list[stored.StoredWindow]:
        return [window for window in self.windows if window.statement.kind == kind]

    def stream(self) -> dict[str, int]:
        (stream,) = self.result["shipments"][0]["streams"].values()
        found: dict[str, int] = stream
        return found


def play(path: Path, options: Options) -> Played:
    played = Played(rows=read_recording(path, options).rows)

    def inspect(system: System, _: dict[str, Any]) -> None:
        (watched,) = system.nodes.values()
        played.evidence.append(gather(system.store, 1, [watched.node]))
        played.windows.extend(stored.windows(system.store, watched.node))

    played.result = replay(
        [path], profile=load_profile("sensor-box"), options=options, inspect=inspect
    )
    every_row_is_accounted_for(played)
    return played


def every_row_is_accounted_for(played: Played) -> None:
    """Of every stream: what is in a burst is sealed as it was written, at its time; of the rest the
    peak is sealed; the counts of both are every row; nothing was refused and the check is clean."""
    (row,) = played.result["rows"]
    stream = played.stream()
    assert row["sealed"] == row["verified"] == len(played.windows)
    assert (row["refused"], row["gaps"], row["checked"]) == (0, 0, "ok")
    written = {r.uptime_ms: tuple(r.values[axis] for axis in AXES) for r in played.rows}
    assert len(written) == len(played.rows) == stream["samples"]
    zero_ms = min(w.statement.uptime_ms for w in played.of_kind(wire.CLIMATE))
    sealed = [
        (reading.uptime_ms - zero_ms, tuple(reading.values[axis] for axis in AXES))
        for window in played.of_kind(wire.HANDLING)
        for reading in window.readings
    ]
    assert len(sealed) == stream["sealed"] == len({at for at, _ in sealed})
    assert all(written[at] == axes for at, axes in sealed)
    assert stream["sealed"] + stream["summarised"] == stream["samples"]
    peaks = [
        reading.values[wire.SHOCK]
        for window in played.of_kind(wire.CLIMATE)
        for reading in window.readings
    ]
    assert len(peaks) == stream["readings"]
    assert max(peaks) == max(isqrt(sum(a * a for a in axes)) for axes in written.values())


def falls_of(windows: list[stored.StoredWindow]) -> list[int]:
    """The free flight in each handling window, ms."""
    found = []
    for window in windows:
        times = [reading.uptime_ms for reading in window.readings]
        sizes = [
            isqrt(sum(reading.values[axis] ** 2 for axis in AXES)) for reading in window.readings
        ]
        found.append(fall([at - times[0] for at in times], sizes)[0])
    return found


@pytest.fixture(scope="module")
def throws() -> Played:
    path = shared_data("public/bosch_xdk_box/throw_2m_x10.csv.gz")
    return play(path, Options(device=THROWER))


@pytest.mark.xdist_group("recordings-c")
def test_each_of_ten_throws_is_a_verified_window_with_a_fall(throws: Played) -> None:
    assert len(throws.rows) == 13_667
    windows = throws.of_kind(wire.HANDLING)
    fallen = [(w, ms) for w, ms in zip(windows, falls_of(windows), strict=True) if ms]
    assert len(fallen) == 10
    for window, _ in fallen:
        assert window.statement.flags & wire.FLAG_FREE_FALL
    longest = sorted(ms for _, ms in fallen)
    assert 500 <= longest[1] and longest[-1] <= 650  # all but the last, which is touched in flight
    begins = [window.statement.uptime_ms for window, _ in fallen]
    assert all(b - a > 2000 for a, b in pairwise(begins))


@pytest.mark.xdist_group("recordings-c")
def test_the_verdict_tells_the_fall_and_its_height(throws: Played) -> None:
    verdicts = throws.evidence[0].verdicts()
    fallen = next(verdict for verdict in verdicts if verdict.rule is Rule.FREE_FALL)
    measured = fallen.snapshot["measured"]
    assert fallen.condition is Condition.FLAGGED
    assert 1500 <= measured["height_mm"] <= 2500  # "about two metres"
    assert fallen.time_ms == verdicts[0].time_ms  # with the first throw
    (row,) = throws.result["rows"]
    assert row["condition"] == "flagged"
    assert f"fall of {measured['fall_ms']} ms ({measured['height_mm']} mm)" in row["why"]


@pytest.mark.xdist_group("recordings-c")
def test_every_window_is_scored_by_the_shipped_model_of_its_kind(throws: Played) -> None:
    assert {w.statement.kind for w in throws.windows} == {wire.CLIMATE, wire.HANDLING}
    for window in throws.windows:
        model = shipped(window.statement.kind).model
        assert window.statement.model == model.digest
        offsets = [r.uptime_ms - window.statement.uptime_ms for r in window.readings]
        channels = {channel for r in window.readings for channel in r.values}
        columns = {c: [r.values.get(c) for r in window.readings] for c in sorted(channels)}
        readings = Readings(bytes(16), bytes(8), 0, offsets, columns)
        claim = decode_claim(window.claim)
        assert (claim.model_input, claim.score) == rescore(model, readings)


@pytest.mark.xdist_group("recordings-c")
def test_a_tram_ride_raises_nothing_and_is_told_by_its_peaks() -> None:
    path = shared_data("public/transit_vibration_500hz/L3_Pionierska_RacianskeMyto.csv.gz")
    played = play(path, Options(rate_hz=500, start_ms=1_650_000_000_000))
    assert played.stream() == {
        "samples": 70_437, "readings": 4, "bursts": 0, "sealed": 0, "summarised": 70_437,
        "skipped": 0,
    }  # fmt: skip
    assert played.of_kind(wire.HANDLING) == []
    (row,) = played.result["rows"]
    assert (row["condition"], row["doubts"], row["handling"]) == ("sound", "", "")
    falls = [r.values[wire.FREE_FALL] for w in played.windows for r in w.readings]
    assert falls == [0, 0, 0, 0]
