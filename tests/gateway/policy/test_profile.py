"""Profiles: strict reading, one digest, and what the shipped ones say."""

import json
from decimal import Decimal
from pathlib import Path

import pytest

from cargoseal.errors import ProfileError
from cargoseal.policy.profile import (
    load_profile,
    parse_profile,
    profile_from_canonical,
    shipped_profiles,
)
from cargoseal.policy.sentences import describe
from cargoseal.scoring import shipped, shipped_file
from cargoseal_score.model import KIND_CLIMATE, KIND_HANDLING
from cargoseal_wire import cbor

MINIMAL = """
schema = 1
name = "cool"
version = 1
title = "Cool goods"

[[limit]]
name = "warm"
channel = "temperature"
kind = "single"
above = 8
minutes = 30

[gap]
hold_minutes = 15

[silence]
minutes = 120
"""


def refusal(old: str, new: str) -> str:
    assert old in MINIMAL
    with pytest.raises(ProfileError) as caught:
        parse_profile(MINIMAL.replace(old, new), "cool.toml")
    return str(caught.value)


@pytest.mark.parametrize("name", shipped_profiles())
def test_a_shipped_profile_is_valid_and_survives_the_log(name: str) -> None:
    profile = load_profile(name)
    assert profile.name == name
    again = profile_from_canonical(profile.canonical)
    assert again.model_dump() == profile.model_dump()
    assert again.digest == profile.digest
    assert all(describe(profile))


def test_the_profiles_a_user_needs_are_shipped() -> None:
    assert {
        "who-type-1",
        "who-type-2",
        "vaccine-2-8",
        "frozen-minus-15",
        "dry-goods-rail",
        "dry-goods-sea",
        "sensor-box",
    } <= set(shipped_profiles())


def test_the_who_alarms_are_as_published() -> None:
    told = {
        limit.name: (limit.kind, limit.bound, limit.minutes)
        for limit in load_profile("who-type-2").limit
    }
    assert told == {
        "heat": ("single", ("at_or_above", Decimal(45)), 60),
        "warmth": ("cumulative", ("at_or_above", Decimal(30)), 600),
        "lukewarm": ("cumulative", ("at_or_above", Decimal(10)), 1200),
        "frost": ("single", ("at_or_below", Decimal("-0.5")), 60),
    }


@pytest.mark.parametrize(
    ("bound", "inside", "outside"),
    [
        ("above = 8", 800, 801),
        ("at_or_above = 8", 799, 800),
        ("below = 2", 200, 199),
        ("at_or_below = -0.5", -49, -50),
        ("above = 8.005", 800, 801),
        ("at_or_above = 8.005", 800, 801),
        ("below = 8.005", 801, 800),
        ("at_or_below = 8.005", 801, 800),
    ],
)
def test_a_bound_is_exact_in_counts(bound: str, inside: int, outside: int) -> None:
    limit = parse_profile(MINIMAL.replace("above = 8", bound)).limit[0]
    assert not limit.outside(inside)
    assert limit.outside(outside)


def test_comments_and_layout_do_not_change_the_digest() -> None:
    spaced = "# cool\n" + MINIMAL.replace("above = 8", "above   =   8.00")
    assert parse_profile(spaced).digest == parse_profile(MINIMAL).digest


@pytest.mark.parametrize(
    ("old", "new"),
    [("above = 8", "above = 9"), ("above = 8", "at_or_above = 8"), ("= 120", "= 121")],
)
def test_a_number_changes_the_digest(old: str, new: str) -> None:
    assert parse_profile(MINIMAL.replace(old, new)).digest != parse_profile(MINIMAL).digest


def test_a_default_that_is_written_out_is_the_same_profile() -> None:
    spelt = MINIMAL + "\n[clock]\nmax_error_s = 120\n"
    assert parse_profile(spelt).digest == parse_profile(MINIMAL).digest


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("minutes = 30", "minutes = 30\nhours = 1", "limit.0.hours: expected a known key"),
        ("minutes = 30", "", "limit.0.minutes: expected this key"),
        ("minutes = 30", "minutes = -1", "limit.0.minutes"),
        ("minutes = 30", 'minutes = "30"', "limit.0.minutes: expected a number, got the text"),
        ("minutes = 30", "minutes = true", "limit.0.minutes: expected a number"),
        ("minutes = 30", "minutes = 30.5", "limit.0.minutes"),
        ("above = 8", "above = 8\nbelow = 2", "exactly one of above"),
        ("above = 8", "", "exactly one of above"),
        ("above = 8", "above = inf", "limit.0.above"),
        ('"temperature"', '"warmth"', "limit.0.channel"),
        ('"single"', '"twice"', "limit.0.kind"),
        ("schema = 1", "schema = 2", "schema"),
        ('name = "cool"', 'name = "Cool Goods"', "name"),
        ("hold_minutes = 15", "hold_minutes = 0", "gap.hold_minutes"),
        ("[silence]\nminutes = 120", "", "silence: expected this key"),
        ("[silence]", "[silense]", "silense: expected a known key"),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, words: str) -> None:
    message = refusal(old, new)
    assert message.startswith("cool.toml: ")
    assert words in message


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("[anomaly]\nthreshold = 1\nwindows = 4\nof = 3\n", "windows <= of"),
        ("[tamper]\nflagged_minutes = 9\ncompromised_minutes = 3\n", "compromised_minutes >="),
        ('[legs]\nstart = "transit"\n[legs.off]\nyard = ["wram"]\n', "legs.off.yard"),
        (MINIMAL[MINIMAL.index("[[limit]]") : MINIMAL.index("[gap]")], "'warm' twice"),
    ],
)
def test_rules_that_cannot_work_are_refused(table: str, words: str) -> None:
    with pytest.raises(ProfileError, match=words.replace("[", r"\[")):
        parse_profile(MINIMAL + table, "cool.toml")


