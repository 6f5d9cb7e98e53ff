"""Runs every benchmark, one after another: `python -m tests.bench [--out FILE]`.

Benchmarks print figures and never fail on one; what fails is a benchmark that cannot run.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, help="write all figures there as JSON")
    parser.add_argument("names", nargs="*", help="wire, score, gas, ingest … (default: all)")
    arguments = parser.parse_args()
    scripts = {path.stem.removeprefix("bench_"): path for path in sorted(FOLDER.glob("bench_*.py"))}
    unknown = set(arguments.names) - set(scripts)
    if unknown:
        parser.error(f"expected some of {', '.join(scripts)}, got {', '.join(sorted(unknown))}")
    figures: dict[str, object] = {}
    failed = []
    for name in arguments.names or scripts:
        print(f"bench: {name} …", file=sys.stderr, flush=True)
        run = subprocess.run(
            [sys.executable, str(scripts[name]), "--json"],
            cwd=FOLDER.parent.parent,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
        if run.returncode:
            failed.append(name)
            continue
        figures[name] = json.loads(run.stdout)
        print(json.dumps({name: figures[name]}, indent=2), flush=True)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    for name in failed:
        print(f"bench: {name} could not run", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
