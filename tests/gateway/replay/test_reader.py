"""A logger's file becomes rows: nothing dropped, nothing re-stamped, everything else reported."""

import gzip
from pathlib import Path

import pytest

from cargoseal.replay.errors import RecordingError
from cargoseal.replay.reader import Options, read_recording
from cargoseal_wire import constants as wire

START_MS = 1_453_368_351_000  # 2016-01-21T09:25:51Z


def recording(tmp_path: Path, text: str, **options: object):
    path = tmp_path / "logger.csv"
    path.write_text(text, encoding="utf-8")
    return read_recording(path, Options(**options))


def refusal(tmp_path: Path, text: str, **options: object) -> str:
    with pytest.raises(RecordingError) as caught:
        recording(tmp_path, text, **options)
    return str(caught.value)


def test_reads_counts_exactly(tmp_path: Path) -> None:
    read = recording(tmp_path, "t_utc,temp_c,rh_pct\n2016-01-21T09:25:51Z,-18.45,40.5\n")
    (row,) = read.rows
    assert row.wall_ms == START_MS
    assert row.values == {wire.TEMPERATURE: -1845, wire.HUMIDITY: 4050}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(tmp_path: Path, delimiter: str) -> None:
    text = "t_utc,temp_c,door_open\n2016-01-21T09:25:51Z,4.5,open\n".replace(",", delimiter)
    (row,) = recording(tmp_path, text).rows
    assert row.values == {wire.TEMPERATURE: 450, wire.DOOR: 1}


def test_reads_decimal_commas_where_the_comma_is_no_delimiter(tmp_path: Path) -> None:
    (row,) = recording(tmp_path, "Zeit UTC;Temperatur (°C)\n2016-01-21T09:25:51;-0,5\n").rows
    assert (row.wall_ms, row.values) == (START_MS, {wire.TEMPERATURE: -50})


def test_reads_a_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "logger.csv.gz"
    path.write_bytes(gzip.compress(b"t_utc,temp_c\n2016-01-21T09:25:51Z,4\n"))
    assert len(read_recording(path).rows) == 1


def test_skips_the_settings_above_the_table_and_says_how_many_lines(tmp_path: Path) -> None:
    text = "Logger 7\nserial;12\n\nTime (UTC),Temp (°F)\n2016-01-21 09:25:51,41\n"
    read = recording(tmp_path, text)
    assert read.rows[0].values == {wire.TEMPERATURE: 500}
    assert read.report.preamble_lines == 3


@pytest.mark.parametrize(
    ("text", "wall_ms"),
    [
        ("2016-01-21T09:25:51Z", START_MS),
        ("2016-01-21 10:25:51+01:00", START_MS),
        ("2016-01-21T09:25:51.769Z", START_MS + 769),
        ("1453368351", START_MS),
        ("1453368351.25", START_MS + 250),
        ("1453368351000", START_MS),
    ],
)
def test_reads_iso_times_with_a_zone_and_unix_times(
    tmp_path: Path, text: str, wall_ms: int
) -> None:
    assert recording(tmp_path, f"time,temp_c\n{text},1\n").rows[0].wall_ms == wall_ms


def test_takes_a_zone_and_a_format_from_the_caller(tmp_path: Path) -> None:
    text = "date,time,temp_c\n21.01.2016,10:25:51,1\n"
    read = recording(tmp_path, text, zone="+01:00", time_format="%d.%m.%Y %H:%M:%S")
    assert read.rows[0].wall_ms == START_MS


def test_keeps_a_row_without_a_time_in_its_place_without_a_clock(tmp_path: Path) -> None:
    text = (
        "t_utc,temp_c\n"
        "2016-01-21T09:25:51Z,1\n2016-01-21T09:25:52Z,2\n"
        "20-30-01-01T00:00:01.539Z,3\n,4\n"
        "2016-01-21T12:25:52Z,5\n"
    )
    read = recording(tmp_path, text)
    assert [row.wall_ms for row in read.rows] == [
        START_MS, START_MS + 1000, None, None, START_MS + 3 * 3_600_000 + 1000,
    ]  # fmt: skip
    assert [row.uptime_ms for row in read.rows[:3]] == [0, 1000, 1000 + read.report.interval_ms]
    assert read.rows[-1].uptime_ms == 3 * 3_600_000 + 1000
    assert [row.values[wire.TEMPERATURE] for row in read.rows] == [100, 200, 300, 400, 500]
    assert (read.report.rows, read.report.used, read.report.without_time) == (5, 5, 2)


