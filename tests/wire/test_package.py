"""The package stays what both interpreters can load."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.shared_data import ROOT

FILES = sorted((ROOT / "firmware" / "lib" / "cargoseal_wire").glob("*.py"))
ALLOWED = {"array", "binascii", "hashlib", "math", "struct", "cargoseal_wire"}
NOT_IN_MICROPYTHON = {"bit_length", "removeprefix", "removesuffix", "cast", "iter_unpack", "copy"}


def _imports(tree: ast.Module) -> Iterator[str]:
    """Modules that the file imports when it runs, so not those under TYPE_CHECKING."""
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (name.name.split(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield str(node.module).split(".")[0]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_imports_only_what_a_node_has(path: Path) -> None:
    assert set(_imports(ast.parse(path.read_text()))) <= ALLOWED


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_uses_no_method_that_micropython_lacks(path: Path) -> None:
    tree = ast.parse(path.read_text())
    called = {
        node.func.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    assert not (called - {"bit_length"} if path.name == "bits.py" else called) & (
        NOT_IN_MICROPYTHON - {"bit_length"}
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_file_says_its_rules_and_stays_short(path: Path) -> None:
    text = path.read_text()
    assert ast.get_docstring(ast.parse(text))
    assert len(text.splitlines()) <= 250
