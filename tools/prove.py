"""Runs the proofs of tests/contracts/Proofs*.t.sol with halmos; writes what was proved, how fast.

Run: python tools/prove.py [--halmos PATH] [--write]     (halmos: `pip install halmos`, any venv)

Rules
1. The proofs are built in a folder of their own with contracts/proofs.toml: halmos reads one build
   of each contract, and forge's usual settings make two of some.
2. `--write` writes contracts/PROOFS.md. A proof that fails, or was not found, is an error.

Exit codes: 0 all proved, 1 one was not, 2 halmos or forge is missing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FORGE = ROOT / "node_modules" / "@foundry-rs" / "forge-linux-amd64" / "bin"
TABLE = ROOT / "contracts" / "PROOFS.md"
LEAST_PROOFS = 17
_LINE = re.compile(r"\[(PASS|FAIL|ERROR|TIMEOUT)\]\S* (check_\w+)\(.*paths: (\d+), time: ([\d.]+)s")
_HEAD = """# What is proved of the contracts

Each line holds for every input and every storage there is, within the conditions that the proof
itself states (`tests/contracts/Proofs.t.sol`: the value types; `ProofsOfStorage.t.sol`: the
contracts with their storage). Run by `tools/prove.py` with halmos; seconds on two cores.

| proof | paths | seconds |
|---|---|---|
"""


def build_folder(folder: Path) -> Path:
    """Rule 1: sources, proofs and settings in `folder`; the place to run halmos in."""
    contracts, tests = folder / "contracts", folder / "tests" / "contracts"
    for part in ("src", "tools"):
        shutil.copytree(ROOT / "contracts" / part, contracts / part)
    shutil.copy(ROOT / "contracts" / "proofs.toml", contracts / "foundry.toml")
    tests.mkdir(parents=True)
    for proof in (ROOT / "tests" / "contracts").glob("Proofs*.t.sol"):
        shutil.copy(proof, tests)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    return contracts


def prove(halmos: str) -> list[tuple[str, str, int, float]]:
    """(PASS or not, name, paths, seconds) of every proof. FileNotFoundError without halmos."""
    environment = os.environ | {"PATH": f"{FORGE}{os.pathsep}{os.environ['PATH']}"}
    with tempfile.TemporaryDirectory() as folder:
        run = subprocess.run(
            [halmos, "--contract", "(ProofsTest|ProofsOfStorageTest)"],
            cwd=build_folder(Path(folder)),
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    found = [_LINE.search(line) for line in run.stdout.splitlines()]
    proofs = [(m[1], m[2], int(m[3]), float(m[4])) for m in found if m]
    if len(proofs) < LEAST_PROOFS:
        print(run.stdout[-3000:], run.stderr[-3000:], file=sys.stderr)
    return proofs


def table(proofs: list[tuple[str, str, int, float]]) -> str:
    rows = [f"| {name[6:].replace('_', ' ')} | {p} | {s:.2f} |" for _, name, p, s in sorted(proofs)]
    return _HEAD + "\n".join(rows) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Prove what the contracts promise.")
    parser.add_argument("--halmos", default="halmos", help="the program")
    parser.add_argument("--write", action="store_true", help="write contracts/PROOFS.md")
    options = parser.parse_args()
    try:
        proofs = prove(options.halmos)
    except FileNotFoundError as error:
        print(f"prove: expected {error.filename}, got none", file=sys.stderr)
        return 2
    print(table(proofs))
    failed = [name for word, name, _, _ in proofs if word != "PASS"]
    if failed or len(proofs) < LEAST_PROOFS:
        print(f"prove: {len(proofs)} proofs, not proved: {', '.join(failed)}", file=sys.stderr)
        return 1
    if options.write:
        TABLE.write_text(table(proofs), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