def test_rows_without_a_clock_never_push_the_others_away_from_their_own_times(
    tmp_path: Path,
) -> None:
    lines = [f"{START_MS + 100 * index}" if index % 7 else "" for index in range(200)]
    read = recording(tmp_path, "epoch,temp_c\n" + "".join(f"{line},1\n" for line in lines))
    apart = {row.wall_ms - row.uptime_ms for row in read.rows if row.wall_ms is not None}
    assert len(apart) == 1


def test_puts_a_row_back_that_came_late_and_keeps_its_time(tmp_path: Path) -> None:
    seconds = [0, 10, 5, 20]
    lines = [f"{START_MS // 1000 + second},{second}" for second in seconds]
    read = recording(tmp_path, "epoch,temp_c\n" + "\n".join(lines) + "\n")
    assert [row.values[wire.TEMPERATURE] // 100 for row in read.rows] == [0, 5, 10, 20]
    assert [row.uptime_ms for row in read.rows] == [0, 5000, 10_000, 20_000]
    assert read.report.put_back == 1


def test_puts_a_row_back_that_came_hours_late_and_keeps_its_time(tmp_path: Path) -> None:
    seconds = [0, 60, 9000, 120, 121, 9060, 9120]
    lines = [f"{START_MS // 1000 + second},{second / 100}" for second in seconds]
    read = recording(tmp_path, "epoch,temp_c\n" + "\n".join(lines) + "\n")
    assert [(row.wall_ms - START_MS) // 1000 for row in read.rows] == sorted(seconds)
    assert [row.values[wire.TEMPERATURE] for row in read.rows] == sorted(seconds)
    assert {row.wall_ms - row.uptime_ms for row in read.rows} == {START_MS}
    assert (read.report.put_back, read.report.latest_ms) == (2, 8_880_000)
    assert read.report.clock_set_back == 0


@pytest.mark.parametrize("interval_s", [60, 600, 1500])
def test_knows_a_clock_that_was_set_back_from_a_late_row(tmp_path: Path, interval_s: int) -> None:
    seconds = [*range(0, 36_000, interval_s), *range(32_400, 72_000, interval_s)]
    lines = [f"{START_MS // 1000 + second},1" for second in seconds]
    read = recording(tmp_path, "epoch,temp_c\n" + "\n".join(lines) + "\n")
    assert (read.report.clock_set_back, read.report.put_back) == (1, 0)
    assert [(row.wall_ms - START_MS) // 1000 for row in read.rows] == seconds
    assert read.rows[-1].uptime_ms == 1000 * interval_s * (len(seconds) - 1)


def test_uptime_never_goes_back_whatever_the_clock_does(tmp_path: Path) -> None:
    texts = ["1453368351", "", "1453360000", "20-30", "1453368000", "1999999999", "1453369999"]
    read = recording(tmp_path, "t,time,temp_c\n" + "".join(f"x,{t},1\n" for t in texts))
    uptimes = [row.uptime_ms for row in read.rows]
    assert uptimes == sorted(uptimes)
    assert len(read.rows) == len(texts)


def test_counts_rows_with_nothing_in_them_and_blank_lines(tmp_path: Path) -> None:
    text = "t_utc,temp_c,rh_pct,mode\n2016-01-21T09:25:51Z,,,3\n\n2016-01-21T09:25:52Z,n/a,40,3\n"
    report = recording(tmp_path, text).report
    assert (report.rows, report.used, report.empty, report.blank) == (2, 1, 1, 1)
    assert (report.values, report.missing_values) == (1, 1)
    assert report.unused_columns == ["mode"]


def test_a_cells_position_carries_the_error_of_a_cell(tmp_path: Path) -> None:
    text = (
        "t_utc,lat_deg,lon_deg,accuracy_m\n"
        "2016-01-21T09:25:51Z,51.373299,12.4613,cellid\n"
        "2016-01-21T09:25:52Z,-51.373299,-12.4613,29.2\n"
        "2016-01-21T09:25:53Z,51.373299,12.4613,\n"
    )
    fixes = [row.fix for row in recording(tmp_path, text).rows]
    assert [(f.error_m, f.source) for f in fixes if f] == [
        (35_000, wire.FIX_CELL), (30, wire.FIX_GNSS), (1_000, wire.FIX_GNSS),
    ]  # fmt: skip
    assert fixes[1] is not None
    assert (fixes[1].lat_1e7, fixes[1].lon_1e7) == (-513_732_990, -124_613_000)


def test_maps_a_column_by_the_callers_word_and_unit(tmp_path: Path) -> None:
    text = "wann,fuehler,temp_c\n1453368351,278.15,99\n"
    read = recording(
        tmp_path,
        text,
        columns={"wann": "time", "fuehler": "temperature", "temp_c": "ignore"},
        units={"fuehler": "K"},
    )
    assert read.rows[0].values == {wire.TEMPERATURE: 500}
    assert read.report.columns == {"wann": "time", "fuehler": "temperature [k]"}


def test_the_callers_column_goes_before_a_synonym(tmp_path: Path) -> None:
    text = "t_utc,temp_c,innen_c\n2016-01-21T09:25:51Z,99,5\n"
    read = recording(tmp_path, text, columns={"innen_c": "temperature"})
    assert read.rows[0].values == {wire.TEMPERATURE: 500}
    assert read.report.unused_columns == ["temp_c"]


def test_takes_one_device_of_several_when_told_which(tmp_path: Path) -> None:
    text = "t_utc,device,temp_c\n2016-01-21T09:25:51Z,a,1\n2016-01-21T09:25:52Z,b,2\n"
    read = recording(tmp_path, text, device="b")
    assert [row.values for row in read.rows] == [{wire.TEMPERATURE: 200}]
    assert read.report.other_device == 1


def test_derives_shock_and_vibration_from_three_axes_and_keeps_the_axes(tmp_path: Path) -> None:
    text = "epoch,ax_mg,ay_mg,az_mg\n" + "".join(
        f"{START_MS + 10 * index},0,0,{1000 if index % 2 else 3000}\n" for index in range(10)
    )
    values = recording(tmp_path, text).rows[-1].values
    assert values[wire.ACCEL_Z] == 1000
    assert values[wire.SHOCK] == 1000
    assert values[wire.VIBRATION] == 1000


def test_a_fall_of_half_a_second_is_seen_and_its_length_measured(tmp_path: Path) -> None:
    magnitudes = [1000] * 5 + [100] * 50 + [16_000] + [1000] * 5
    text = "epoch,ax_mg,ay_mg,az_mg\n" + "".join(
        f"{START_MS + 10 * index},0,{value},0\n" for index, value in enumerate(magnitudes)
    )
    falls = [row.values[wire.FREE_FALL] for row in recording(tmp_path, text).rows]
    assert max(falls) == 490
    assert sum(fall > 0 for fall in falls) == 40  # from the hundredth millisecond on


def test_no_fall_is_claimed_over_a_hole_in_the_samples(tmp_path: Path) -> None:
    text = "epoch,ax_mg,ay_mg,az_mg\n" + "".join(
        f"{START_MS + 500 * index},0,100,0\n" for index in range(10)
    )
    assert {row.values[wire.FREE_FALL] for row in recording(tmp_path, text).rows} == {0}


def test_a_shock_column_of_the_loggers_own_is_not_replaced(tmp_path: Path) -> None:
    text = "t_utc,ax_mg,ay_mg,az_mg,gforce_g\n2016-01-21T09:25:51Z,0,0,1000,5.2\n"
    assert recording(tmp_path, text).rows[0].values[wire.SHOCK] == 5200


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("", ["line 1", "a header with a time column", "an empty file"]),
        ("temp_c,rh_pct\n1,2\n", ["line 1", "--map COLUMN=time", "temp_c, rh_pct"]),
        ("t_utc,mode\n2016-01-21T09:25:51Z,1\n", ["line 1", "known channel", "mode"]),
        (
            "t_utc,temp_c\n2016-01-21T09:25:51Z,warm\n",
            ["line 2, column 'temp_c'", "a number in c", "'warm'"],
        ),
        ("t_utc,temp_c\n2016-01-21T09:25:51Z,1e99\n", ["line 2, column 'temp_c'", "'1e99'"]),
        ("t_utc,temp_c\n2016-01-21T09:25:51Z,inf\n", ["line 2, column 'temp_c'", "'inf'"]),
        (
            "t_utc,temp_c\n2016-01-21T09:25:51Z,999999999\n",
            ["line 2, column 'temp_c'", "32 bits", "'999999999'"],
        ),
        (
            "t_utc,door_open\n2016-01-21T09:25:51Z,ajar\n",
            ["line 2, column 'door_open'", "0 or 1", "'ajar'"],
        ),
        ("t_utc,temp\n2016-01-21T09:25:51Z,1\n", ["line 1, column 'temp'", "--unit", "none"]),
        (
            "time,temp_c\n2016-01-21T09:25:51,1\n",
            ["line 2, column 'time'", "--zone", "'2016-01-21T09:25:51'"],
        ),
        (
            "t_utc,temp_c,temperature_c\n2016-01-21T09:25:51Z,1,1\n",
            ["line 1", "one column for temperature", "'temp_c' and 'temperature_c'"],
        ),
        ("t_utc,temp_c\n2016-01-21T09:25:51Z\n", ["line 2", "at least 2 cells", "1"]),
        ("t_utc,temp_c\n2016-01-21T09:25:51Z,\n", ["at least one row with a value", "1 rows"]),
        ("t_utc,temp_c\n20-30,1\nx,2\n", ["'t_utc'", "--time-format", "none in 2 rows"]),
        (
            "t_utc,lat_deg,lon_deg\n2016-01-21T09:25:51Z,91,0\n",
            ["line 2, column 'lat_deg'", "from -90 to 90", "'91'"],
        ),
        (
            "t_utc,lat_deg,lon_deg,accuracy_m\n2016-01-21T09:25:51Z,9,0,near\n",
            ["line 2, column 'accuracy_m'", "'near'"],
        ),
        (
            "t_utc,device,temp_c\n2016-01-21T09:25:51Z,a,1\n2016-01-21T09:25:51Z,b,1\n",
            ["line 3, column 'device'", "--device", "'b'"],
        ),
    ],
)
def test_an_error_says_where_what_was_expected_and_what_came(
    tmp_path: Path, text: str, parts: list[str]
) -> None:
    message = refusal(tmp_path, text)
    assert "logger.csv" in message
    for part in parts:
        assert part in message


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"none\.csv: expected a readable CSV file"):
        read_recording(tmp_path / "none.csv")


