"""Fixtures for every test."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests import shared_data as shared


@pytest.fixture(scope="session")
def shared_data() -> Callable[[str], Path]:
    """Gives the path of a shared file; skips or fails the test when it is absent."""
    return shared.shared_data
