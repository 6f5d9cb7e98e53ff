"""Columns: values and their bytes, every mode a packer uses and some that only others would."""

from typing import Any

from cargoseal_wire import columns
from cargoseal_wire.columns import TIME_LIMIT, VALUE_LIMIT

Values = list[int | None]
_BASE: Values = [1, None, 3, None, None]


def build() -> dict[str, Any]:
    return {"valid": [_entry(*made) for made in _made()], "invalid": _invalid()}


def _made() -> list[tuple[str, Values, Values | None, int]]:
    ramp: Values = [100 * at for at in range(60)]
    noise: Values = [(at * 7919 + 13) % 23 - 11 for at in range(60)]
    return [
        ("empty", [], None, VALUE_LIMIT),
        ("one", [-5], None, VALUE_LIMIT),
        ("two", [2**31 - 1, -(2**31)], None, VALUE_LIMIT),
        ("constant", [2150] * 60, None, VALUE_LIMIT),
        ("steady", ramp, None, VALUE_LIMIT),
        ("noise", noise, None, VALUE_LIMIT),
        ("one peak", [7500 if at == 30 else 1000 for at in range(60)], None, VALUE_LIMIT),
        ("coarse sensor", [2150 + at // 7 % 3 * 10 for at in range(60)], None, VALUE_LIMIT),
        ("none there", [None] * 60, None, VALUE_LIMIT),
        ("alternating gaps", [at if at % 2 else None for at in range(33)], None, VALUE_LIMIT),
        ("one long gap", [at * at if at < 9 else None for at in range(60)], None, VALUE_LIMIT),
        ("gaps of the column before", [9, None, -9, None, None], _BASE, VALUE_LIMIT),
        ("other gaps than before", [None, 9, -9, None, None], _BASE, VALUE_LIMIT),
        ("extremes", [2**31 - 1, -(2**31), 0, None, -1] * 5, None, VALUE_LIMIT),
        ("times", [60_000 * at + at % 3 for at in range(60)], None, TIME_LIMIT),
        ("times with a pause", [at * 500 + at // 30 * 2**39 for at in range(60)], None, TIME_LIMIT),
        ("bounds of times", [0, 2**40 - 1, -(2**40), 2**40 - 1], None, TIME_LIMIT),
        ("most values", [at % 11 for at in range(1024)], None, VALUE_LIMIT),
    ]


def _entry(name: str, values: Values, like: Values | None, limit: int) -> dict[str, Any]:
    packed = columns.pack(values, like, limit)
    return {"name": name, "values": values, "like": like, "limit": limit, "packed": packed.hex()}


def _invalid() -> list[dict[str, Any]]:
    """(name, count, bytes): each must be refused."""
    return [
        {"name": name, "count": count, "packed": packed}
        for name, count, packed in (
            ("no mode byte", 1, ""),
            ("bit 7 of the mode", 1, "8100"),
            ("coding 3", 1, "3100"),
            ("ends in the first value", 1, "01"),
            ("a byte behind", 0, "0100"),
            ("ones in the filling", 1, "0104"),
            ("a run past the end", 3, "09ff"),
            ("a parameter without end", 1, "01ffffffff"),
            ("a first value of 63 bits", 1, "01fffe" + "ff" * 8),
            ("gaps of a column that is not there", 1, "0d00"),
            ("more values than a segment holds", 1025, "0100"),
        )
    ]
