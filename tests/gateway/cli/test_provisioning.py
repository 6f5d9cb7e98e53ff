"""A board becomes a node of a site: real MicroPython at a serial port, a real chain, the real
command line; and a release reaches the offers of that node."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cargoseal.chain.keys import load_signer
from cargoseal.config import load_config
from cargoseal.registry import list_nodes
from cargoseal.store import Store
from tests.node.board.process import BoardProcess
from tests.shared_data import ROOT

BOARD = '{"wifi": "dock", "password": "secret", "i2c": {"scl": 22, "sda": 21}, "sht4x": {}}'


def call(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, words)], cwd=folder, capture_output=True, text=True, timeout=120
    )


def cargoseal(folder: Path, *words: object) -> dict[str, object]:
    ended = call(folder, "-m", "cargoseal.cli", *words, "--json")
    assert ended.returncode == 0, ended.stderr
    value: dict[str, object] = json.loads(ended.stdout)
    return value


@pytest.fixture(scope="module")
def site(folder: Path) -> Path:
    reviewer = load_signer(folder / "reviewer.key").address
    cargoseal(folder, "contracts", "deploy", "--admin-key", "admin.key", "--reviewer", reviewer)
    (folder / "board.json").write_text(BOARD, encoding="utf-8")
    return folder


def provision(site: Path, port: str, *words: object) -> subprocess.CompletedProcess[str]:
    tool = ROOT / "tools/provision.py"
    plain = ("--board", "board.json", "--broker", "gateway.example:8883", "--json")
    return call(site, tool, port, *plain, *words)


def test_a_board_is_enrolled_with_the_key_that_it_made_and_is_shut(site: Path) -> None:
    release_key = cargoseal(site, "release", "key", "--out", "release.key")["public_key"]
    with BoardProcess() as board:
        ended = provision(site, board.port, "--label", "pallet 7", "--release-key", release_key)
        assert ended.returncode == 0, ended.stderr
        told = json.loads(ended.stdout)
        assert board.has_restarted()
    assert (told["origin"], told["production"]) == ("chip and host", True)
    with Store(site / load_config(site / "cargoseal.toml").database) as store:
        found = [node for node in list_nodes(store) if node.label == "pallet 7"]
    assert [node.public_key.hex() for node in found] == [told["public_key"]]

    (site / "settings.json").write_text('{"sample_ms": 300000}', encoding="utf-8")
    words = ("settings.json", "--number", 4, "--key", "release.key", "--out", "four.release")
    made = cargoseal(site, "release", "settings", *words)
    shown = cargoseal(site, "release", "show", "four.release", "--public-key", release_key)
    assert (shown["number"], shown["signed_by"]) == (4, True)
    assert cargoseal(site, "release", "offer", "four.release", "all")["nodes"] == 1
    listed = call(site, "-m", "cargoseal.cli", "release", "list", "--json")
    row = json.loads(listed.stdout)[0]
    assert (row["label"], row["component"], row["state"]) == (
        "pallet 7",
        "configuration",
        "offered",
    )
    assert made["digest"] == shown["digest"]


def test_a_board_that_is_not_there_is_an_exit_code_and_enrols_nothing(site: Path) -> None:
    before = cargoseal_list(site)
    ended = provision(site, "/dev/no-such-port")
    assert ended.returncode == 4
    assert "expected a board" in ended.stderr
    assert cargoseal_list(site) == before


def test_a_board_file_that_is_none_is_said_before_the_board_is_touched(site: Path) -> None:
    (site / "broken.json").write_text("[", encoding="utf-8")
    ended = call(site, ROOT / "tools/provision.py", "/dev/no-such-port", "--board", "broken.json")
    assert ended.returncode == 2
    assert "broken.json" in ended.stderr


def test_a_release_that_another_key_signed_is_an_exit_code(site: Path) -> None:
    (site / "plain.json").write_text("{}", encoding="utf-8")
    cargoseal(site, "release", "key", "--out", "other.key")
    words = ("plain.json", "--number", 9, "--key", "other.key", "--out", "nine.release")
    cargoseal(site, "release", "settings", *words)
    ended = call(
        site, "-m", "cargoseal.cli", "release", "show", "nine.release", "--public-key", "ab" * 32
    )
    assert ended.returncode == 1


def cargoseal_list(site: Path) -> object:
    return json.loads(call(site, "-m", "cargoseal.cli", "node", "list", "--json").stdout)
