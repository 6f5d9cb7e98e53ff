"""A court per kind of chain; whatever a test does on it is undone after."""

from collections.abc import Iterator

import pytest

from tests.gateway.dispute.court import Court, court_on

KINDS = [
    pytest.param(k, marks=pytest.mark.xdist_group(f"court-{k}")) for k in ("anvil", "embedded")
]


@pytest.fixture(scope="session", params=KINDS)
def courthouse(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Court]:
    with court_on(request.param, tmp_path_factory.mktemp(request.param)) as made:
        yield made


@pytest.fixture
def court(courthouse: Court) -> Iterator[Court]:
    before = courthouse.rpc("evm_snapshot")
    counter, previous = courthouse.node.counter, courthouse.node.previous
    try:
        yield courthouse
    finally:
        courthouse.node.counter, courthouse.node.previous = counter, previous
        assert courthouse.rpc("evm_revert", before) is True
