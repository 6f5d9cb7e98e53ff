"""Profiles: strict reading, one digest, and what the shipped ones say."""

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
