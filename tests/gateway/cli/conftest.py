"""A site for tests of the command line: a real chain, keys, a configuration."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cargoseal.chain.backend import ChainProcess, default_kind, start_chain
from cargoseal.chain.devkeys import dev_key
from cargoseal.chain.keys import create_key_file

SITE = """
deployment = "site-1"
data_dir = "data"
[ingest]
port = 0
[chain]
kind = "{kind}"
url = "{url}"
key_file = "gateway.key"
reviewer_key_file = "reviewer.key"
issuer_key_file = "admin.key"
"""


@pytest.fixture(scope="module")
def chain() -> Iterator[ChainProcess]:
    with start_chain(default_kind()) as started:
        yield started


@pytest.fixture(scope="module")
def folder(chain: ChainProcess, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's folder; nothing is deployed yet."""
    place = tmp_path_factory.mktemp("site")
    for number, name in enumerate(("admin", "gateway", "reviewer")):
        create_key_file(place / f"{name}.key", None, dev_key(number))
    kind = default_kind()
    (place / "cargoseal.toml").write_text(SITE.format(kind=kind, url=chain.url), encoding="utf-8")
    return place
