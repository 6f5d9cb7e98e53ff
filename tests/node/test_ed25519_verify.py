"""The node's verifier of releases against libsodium and Wycheproof."""

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey
from node.ed25519 import ORDER
from node.ed25519_verify import verify


def sodium(public_key: bytes, message: bytes, signature: bytes) -> bool:
    try:
        VerifyKey(public_key).verify(message, signature)
    except (BadSignatureError, ValueError):
        return False
    return True


def test_says_what_wycheproof_says(shared_data: Callable[[str], Path]) -> None:
    folder = shared_data("vectors/wycheproof")
    cases = 0
    for group in json.loads((folder / "ed25519_test.json").read_text())["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for case in group["tests"]:
            said = verify(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
            assert said == (case["result"] == "valid"), case
            cases += 1
    assert cases > 100


@pytest.mark.parametrize("part", ["signature", "key", "message"])
def test_agrees_with_libsodium_on_signatures_with_one_changed_bit(part: str) -> None:
    dice = random.Random(part)
    for _ in range(40):
        key = SigningKey(dice.randbytes(32))
        message = dice.randbytes(dice.randrange(1, 200))
        parts = {
            "signature": key.sign(message).signature,
            "key": bytes(key.verify_key),
            "message": message,
        }
        assert verify(parts["key"], parts["message"], parts["signature"])
        at = dice.randrange(8 * len(parts[part]))
        changed = bytearray(parts[part])
        changed[at // 8] ^= 1 << at % 8
        parts[part] = bytes(changed)
        said = verify(parts["key"], parts["message"], parts["signature"])
        assert said == sodium(parts["key"], parts["message"], parts["signature"])


def test_refuses_s_beyond_the_order_and_points_of_small_order() -> None:
    key = SigningKey(bytes(32))
    signature = key.sign(b"message").signature
    answer = int.from_bytes(signature[32:], "little") + ORDER
    public = bytes(key.verify_key)
    assert not verify(public, b"message", signature[:32] + answer.to_bytes(32, "little"))
    neutral = (1).to_bytes(32, "little")
    assert not verify(neutral, b"message", neutral + bytes(32))
    assert not verify(public, b"message", signature[:63])
    assert not verify(public[:31], b"message", signature)
