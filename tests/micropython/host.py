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
from dataclasses import dataclass
from pathlib import Path

from tests.shared_data import ROOT, absent

RUNTIME = (
    ROOT / "node_modules" / "@micropython" / "micropython-webassembly-pyscript" / "micropython.mjs"
)
RUNNER = Path(__file__).with_name("run.mjs")
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
    node = shutil.which("node")
    if node is None or not RUNTIME.exists():
        absent("MicroPython (node and its npm package)")
    result = subprocess.run(
        [str(node), str(RUNNER), str(RUNTIME), str(ROOT), file, str(heap_kib)],
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
