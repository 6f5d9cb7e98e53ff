"""Profiles have the operating points that the models' evaluation found, and each its own."""

import sys
from pathlib import Path

import pytest

from models.provenance import profiles
from models.provenance.profiles import NoPointError, operating_points, point_for, written

POINTS = {
    "any": {"use": "any", "threshold": 11, "cool_down_minutes": 60},
    "vaccine-2-8": {"use": "vaccine-2-8", "threshold": 22, "windows": 2, "of": 4},
    "dry-goods": {"use": "dry-goods", "threshold": 33},
    "dry-goods-rail": {"use": "dry-goods-rail", "threshold": 44},
    "parcel": {"use": "parcel", "threshold": None},
}
TEXT = """name = "x"

[anomaly]
threshold = 1
windows = 1
of = 1 # of the last

[gap]
threshold = 5

[handling]
threshold = 2
"""


@pytest.mark.parametrize(
    ("profile", "threshold"),
    [("dry-goods-rail", 44), ("dry-goods-sea", 33), ("vaccine-2-8", 22), ("sensor-box", 11)],
)
def test_a_profile_gets_the_use_with_the_longest_fitting_name(profile: str, threshold: int) -> None:
    assert point_for(profile, POINTS)["threshold"] == threshold


def test_a_use_without_a_threshold_is_told_with_the_profile() -> None:
    with pytest.raises(NoPointError, match="who-type-1: expected a threshold for parcel"):
        point_for("who-type-1", POINTS)
    with pytest.raises(NoPointError, match="for any"):
        point_for("odd", {})


def test_only_the_values_of_keys_that_are_there_change() -> None:
    made = written("vaccine-2-8", TEXT, {"anomaly": POINTS})
    before, after = "threshold = 1\nwindows = 1\nof = 1", "threshold = 22\nwindows = 2\nof = 4"
    expected = TEXT.replace(before, after)
    assert made == expected
    both = written("sensor-box", TEXT, {"anomaly": POINTS, "handling": POINTS})
    assert both == TEXT.replace("threshold = 1", "threshold = 11").replace(
        "threshold = 2", "threshold = 11"
    )
    assert written("vaccine-2-8", "[gap]\nthreshold = 5\n", {"anomaly": POINTS}).count("5") == 1


def test_the_shipped_profiles_have_the_thresholds_of_the_shipped_models() -> None:
    points = {table: operating_points(kind) for table, kind in profiles.TABLES.items()}
    for path in profiles.PROFILES.glob("*.toml"):
        text = path.read_text(encoding="utf-8")
        assert written(path.stem, text, points) == text, path.name


def test_the_check_ends_with_1_where_a_threshold_was_typed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(profiles, "operating_points", lambda kind: {"any": POINTS["any"]})
    monkeypatch.setattr(profiles, "PROFILES", tmp_path)
    (profiles.PROFILES / "x.toml").write_text(TEXT)
    monkeypatch.setattr(sys, "argv", ["profiles", "--check"])
    assert profiles.main() == 1 and "x.toml" in capsys.readouterr().err
    monkeypatch.setattr(sys, "argv", ["profiles"])
    assert profiles.main() == 0
    monkeypatch.setattr(sys, "argv", ["profiles", "--check"])
    assert profiles.main() == 0
