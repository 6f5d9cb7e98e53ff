"""A store with two enrolled nodes, and a committer on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cargoseal.ingest.committer import Committer
from cargoseal.registry import enroll_node
from cargoseal.store import Store
from tests.gateway.running import FixedClock
from tests.gateway.sealing import AUDIENCE, MODELS, START_MS, SealingNode


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(START_MS)


@pytest.fixture
def node() -> SealingNode:
    return SealingNode(1)


@pytest.fixture
def other() -> SealingNode:
    return SealingNode(2)


@pytest.fixture
def store(tmp_path: Path, node: SealingNode, other: SealingNode) -> Iterator[Store]:
    with Store(tmp_path / "gateway.db") as opened:
        for one in (node, other):
            enroll_node(opened, one.public_key, one.receipt_key, now_ms=0)
        yield opened


@pytest.fixture
def committer(store: Store) -> Committer:
    return Committer(store, AUDIENCE, MODELS)
