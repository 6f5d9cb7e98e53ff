"""Runs a test file in a real MicroPython: its official WebAssembly build, under node.

Rules
1. A file for both interpreters lies in a folder named `both`; it has plain functions `test_…` with
   `assert`, imports nothing but its own folder, `firmware` and what MicroPython has, and reads only
   files of its own folder and of tests/vectors.
2. Without node or the npm package a test is skipped with a word, and fails where CI=true.
"""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.shared_data import ROOT, absent

RUNTIME = (
    ROOT / "node_modules" / "@micropython" / "micropython-webassembly-pyscript" / "micropython.mjs"
)
RUNNER = Path(__file__).with_name("run.mjs")
CALLER = Path(__file__).with_name("calls.mjs")
TIMEOUT_S = 240


@dataclass(frozen=True)
class Outcome:
    """One test function in MicroPython. `failed` is its traceback, or None."""

    test: str
    failed: str | None
    ms: int
    output: list[str]


def files_for_both() -> list[str]:
    """Test files that run on both interpreters, relative to the repository."""
    return sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("tests/**/both/test_*.py"))


def run_file(file: str, heap_kib: int = 4096) -> list[Outcome]:
    """Runs a file of plain test functions. AssertionError with the output when nothing ran."""
    result = subprocess.run(
        [node_program(), str(RUNNER), str(RUNTIME), str(ROOT), file, str(heap_kib)],
        capture_output=True,
        text=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    outcomes = [
        Outcome(line["test"], line.get("failed"), line.get("ms", 0), line["output"])
        for line in map(json.loads, filter(None, result.stdout.splitlines()))
    ]
    assert outcomes, f"nothing ran in {file}: {result.stderr[-2000:]}"
    return outcomes


def results(
    file: str, function: str, calls: Sequence[Sequence[Any]], heap_kib: int, jobs: int
) -> Iterator[Any]:
    """Calls a function of a file with each set of arguments, and yields what it returns, in order.

    `jobs` MicroPythons share the calls and run ahead while the caller does something else.
    AssertionError with the traceback of a call that failed.
    """
    jobs = max(1, min(jobs, len(calls)))
    command = [node_program(), str(CALLER), str(RUNTIME), str(ROOT), file, function, str(heap_kib)]
    running = [_caller(command, calls[k::jobs]) for k in range(jobs)]
    try:
        for i in range(len(calls)):
            out = running[i % jobs].stdout
            assert out is not None
            line = json.loads(out.readline() or '{"failed": "it ended too early"}')
            assert "failed" not in line, f"{file} {function}: {line['failed']}"
            yield line["result"]
    finally:
        for process in running:
            process.kill()
            process.communicate()


def _caller(command: list[str], calls: Sequence[Sequence[Any]]) -> "subprocess.Popen[str]":
    with tempfile.TemporaryFile("w+") as said:
        said.writelines(json.dumps(list(arguments)) + "\n" for arguments in calls)
        said.seek(0)
        return subprocess.Popen(command, stdin=said, stdout=subprocess.PIPE, text=True)


def node_program() -> str:
    """The program; skips the running test, or fails it in CI, where MicroPython is not here."""
    node = shutil.which("node")
    if node is None or not RUNTIME.exists():
        absent("MicroPython (node and its npm package)")
    return str(node)
