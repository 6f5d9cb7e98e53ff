"""The command line as a person uses it, against a real chain; one folder, one deployment."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from nacl.signing import SigningKey

from cargoseal.chain.devkeys import dev_key
from cargoseal.chain.keys import create_key_file, load_signer
from cargoseal.cli import main
from cargoseal.config import load_config
from cargoseal.registry import list_requests
from cargoseal.store import Store

Run = Callable[..., tuple[int, str, str]]
BROKER = "gateway.example:8883"
PUBLIC_KEY = bytes(SigningKey(b"a node of the command line test.").verify_key).hex()


@pytest.fixture
def run(folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs the program in the site's folder; (exit code, stdout, stderr)."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.chdir(folder)
        monkeypatch.setattr(sys, "argv", ["cargoseal", *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def site(run: Run, folder: Path) -> Run:
    """The program on a deployed site; deploying again changes nothing."""
    reviewer = load_signer(folder / "reviewer.key").address
    code, _, err = run("contracts", "deploy", "--admin-key", "admin.key", "--reviewer", reviewer)
    assert code == 0, err
    return run


def answer(result: tuple[int, str, str]) -> Any:
    """The JSON a command printed; it must have ended well."""
    code, out, err = result
    assert code == 0, err
    return json.loads(out)


def away(folder: Path) -> None:
    """Writes away.toml: the site's configuration with a chain that does not answer."""
    text = (folder / "cargoseal.toml").read_text(encoding="utf-8")
    lines = ['url = "http://127.0.0.1:9"' if "url" in line else line for line in text.split("\n")]
    (folder / "away.toml").write_text("\n".join(lines), encoding="utf-8")


def enroll(site: Run, folder: Path) -> str:
    """The node of these tests, enrolled once; its id."""
    for known in answer(site("node", "list", "--json")):
        if known["label"] == "pallet-7":
            return str(known["node"])
    made = answer(
        site("node", "enroll", "--public-key", PUBLIC_KEY, "--label", "pallet-7",
             "--out", folder / "pallet-7.json", "--broker", BROKER, "--json")
    )  # fmt: skip
    return str(made["node"])


def ship(site: Run) -> int:
    """A new shipment with a minted token."""
    made = answer(
        site("shipment", "create", "--profile", "vaccine-2-8", "--label", "to Oslo", "--json")
    )
    assert made["transaction"].startswith("0x")
    return int(made["token"])


def test_a_first_configuration_is_written_once_and_never_over_another(
    run: Run, folder: Path
) -> None:
    new = folder / "new.toml"
    assert run("gateway", "init", new, "--name", "dock-2")[0] == 0
    assert load_config(new).deployment == "dock-2"
    code, _, err = run("gateway", "init", new)
    assert code == 2 and "not there yet" in err
    new.unlink()


