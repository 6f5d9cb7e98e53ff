"""Writes the golden vectors of the wire, or checks that the committed ones are what it writes.

Rules
1. Everything is made from fixed seeds: keys and salts are SHA-256 of a text, never random, so that
   two runs give the same bytes on any machine.
2. Signatures are libsodium's; everything else is cargoseal_wire, and the tests read the files with
   other decoders.
3. `python tools/vectors.py` writes, `--check` compares and ends with 1 when a file differs.
"""

import argparse
import json
import sys
from pathlib import Path

from golden import chain, columns, merkle, receipts, refusals, segments

FOLDER = Path(__file__).resolve().parent.parent / "tests" / "vectors"
FILES = {
    "chain.json": chain.build,
    "columns.json": columns.build,
    "merkle.json": merkle.build,
    "receipts.json": receipts.build,
    "refusals.json": refusals.build,
    "segments.json": segments.build,
}


def main() -> int:
    parser = argparse.ArgumentParser(description="Golden vectors of the wire")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    check = parser.parse_args().check
    differing = []
    for name, build in FILES.items():
        path = FOLDER / name
        text = json.dumps(build(), indent=1, ensure_ascii=False) + "\n"
        if not check:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(name)
    for name in differing:
        print(f"tests/vectors/{name} is not what tools/vectors.py writes; run: make vectors")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
