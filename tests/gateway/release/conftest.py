"""A store with a node, a release key, and releases signed by it."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from nacl.signing import SigningKey

from cargoseal.registry import enroll_node
from cargoseal.release import contents
from cargoseal.release.parcel import Parcel, make
from cargoseal.store import Store
from tests.gateway.sealing import SealingNode
from tests.node.both.updates import key, model_files

KEY = SigningKey(sha256(b"release").digest())  # that of tests.node.both.updates


@pytest.fixture
def node() -> SealingNode:
    return SealingNode(1)


@pytest.fixture
def store(tmp_path: Path, node: SealingNode) -> Iterator[Store]:
    with Store(tmp_path / "gateway.db") as opened:
        enroll_node(opened, node.public_key, node.receipt_key, now_ms=0, label="pallet 7")
        yield opened


@pytest.fixture
def models_release() -> Parcel:
    assert bytes(KEY.verify_key) == key().public_key
    return make(contents.models([(model_files()["climate.blob"], 400)]), 3, KEY)


@pytest.fixture
def settings_release() -> Parcel:
    return make(contents.configuration(b'{"sample_ms": 300000}'), 4, KEY)