def test_a_rule_that_is_left_out_is_not_in_the_digest_so_that_older_logs_read_back() -> None:
    rules = "[anomaly]\nthreshold = 5192\nwindows = 2\nof = 4\n[free_fall]\nmin_ms = 350\n"
    text = parse_profile(MINIMAL + rules).canonical
    for word in (b"cool_down_minutes", b"handling", b"plausibility"):
        assert word not in text
    assert profile_from_canonical(text).canonical == text


EVERY_CHECK = """
[handling]
threshold = 400
count = 2
hours = 6
cool_down_minutes = 60
[plausibility.alone]
kelvin = 3.5
[plausibility.vapour]
kelvin = 5
[plausibility.shaded]
minutes = 45
[plausibility.stuck]
channel = "humidity"
hours = 24
moved = 2.5
[plausibility.replay]
"""


def test_every_check_is_said_as_a_sentence_and_survives_the_log() -> None:
    found = parse_profile(MINIMAL + EVERY_CHECK)
    assert profile_from_canonical(found.canonical).digest == found.digest
    words = "\n".join(describe(found))
    assert "handling: score 400 or more in 2 bursts in 6 h: flagged, again after 60 min" in words
    for check in ("alone: 3.5 K", "vapour: 5 K", "shaded: 2 lx", "stuck: humidity", "replay: 24"):
        assert check in words


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("threshold = 400", "threshold = 0", "handling.threshold"),
        ("count = 2", "count = 0", "handling.count"),
        ("cool_down_minutes = 60", "cool_down_minutes = -1", "handling.cool_down_minutes"),
        ("kelvin = 3.5", "kelvin = 0", "plausibility.alone.kelvin"),
        ("kelvin = 3.5", "", "plausibility.alone.kelvin: expected this key"),
        ('"humidity"', '"light"', "plausibility.stuck.channel"),
        ("minutes = 45", "minutes = 4", "plausibility.shaded.minutes"),
        ("[plausibility.replay]", "[plausibility.replays]", "plausibility.replays: expected a"),
        ("[plausibility.replay]", "[plausibility.replay]\nreadings = 7", "replay.readings"),
    ],
)
def test_a_mistake_in_a_check_is_told_with_its_place(old: str, new: str, words: str) -> None:
    text = MINIMAL + EVERY_CHECK
    assert old in text
    with pytest.raises(ProfileError) as refused:
        parse_profile(text.replace(old, new), "cool.toml")
    assert words in str(refused.value)


def test_the_thresholds_of_the_shipped_profiles_are_operating_points_of_the_models() -> None:
    """An operating point is found by the models' evaluation and never by hand."""
    for name in shipped_profiles():
        profile = load_profile(name)
        for kind, rule in ((KIND_CLIMATE, profile.anomaly), (KIND_HANDLING, profile.handling)):
            if rule is None:
                continue
            metrics = json.loads(shipped_file(shipped(kind).name, "metrics.json"))
            points = {point["use"]: point for point in metrics.get("operating_points", [])}
            if not points:
                assert rule.threshold == metrics["recommended_threshold"], name
                continue
            point = points[_use(name, points)]
            for key in ("threshold", "windows", "of", "count", "hours", "cool_down_minutes"):
                if key in point and hasattr(rule, key):
                    assert getattr(rule, key) == point[key], (name, key)


WAYS = {"dry-goods": "container", "vaccine": "parcel", "who": "parcel"}  # how goods are handled


def _use(profile: str, points: dict[str, object]) -> str:
    """The longest use whose name the profile's begins with, or how such goods are handled."""
    fitting = [use for use in points if profile.startswith(use)]
    ways = [way for goods, way in WAYS.items() if profile.startswith(goods) and way in points]
    return max(fitting, key=len, default=(ways or ["any"])[0])


def test_toml_that_is_none_is_told_with_its_line() -> None:
    with pytest.raises(ProfileError, match=r"cool.toml: expected TOML, got: .*line"):
        parse_profile("= 1", "cool.toml")


def test_a_name_that_is_neither_shipped_nor_a_file_is_told_with_what_is_there() -> None:
    with pytest.raises(ProfileError, match="who-type-1"):
        load_profile("who-type-9")


def test_a_file_is_read_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "cool.toml"
    path.write_text(MINIMAL)
    assert load_profile(path).text == MINIMAL
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ProfileError, match=r"cool\.toml: expected a readable UTF-8"):
        load_profile(str(path))


@pytest.mark.parametrize("change", [{"version": "1"}, {"extra": 1}, {"version": 0}])
def test_a_log_with_a_profile_that_is_not_canonical_is_refused(change: dict[str, object]) -> None:
    raw = cbor.decode(parse_profile(MINIMAL).canonical)
    assert isinstance(raw, dict)
    with pytest.raises(ProfileError):
        profile_from_canonical(cbor.encode({**raw, **change}))
