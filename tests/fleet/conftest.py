"""What every fleet test needs: node.js, MicroPython, and a small gateway."""

from collections.abc import Iterator

import pytest
import simulator

from tests.fleet.endpoint import Endpoint
from tests.shared_data import absent


@pytest.fixture
def endpoint() -> Iterator[Endpoint]:
    """A small gateway on a free port."""
    try:
        simulator.node_program()
    except simulator.SimulatorError:
        absent("node.js")
    if not (simulator.ROOT / simulator.MICROPYTHON).exists():
        absent("the MicroPython package from npm")
    with Endpoint() as running:
        yield running
