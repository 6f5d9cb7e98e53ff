"""report.json: every figure of the report for programs, and the comparison of two such files."""

import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Any

from models.evaluate.contest import Contest
from models.evaluate.detectors import Detector
from models.evaluate.metrics import RESAMPLES, SEED
from models.evaluate.result import Goal, SetResult

_DIGITS = 6
_SAME = 1e-5  # of a figure: other processors add in another order, and nothing else may differ


def as_json(
    results: Sequence[SetResult],
    goals: Sequence[Goal],
    fought: dict[str, Contest],
    missing: Sequence[str],
    detectors: Sequence[Detector],
    compared: int,
) -> dict[str, Any]:
    """Return the report's figures, rounded, in plain values."""
    document = {
        "schema": 1,
        "bootstrap": {"draws": RESAMPLES, "seed": SEED, "interval": 0.95},
        "windows_compared_bit_by_bit": compared,
        "detectors": [
            {
                "name": d.name,
                "kind": d.kind,
                "blob": d.model.digest.hex(),
                "threshold": d.threshold,
                "is_baseline": d.is_baseline,
            }
            for d in detectors
        ],
        "goals": [asdict(one) for one in goals],
        "contests": {kind: asdict(found) for kind, found in fought.items()},
        "sets": {result.set: _set(result) for result in results},
        "missing": list(missing),
    }
    rounded: dict[str, Any] = _rounded(document)
    return rounded


def _set(result: SetResult) -> dict[str, Any]:
    return {
        "rows": [asdict(row) for row in result.rows],
        "windows_compared": result.windows_compared,
        "plots": [plot.file for plot in result.plots],
        "facts": result.facts,
    }


def part(document: dict[str, Any], names: Iterable[str]) -> dict[str, Any]:
    """Return what is said of some sets and of the detectors, for a comparison."""
    some = {name: document["sets"][name] for name in names if name in document["sets"]}
    return {"detectors": document["detectors"], "sets": some}


def text(document: dict[str, Any]) -> str:
    """Return the file's text, deterministic."""
    return json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, _DIGITS)
    if isinstance(value, dict):
        return {str(key): _rounded(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(one) for one in value]
    return value


def differences(wanted: Any, got: Any, where: str = "") -> Iterator[str]:
    """Yield every place where two such files differ: where, what was expected, what came."""
    if isinstance(wanted, dict) and isinstance(got, dict):
        for key in sorted({*wanted, *got}):
            at = f"{where}.{key}".lstrip(".")
            if key not in wanted or key not in got:
                yield f"{at}: expected {wanted.get(key, 'nothing')}, got {got.get(key, 'nothing')}"
            else:
                yield from differences(wanted[key], got[key], at)
    elif isinstance(wanted, list) and isinstance(got, list) and len(wanted) == len(got):
        for i, (a, b) in enumerate(zip(wanted, got, strict=True)):
            yield from differences(a, b, f"{where}[{i}]")
    elif not _same(wanted, got):
        yield f"{where}: expected {wanted!r}, got {got!r}"


def _same(wanted: Any, got: Any) -> bool:
    numbers = (int, float)
    if isinstance(wanted, numbers) and isinstance(got, numbers):
        return math.isclose(wanted, got, rel_tol=_SAME, abs_tol=_SAME)
    return bool(wanted == got)
