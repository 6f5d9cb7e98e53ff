"""One file per set. Each has

    ORDER: int                                        place in the report
    evaluate(data, detectors, progress) -> SetResult | None

and returns None where DATA has no such set. Files are found by themselves; nobody keeps a list.
"""

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path
from typing import Protocol, cast

from models.evaluate.detectors import Detectors
from models.evaluate.result import SetResult


class SetModule(Protocol):
    """What a file in this folder has."""

    __name__: str
    ORDER: int
    evaluate: Callable[[Path, Detectors, Callable[[str], None]], SetResult | None]


def modules() -> list[SetModule]:
    """Return the sets' modules in the order of the report."""
    found = [
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
    ]
    sets = [cast(SetModule, module) for module in found if hasattr(module, "evaluate")]
    return sorted(sets, key=lambda module: (module.ORDER, module.__name__))
