"""Real recordings, the whole way: logger's file, firmware, gateway, chain, independent check.

Each replay starts a system of its own; what it shows is asked of the settled system.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from cargoseal.evidence.entries import HeardAgain, Silence
from cargoseal.policy.profile import load_profile
from cargoseal.policy.terms import Condition, Doubt, Rule
from cargoseal.replay.outcome import Evidence, gather
from cargoseal.replay.reader import Options, read_recording
from cargoseal.replay.rows import Row
from cargoseal.replay.run import replay
from cargoseal.replay.system import System
from cargoseal_wire import constants as wire
from tests.e2e import stored
from tests.shared_data import shared_data

HOUR_MS = 3_600_000


@dataclass
class Played:
    """A replay's result, and what was in the store when it had settled."""

    result: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)
    windows: list[stored.StoredWindow] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)

    @property
    def row(self) -> dict[str, Any]:
        row: dict[str, Any] = self.result["rows"][0]
        return row

    @property
    def log(self) -> Evidence:
        return self.evidence[0]

    @property
    def readings(self) -> list[stored.StoredReading]:
        return [reading for window in self.windows for reading in window.readings]

    def doubts_ever(self) -> Doubt:
        """Every doubt that any verdict told."""
        doubts = Doubt(0)
        for verdict in self.log.verdicts():
            doubts |= verdict.doubts
        return doubts


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).timestamp() * 1000)


def play(path: str, profile: str, legs: dict[str, str] | None = None) -> Played:
    file = shared_data(path)
    played = Played(rows=read_recording(file, Options()).rows)

    def inspect(system: System, _: dict[str, Any]) -> None:
        nodes = [watched.node for watched in system.nodes.values()]
        played.evidence.append(gather(system.store, 1, nodes))
        played.windows.extend(stored.windows(system.store, nodes[0]))

    played.result = replay([file], profile=load_profile(profile), legs=legs, inspect=inspect)
    everything_arrived_as_it_was_written(played)
    return played


def everything_arrived_as_it_was_written(played: Played) -> None:
    """Of every replay: each row is stored once, with its own values, time and order; the segments
    are all verified; and the independent check finds nothing wrong."""
    assert len(played.readings) == len(played.rows)
    written = [(row.wall_ms, row.values) for row in played.rows]
    assert [(reading.wall_ms, reading.values) for reading in played.readings] == written
    assert played.row["sealed"] == played.row["verified"] == len(played.windows)
    assert played.row["refused"] == 0
    assert played.row["gaps"] == 0
    assert played.row["checked"] == "ok"


@pytest.mark.xdist_group("recordings-a")
def test_a_tracker_off_its_mount_ends_as_tamper_evidence() -> None:
    played = play("train/schenker_containers/device_F.csv.gz", "dry-goods-sea")
    deciding = played.log.deciding()
    assert deciding is not None
    assert played.row["condition"] == "compromised"
    assert deciding.rule is Rule.TAMPER
    assert deciding.since_ms >= ms("2016-03-31T17:00:00Z")
    assert deciding.time_ms >= ms("2016-04-01T00:00:00Z")
    # Two times 6.6 and 5.4 hours without a report are silences and holes: no limit counts them.
    hours = [(b.wall_ms - a.wall_ms) / HOUR_MS for a, b in pairwise(played.rows)]
    assert [round(hour, 1) for hour in hours if hour > 4] == [6.6, 5.4]
    assert played.log.count(Silence) == 2
    assert played.log.count(HeardAgain) == 2
    assert Doubt.GAP_IN_EVIDENCE in played.doubts_ever()
    assert not {v.rule for v in played.log.verdicts()} & {Rule.SINGLE_LIMIT, Rule.CUMULATIVE_LIMIT}


@pytest.mark.xdist_group("recordings-b")
def test_rail_shocks_of_normal_transport_do_not_compromise_a_container() -> None:
    played = play("public/schenker_containers/device_B.csv.gz", "dry-goods-rail")
    hard = [r for r in played.readings if r.values.get(wire.SHOCK, 0) >= 5000]
    assert len(hard) == 66
    assert played.row["condition"] == "sound"
    assert played.log.count(Silence) == 0


@pytest.mark.xdist_group("recordings-b")
def test_positions_from_cells_carry_the_error_of_a_cell() -> None:
    played = play(
        "public/schenker_containers/device_G.csv.gz",
        "dry-goods-sea",
        {"destination": "2016-06-08T10:00:00Z"},
    )
    fixes = [fix for window in played.windows for fix in window.fixes]
    assert [fix[1:] for fix in fixes] == [
        (r.fix.lat_1e7, r.fix.lon_1e7, r.fix.error_m, r.fix.source) for r in played.rows if r.fix
    ]
    sources = Counter(fix[4] for fix in fixes)
    assert sources == {wire.FIX_GNSS: 207, wire.FIX_CELL: 24}
    assert {fix[3] for fix in fixes if fix[4] == wire.FIX_CELL} == {35_000}
    assert max(fix[3] for fix in fixes if fix[4] == wire.FIX_GNSS) == 100
    # Six hours without a report, four times, at the destination: a hole, neither good nor bad.
    assert "gap in evidence" in played.row["doubts"]
    assert played.row["condition"] == "not known"


@pytest.mark.xdist_group("recordings-a")
def test_warm_ups_of_a_working_freezer_are_flagged_under_minus_fifteen() -> None:
    played = play("train/freezer_celsi/freezer_1min_0707_0714.csv.gz", "frozen-minus-15")
    assert played.row["condition"] in ("flagged", "compromised")
    first = next(v for v in played.log.verdicts() if v.condition > Condition.SOUND)
    assert (first.condition, first.rule) == (Condition.FLAGGED, Rule.SINGLE_LIMIT)
    assert first.since_ms == ms("2022-07-08T23:39:00Z")
    assert first.snapshot["measured"]["longest_s"] >= 15 * 60
    assert Doubt(0) == played.doubts_ever()


@pytest.mark.xdist_group("recordings-a")
def test_short_warm_ups_between_readings_ten_minutes_apart_are_flagged_in_their_sum() -> None:
    played = play("public/freezer_celsi/freezer2_10min_4peaks.csv.gz", "frozen-minus-15")
    assert played.row["condition"] == "flagged"


@pytest.mark.xdist_group("recordings-b")
def test_a_clock_reset_and_hours_of_silence_neither_drop_nor_restamp_readings() -> None:
    played = play("train/bosch_xdk_box/washing_machine_2cycles.csv.gz", "sensor-box")
    assert len(played.readings) == 18_965
    assert sum(reading.wall_ms is None for reading in played.readings) == 66
    assert sum(row.wall_ms is None for row in played.rows) == 66
    unclocked = [w for w in played.windows if w.statement.clock_source == wire.CLOCK_NONE]
    assert {w.statement.clock_error_ms for w in unclocked} == {wire.CLOCK_ERROR_UNKNOWN}
    assert sum(len(w.readings) for w in unclocked) == 66
    uptimes = [reading.uptime_ms for reading in played.readings]
    silent_ms = max(b - a for a, b in pairwise(uptimes))
    assert 2.6 * HOUR_MS < silent_ms < 2.7 * HOUR_MS
    assert played.row["silences"] == 1
    assert Doubt.CLOCK_UNSOUND in played.doubts_ever()
