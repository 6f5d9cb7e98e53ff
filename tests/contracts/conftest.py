"""A chain with a dispute contract, as every test finds it."""

from collections.abc import Iterator

import pytest

from tests.contracts.dispute_world import (
    DisputeWorld,
    dispute_world,
)


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DisputeWorld]:
    with dispute_world(tmp_path_factory.mktemp("dispute")) as world:
        yield world


@pytest.fixture
def world(deployed: DisputeWorld) -> Iterator[DisputeWorld]:
    before = deployed.rpc("evm_snapshot")
    yield deployed
    assert deployed.rpc("evm_revert", before) is True
