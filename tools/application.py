"""Compiles the node's application for each family of chips, for `cargoseal release application`.

    python tools/application.py [--out build/application]

What is in <out>/<family> is what a release of the application holds, and what tools/flash.py copies
to a board's /lib. cargoseal_boot, which chooses between releases, is no part of a release.
"""

import argparse
import sys
from pathlib import Path

from native import FAMILIES, NativeError, compile_kernel

ROOT = Path(__file__).resolve().parent.parent
FIRMWARE = ROOT / "firmware"
# where a module's path begins on the board -> the folder here
PACKAGES = {
    "node": FIRMWARE / "node",
    "cargoseal_wire": FIRMWARE / "lib/cargoseal_wire",
    "cargoseal_score": FIRMWARE / "lib/cargoseal_score",
    "cargoseal_native": FIRMWARE / "cargoseal_native",
}
BOOT = {"cargoseal_boot": FIRMWARE / "cargoseal_boot"}


def build(out: Path, family: str, packages: dict[str, Path]) -> list[Path]:
    """Compiles every module of the packages; returns the files. Raises NativeError."""
    written = []
    for package, folder in packages.items():
        for source in sorted(folder.rglob("*.py")):
            target = out / package / source.relative_to(folder).with_suffix(".mpy")
            compile_kernel(source, family, target)
            written.append(target)
    return written


def main() -> int:
    parser = argparse.ArgumentParser(prog="python tools/application.py", description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "build/application")
    out = parser.parse_args().out
    try:
        for family in FAMILIES:
            files = build(out / family, family, PACKAGES)
            size = sum(path.stat().st_size for path in files)
            print(f"{family:<10} {len(files):3} files {size:8,} bytes  {out / family}")
    except NativeError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
