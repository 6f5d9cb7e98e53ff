"""Exact conversion of a logger's units to the wire's integer counts.

Rules
1. Arithmetic is exact (fractions); rounding happens once, half to even, at the very end.
2. A unit is never guessed: a quantity that is logged in more than one unit (temperature, light,
   acceleration, pressure, voltage) needs its unit in the column's name or from the caller.
3. A state (door, mount, motion) is 0 or 1; the words that loggers write for it are listed here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

COUNT_LIMIT = 2**31 - 1  # a count fits 32 bits on the node as well

_PI = Fraction(3141592653589793, 10**15)
_G0 = Fraction(980665, 100000)  # standard gravity, m/s², ISO 80000-3


@dataclass(frozen=True)
class Scale:
    """count = (value + offset) * factor."""

    factor: Fraction
    offset: Fraction = Fraction(0)

    def to_count(self, value: Fraction) -> int:
        return round((value + self.offset) * self.factor)


def _scale(factor: int | Fraction, offset: int | Fraction = 0) -> Scale:
    return Scale(Fraction(factor), Fraction(offset))


STATE = "state"

# quantity -> unit -> scale to the wire's counts (the unit per count stands behind the quantity)
SCALES: Mapping[str, Mapping[str, Scale]] = {
    "temperature": {  # 0.01 °C
        "c": _scale(100),
        "mc": _scale(Fraction(1, 10)),
        "f": _scale(Fraction(500, 9), -32),
        "k": _scale(100, Fraction(-27315, 100)),
    },
    "humidity": {"pct": _scale(100), "ratio": _scale(10_000)},  # 0.01 %RH
    "pressure": {  # 10 Pa
        "pa": _scale(Fraction(1, 10)),
        "hpa": _scale(10),
        "kpa": _scale(100),
        "bar": _scale(10_000),
    },
    "light": {"lux": _scale(10), "mlux": _scale(Fraction(1, 100))},  # 0.1 lx
    "acceleration": {  # 1 mg
        "mg": _scale(1),
        "g": _scale(1000),
        "ms2": _scale(1000 / _G0),
    },
    "angle": {  # 0.01 °
        "deg": _scale(100),
        "mdeg": _scale(Fraction(1, 10)),
        "rad": _scale(18_000 / _PI),
    },
    "duration": {"ms": _scale(1), "s": _scale(1000)},  # 1 ms
    "voltage": {"mv": _scale(1), "v": _scale(1000)},  # 1 mV
    "level": {"dbm": _scale(1)},  # 1 dBm
    "rate": {  # 1 mdps
        "mdps": _scale(1),
        "dps": _scale(1000),
        "rads": _scale(180_000 / _PI),
    },
    STATE: {STATE: _scale(1)},
}

# The one unit that a quantity has when its column names none; the others must be named (rule 2).
DEFAULT_UNITS: Mapping[str, str] = {
    "humidity": "pct",
    "level": "dbm",
    STATE: STATE,
}

UNIT_ALIASES: Mapping[str, str] = {
    "c": "c", "°c": "c", "degc": "c", "deg c": "c", "celsius": "c", "℃": "c", "mc": "mc",
    "f": "f", "°f": "f", "degf": "f", "deg f": "f", "fahrenheit": "f", "℉": "f",
    "k": "k", "kelvin": "k",
    "%": "pct", "pct": "pct", "percent": "pct", "%rh": "pct", "% rh": "pct", "rh": "pct",
    "ratio": "ratio",
    "pa": "pa", "hpa": "hpa", "mbar": "hpa", "kpa": "kpa", "bar": "bar",
    "lux": "lux", "lx": "lux", "mlux": "mlux", "mlx": "mlux",
    "mg": "mg", "g": "g", "ms2": "ms2", "m/s2": "ms2", "m/s²": "ms2", "m/s^2": "ms2",
    "deg": "deg", "°": "deg", "degrees": "deg", "mdeg": "mdeg", "rad": "rad",
    "ms": "ms", "s": "s", "sec": "s",
    "mv": "mv", "v": "v", "volt": "v", "volts": "v",
    "dbm": "dbm",
    "mdps": "mdps", "dps": "dps", "°/s": "dps", "rad/s": "rads", "rads": "rads",
    "m": "m",
}  # fmt: skip

STATE_WORDS: Mapping[str, int] = {
    "0": 0, "0.0": 0, "false": 0, "no": 0, "off": 0, "closed": 0, "close": 0,
    "1": 1, "1.0": 1, "true": 1, "yes": 1, "on": 1, "open": 1, "opened": 1,
}  # fmt: skip
