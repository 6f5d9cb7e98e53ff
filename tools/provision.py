"""Makes a node of a board, over its USB serial console.

    python tools/provision.py PORT --board board.json --config cargoseal.toml --label "pallet 7"

1. The board gets random bytes and a challenge; it makes its key (or shows the one it has) and
   answers with the public key and a signature over the challenge, which is checked.
2. `cargoseal node enroll` registers the public key and writes the node's settings.
3. The board checks settings and board.json, and keeps them. With --tls it gets certificates too:
   ca.pem (the authority of the broker's), node.pem and node.key (its own, for the broker only).
4. In production (unless --keep-open) its console is shut, and it starts.

The firmware must be on the board: tools/flash.py. What went wrong, and what to do, is said on
stderr; the same command may be repeated. Exit codes: 0 done · 1 the board's proof or answer is
wrong · 2 usage or a file · 4 no board, or it does not answer.
"""

import argparse
import json
import secrets
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from boards import Console, ConsoleError
from nacl.exceptions import BadSignatureError
from nacl.signing import VerifyKey

from cargoseal_wire.identity import node_id
from cargoseal_wire.possession import CHALLENGE_BYTES, possession_message

ROOT = Path(__file__).resolve().parent.parent
CERTIFICATES = ("ca.pem", "node.pem", "node.key")
EXIT_WRONG, EXIT_USAGE, EXIT_ABSENT = 1, 2, 4


class ProofError(Exception):
    """The board does not show that it holds the key that it names."""


class InputFileError(Exception):
    """A file that was named is not what it should be."""


def introduce(console: Console) -> dict[str, str]:
    """The board's key: node, public_key, origin, proof. Raises ProofError, ConsoleError."""
    entropy, challenge = secrets.token_bytes(32), secrets.token_bytes(CHALLENGE_BYTES)
    answer = console.call("begin", entropy.hex(), challenge.hex())
    if not isinstance(answer, dict):
        raise ProofError("expected an object with the public key, got another answer")
    check_proof(answer, challenge)
    return {name: str(value) for name, value in answer.items()}


def check_proof(answer: dict[str, object], challenge: bytes) -> None:
    """Raises ProofError unless the board signed this very challenge with the key it names."""
    try:
        public = bytes.fromhex(str(answer["public_key"]))
        proof = bytes.fromhex(str(answer["proof"]))
        VerifyKey(public).verify(possession_message(challenge, public), proof)
    except (KeyError, ValueError, BadSignatureError) as error:
        raise ProofError(f"no proof that the board holds its key: {error}") from error
    if answer.get("node") != node_id(public).hex():
        raise ProofError("the board's name is not that of its key")


def enroll(public_key: str, out: Path, passed: list[str]) -> None:
    """Runs `cargoseal node enroll`; its own words go to stderr. Raises CalledProcessError."""
    command = [sys.executable, "-m", "cargoseal.cli", *passed[:2], "node", "enroll"]
    command += ["--public-key", public_key, "--out", str(out), *passed[2:]]
    subprocess.run(command, check=True, stdout=sys.stderr, cwd=Path.cwd())


def install(
    console: Console,
    board: str,
    settings: str,
    certificates: dict[str, bytes] | None = None,
    *,
    production: bool,
) -> None:
    """Hands over the files; the board refuses what it would not start with."""
    console.call("check", board, settings)
    if certificates:
        console.make_folder("/tls")
    for name, data in (certificates or {}).items():
        console.write_file(f"/tls/{name}", data)
    console.write_file("/board.json", board.encode())
    console.write_file("/config.json", settings.encode())
    if production:
        console.call("shut")


def read_board(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
        if not isinstance(json.loads(text), dict):
            raise ValueError("expected a JSON object")
    except (OSError, ValueError) as error:
        raise InputFileError(f"{path}: expected what the board has and where: {error}") from error
    return text


def read_certificates(folder: Path) -> dict[str, bytes]:
    """The three files. InputFileError for one that is not there or no PEM."""
    found = {}
    for name in CERTIFICATES:
        try:
            found[name] = (folder / name).read_bytes()
        except OSError as error:
            raise InputFileError(f"{folder / name}: expected a PEM file, got: {error}") from error
        if b"-----BEGIN " not in found[name]:
            raise InputFileError(f"{folder / name}: expected a PEM file, got other bytes")
    return found


def with_tls(settings: str, server_name: str) -> str:
    """The settings of a node that checks the broker's certificate for this name, from today on."""
    values = json.loads(settings)
    values["tls"] = {"server_name": server_name, "since_ms": time.time_ns() // 1_000_000}
    return json.dumps(values, indent=2) + "\n"


def provision(given: argparse.Namespace) -> dict[str, object]:
    """The whole way; returns what to tell."""
    board = read_board(given.board)
    certificates = None if given.tls is None else read_certificates(given.tls)
    if (certificates is None) != (not given.server_name):
        raise InputFileError("--tls and --server-name: expected both or neither")
    passed = ["--config", str(given.config)]
    for name in ("label", "broker", "release_key"):
        value = getattr(given, name)
        if value:
            passed += ["--" + name.replace("_", "-"), value]
    with Console(given.port) as console, tempfile.TemporaryDirectory() as folder:
        told: dict[str, object] = dict(introduce(console))
        settings = Path(folder) / "config.json"
        enroll(str(told["public_key"]), settings, passed)
        text = settings.read_text(encoding="utf-8")
        if certificates is not None:
            text = with_tls(text, given.server_name)
        install(console, board, text, certificates, production=not given.keep_open)
        console.restart()
    told["production"] = not given.keep_open
    return told


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python tools/provision.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("port", help="serial port, such as /dev/ttyUSB0")
    parser.add_argument("--board", type=Path, required=True, help="board.json: see node/board.py")
    parser.add_argument("--config", type=Path, default=Path("cargoseal.toml"))
    parser.add_argument("--label", default="", help="a name for people")
    parser.add_argument("--broker", default="", help="HOST:PORT that the node connects to")
    parser.add_argument("--release-key", default="", help="public key of releases, 64 hex digits")
    parser.add_argument("--tls", type=Path, help="folder of ca.pem, node.pem and node.key")
    parser.add_argument("--server-name", default="", help="the name in the broker's certificate")
    parser.add_argument("--keep-open", action="store_true", help="leave the console open")
    parser.add_argument("--json", action="store_true", help="print one JSON value")
    given = parser.parse_args()
    try:
        told = provision(given)
    except InputFileError as error:
        return _fail(EXIT_USAGE, str(error))
    except subprocess.CalledProcessError as error:
        return _fail(error.returncode, "the gateway did not enrol the node; nothing was written")
    except ConsoleError as error:
        return _fail(EXIT_ABSENT if error.silent else EXIT_WRONG, str(error))
    except ProofError as error:
        return _fail(EXIT_WRONG, str(error))
    if given.json:
        print(json.dumps(told, indent=2, sort_keys=True))
    else:
        for name in ("node", "public_key", "origin", "production"):
            print(f"{name:<11} {told[name]}")
    return 0


def _fail(code: int, text: str) -> int:
    print(f"provision: {text}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
