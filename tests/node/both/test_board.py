"""What /board.json may say."""

from node.board import GROUPS, PARTS, Board
from node.config import ConfigError

WHOLE = {
    "wifi": "yard",
    "password": "secret",
    "entropy": "00ff",
    "i2c": {"scl": 22, "sda": 21, "hz": 400000},
    "sht4x": {},
    "accelerometer": {"part": "adxl345", "address": 83, "interrupt": 34},
    "light": {"interrupt": 35},
    "pressure": {"address": 118},
    "clock": {},
    "gnss": {"tx": 17, "rx": 16, "power": 25, "search_ms": 60000},
    "battery": {"pin": 36, "ratio_permille": 2000, "switch": 26, "low_mv": 3600},
    "timing": {"sleep_ppm": 100},
}


def refused(values, key):
    try:
        Board(values)
    except ConfigError as error:
        assert error.key == key, error
        return error
    raise AssertionError("taken")


def test_a_whole_board_is_read():
    board = Board(WHOLE)
    assert board.texts == {"wifi": "yard", "password": "secret", "entropy": "00ff"}
    assert all(board.has(group) for group in WHOLE if group not in board.texts)
    assert board.part("accelerometer") == "adxl345" and board.part("light") == "opt3001"
    assert board.number("sht4x", "address", 0x44) == 0x44
    assert board.number("timing", "sleep_ppm", 50000) == 100
    assert board.number("timing", "drift_ppm", 50) == 50
    assert board.pin("light", "interrupt") == 35 and board.pin("clock", "interrupt") is None
    assert board.given("gnss", ("search_ms", "every_ms")) == {"search_ms": 60000}


def test_a_board_may_have_nothing():
    board = Board({})
    assert not any(board.has(group) for group in GROUPS)
    assert board.number("i2c", "hz", 7) == 7


def test_unknown_keys_are_refused_by_name():
    refused({"accelerometre": {}}, "board.accelerometre")
    refused({"sht4x": {"adress": 68}, "i2c": {"scl": 1, "sda": 2}}, "board.sht4x.adress")
    refused({"timing": {"hz": 100000}}, "board.timing.hz")
    refused({"scl": 22}, "board.scl")


def test_a_key_that_is_missing_is_named():
    refused({"i2c": {"scl": 22}}, "board.i2c.sda")
    refused({"gnss": {"tx": 17}}, "board.gnss.rx")
    refused({"battery": {}}, "board.battery.pin")
    refused({"sht4x": {}}, "board.i2c")


def test_values_of_the_wrong_kind_or_size_are_refused():
    for group, key, value in (
        ("i2c", "hz", 9999),
        ("i2c", "hz", "fast"),
        ("i2c", "scl", 49),
        ("i2c", "scl", -1),
        ("i2c", "scl", True),
        ("i2c", "scl", None),
        ("sht4x", "address", 7),
        ("battery", "pin", 3.0),
        ("timing", "sleep_ppm", 0),
    ):
        values = {"i2c": {"scl": 1, "sda": 2}}
        if group == "battery":
            values["battery"] = {"pin": 3}
        values.setdefault(group, {})[key] = value
        refused(values, "board." + group + "." + key)
    refused({"sht4x": 68}, "board.sht4x")
    refused({"wifi": 5}, "board.wifi")


def test_a_part_that_nobody_drives_is_refused_with_those_that_are():
    error = refused({"i2c": {"scl": 1, "sda": 2}, "light": {"part": "bh1750"}}, "board.light.part")
    assert "opt3001" in str(error) and "bh1750" in str(error)
    for group, names in PARTS.items():
        for name in names:
            board = Board({"i2c": {"scl": 1, "sda": 2}, group: {"part": name}})
            assert board.part(group) == name


def test_a_pin_that_is_used_twice_is_refused_with_both_names():
    values = dict(WHOLE)
    values["light"] = {"interrupt": 34}
    try:
        Board(values)
    except ConfigError as error:
        said = error.key + " " + error.got
        assert "board.accelerometer.interrupt" in said and "board.light.interrupt" in said
        return
    raise AssertionError("taken")
