"""What a test needs and may not find: the shared recordings, or a program.

Rules
1. The recordings lie in `../shared/data` beside the checkout, or in $CARGOSEAL_SHARED/data.
2. A test that needs what is absent is skipped with a word, and fails where CI=true.
"""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def shared_root() -> Path:
    """The folder that holds `data`, whether it exists or not."""
    return Path(os.environ.get("CARGOSEAL_SHARED", ROOT.parent / "shared"))


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() == "true"


def absent(what: str) -> None:
    """Skips the running test, or fails it in CI."""
    if in_ci():
        pytest.fail(f"{what} is needed in CI", pytrace=False)
    pytest.skip(f"{what} is not here")


def shared_data(relative: str) -> Path:
    """The path of a shared file or folder below `data`."""
    path = shared_root() / "data" / relative
    if not path.exists():
        absent(f"shared data {relative}")
    return path
