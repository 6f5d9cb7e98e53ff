"""The committed figures of the firmware's benchmark are what the kernels take."""

import json

import pytest

from tests.bench import bench_firmware
from tests.native import kernels


@pytest.fixture(scope="module")
def record() -> dict[str, object]:
    made: dict[str, object] = json.loads(bench_firmware.RECORD.read_text())
    return made


def test_every_counted_figure_of_a_kernel_is_the_recorded_one(record: dict[str, object]) -> None:
    bench = bench_firmware.Bench()
    rows = [
        *bench_firmware.dense_rows(bench),
        *bench_firmware.signature_rows(bench),
        *bench_firmware.column_rows(bench),
    ]
    recorded = {row["name"]: row["instructions"] for row in record["rows"]}  # type: ignore[attr-defined]
    for row in rows:
        assert recorded[row.name] == row.instructions, row.name
    assert record["code_bytes"] == bench_firmware.code_bytes()


def test_the_goals_that_a_window_of_slow_readings_has_are_reached(
    record: dict[str, object],
) -> None:
    """A change that makes one of them miss must say so here, and in firmware/README.md."""
    missed = {row["name"] for row in record["rows"] if row["reached"] is False}  # type: ignore[attr-defined]
    assert missed == {"a whole handling window"}


def test_another_figure_is_told_by_name(record: dict[str, object]) -> None:
    made = json.loads(json.dumps(record))
    made["rows"][0]["instructions"] += 1
    assert any(made["rows"][0]["name"] in line for line in bench_firmware.differences(made))
    assert bench_firmware.differences(record) == []


def test_all_modules_with_machine_code_are_in_the_record(record: dict[str, object]) -> None:
    assert set(record["code_bytes"]) == set(kernels.MODULES)  # type: ignore[call-overload]
