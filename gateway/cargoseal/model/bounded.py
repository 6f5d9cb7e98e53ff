"""JSON of a folder that may be anybody's: nested no deeper than a model's files are.

Python's own limit does not hold: py_ecc, which a chain in this process loads, raises it to 100,000
calls, and the parser then runs out of stack and takes the process with it.
"""

import json
import re
from decimal import Decimal
from typing import Any

MAX_DEPTH = 16
_TOKENS = re.compile(r'"(?:[^"\\]|\\.)*"|[\[{]|[\]}]')


def check_depth(text: str) -> None:
    """ValueError for brackets nested too deep; for JSON and for TOML."""
    depth = 0
    for token in _TOKENS.finditer(text):
        if token[0] in "[{":
            depth += 1
        elif token[0] in "]}":
            depth -= 1
        if depth > MAX_DEPTH:
            raise ValueError(f"expected at most {MAX_DEPTH} levels of brackets, got more")


def parse_json(data: bytes | str, *, decimals: bool = False) -> Any:
    """Parse JSON; ValueError for what is none, is no UTF-8, or is nested too deep.

    `decimals`: fractions as Decimal, exactly as written.
    """
    text = data.decode("utf-8") if isinstance(data, bytes) else data
    check_depth(text)
    return json.loads(text, parse_float=Decimal if decimals else None)
