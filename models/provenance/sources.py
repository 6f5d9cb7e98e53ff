"""Which files of this repository decide what weights a kind of model has.

From the task and the pipeline (`ROOTS`) along every import of a file in the repository, also those
inside functions, with the packages' own files. Tests, commands and the evaluation are not among
them: they judge a model, they do not make it.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

from cargoseal.model.lineage import digest_of

ROOT = Path(__file__).resolve().parents[2]
ROOTS = ("models/train/{kind}.py", "models/train/pipeline.py")
PLACES = ("", "gateway", "firmware/lib")  # where a module's name begins


def sources(kind: str, root: Path = ROOT) -> dict[str, str]:
    """Return path -> SHA-256 of every source of a kind ("climate", "handling")."""
    waiting = [root / name.format(kind=kind) for name in ROOTS]
    found: dict[str, str] = {}
    while waiting:
        path = waiting.pop()
        name = path.relative_to(root).as_posix()
        if name in found:
            continue
        data = path.read_bytes()
        found[name] = digest_of(data)
        for module in _imported(ast.parse(data)):
            waiting += _files(module, root)
    return dict(sorted(found.items()))


def _imported(tree: ast.Module) -> Iterator[str]:
    """Yield the dotted names that are imported; of `from a import b` both a and a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _files(module: str, root: Path) -> list[Path]:
    """Return the module's file and its packages'; none where it is not of the repository."""
    parts = module.split(".")
    for place in PLACES:
        base = root / place
        file = base.joinpath(*parts).with_suffix(".py")
        package = base.joinpath(*parts, "__init__.py")
        own = file if file.is_file() else package
        if own.is_file():
            above = [base.joinpath(*parts[:i], "__init__.py") for i in range(1, len(parts))]
            return [own, *(p for p in above if p.is_file())]
    return []
