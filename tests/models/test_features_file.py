"""The features file says what goes into a network, and nothing that makes no sense is taken."""

import json
import sys

import pytest

from cargoseal.errors import InputError
from cargoseal.model.features_file import FeaturesFile, parse_features
from cargoseal_score.blob import load, pack
from cargoseal_score.features import extract
from cargoseal_score.model import KIND_CLIMATE, KIND_HANDLING, MAGNITUDE, PART, Feature, Model

SCALE, ZERO_POINT = 0.02, -30


def parsed(text: str, kind: int = KIND_CLIMATE) -> FeaturesFile:
    return parse_features(text, kind, "features.toml", as_json=False)


def features(text: str, width: int) -> list[Feature]:
    return parsed(text).features(width, SCALE, ZERO_POINT)


def int8_of(text: str, count: int) -> int:
    """The single input that a window of one reading with this temperature gives."""
    model = load(pack(Model(b"", KIND_CLIMATE, ZERO_POINT, features(text, 1), [])))
    value = extract(model, [0], {0: [count]})[0]
    return value - 256 if value > 127 else value


def one_input(line: str) -> str:
    return f'[[input]]\nchannel = "temperature"\n{line}\n'


def test_the_ends_of_a_range_become_the_ends_of_int8() -> None:
    text = one_input("range = [-4000, 8000]")
    assert [int8_of(text, n) for n in (-4000, 8000)] == [-128, 127]
    assert [int8_of(text, n) for n in (-4001, 8001, -90_000, 90_000)] == [-128, 127, -128, 127]
    assert int8_of(text, 2000) in (-1, 0)


def test_a_networks_own_normalisation_is_quantized_as_the_network_does() -> None:
    text = one_input("zero = 2150.5\none = 2600")
    for count in range(500, 3500, 7):
        real = (count - 2150.5) / (2600 - 2150.5)
        expected = max(-128, min(127, real / SCALE + ZERO_POINT))
        assert abs(int8_of(text, count) - expected) <= 0.51


def test_a_logarithm_bends_at_the_knee() -> None:
    text = one_input("knee = 16\nrange = [0, 16368]")  # log2(1 + 16368/16) = 10 octaves
    assert int8_of(text, 0) == -128
    assert int8_of(text, 16) in (-103, -102)  # one octave of ten: 25.5 of 255 steps
    assert int8_of(text, 48) == -128 + 51
    assert int8_of(text, 16368) == 127


def test_a_raw_window_comes_step_by_step() -> None:
    made = features(
        '[[input]]\nparts = 3\neach = [{channel = "accel_x", range = [-9, 9]},'
        ' {channel = "magnitude", range = [0, 9]}]',
        6,
    )
    assert [(f.channel, f.first) for f in made] == [
        (12, 0), (MAGNITUDE, 0), (12, 1), (MAGNITUDE, 1), (12, 2), (MAGNITUDE, 2),
    ]  # fmt: skip
    assert {(f.statistic, f.second) for f in made} == {(PART, 3)}


def test_json_of_the_same_shape_gives_the_same_features() -> None:
    entries = [
        {"channel": "humidity", "statistic": "step", "knee": 8, "zero": 0, "one": 12.5},
        {"channel": 3, "statistic": "part", "parameters": [1, 4], "range": [0, 100]},
    ]
    toml = (
        '[[input]]\nchannel = "humidity"\nstatistic = "step"\nknee = 8\nzero = 0\none = 12.5\n'
        '[[input]]\nchannel = 3\nstatistic = "part"\nparameters = [1, 4]\nrange = [0, 100]\n'
    )
    as_json = parse_features(json.dumps({"input": entries}), 0, "f", as_json=True)
    got = [vars(f) for f in as_json.features(2, SCALE, ZERO_POINT)]
    assert got == [vars(f) for f in features(toml, 2)]


def test_the_kind_is_the_callers() -> None:
    assert parsed(one_input("range = [0, 9]"), KIND_HANDLING).kind == KIND_HANDLING


REFUSED = {
    "no_toml": ("[[input", "expected TOML"),
    "no_inputs": ("rescale = true", "input: expected this key"),
    "another_key": (one_input("range = [0, 9]\nunit = 1"), "input.0.unit: expected a known key"),
    "a_rescale_in_quotes": ('rescale = "yes"\n' + one_input("range = [0, 9]"), "rescale"),
    "an_unknown_channel": ('[[input]]\nchannel = "smell"\nrange = [0, 9]', "a channel .*smell"),
    "a_channel_number_beyond_all": ("[[input]]\nchannel = 33\nrange = [0, 9]", "a channel .*33"),
    "no_channel": ("[[input]]\nrange = [0, 9]", "a channel, or parts and each"),
    "an_unknown_statistic": (one_input('statistic = "mode"\nrange = [0, 9]'), "a statistic .*mode"),
    "a_knee_that_is_no_power_of_two": (one_input("knee = 5\nrange = [0, 9]"), "power of two"),
    "a_range_that_falls": (one_input("range = [9, 0]"), "a range that rises"),
    "a_range_of_one_number": (one_input("range = [9]"), "range"),
    "a_range_beside_zero_and_one": (one_input("range = [0, 9]\nzero = 1"), "got both"),
    "no_scale": (one_input(""), "expected range"),
    "zero_above_one": (one_input("zero = 9\none = 1"), "zero below one"),
    "not_a_number": (one_input("zero = nan\none = 1"), "zero"),
    "a_number_without_end": (one_input("zero = 0\none = 1e999999"), "one"),
    "three_parameters": (one_input("parameters = [1, 2, 3]\nrange = [0, 9]"), "parameters"),
    "a_parameter_below_zero": (
        one_input('statistic = "part"\nparameters = [-1, 2]\nrange = [0, 9]'),
        "parameters of 0",
    ),
    "parts_without_each": ("[[input]]\nparts = 4", "parts and each"),
    "parts_beside_a_channel": (
        '[[input]]\nparts = 4\nchannel = "door"\neach = [{channel = "door", range = [0, 1]}]',
        "nothing beside",
    ),
    "a_scale_too_small_for_the_blob": (one_input("range = [0, 1000000000000]"), "scale fits"),
    "another_number_of_inputs": (one_input("range = [0, 9]") * 2, "expected 1 inputs.* got 2"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    text, words = REFUSED[name]
    with pytest.raises(InputError, match=rf"features\.toml.*{words}"):
        features(text, 1)


@pytest.mark.parametrize("as_json", [True, False])
@pytest.mark.parametrize(
    "text", ["{", "[" * 100_000, "input = [{channel = " + "[" * 100_000, '{"a":' * 100_000]
)
def test_brackets_without_end_are_refused_and_take_nothing_down(text: str, as_json: bool) -> None:
    """Also where another package has raised Python's own limit, as py_ecc does."""
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)
    try:
        with pytest.raises(InputError, match="expected"):
            parse_features(text, 0, "f", as_json=as_json)
    finally:
        sys.setrecursionlimit(limit)


def test_a_number_that_is_none_is_refused() -> None:
    text = '{"input": [{"channel": 0, "zero": NaN, "one": 1}]}'
    with pytest.raises(InputError, match="zero"):
        parse_features(text, 0, "f", as_json=True)
