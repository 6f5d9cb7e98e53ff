"""A fixture for the tests that run on every emulated core."""

from collections.abc import Iterator

import pytest

from tests.native.cores import CORES, Core, core


@pytest.fixture(params=CORES, ids=lambda one: one.family)
def on(request: pytest.FixtureRequest) -> Iterator[Core]:
    """The kernels on one core after the other."""
    with core(request.param) as running:
        yield running
