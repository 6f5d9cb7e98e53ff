"""What every command shares: the configuration, the store, the clock, and how to print."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any

import typer

from cargoseal.clock import Clock, open_clock
from cargoseal.config import Config, load_config
from cargoseal.store import Store

CONFIG_VARIABLE = "CARGOSEAL_CONFIG"
DEFAULT_CONFIG = "cargoseal.toml"

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value.")]
Token = Annotated[int, typer.Argument(min=0, max=2**63 - 1, help="The token's number.")]


class Session:
    """One run of a command. The configuration is read when it is first needed."""

    def __init__(self, config_path: Path) -> None:
        self.config_path = config_path

    @cached_property
    def config(self) -> Config:
        return load_config(self.config_path)

    @cached_property
    def store(self) -> Store:
        return Store(self.config.database)

    @cached_property
    def clock(self) -> Clock:
        return open_clock(self.config.clock.file)


def session(context: typer.Context) -> Session:
    found = context.find_object(Session)
    if found is None:
        raise RuntimeError("a command was called outside the program")
    return found


def _plain(value: Any) -> Any:
    """Values as JSON has them: bytes as hex."""
    return value.hex() if isinstance(value, bytes) else str(value)


def print_json(value: object) -> None:
    print(json.dumps(value, indent=2, sort_keys=True, default=_plain))


def print_table(rows: Sequence[Mapping[str, object]], empty: str) -> None:
    """Rows of the same keys, aligned under the keys; `empty` when there is none."""
    if not rows:
        print(empty, file=sys.stderr)
        return
    names = list(rows[0])
    texts = [names, *([_text(row[name]) for name in names] for row in rows)]
    widths = [max(len(line[column]) for line in texts) for column in range(len(names))]
    for line in texts:
        print(
            "  ".join(text.ljust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        )


def print_facts(facts: Mapping[str, object]) -> None:
    """Names and values, one a line."""
    width = max(len(name) for name in facts)
    for name, value in facts.items():
        print(f"{name:<{width}}  {_text(value)}")


def _text(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, list | tuple):
        return ", ".join(_text(part) for part in value) or "-"
    return value.hex() if isinstance(value, bytes) else str(value)


def show(value: object, as_json: bool, empty: str = "nothing") -> None:
    """Prints rows or facts for a person, or JSON for a program."""
    if as_json:
        print_json(value)
    elif isinstance(value, list):
        print_table(value, empty)
    elif isinstance(value, Mapping):
        print_facts(value)
    else:
        print(value)
