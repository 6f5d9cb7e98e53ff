"""The node's signer against published vectors and libsodium."""

import gzip
import json
import random
from collections.abc import Callable
from pathlib import Path

import generate_comb_table
from nacl.signing import SigningKey as Sodium
from node.comb_table import TABLE
from node.ed25519 import FIELD, SigningKey

QUICK = 16  # every so many of the 1,024 vectors of ed25519.cr.yp.to; they grow by a byte each


def test_the_comb_table_is_what_its_generator_writes() -> None:
    assert generate_comb_table.OUTPUT.read_text() == generate_comb_table.source()
    assert len(TABLE) == 12288


def test_signs_rfc_8032_section_7_1(shared_data: Callable[[str], Path]) -> None:
    for vector in json.loads(shared_data("vectors/rfc8032_ed25519/rfc8032_7_1.json").read_text()):
        key = SigningKey(bytes.fromhex(vector["secret"]))
        assert key.public_key.hex() == vector["public"]
        assert key.sign(bytes.fromhex(vector["message"])).hex() == vector["signature"]


def test_signs_the_vectors_of_sign_input(shared_data: Callable[[str], Path]) -> None:
    dice = random.Random(8032)
    path = shared_data("vectors/rfc8032_ed25519/sign.input.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    assert len(lines) == 1024
    for line in lines[::QUICK] + lines[-1:]:
        secret, public, message, signed = line.split(":")[:4]
        key = SigningKey(bytes.fromhex(secret[:64]))
        assert key.public_key.hex() == public
        blind = dice.randrange(1, FIELD)
        assert key.sign(bytes.fromhex(message), blind).hex() == signed[:128]


def test_agrees_with_libsodium_on_random_keys_and_messages() -> None:
    dice = random.Random(25519)
    for size in range(240):
        seed, message = dice.randbytes(32), dice.randbytes(size)
        ours, theirs = SigningKey(seed), Sodium(seed)
        assert ours.public_key == bytes(theirs.verify_key)
        assert ours.sign(message, dice.randrange(1, FIELD)) == theirs.sign(message).signature
