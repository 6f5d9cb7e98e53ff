"""`cargoseal dispute` as a bystander types it: a bundle, a node's address, a key of their own."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cargoseal.chain.backend import free_port
from cargoseal.chain.keys import create_key_file
from cargoseal.cli import main
from cargoseal.evidence.bundle import without
from cargoseal.policy.terms import Condition
from cargoseal_wire.segment import Segment
from tests.gateway.chain.world import ADMIN
from tests.gateway.dispute.court import BYSTANDER_KEY, LIAR, LIAR_KEY, PROFILE, TOKEN, Court

Run = Callable[..., tuple[int, Any, str]]


@pytest.fixture
def run(
    court: Court,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Run:
    """Runs `dispute …` in an empty folder; (exit code, JSON, stderr)."""
    create_key_file(tmp_path / "bystander.key", None, BYSTANDER_KEY)

    def call(*words: object) -> tuple[int, Any, str]:
        monkeypatch.chdir(tmp_path)
        asked = ["cargoseal", "dispute", *map(str, words), "--json"]
        monkeypatch.setattr(sys, "argv", asked)
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), json.loads(said.out or "null"), said.err

    return call


@pytest.fixture
def chain(court: Court) -> list[object]:
    """The options that name the chain and the token contract, and nothing else."""
    return ["--rpc", court.url, "--contract", court.token.address]


def lied_about(court: Court, folder: Path, *, post: bool = True, withhold: bool = False) -> Path:
    """The bundle of a log with a made-up score."""
    told = court.log([court.seal() for _ in range(3)], score=9_999)
    if post:
        told = court.liar.anchor(told, Condition.FLAGGED)
    if withhold:
        told.segments[:] = [without(raw, {"claim"}) for raw in told.segments]
    path = folder / "token-7.cargoseal"
    path.write_bytes(told.encode())
    return path


def test_a_bystander_refutes_a_gateway_with_nothing_but_its_bundle(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    court.ground.contract.send(LIAR, "deposit", value=10**18)
    bundle = lied_about(court, tmp_path)
    key = ["--key", "bystander.key"]
    code, said, err = run("refute", TOKEN, "--bundle", bundle, *chain, *key)
    assert code == 0, err
    assert said["accepted"] is True and said["lie"] == "score"
    assert said["words"].endswith("got 9999 in the log")
    assert said["before"]["condition_on_chain"] == "flagged"
    assert said["after"]["condition_on_chain"] == "sound"
    assert said["after"]["condition"] == "not known"  # nobody trustworthy watches it now
    assert (said["before"]["gateway_active"], said["after"]["gateway_active"]) == (True, False)
    assert [one["what"] for one in said["sent"]] == ["store the model", "commit", "refuteScore"]
    assert said["owed_ether"] == 0.75
    code, said, err = run("collect", *chain, *key)
    assert (code, said["ether"]) == (0, 0.75), err
    code, said, err = run("refute", TOKEN, "--bundle", bundle, *chain, *key)
    assert code == 1 and "was refuted by it already" in err


def test_a_dry_run_needs_no_account_and_sends_nothing(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    bundle = lied_about(court, tmp_path)
    block = court.w3.eth.block_number
    code, said, err = run("refute", TOKEN, "--bundle", bundle, *chain, "--dry-run")
    assert code == 0, err
    assert said["would_be_accepted"] is True and said["sent"] == []
    assert court.w3.eth.block_number == block


def test_what_would_be_refused_is_refused_before_anything_is_paid(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    key = ["--key", "bystander.key"]
    bundle = lied_about(court, tmp_path, post=False)
    before = court.nonce()
    code, said, err = run("refute", TOKEN, "--bundle", bundle, *chain, *key)
    assert code == 1 and "under no root of gateway 2" in err
    assert said["accepted"] is False and said["sent"] == []
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain, *key, "--entry", 0)
    assert code == 1 and "expected a segment's entry" in err
    code, _, err = run("refute", 3, "--bundle", bundle, *chain, *key)
    assert code == 2 and "expected a minted token" in err
    bundle = lied_about(court, tmp_path, withhold=True)
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain, *key)
    assert code == 3 and "the claim is withheld" in err
    assert court.nonce() == before


def test_a_wrong_bundle_file_or_node_is_told(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    key = ["--key", "bystander.key"]
    (tmp_path / "noise").write_bytes(b"noise")
    code, _, err = run("refute", TOKEN, "--bundle", "noise", *chain, *key)
    assert code == 2 and "bundle" in err
    code, _, err = run("refute", TOKEN, "--bundle", "absent", *chain, *key)
    assert code == 2 and "absent" in err
    bundle = lied_about(court, tmp_path)
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain)
    assert code == 2 and "expected --key" in err
    code, _, err = run("refute", TOKEN, "--bundle", bundle, "--rpc", court.url)
    assert code == 2 and "--rpc and --contract together" in err
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain[:3], "0x12", *key)
    assert code == 2 and "expected an address" in err
    nowhere = ["--rpc", f"http://127.0.0.1:{free_port()}", *chain[2:]]
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *nowhere, *key)
    assert code == 4, err


def test_the_bundle_of_another_token_is_told(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    court.token.mint(ADMIN, ADMIN.address, TOKEN + 1, 2, PROFILE.digest)
    bundle = lied_about(court, tmp_path)
    code, _, err = run("refute", TOKEN + 1, "--bundle", bundle, *chain, "--dry-run")
    assert code == 2 and "expected the bundle of token 8, got 7" in err


def test_an_account_without_ether_pays_nothing_and_is_told(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    create_key_file(tmp_path / "poor.key", None, b"\x07" * 32)
    bundle = lied_about(court, tmp_path)
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain, "--key", "poor.key")
    assert code == 4, err
    assert court.token.gateway_at(2).active


def write(segment: Segment, folder: Path) -> Path:
    path = folder / "segment"
    path.write_bytes(segment.encode())
    return path


def test_anybody_raises_from_one_sealed_segment_and_the_models_of_a_bundle(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    key = ["--key", "bystander.key"]
    told = court.log([court.seal() for _ in range(2)])
    (tmp_path / "bundle").write_bytes(told.encode())
    code, said, err = run("raise", TOKEN, "--bundle", "bundle", *chain, "--dry-run")
    assert code == 0 and said["would_be_accepted"] is True, err
    code, said, err = run("raise", TOKEN, "--bundle", "bundle", *chain, *key)
    assert code == 0 and said["after"]["condition_on_chain"] == "flagged", err
    code, said, err = run("raise", TOKEN, "--bundle", "bundle", *chain, *key)
    assert code == 1 and "ForbiddenTransition" in err
    one = write(court.seal(), tmp_path)
    code, said, err = run("raise", TOKEN, "--segment", one, *chain, *key)
    assert code == 3 and "is not at hand" in err  # the model is no shipped one
    code, said, err = run("raise", TOKEN, *chain, *key)
    assert code == 2 and "--bundle or --segment" in err
    (tmp_path / "segment").write_bytes(b"{}")
    code, said, err = run("raise", TOKEN, "--segment", one, *chain, *key)
    assert code == 2 and "segment" in err


SITE = """
deployment = "test"
data_dir = "data"
[chain]
kind = "rpc"
url = "{url}"
addresses = "{book}"
key_file = "gateway.key"
"""


def test_a_gateway_pledges_ether_and_cannot_take_it_back_at_once(
    court: Court, run: Run, tmp_path: Path
) -> None:
    create_key_file(tmp_path / "gateway.key", None, LIAR_KEY)
    text = SITE.format(url=court.url, book=court.book)
    (tmp_path / "cargoseal.toml").write_text(text, encoding="utf-8")
    court.liar.anchor(court.log([court.seal()]), None)
    code, said, err = run("bond", 0)
    assert (code, said["gateway"], said["ether"]) == (0, 2, 0), err
    code, said, err = run("bond", 0.25)
    assert (code, said["ether"], said["owner"]) == (0, 0.25, LIAR.address), err
    code, _, err = run("withdraw")
    assert code == 4 and "BondLocked" in err


def test_where_no_dispute_contract_is_set_it_is_said(
    court: Court, run: Run, chain: list[object], tmp_path: Path
) -> None:
    bundle = lied_about(court, tmp_path)
    court.token.transact(ADMIN, "setDispute", "0x" + 40 * "0")
    code, _, err = run("refute", TOKEN, "--bundle", bundle, *chain, "--dry-run")
    assert code == 2 and "expected a dispute contract" in err