def test_a_key_is_made_with_the_password_of_the_environment_and_never_shown(
    run: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CARGOSEAL_KEY_PASSWORD", "correct horse")
    made = answer(run("contracts", "key", "new.key", "--json"))
    assert load_signer(folder / "new.key").address == made["address"]
    assert "correct horse" not in (folder / "new.key").read_text(encoding="utf-8")
    code, _, err = run("contracts", "key", "new.key")
    assert code == 2 and "new.key" in err


def test_enrolling_writes_the_nodes_settings_for_its_owner_only(site: Run, folder: Path) -> None:
    node = enroll(site, folder)
    settings = folder / "pallet-7.json"
    assert settings.stat().st_mode & 0o777 == 0o600
    secret = json.loads(settings.read_text(encoding="utf-8"))["receipt_key"]
    for words in (("node", "list"), ("node", "list", "--json")):
        _, out, err = site(*words)
        assert node in out and secret not in out + err


def test_enrolling_may_be_repeated_after_a_fault_and_gives_the_same_settings(
    site: Run, folder: Path
) -> None:
    key = bytes(SigningKey(b"a node whose enrolment is broken").verify_key).hex()
    words = ("node", "enroll", "--public-key", key, "--out", folder / "n1.json", "--broker", BROKER)
    away(folder)
    assert site("-c", "away.toml", *words)[0] == 4
    assert not (folder / "n1.json").exists()
    assert site(*words)[0] == 0
    written = (folder / "n1.json").read_bytes()
    assert site(*words)[0] == 0
    assert (folder / "n1.json").read_bytes() == written


@pytest.mark.parametrize("broker", ["0.0.0.0:1883", "host", "host:0", "host:port", ":1883"])
def test_a_broker_that_no_node_reaches_is_refused(site: Run, folder: Path, broker: str) -> None:
    code, _, err = site(
        "node", "enroll", "--public-key", "22" * 32, "--out", folder / "x.json", "--broker", broker
    )
    assert code == 2 and "expected HOST:PORT" in err


def test_a_wrong_public_key_is_refused_and_leaves_no_file(site: Run, folder: Path) -> None:
    code, _, err = site("node", "enroll", "--public-key", "abc", "--out", folder / "x.json")
    assert code == 2 and "expected 64 hex digits" in err
    assert not (folder / "x.json").exists()


def test_a_settings_file_is_never_written_over(site: Run, folder: Path) -> None:
    enroll(site, folder)
    before = (folder / "pallet-7.json").read_bytes()
    code, _, err = site(
        "node",
        "enroll",
        "--public-key",
        "11" * 32,
        "--broker",
        BROKER,
        "--out",
        folder / "pallet-7.json",
    )
    assert code == 2 and "not there yet" in err
    assert (folder / "pallet-7.json").read_bytes() == before


def test_a_shipment_is_created_watched_and_listed(site: Run, folder: Path) -> None:
    node, token = enroll(site, folder), ship(site)
    assigned = answer(site("shipment", "assign", token, "pallet-7", "--person", "Ada", "--json"))
    assert assigned["node"] == node
    listed = {row["token"]: row for row in answer(site("shipment", "list", "--json"))}
    assert listed[token]["nodes"] == [node] and listed[token]["profile"] == "vaccine-2-8"
    code, _, err = site("shipment", "leg", token, "moon", "--person", "Ada")
    assert code == 2 and "expected one of" in err and "transit" in err
    assert answer(site("shipment", "leg", token, "transit", "--person", "Ada", "--json"))["id"]
    ended = answer(site("shipment", "release", token, node, "--json"))
    assert ended["to_ms"] is not None
    assert answer(site("shipment", "release", token, node, "--json")) == ended


def test_the_tokens_lifecycle_follows_what_people_say_and_ends_closed(site: Run) -> None:
    token = ship(site)
    for words, lifecycle in (
        (("leg", token, "transit"), "in-transit"),
        (("leg", token, "destination"), "delivered"),
        (("close", token), "closed"),
    ):
        assert site("shipment", *words, "--person", "Ada")[0] == 0
        assert answer(site("status", token, "--json"))["lifecycle"] == lifecycle


def test_status_tells_the_chain_and_the_refusals(site: Run) -> None:
    token = ship(site)
    found = answer(site("status", token, "--json"))
    assert (found["condition_on_chain"], found["lifecycle"]) == ("sound", "created")
    assert found["refused_by_gateway"] == {}


def test_a_token_nobody_posted_for_is_not_told_as_sound(site: Run) -> None:
    found = answer(site("status", ship(site), "--json"))
    assert (found["condition"], found["stale"]) == ("not known", True)


def test_status_of_a_token_that_was_never_minted_says_so(site: Run) -> None:
    code, _, err = site("status", 4711)
    assert code == 2 and "expected a minted token" in err


def test_a_review_goes_into_the_evidence_and_on_the_chain(site: Run) -> None:
    token = ship(site)
    words = ("review", token, "--condition", "flagged", "--reason", "goods-inspected",
             "--person", "Ada", "--comment", "box is wet", "--json")  # fmt: skip
    made = answer(site(*words))
    found = answer(site("status", token, "--json"))
    assert (found["condition"], found["rule"], found["reviews"]) == ("flagged", "review", 1)
    assert "Ada" not in json.dumps(made) and "wet" not in json.dumps(made)


def test_a_review_that_the_chain_refuses_is_not_in_the_evidence(site: Run, folder: Path) -> None:
    token = ship(site)
    words = ("review", token, "--condition", "flagged", "--reason", "other",
             "--person", "Mallory", "--comment", "mine")  # fmt: skip
    text = (folder / "cargoseal.toml").read_text(encoding="utf-8")
    refused = text.replace('"reviewer.key"', '"new-reviewer.key"')
    (folder / "refused.toml").write_text(refused, encoding="utf-8")
    create_key_file(folder / "new-reviewer.key", None, dev_key(7))
    assert site("-c", "refused.toml", *words)[0] == 4
    away(folder)
    assert site("-c", "away.toml", *words)[0] == 4
    with Store(folder / "data" / "gateway.db") as store:
        assert [r for r in list_requests(store, token) if r.kind == "review"] == []


def test_a_revoked_node_is_listed_with_its_reason(site: Run, folder: Path) -> None:
    key = bytes(SigningKey(b"another node, which will be lost").verify_key).hex()
    made = answer(
        site("node", "enroll", "--public-key", key, "--label", "lost",
             "--out", folder / "lost.json", "--broker", BROKER, "--json")
    )  # fmt: skip
    words = ("node", "revoke", "lost", "--reason", "left in a taxi", "--admin-key", "admin.key")
    assert answer(site(*words, "--json"))["on_chain"] == "revoked"
    rows = {row["node"]: row for row in answer(site("node", "list", "--json"))}
    assert rows[made["node"]]["revoked_reason"] == "left in a taxi"


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("nonsense",), 2, "No such command"),
        (("gateway", "init", "/no/such/folder/x.toml"), 2, "/no/such/folder"),
        (("status",), 2, "Missing argument"),
        (("status", "many"), 2, "integer"),
        (("profile", "check", "nothing.toml"), 2, "expected a file or one of"),
        (("bundle", "export", "1", "--withhold", "all"), 2, "--withhold"),
        (("node", "revoke", "nobody", "--reason", "x"), 2, "nobody"),
        (("verify", "1", "--bundle", "x", "--rpc", "http://127.0.0.1:9"), 2, "--contract"),
        (("verify", "1", "--bundle", "x", "--rpc", "u", "--contract", "0x12"), 2, "an address"),
        (("verify", "1", "--bundle", "absent.cargoseal"), 2, "absent.cargoseal"),
    ],
)
def test_a_mistake_ends_with_its_exit_code_and_a_word(
    site: Run, words: tuple[str, ...], code: int, says: str
) -> None:
    got, _, err = site(*words)
    assert (got, says in err) == (code, True), err
    assert "Traceback" not in err


def test_an_unreachable_chain_is_exit_code_4(site: Run, folder: Path) -> None:
    away(folder)
    code, _, err = site("-c", "away.toml", "status", 1)
    assert code == 4 and "127.0.0.1:9" in err


def test_shipped_profiles_are_listed_and_checked(run: Run) -> None:
    for row in answer(run("profile", "list", "--json")):
        assert answer(run("profile", "check", row["name"], "--json"))["digest"] == row["digest"]