def test_refuses_bytes_that_are_no_text_and_names_the_line(tmp_path: Path) -> None:
    path = tmp_path / "logger.csv"
    path.write_bytes(b"t_utc,temp_c\n2016-01-21T09:25:51Z,1\n\xff\xfe\n")
    with pytest.raises(RecordingError, match=r"line 3: expected UTF-8 text, got byte 0xff"):
        read_recording(path)


def test_refuses_a_broken_packed_file(tmp_path: Path) -> None:
    path = tmp_path / "logger.csv.gz"
    path.write_bytes(gzip.compress(b"t_utc,temp_c\n" * 100)[:40])
    with pytest.raises(RecordingError, match="expected a readable CSV file"):
        read_recording(path)


def test_refuses_a_packed_file_with_a_flipped_byte(tmp_path: Path) -> None:
    path = tmp_path / "logger.csv.gz"
    packed = bytearray(gzip.compress(b"t_utc,temp_c\n" * 100))
    packed[12] ^= 0xFF  # of the compressed data: zlib says it, not gzip
    path.write_bytes(packed)
    with pytest.raises(RecordingError, match=r"logger\.csv\.gz: expected a readable CSV file, got"):
        read_recording(path)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("t_utc,temp_c," + "x" * 140_000 + "\n2016-01-21T09:25:51Z,1,\n", 1),
        ("x" * 140_000 + "\nt_utc,temp_c\n2016-01-21T09:25:51Z,1\n", 1),
        ("t_utc,temp_c\n2016-01-21T09:25:51Z," + "1" * 140_000 + "\n", 2),
        ('"' + "x" * 70_000 + "\n" + "x" * 70_000 + "\nt_utc,temp_c\n2016-01-21T09:25:51Z,1\n", 2),
    ],
    ids=["header", "above the header", "row", "open quote above the header"],
)
def test_refuses_a_cell_longer_than_the_csv_limit_and_names_the_line(
    tmp_path: Path, text: str, line: int
) -> None:
    assert f"line {line}: expected a CSV line, got field larger" in refusal(tmp_path, text)


