"""A site for tests of the command line: a real chain, keys, a configuration."""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from cargoseal.chain.backend import ChainProcess, default_kind, start_chain
from cargoseal.chain.devkeys import dev_key
from cargoseal.chain.keys import create_key_file
from cargoseal.cli import main
from tests.gateway.cli.model_words import FEATURES, Run, write
from tests.models.nets import an_autoencoder

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


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program in an empty folder; (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cargoseal", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def net(tmp_path: Path) -> Path:
    (tmp_path / "features.toml").write_text(FEATURES)
    return write(tmp_path / "net.tflite", an_autoencoder(np.random.default_rng(2)))


@pytest.fixture
def deployed(folder: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The site's folder with its contracts; deploying again changes nothing."""
    monkeypatch.chdir(folder)
    code, _, err = run("contracts", "deploy", "--admin-key", "admin.key")
    assert code == 0, err
    return folder
