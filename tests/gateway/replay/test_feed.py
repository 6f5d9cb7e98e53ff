"""A recording becomes what a node's sensors give: no row is lost, none gets another time."""

from pathlib import Path

from cargoseal.replay.feed import CLOCK_ERROR_MS, PERIOD_MS, is_stream, rows_of
from cargoseal.replay.reader import read_recording
from cargoseal.replay.rows import Options, Recording
from cargoseal_wire.constants import (
    CLOCK_NONE,
    DOOR,
    RTC,
    SHOCK,
    TEMPERATURE,
    VIBRATION,
)

ZERO_MS = 1_700_000_000_000


def recording(tmp_path: Path, lines: list[str], header: str, **options: object) -> Recording:
    path = tmp_path / "box.csv"
    path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
    return read_recording(path, Options(**options))


def stream(tmp_path: Path, count: int, step_ms: int = 10, temperature: str = "20") -> Recording:
    lines = [f"{ZERO_MS + i * step_ms},{i % 50},0,1000,{temperature}" for i in range(count)]
    return recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg,temp_c")


def samples_of(rows: list[dict]) -> list[tuple[int, ...]]:
    """(time, x, y, z) of every sample in the FIFOs."""
    return [
        (row["at_ms"] - back, x, y, z) for row in rows for back, x, y, z in row.get("samples", ())
    ]


def readings_of(rows: list[dict]) -> list[dict]:
    return [row for row in rows if "samples" not in row]


def test_up_to_24_rows_a_second_every_row_is_a_reading(tmp_path: Path) -> None:
    slow = stream(tmp_path, 30, step_ms=42)
    assert not is_stream(slow)
    rows = rows_of(slow, ZERO_MS)
    assert [row["values"] for row in rows] == [row.values for row in slow.rows]
    assert (slow.report.readings, slow.report.samples) == (30, 0)


def test_from_25_rows_a_second_every_row_is_a_sample_at_its_own_time(tmp_path: Path) -> None:
    fast = stream(tmp_path, 500, step_ms=40)
    assert is_stream(fast)
    rows = rows_of(fast, ZERO_MS)
    expected = [(ZERO_MS + 40 * i, i % 50, 0, 1000) for i in range(500)]
    assert samples_of(rows) == expected
    assert fast.report.samples == 500
    assert all(len(row["samples"]) <= 32 for row in rows if "samples" in row)
    assert rows[-1] == rows[-1] | {"samples": [], "at_ms": expected[-1][0]}  # the stream's end


def test_rows_without_axes_make_no_stream(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},20" for i in range(100)]
    assert not is_stream(recording(tmp_path, lines, "epoch,temp_c"))
    two = [f"{ZERO_MS + 10 * i},1,2" for i in range(100)]
    assert not is_stream(recording(tmp_path, two, "epoch,ax_mg,ay_mg"))


def test_slow_columns_of_a_stream_are_read_once_a_minute_and_in_the_last_row(
    tmp_path: Path,
) -> None:
    fast = stream(tmp_path, 13_001)
    readings = readings_of(rows_of(fast, ZERO_MS))
    assert [row["at_ms"] - ZERO_MS for row in readings] == [0, PERIOD_MS, 2 * PERIOD_MS, 130_000]
    for row in readings:
        assert set(row["values"]) == {TEMPERATURE, VIBRATION}  # peaks are the node's own
        assert (row["clock_source"], row["clock_error_ms"]) == (RTC, CLOCK_ERROR_MS)
    assert fast.report.readings == 4


def test_a_minute_that_ends_without_a_slow_value_waits_for_the_next_one(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},0,0,1000,{'21' if i % 100 == 7 else ''}" for i in range(7000)]
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg,temp_c")
    readings = readings_of(rows_of(fast, ZERO_MS))
    assert [row["at_ms"] - ZERO_MS for row in readings] == [70, 60_070, 69_990]
    assert [row["values"].get(TEMPERATURE) for row in readings] == [2100, 2100, None]


def test_a_door_that_opens_between_two_minutes_is_read_at_once(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},0,0,1000,{int(2000 <= i < 2500)}" for i in range(4000)]
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg,door_open")
    readings = readings_of(rows_of(fast, ZERO_MS))
    assert [(row["at_ms"] - ZERO_MS, row["values"][DOOR]) for row in readings] == [
        (0, 0), (20_000, 1), (25_000, 0), (39_990, 0),
    ]  # fmt: skip


def test_a_row_without_axes_is_a_reading_of_its_own(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},0,0,1000," for i in range(300)]
    lines[100] = f"{ZERO_MS + 1000},,,,19.5"
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg,temp_c")
    rows = rows_of(fast, ZERO_MS)
    values = [(row["at_ms"] - ZERO_MS, row["values"]) for row in readings_of(rows)]
    assert (1000, {TEMPERATURE: 1950}) in values
    assert len(samples_of(rows)) == 299


def test_the_loggers_own_peaks_between_two_readings_are_not_lost(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},0,0,1000,{7 if i == 1234 else 1}" for i in range(3000)]
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg,shock_g")
    readings = readings_of(rows_of(fast, ZERO_MS))
    assert [row["values"][SHOCK] for row in readings] == [1000, 7000]


def test_samples_with_and_without_a_clock_never_share_a_fifo(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},0,0,1000" for i in range(60)]
    lines[30:33] = ["never,1,1,1"] * 3
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg")
    rows = [row for row in rows_of(fast, ZERO_MS) if row.get("samples")]
    clocks = {(row["clock_source"], sample[1]) for row in rows for sample in row["samples"]}
    assert clocks == {(RTC, 0), (CLOCK_NONE, 1)}
    assert len(samples_of(rows)) == 60


def test_a_late_row_of_a_stream_goes_back_to_its_place(tmp_path: Path) -> None:
    lines = [f"{ZERO_MS + 10 * i},{i},0,1000" for i in range(100)]
    lines[40], lines[44] = lines[44], lines[40]
    fast = recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg")
    assert [sample[1] for sample in samples_of(rows_of(fast, ZERO_MS))] == list(range(100))


def test_a_pause_of_the_stream_is_no_fifo(tmp_path: Path) -> None:
    """What was felt before a pause is handed over before it, not hours later."""
    lines = [f"{ZERO_MS + 10 * i + (i >= 50) * 3_600_000},0,0,1000" for i in range(100)]
    rows = rows_of(recording(tmp_path, lines, "epoch,ax_mg,ay_mg,az_mg"), ZERO_MS)
    assert max(sample[0] for row in rows for sample in row.get("samples", ())) < 320