def test_refuses_a_mapping_to_a_column_that_is_not_there(tmp_path: Path) -> None:
    message = refusal(tmp_path, "t_utc,temp_c\n2016-01-21T09:25:51Z,1\n", columns={"x": "light"})
    assert "a column named 'x'" in message


def test_refuses_a_unit_of_another_quantity(tmp_path: Path) -> None:
    text = "t_utc,temp_c\n2016-01-21T09:25:51Z,1\n"
    assert "a unit of temperature" in refusal(tmp_path, text, units={"temp_c": "lux"})


def test_a_column_whose_unit_is_of_something_else_is_not_used_but_named(tmp_path: Path) -> None:
    read = recording(tmp_path, "t_utc,temp_c,battery_pct\n2016-01-21T09:25:51Z,1,80\n")
    assert read.report.unused_columns == ["battery_pct"]


def test_a_stated_rate_gives_rows_their_distance_and_no_clock(tmp_path: Path) -> None:
    read = recording(tmp_path, "ax_ms2,ay_ms2,az_ms2\n0,0,9.80665\n1,0,9.8\n2,0,9.8\n", rate_hz=8)
    assert [row.uptime_ms for row in read.rows] == [0, 125, 250]
    assert [row.wall_ms for row in read.rows] == [None] * 3
    assert (read.report.without_time, read.report.first_ms) == (3, None)
    assert read.rows[0].values[wire.ACCEL_Z] == 1000


