"""`cargoseal replay` takes what a logger wrote, and says what is wrong with what it cannot take."""

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

PROGRAM = (sys.executable, "-m", "cargoseal.cli")
SPEED = 48_000  # seconds of the recordings in a real one


def cargoseal(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*PROGRAM, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


def german_logger(path: Path, warm_from: int, warm_to: int) -> Path:
    """Two days of readings every ten minutes, with settings above and decimal commas."""
    lines = ["Gerät;4711", "Intervall;10 min", "", "Zeitpunkt;Fühler 1;Zustand"]
    for index in range(288):
        minute = index * 10
        celsius = "11,5" if warm_from <= index < warm_to else "5,0"
        day, rest = divmod(minute, 1440)
        lines.append(f"{21 + day}.01.2016 {rest // 60:02d}:{rest % 60:02d};{celsius};ok")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, Any], float]:
    """Two loggers replayed at a stated speed: the result, and how many seconds the playing took."""
    folder = tmp_path_factory.mktemp("played")
    files = [
        german_logger(folder / "front.csv", 100, 130),
        german_logger(folder / "rear.csv", 101, 128),
    ]
    options = ["--map", "Zeitpunkt=time", "--map", "Fühler 1=temperature", "--unit", "Fühler 1=C"]
    options += ["--zone", "+01:00", "--time-format", "%d.%m.%Y %H:%M", "--json", "-"]
    options += ["--speed", str(SPEED)]
    said: list[tuple[float, str]] = []
    with (
        open(folder / "out.json", "w+", encoding="utf-8") as out,
        subprocess.Popen(
            [*PROGRAM, "replay", *map(str, files), "--profile", "vaccine-2-8", *options],
            stdout=out,
            stderr=subprocess.PIPE,
            text=True,
        ) as process,
    ):
        assert process.stderr is not None
        said += [(time.monotonic(), line) for line in process.stderr]
        assert process.wait() == 0, said
        out.seek(0)
        result = json.load(out)
    began, ended = (
        next(at_s for at_s, line in said if line.startswith(word))
        for word in ("playing", "waiting")
    )
    return result, ended - began


@pytest.mark.xdist_group("demo")
def test_a_replay_keeps_to_the_speed_it_was_given(played: tuple[dict[str, Any], float]) -> None:
    assert played[1] >= 287 * 600 / SPEED - 0.1


@pytest.mark.xdist_group("demo")
def test_two_loggers_of_one_shipment_agree_and_compromise_it(
    played: tuple[dict[str, Any], float],
) -> None:
    result = played[0]
    row = result["rows"][0]
    assert (row["nodes"], row["readings"], row["condition"]) == (2, 576, "compromised")
    assert row["why"] == "2 nodes agree: temperature too high"
    assert row["sealed"] == row["verified"]
    assert row["checked"] == "ok"
    assert [file["unused_columns"] for file in result["files"]] == [["Zustand"], ["Zustand"]]
    assert [file["preamble_lines"] for file in result["files"]] == [3, 3]
    assert result["shipments"][0]["seconds"]["stored_to_status_of"] > 0


def test_a_bad_file_is_named_with_line_and_column_and_ends_with_code_two(tmp_path: Path) -> None:
    file = tmp_path / "broken.csv"
    file.write_text("t_utc,temp_c\n2016-01-21T09:25:51Z,warm\n")
    done = cargoseal("replay", str(file), "--profile", "vaccine-2-8")
    assert done.returncode == 2
    assert "broken.csv: line 2, column 'temp_c': expected a number in c, got 'warm'" in done.stderr


def test_an_output_that_cannot_be_written_is_said_before_the_replay_starts(tmp_path: Path) -> None:
    file = german_logger(tmp_path / "a.csv", 0, 0)
    nowhere, folder = tmp_path / "none" / "out.json", tmp_path
    for out, word in ((nowhere, "a file in a folder that is there"), (folder, "a file, got")):
        done = cargoseal("replay", str(file), "--profile", "vaccine-2-8", "--json", str(out))
        assert done.returncode == 2
        assert f"--json: expected {word}" in done.stderr
        assert "read a.csv" not in done.stderr and "starting" not in done.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--map", "a=time", "--map", "a=light"], "--map: expected column 'a' once"),
        (["--map", "a=nothing"], "--map: expected one of temperature"),
        (["--leg", "transit"], "--leg: expected leg=value, got 'transit'"),
        (["--start", "soon"], "--start: expected a time such as 2016-06-08T10:00Z, got 'soon'"),
        (["--start", "2016-06-08T10:00"], "--start: expected a time with its zone"),
        (["--rate", "500"], "expected a file without its own times for --rate, got Zeitpunkt"),
        (["--speed", "0"], "--speed: expected a number above 0, got 0.0"),
        (["--speed", "inf"], "--speed: expected a number above 0, got inf"),
    ],
)
def test_a_bad_option_is_named_and_ends_with_code_two(
    tmp_path: Path, options: list[str], said: str
) -> None:
    file = german_logger(tmp_path / "a.csv", 0, 0)
    if "--rate" in options:
        options = [*options, "--map", "Zeitpunkt=time", "--map", "Fühler 1=humidity"]
    done = cargoseal("replay", str(file), "--profile", "vaccine-2-8", *options)
    assert done.returncode == 2
    assert said in done.stderr


def test_a_profile_that_is_not_there_ends_with_code_two(tmp_path: Path) -> None:
    file = german_logger(tmp_path / "a.csv", 0, 0)
    done = cargoseal("replay", str(file), "--profile", "no-such-profile")
    assert done.returncode == 2
    assert "no-such-profile" in done.stderr
