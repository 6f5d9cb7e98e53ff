"""What a board has and where, as a checked value: the object in /board.json.

    wifi, password   texts: name and password of the access point
    modem            in their place: tx, rx, uart (1), baud (115200), power_key, and the texts apn,
                     user, password, pin
    entropy          text: hexadecimal random bytes of the enrolling host, until the key exists
    ntp              text: name or address of a network time server (pool.ntp.org)
    i2c              scl, sda, hz (100000)
    sht4x            address (68)
    accelerometer    part (lis2dh12; lis3dh, adxl345), address (24; adxl345: 83), interrupt
    light            part (opt3001), address (69), interrupt
    pressure         part (bmp390), address (119)
    clock            part (ds3231), address (104)
    gnss             tx, rx, uart (2), baud (9600), power; every_ms (3600000), search_ms (90000),
                     longest_ms (43200000), good_m (25): node.sensors.gnss
    battery          pin, ratio_permille (2000), switch; low_mv (3500), radio_off_mv (3350),
                     empty_mv (3100), hysteresis_mv (150): node.battery
    console          button: the pin that is held for ten seconds (cargoseal_boot.console)
    timing           drift_ppm (50) of the crystal, sleep_ppm (50000) of the sleep timer

Rules
1. A group that is not there is a part that the board does not have; in brackets are defaults. An
   unknown key is refused by name, so that a misspelt part does not silently stay away.
2. Pins (scl, sda, tx, rx, interrupt, power, power_key, switch, pin) are numbers of the chip's pins.
   One that is named twice is refused.
3. `interrupt`, `power` and `switch` may be left out: the part cannot wake the chip, or is always
   on.
"""

from node.config import ConfigError

_PIN = (0, 48)
_NUMBER = {  # (lowest, highest) of every number, wherever it stands
    "hz": (10000, 1000000),
    "address": (8, 119),
    "uart": (0, 2),
    "baud": (4800, 921600),
    "every_ms": (1000, 604800000),
    "search_ms": (1000, 3600000),
    "longest_ms": (1000, 604800000),
    "good_m": (1, 10000),
    "ratio_permille": (1000, 20000),
    "low_mv": (1500, 15000),
    "radio_off_mv": (1500, 15000),
    "empty_mv": (1500, 15000),
    "hysteresis_mv": (0, 2000),
    "drift_ppm": (1, 1000),
    "sleep_ppm": (1, 200000),
}
_PINS = ("scl", "sda", "interrupt", "tx", "rx", "power", "power_key", "switch", "pin", "button")
_TEXT = ("wifi", "password", "entropy", "ntp")
# group -> (keys that it must have, keys that it may have, texts that it may have)
GROUPS = {
    "modem": (("tx", "rx"), ("uart", "power_key", "baud"), ("apn", "user", "password", "pin")),
    "i2c": (("scl", "sda"), ("hz",), ()),
    "sht4x": ((), ("address",), ()),
    "accelerometer": ((), ("address", "interrupt"), ("part",)),
    "light": ((), ("address", "interrupt"), ("part",)),
    "pressure": ((), ("address",), ("part",)),
    "clock": ((), ("address",), ("part",)),
    "gnss": (
        ("tx", "rx"),
        ("uart", "baud", "power", "every_ms", "search_ms", "longest_ms", "good_m"),
        (),
    ),
    "battery": (
        ("pin",),
        ("ratio_permille", "switch", "low_mv", "radio_off_mv", "empty_mv", "hysteresis_mv"),
        (),
    ),
    "console": (("button",), (), ()),
    "timing": ((), ("drift_ppm", "sleep_ppm"), ()),
}
PARTS = {  # the first is the default
    "accelerometer": ("lis2dh12", "lis3dh", "adxl345"),
    "light": ("opt3001",),
    "pressure": ("bmp390",),
    "clock": ("ds3231",),
}
_ON_I2C = ("sht4x", "accelerometer", "light", "pressure", "clock")


class Board:
    """The parts of one board: `groups` has the groups that are there, checked, and `texts` the
    texts that stand by themselves."""

    def __init__(self, values: dict) -> None:
        """Takes the decoded JSON object. ConfigError as in the rules."""
        self.texts: dict[str, str] = {}
        self.groups: dict[str, dict] = {}
        pins: dict[int, str] = {}
        for key, value in values.items():
            if key in _TEXT:
                self.texts[key] = _text("board." + key, value)
            elif key in GROUPS:
                self.groups[key] = _group(key, value, pins)
            else:
                raise ConfigError("board." + str(key), "a known key", "an unknown one")
        for key in _ON_I2C:
            if key in self.groups and "i2c" not in self.groups:
                raise ConfigError("board.i2c", "the bus of " + key, "nothing")

    def has(self, group: str) -> bool:
        """Whether the board has that part."""
        return group in self.groups

    def part(self, group: str) -> str:
        """Which of the parts that are known for a group it is."""
        return self.groups[group].get("part", PARTS[group][0])

    def number(self, group: str, key: str, default: int) -> int:
        """A number of a group, the default without it or without the group."""
        return self.groups.get(group, {}).get(key, default)

    def pin(self, group: str, key: str) -> int | None:
        """A pin of a group, None without it."""
        return self.groups.get(group, {}).get(key)

    def given(self, group: str, keys: tuple[str, ...]) -> dict[str, int]:
        """Those of the keys that are there, as keyword arguments."""
        found = self.groups.get(group, {})
        return {key: found[key] for key in keys if key in found}


def _group(name: str, values: object, pins: dict[int, str]) -> dict:
    if not isinstance(values, dict):
        raise ConfigError("board." + name, "an object", _shown(values))
    needed, free, texts = GROUPS[name]
    for key in needed:
        if key not in values:
            raise ConfigError("board." + name + "." + key, "a number", "nothing")
    for key, value in values.items():
        where = "board." + name + "." + str(key)
        if key in texts:
            _text(where, value)
        elif key not in needed and key not in free:
            raise ConfigError(where, "a known key", "an unknown one")
        elif key in _PINS:
            _number(where, value, _PIN)
            if value in pins:
                raise ConfigError(where, "a pin of its own", "that of " + pins[value])
            pins[value] = where
        else:
            _number(where, value, _NUMBER[key])
    if "part" in values and values["part"] not in PARTS[name]:
        raise ConfigError("board." + name + ".part", " or ".join(PARTS[name]), values["part"])
    return values


def _number(where: str, value: object, limits: tuple[int, int]) -> None:
    low, high = limits
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise ConfigError(where, str(low) + " to " + str(high), _shown(value))


def _text(where: str, value: object) -> str:
    if not isinstance(value, str):
        raise ConfigError(where, "text", _shown(value))
    return value


def _shown(value: object) -> str:
    return str(value) if isinstance(value, (bool, int)) else "a " + str(type(value).__name__)
