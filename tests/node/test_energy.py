"""The energy model adds up, and answers as a battery would."""

import json
from dataclasses import replace
from pathlib import Path

import energy
import energy_model
import pytest
from energy_model import GPRS, LINKS, LTE_M, NODE, WIFI, Battery, Profile, Value, budget

from tests.shared_data import ROOT

CELL = Battery()


def still(node: energy_model.Node = NODE) -> energy_model.Node:
    """A node that does nothing but sleep."""
    nothing = {name: Value(0, "", "") for name in ("start_s", "noise_s", "sample_s", "sample_uas")}
    return replace(node, **nothing)


def test_a_node_that_only_sleeps_draws_the_sleeping_current() -> None:
    idle = replace(WIFI, find_s=Value(0, "s", ""), send_s=Value(0, "s", ""))
    profile = Profile(window_instructions=0)
    one = budget(profile, replace(idle, name="x"), CELL, still())
    expected = (NODE.sleep_ua.number + NODE.sensors_ua.number) * 24 / 1000
    assert one.total == pytest.approx(expected)


def test_an_upload_costs_its_seconds_at_their_currents() -> None:
    once, twice = (budget(Profile(upload_s=s), WIFI, CELL, still()) for s in (86400, 43200))
    charge = WIFI.find_s.number * WIFI.find_ma.number + WIFI.send_s.number * WIFI.send_ma.number
    assert twice.uploads - once.uploads == pytest.approx(charge / 3600)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_whatever_happens_more_often_costs_days(link: energy_model.Link) -> None:
    days = budget(Profile(), link, CELL).days
    assert budget(Profile(sample_s=60), link, CELL).days < days
    assert budget(Profile(upload_s=900), link, CELL).days < days
    assert budget(Profile(window_instructions=10**9), link, CELL).days < days
    small, large = (Battery(size, self_discharge_per_month=0) for size in (3400, 6800))
    twice = 2 * budget(Profile(), link, small).days
    assert budget(Profile(), link, large).days == pytest.approx(twice)
    assert budget(Profile(), link, Battery(self_discharge_per_month=0.2)).days < days


def test_a_modem_costs_more_than_wifi_and_2g_the_most() -> None:
    wifi, lte, gprs = (budget(Profile(), link, CELL).days for link in (WIFI, LTE_M, GPRS))
    assert wifi > lte > gprs


def test_every_input_says_where_it_comes_from() -> None:
    for name, value in energy.inputs().items():
        assert any(word in value.source for word in ("data sheet", "assumed", "manual", "hardware",
                                                     "part of the chip")), name  # fmt: skip
        assert value.number >= 0 and (value.unit or value.number == 0), name


def test_the_command_prints_days_and_a_table_and_draws_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    png = tmp_path / "energy.png"
    assert energy.main(["--json", "--png", str(png), "--link", "lte-m"]) == 0
    made = json.loads(capsys.readouterr().out)
    parts = {name: value for name, value in made["mah_a_day"].items() if name != "days"}
    assert parts.pop("total") == pytest.approx(sum(parts.values()))
    assert made["days"] == made["mah_a_day"]["days"]
    assert made["link"] == LTE_M.name and len(made["table"]) == 45
    assert png.read_bytes()[:4] == b"\x89PNG" and png.stat().st_size > 10_000
    assert energy.main([]) == 0
    said = capsys.readouterr().out
    assert f"{budget_of(said)} days" in said and "ESP32-C3 data sheet" in said


def budget_of(said: str) -> int:
    """The days that the second line tells."""
    return int(said.splitlines()[1].split()[0])


def test_an_interval_of_nothing_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        energy.main(["--sample", "0"])
    assert "above 0" in capsys.readouterr().err


def test_the_work_of_a_window_is_the_counted_one() -> None:
    assert energy.COUNTED == ROOT / "tests/bench/firmware.json"
    if energy.COUNTED.exists():
        counted = json.loads(energy.COUNTED.read_text())["window"]["climate"]["total"]
        assert energy.counted_window() == counted
