"""Finding the simulator. It runs the firmware of nodes, so a checkout has it and the wheel not."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

from cargoseal.errors import UsageError

_PLACE = Path("tools") / "simulator.py"


def find_checkout() -> Path:
    """The checkout that this package runs from, else the one around the working folder.

    Raises UsageError when neither is there: what was expected, and what to do.
    """
    here = Path(__file__).resolve()
    for start in (here, Path.cwd() / "x"):
        for folder in start.parents:
            if (folder / _PLACE).is_file():
                return folder
    raise UsageError(
        f"a replay runs the node's firmware: expected a checkout with {_PLACE} above {here.parent} "
        f"or {Path.cwd()}, got none; clone the repository, run `make setup` and start it there"
    )


def load_simulator() -> ModuleType:
    """The module tools/simulator.py. Raises UsageError when there is no checkout."""
    tools = str(find_checkout() / "tools")
    if tools not in sys.path:
        sys.path.insert(0, tools)
    return importlib.import_module("simulator")
