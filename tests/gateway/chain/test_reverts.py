"""A contract's refusal, by name and values."""

import random

import pytest
from eth_abi.abi import encode
from eth_utils.crypto import keccak

from cargoseal.chain.artifacts import NAMES, load_artifact
from cargoseal.chain.reverts import Revert, decode_revert, known_errors
from cargoseal.errors import ChainError


def data(signature: str, kinds: list[str], values: list[object]) -> bytes:
    return keccak(text=signature)[:4] + encode(kinds, values)


def test_a_custom_error_is_named_with_its_values() -> None:
    raw = data("ForbiddenTransition(uint256,uint8,uint8)", ["uint256", "uint8", "uint8"], [7, 3, 2])
    revert = decode_revert(raw)
    assert revert == Revert("ForbiddenTransition", {"tokenId": 7, "from": 3, "to": 2})
    assert str(revert) == "ForbiddenTransition(tokenId=7, from=3, to=2)"


def test_plain_text_panics_and_silence_are_named_too() -> None:
    assert str(decode_revert(data("Error(string)", ["string"], ["no"]))) == "Error(message=no)"
    assert str(decode_revert(data("Panic(uint256)", ["uint256"], [17]))) == "Panic(code=17)"
    assert str(decode_revert(b"")) == "NoReason()"


def test_an_unknown_error_shows_its_selector() -> None:
    assert str(decode_revert(b"\xde\xad\xbe\xef" + bytes(32))) == "Unknown(selector=0xdeadbeef)"


def test_no_data_whatever_breaks_it() -> None:
    seeded = random.Random(7)
    selectors = [*known_errors(), bytes.fromhex("08c379a0"), bytes.fromhex("4e487b71")]
    for _ in range(2000):
        body = seeded.randbytes(seeded.choice([0, 1, 31, 32, 64, 95]))
        assert decode_revert(seeded.choice(selectors) + body).name


def test_every_contract_the_gateway_uses_is_shipped() -> None:
    for name in NAMES:
        artifact = load_artifact(name)
        assert artifact.abi and 0 < len(artifact.bytecode) < 49_152


def test_a_missing_artifact_is_named() -> None:
    with pytest.raises(ChainError, match=r"Nothing\.json"):
        load_artifact("Nothing")
