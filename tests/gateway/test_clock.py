"""The gateway's clocks: the machine's own, and one that a replay sets."""

import time
from pathlib import Path

import pytest

from cargoseal.clock import FileClock, SystemClock, open_clock, write_clock
from cargoseal.errors import ConfigError


def test_the_system_clock_says_what_the_machine_says() -> None:
    assert abs(SystemClock().now_ms() - time.time() * 1000) < 1000


def test_a_reader_sees_each_time_that_the_writer_sets(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    write_clock(path, 1_459_500_000_000)
    clock = open_clock(path)
    assert clock.now_ms() == 1_459_500_000_000
    write_clock(path, 1_459_500_060_000)
    assert clock.now_ms() == 1_459_500_060_000


def test_a_missing_or_short_clock_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="clock file"):
        FileClock(tmp_path / "absent")
    (tmp_path / "short").write_bytes(b"123")
    with pytest.raises(ConfigError, match="8 bytes"):
        FileClock(tmp_path / "short")


def test_without_a_file_time_comes_from_the_machine() -> None:
    assert isinstance(open_clock(None), SystemClock)
