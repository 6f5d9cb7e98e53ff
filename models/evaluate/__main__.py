"""Judge every detector and rule on every set of recordings in a folder, and write the report.

    python -m models.evaluate DATA [--out FOLDER] [--json FILE] [--only SET,...] [--check]

DATA is laid out like ../shared/data/public: a folder per set, MANIFEST.sha256 beside them. Sets
that are not there are skipped with a word; a set that is not as it should be is an error that names
file and place. Seeds are fixed: the same data give the same report. `--only` takes names of modules
in models/evaluate/sets; with `--check` only their figures are compared, and no contest.
"""

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cargoseal.errors import CargosealError
from models.evaluate import figures_file, goals, report, sets
from models.evaluate.detectors import MODELS, BitsError, load_detectors
from models.evaluate.judge import Progress
from models.evaluate.overview import overview
from models.evaluate.plots import render
from models.evaluate.result import Plot, SetResult

COMMITTED = MODELS / "evaluation"


def evaluate(
    data: Path, out: Path | None, progress: Progress, only: Sequence[str] = ()
) -> dict[str, Any]:
    """Return the report's figures; with `out`, write REPORT.md, report.json and the pictures.

    `only`: these sets and no others; ValueError for one that nobody knows.
    """
    detectors = load_detectors()
    results: list[SetResult] = []
    missing = []
    for name, module in chosen(only).items():
        result = module.evaluate(data, detectors, progress)
        if result is None:
            missing.append(name)
            progress(f"{name}: not in {data}, skipped")
        else:
            results.append(result)
            progress(f"{name}: done")
    fought = goals.contests(results, detectors)
    collected = goals.collect(results, fought)
    judged = [*detectors.climate, *detectors.handling]
    document = figures_file.as_json(results, collected, fought, missing, judged, detectors.compared)
    if out is not None:
        seen = overview(results)
        source = "/".join(data.resolve().parts[-2:]) + "".join(f", {name}" for name in only)
        text = report.markdown(
            results, collected, missing, judged, detectors.compared, seen, source
        )
        pictures = [*seen, *(plot for result in results for plot in result.plots)]
        write(out, text, document, pictures, progress)
    return document


def chosen(only: Sequence[str]) -> dict[str, sets.SetModule]:
    """Return name -> module of the sets to judge, all where none is named."""
    known = {module.__name__.rpartition(".")[2]: module for module in sets.modules()}
    unknown = sorted({*only} - {*known})
    if unknown:
        raise ValueError(f"expected sets of {', '.join(known)}, got {', '.join(unknown)}")
    return {name: module for name, module in known.items() if not only or name in only}


def write(
    out: Path,
    text: str,
    document: dict[str, Any],
    pictures: list[Plot],
    progress: Progress,
) -> None:
    """Write the report's files; pictures of an earlier report are removed."""
    out.mkdir(parents=True, exist_ok=True)
    for old in out.glob("*.png"):
        old.unlink()
    for plot in pictures:
        size = render(plot, out).stat().st_size
        progress(f"{plot.file}: {size / 1000:.0f} kB")
    (out / "report.json").write_text(figures_file.text(document), encoding="utf-8")
    (out / "REPORT.md").write_text(text, encoding="utf-8")


def check(document: dict[str, Any], committed: Path, some: bool = False) -> list[str]:
    """Return where the figures differ from a committed report.json; `some`: of the sets judged."""
    wanted = json.loads((committed / "report.json").read_text(encoding="utf-8"))
    if some:
        wanted, document = (figures_file.part(one, document["sets"]) for one in (wanted, document))
    return list(figures_file.differences(wanted, document))


def main() -> int:
    """Run the command; 1 when a set or a figure is not as it should be, 2 for a wrong call."""
    parser = argparse.ArgumentParser(
        prog="python -m models.evaluate",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("data", type=Path, help="folder laid out like ../shared/data/public")
    parser.add_argument("--out", type=Path, help=f"folder for the report, such as {COMMITTED.name}")
    parser.add_argument("--json", type=Path, help="file for the figures, - for standard output")
    parser.add_argument(
        "--check", action="store_true", help="write nothing, compare with the report in --out"
    )
    parser.add_argument("--only", default="", help="sets to judge, with commas between")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]
    if not options.data.is_dir():
        parser.error(f"DATA: expected a folder with sets in it, got {options.data}")
    began = time.monotonic()

    def progress(message: str) -> None:
        sys.stderr.write(f"{time.monotonic() - began:6.1f} s  {message}\n")

    try:
        out = None if options.check else options.out
        document = evaluate(options.data, out, progress, only)
    except (CargosealError, BitsError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.json is not None:
        _write_json(options.json, figures_file.text(document))
    found = check(document, options.out or COMMITTED, bool(only)) if options.check else []
    for difference in found:
        sys.stderr.write(f"{difference}\n")
    return 1 if found else 0


def _write_json(path: Path, text: str) -> None:
    if str(path) == "-":
        sys.stdout.write(text)
    else:
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
