"""Rows and configs for simulated nodes."""

from typing import Any

START_MS = 1_700_000_000_000
MINUTE = 60_000


def config(number: int = 1, **changes: Any) -> dict[str, Any]:
    """A node config with its own seed."""
    return {
        "seed": f"{number:064x}",
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "max_readings": 4,
        **changes,
    }


def rows(count: int, start_ms: int = START_MS, step_ms: int = MINUTE) -> list[dict[str, Any]]:
    """Temperature and humidity at a steady interval."""
    return [
        {"at_ms": start_ms + i * step_ms, "values": {0: 500 + i % 9, 1: 4000 + i % 5}}
        for i in range(count)
    ]
