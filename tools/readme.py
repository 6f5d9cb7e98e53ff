"""Writes the generated parts of README.md, or checks that they are true.

Between `<!-- generated: NAME -->` and `<!-- end -->` stands what this program writes:
  commands   every command of the program with its one-line help, from the program itself
  settings   every key of the configuration with its default, from its model
  demo       the table that `make demo` ended with (build/demo.json), its stable columns only

With --check it also looks up every file and every test that the documents name.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from cargoseal.cli import app
from cargoseal.config import Config

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
DEMO = ROOT / "build" / "demo.json"
_PART = re.compile(r"(<!-- generated: (\w+) -->\n).*?(<!-- end -->)", re.S)


def _walk(command: Any, path: str) -> Iterator[tuple[str, str]]:
    """Usage and one-line help of every command below `command`."""
    children = getattr(command, "commands", None)
    if children:
        for name in children:
            yield from _walk(children[name], f"{path} {name}")
        return
    arguments = [
        str(part.name).upper() for part in command.params if part.param_type_name == "argument"
    ]
    yield " ".join([path, *arguments]), command.get_short_help_str(120)


def commands() -> str:
    rows = list(_walk(typer.main.get_command(app), "cargoseal"))
    width = max(len(usage) for usage, _ in rows)
    lines = [f"{usage:<{width}}  {text}" for usage, text in rows]
    return "```text\n" + "\n".join(lines) + "\n```\n"


def _keys(model: type[BaseModel], path: str = "") -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _keys(field.annotation, f"{path}{name}.")
        elif field.default is PydanticUndefined:
            yield f"{path}{name}", "required", field.description or ""
        else:
            default = field.default
            shown = "–" if default is None else f"`{default}`"
            yield f"{path}{name}", shown, field.description or ""


def settings() -> str:
    rows = [f"| `{key}` | {default} | {meaning} |" for key, default, meaning in _keys(Config)]
    return "\n".join(["| key | default | |", "| --- | --- | --- |", *rows]) + "\n"


def demo() -> str:
    if not DEMO.exists():
        sys.exit("tools/readme.py: build/demo.json is not there: run `make demo` first")
    result: dict[str, Any] = json.loads(DEMO.read_text(encoding="utf-8"))
    columns: list[str] = result["stable_columns"]
    lines = ["| " + " | ".join(columns) + " |", "|" + " --- |" * len(columns)]
    for row in result["rows"]:
        lines.append("| " + " | ".join(str(row[column]) for column in columns) + " |")
    return "\n".join(lines) + "\n"


PARTS: dict[str, Callable[[], str]] = {"commands": commands, "settings": settings, "demo": demo}


DOCUMENTS = ("README.md", "DECISIONS.md", "SECURITY.md", "CHANGELOG.md", "firmware/README.md")
_SPAN = re.compile(r"`([^`\n]+)`")
_PLACE = re.compile(r"(?:firmware|gateway|models|contracts|tests|tools)/[\w./*-]*")


def unknown_names() -> list[str]:
    """What the documents name in code spans and the repository does not have."""
    sources = [*ROOT.glob("tests/**/*.py"), *ROOT.glob("tests/**/*.sol")]
    tests = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    missing = []
    for document in DOCUMENTS:
        for span in _SPAN.findall((ROOT / document).read_text(encoding="utf-8")):
            if span.startswith("test_") and span.isidentifier():
                known = f"def {span}(" in tests or f"function {span}(" in tests
            elif _PLACE.fullmatch(span):
                known = any(ROOT.glob(span.rstrip("/")))
            else:
                continue
            if not known:
                missing.append(f"{document}: `{span}` is not in the repository")
    return missing


def rendered(text: str) -> str:
    """README's text with every generated part as it should be now."""
    return _PART.sub(lambda found: found[1] + PARTS[found[2]]() + found[3], text)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument(
        "--check", action="store_true", help="change nothing; exit 1 on a difference"
    )
    arguments = parser.parse_args()
    missing = unknown_names()
    if arguments.check and missing:
        print("\n".join(missing), file=sys.stderr)
        return 1
    old = README.read_text(encoding="utf-8")
    found = {match[2] for match in _PART.finditer(old)}
    if found != set(PARTS):
        sys.exit(f"README.md: expected the generated parts {sorted(PARTS)}, got {sorted(found)}")
    new = rendered(old)
    if not arguments.check:
        README.write_text(new, encoding="utf-8")
    elif new != old:
        was, now = old.splitlines(), new.splitlines()
        for line in [f"- {x}" for x in was if x not in now] + [
            f"+ {x}" for x in now if x not in was
        ]:
            print(line, file=sys.stderr)
        print("README.md differs from the program: run `make readme`", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
