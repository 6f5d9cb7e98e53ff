"""Runs pyright over the firmware with the stubs of MicroPython's ESP32 port.

The stubs (micropython-esp32-stubs) lie wherever this Python keeps its packages, which a fixed
configuration file cannot name: this adds the place to firmware/pyrightconfig.json. Pyright is the
one in node_modules, else PyPI's. The exit code is pyright's, or 2 without the stubs.
"""

import json
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

from simulator import node_program

ROOT = Path(__file__).resolve().parent.parent
PYRIGHT = ROOT / "node_modules/pyright/index.js"


def main() -> int:
    stubs = sysconfig.get_paths()["purelib"]
    if not (Path(stubs) / "machine.pyi").exists():
        print(f"{stubs}: expected the stubs of micropython-esp32-stubs, got none", file=sys.stderr)
        return 2
    settings = {
        "extends": str(ROOT / "firmware/pyrightconfig.json"),
        "stubPath": stubs,
        "typeshedPath": stubs,
    }
    program = [sys.executable, "-m", "pyright"]
    if PYRIGHT.exists():
        program = [node_program(), str(PYRIGHT)]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pyrightconfig.json"
        path.write_text(json.dumps(settings), encoding="utf-8")
        return subprocess.run([*program, "--project", str(path)], check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
