"""The golden vectors as Python values."""

import json
from typing import Any

from tests.shared_data import ROOT

FOLDER = ROOT / "tests" / "vectors"


def load(name: str) -> dict[str, Any]:
    """The content of tests/vectors/<name>."""
    content: dict[str, Any] = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return content