def test_a_row_without_a_value_still_takes_its_place_at_a_stated_rate(tmp_path: Path) -> None:
    read = recording(tmp_path, "temp_c,note\n1,a\n,b\n3,c\n", rate_hz=1)
    assert [row.uptime_ms for row in read.rows] == [0, 2000]


def test_a_stated_start_gives_such_rows_a_clock(tmp_path: Path) -> None:
    text = "temp_c\n1\n2\n"
    read = recording(tmp_path, text, rate_hz=2, start_ms=START_MS)
    assert [row.wall_ms for row in read.rows] == [START_MS, START_MS + 500]


def test_seconds_since_the_start_are_taken_as_they_are(tmp_path: Path) -> None:
    text = "t_s,ax_ms2,ay_ms2,az_ms2,abs_ms2\n0.030828,1,2,3,9\n0.035833,1,2,3,9\n0.0408,1,2,3,9\n"
    read = recording(tmp_path, text)
    assert [row.uptime_ms for row in read.rows] == [0, 5, 10]
    assert [row.wall_ms for row in read.rows] == [None] * 3
    assert read.report.columns["t_s"] == "elapsed [s]"
    dated = recording(tmp_path, text, start_ms=START_MS)
    assert [row.wall_ms for row in dated.rows] == [START_MS + 31, START_MS + 36, START_MS + 41]


def test_any_column_can_count_from_the_start(tmp_path: Path) -> None:
    text = "Time (s),temp_c\n0,4\n60,5\n"
    read = recording(tmp_path, text, columns={"Time (s)": "elapsed"})
    assert [row.uptime_ms for row in read.rows] == [0, 60_000]


def test_a_rate_or_a_start_beside_times_of_its_own_is_refused(tmp_path: Path) -> None:
    text = "t_utc,temp_c\n2016-01-21T09:25:51Z,4\n"
    assert "without its own times for --rate, got t_utc" in refusal(tmp_path, text, rate_hz=2)
    assert "without its own times for --start" in refusal(tmp_path, text, start_ms=START_MS)
    elapsed = "t_s,temp_c\n0,4\n"
    assert "for --rate, got t_s" in refusal(tmp_path, elapsed, rate_hz=2)


def test_without_any_time_the_error_names_the_rate(tmp_path: Path) -> None:
    assert "--rate for a file without one" in refusal(tmp_path, "ax_ms2,ay_ms2\n1,2\n")


def test_the_channels_that_a_file_has_itself_are_told_from_derived_ones(tmp_path: Path) -> None:
    read = recording(tmp_path, "epoch,ax_mg,ay_mg,az_mg\n1453368351,0,0,1000\n")
    assert read.own == {wire.ACCEL_X, wire.ACCEL_Y, wire.ACCEL_Z}
    assert wire.SHOCK in read.rows[0].values
