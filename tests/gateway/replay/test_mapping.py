"""Names and options of a command line become columns and channels."""

import pytest

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.mapping import (
    CHANNELS,
    TARGETS,
    parse_assignments,
    split_name,
    target_of,
)
from cargoseal_wire.constants import CHANNELS as WIRE_CHANNELS


def test_every_channel_of_the_wire_can_be_mapped() -> None:
    assert [(name, c.number) for name, c in CHANNELS.items()] == [
        (name, number) for number, (name, _, _) in enumerate(WIRE_CHANNELS)
    ]


@pytest.mark.parametrize(
    ("name", "target", "unit"),
    [
        ("temp_c", "temperature", "c"),
        ("Temperature (°C)", "temperature", "c"),
        ("Temp [°F]", "temperature", "f"),
        ("Temperature, °C", "temperature", "c"),
        ("rh_pct", "humidity", "pct"),
        ("Humidity(%RH)", "humidity", "pct"),
        ("light_mlux", "light", "mlux"),
        ("ax_mg", "accel_x", "mg"),
        ("gx_mdps", "gyro_x", "mdps"),
        ("gforce_g", "shock", "g"),
        ("not_mounted", "mount", None),
        ("door_open", "door", None),
        ("tilt_deg", "tilt", "deg"),
        ("accuracy_m", "accuracy", "m"),
        ("t_utc", "time", None),
        ("Date Time", "time", None),
        ("probe_c", "probe", "c"),
        ("Pressure (hPa)", "pressure", "hpa"),
        ("sleep", None, None),
    ],
)
def test_a_column_is_known_by_its_name(name: str, target: str | None, unit: str | None) -> None:
    assert target_of(name) == target
    if unit is not None:
        assert split_name(name)[1] == unit


def test_options_are_column_equals_value() -> None:
    assert parse_assignments(["a=b=light", "c=time"], "--map", TARGETS) == {
        "a=b": "light",
        "c": "time",
    }


@pytest.mark.parametrize("text", ["temp", "=light", "temp=", "temp=warmth"])
def test_refuses_an_option_it_cannot_use(text: str) -> None:
    with pytest.raises(RecordingError, match="--map: expected"):
        parse_assignments([text], "--map", TARGETS)


def test_refuses_two_words_for_one_column() -> None:
    with pytest.raises(RecordingError, match="once"):
        parse_assignments(["a=light", "a=time"], "--map", TARGETS)
