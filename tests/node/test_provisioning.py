"""The serial console of a board, as tools/provision.py uses it: real MicroPython's raw REPL over a
pseudo-terminal, through mpremote's own transport."""

import json
import os
import pty
import secrets
import tty
from collections.abc import Iterator
from pathlib import Path

import provision
import pytest
from boards import Console, ConsoleError
from nacl.signing import SigningKey
from node.provisioning import LEAST_ENTROPY_BYTES

from cargoseal_wire.identity import node_id
from cargoseal_wire.possession import possession_message
from tests.node.board.process import BoardProcess

BOARD = '{"wifi": "dock", "password": "secret", "i2c": {"scl": 22, "sda": 21}, "sht4x": {}}'
SETTINGS = json.dumps(
    {
        "audience": "22" * 32,
        "receipt_key": "11" * 32,
        "broker": {"host": "gateway", "port": 8883},
    }
)


@pytest.fixture(scope="module")
def board() -> Iterator[BoardProcess]:
    with BoardProcess() as running:
        yield running


@pytest.fixture
def console(board: BoardProcess) -> Iterator[Console]:
    with Console(board.port) as opened:
        yield opened


def test_the_board_makes_its_key_from_its_own_and_the_hosts_randomness(console: Console) -> None:
    told = provision.introduce(console)
    assert told["origin"] == "chip and host"
    assert told["node"] == node_id(bytes.fromhex(told["public_key"])).hex()
    assert "True" in console.run("import network\nprint(network.on)")


def test_a_board_that_has_a_key_keeps_it(console: Console) -> None:
    first, second = provision.introduce(console), provision.introduce(console)
    assert first["public_key"] == second["public_key"]
    assert first["proof"] != second["proof"]


def test_the_private_key_is_in_nothing_that_the_board_prints(console: Console) -> None:
    provision.introduce(console)
    show = "print(binascii.hexlify(esp32._stored['cargoseal', 'seed']).decode())"
    seed = console.run("import esp32, binascii\n" + show).strip()
    assert len(seed) == 64
    answer = console.call("begin", secrets.token_hex(32), secrets.token_hex(32))
    assert seed not in json.dumps(answer)
    assert bytes(SigningKey(bytes.fromhex(seed)).verify_key).hex() == answer["public_key"]  # type: ignore[index, call-overload]


@pytest.mark.parametrize("entropy", ["", "00" * (LEAST_ENTROPY_BYTES - 1), "no digits"])
def test_the_board_refuses_too_little_randomness(console: Console, entropy: str) -> None:
    with pytest.raises(ConsoleError, match="entropy"):
        console.call("begin", entropy, secrets.token_hex(32))


def test_a_proof_of_another_challenge_is_none() -> None:
    key, challenge = SigningKey(bytes(32)), bytes(32)
    public = bytes(key.verify_key)
    answer: dict[str, object] = {
        "node": node_id(public).hex(),
        "public_key": public.hex(),
        "proof": key.sign(possession_message(challenge, public)).signature.hex(),
    }
    provision.check_proof(answer, challenge)
    with pytest.raises(provision.ProofError):
        provision.check_proof(answer, b"\x01" * 32)


@pytest.mark.parametrize("changed", ["public_key", "proof", "node"])
def test_an_answer_with_another_key_proof_or_name_is_refused(
    console: Console, changed: str
) -> None:
    challenge = secrets.token_bytes(32)
    answer = console.call("begin", secrets.token_hex(32), challenge.hex())
    assert isinstance(answer, dict)
    provision.check_proof(answer, challenge)
    answer[changed] = secrets.token_hex(len(str(answer[changed])) // 2)
    with pytest.raises(provision.ProofError):
        provision.check_proof(answer, challenge)


def test_the_board_keeps_settings_that_it_would_start_with(console: Console) -> None:
    provision.install(console, BOARD, SETTINGS, production=False)
    assert json.loads(console.run("print(open('/config.json').read())")) == json.loads(SETTINGS)
    assert json.loads(console.run("print(open('/board.json').read())")) == json.loads(BOARD)


@pytest.mark.parametrize(
    ("board_text", "settings", "named"),
    [
        ('{"wify": "dock"}', SETTINGS, "wify"),
        (BOARD, '{"audience": "22"}', "audience"),
        (BOARD, "not JSON", "JSON|syntax"),
        ("[]", SETTINGS, "object"),
    ],
)
def test_the_board_refuses_what_it_would_not_start_with_and_keeps_what_it_has(
    console: Console, board_text: str, settings: str, named: str
) -> None:
    provision.install(console, BOARD, SETTINGS, production=False)
    with pytest.raises(ConsoleError, match=named):
        provision.install(console, board_text, settings, production=False)
    assert json.loads(console.run("print(open('/config.json').read())")) == json.loads(SETTINGS)


def test_certificates_and_the_brokers_name_go_onto_the_board(
    console: Console, tmp_path: Path
) -> None:
    for name in provision.CERTIFICATES:
        (tmp_path / name).write_text(f"-----BEGIN CERTIFICATE-----\n{name}\n")
    certificates = provision.read_certificates(tmp_path)
    settings = provision.with_tls(SETTINGS, "gateway.lan")
    provision.install(console, BOARD, settings, certificates, production=False)
    assert "node.key" in console.run("print(open('/tls/node.key').read())")
    kept = json.loads(console.run("print(open('/config.json').read())"))
    assert kept["tls"]["server_name"] == "gateway.lan"
    assert kept["tls"]["since_ms"] > 1_700_000_000_000
    provision.install(console, BOARD, SETTINGS, production=False)


def test_a_certificate_that_is_missing_or_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(provision.InputFileError, match=r"ca\.pem"):
        provision.read_certificates(tmp_path)
    (tmp_path / "ca.pem").write_bytes(b"no PEM")
    with pytest.raises(provision.InputFileError, match="other bytes"):
        provision.read_certificates(tmp_path)


def test_a_port_that_is_not_there_is_said_with_what_to_do() -> None:
    with pytest.raises(ConsoleError, match="button") as caught:
        Console("/dev/no-such-port")
    assert caught.value.silent


def test_a_board_that_does_not_answer_is_said_within_a_bounded_time() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    try:
        with pytest.raises(ConsoleError, match="production") as caught:
            Console(os.ttyname(slave))
        assert caught.value.silent
    finally:
        os.close(master)
        os.close(slave)


def test_in_production_the_board_neither_makes_nor_shows_a_key() -> None:
    with BoardProcess() as running:
        with Console(running.port) as console:
            provision.introduce(console)
            provision.install(console, BOARD, SETTINGS, production=True)
            with pytest.raises(ConsoleError, match="in production"):
                provision.introduce(console)
            console.restart()
        assert running.has_restarted()
