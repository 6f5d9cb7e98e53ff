"""Vectors that others published: RFC 8949 appendix A, COSE, RFC 8032, Wycheproof."""

import gzip
import json
from typing import Any

import cbor2
import pytest
from nacl.exceptions import CryptoError
from nacl.signing import SigningKey, VerifyKey

from cargoseal_wire import cbor
from cargoseal_wire.errors import NonDeterministicError, WireError
from tests.shared_data import shared_data

FLOAT_IN_TAG = "c1fb41d452d9ec200000"  # a time of half a second, which cbor2 gives as a date


def _appendix_a() -> list[dict[str, Any]]:
    path = shared_data("vectors/cbor/appendix_a.json")
    cases: list[dict[str, Any]] = json.loads(path.read_text())
    return cases


def _refusal(case: dict[str, Any]) -> type[WireError] | None:
    """How an example must be refused, None when it must come back."""
    text = case["hex"]
    try:
        foreign = text == FLOAT_IN_TAG or _is_foreign(cbor2.loads(bytes.fromhex(text)))
    except cbor2.CBORDecodeError:
        foreign = True  # a simple value that RFC 8949 took out
    if foreign:
        return WireError
    return None if case["roundtrip"] else NonDeterministicError


def _is_foreign(value: object) -> bool:
    """Whether a value is, or holds, what the wire does not know: floats and simple values."""
    if isinstance(value, (list, tuple)):
        return any(map(_is_foreign, value))
    if isinstance(value, cbor2.CBORTag):
        return _is_foreign(value.value)
    return isinstance(value, (float, cbor2.CBORSimpleValue)) or value is cbor2.undefined


def test_every_example_of_appendix_a_comes_back_or_is_refused_by_name() -> None:
    came_back = refused = 0
    for case in _appendix_a():
        data = bytes.fromhex(case["hex"])
        wanted = _refusal(case)
        if wanted is not None:
            with pytest.raises(wanted):
                cbor.decode(data)
            refused += 1
            continue
        value = cbor.decode(data)
        assert cbor.encode(value) == data
        if "decoded" in case:
            assert _as_json(value) == case["decoded"], case["hex"]
        came_back += 1
    assert (came_back, refused) == (44, 38)


def _as_json(value: object) -> object:
    """A decoded value as the file writes it: byte strings are absent there, bignums plain ints."""
    if isinstance(value, cbor.Tag) and value.tag in (2, 3) and isinstance(value.value, bytes):
        number = int.from_bytes(value.value, "big")
        return number if value.tag == 2 else -1 - number
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _as_json(item) for key, item in value.items()}
    return value


@pytest.mark.parametrize("name", ["eddsa-sig-01", "eddsa-sig-02"])
def test_cose_eddsa_examples_read_write_and_give_their_sig_structure(name: str) -> None:
    example = json.loads(shared_data(f"vectors/cose/eddsa-examples/{name}.json").read_text())
    data = bytes.fromhex(example["output"]["cbor"])
    decoded = cbor.decode(data)
    assert isinstance(decoded, cbor.Tag) and decoded.tag == 18
    assert isinstance(decoded.value, list)
    protected, _, payload, signature = decoded.value
    signed = cbor.encode(["Signature1", protected, b"", payload])
    assert signed.hex() == example["intermediates"]["ToBeSign_hex"].lower()
    assert cbor.encode(decoded) == data
    if example["input"]["sign0"]["key"]["crv"] == "Ed25519":
        key = VerifyKey(bytes.fromhex(example["input"]["sign0"]["key"]["x_hex"]))
        key.verify(signed, signature)


def test_cose_sign1_examples_that_must_fail_are_no_seal_of_ours() -> None:
    from cargoseal_wire.seal import decode_seal

    for path in sorted(shared_data("vectors/cose/sign1-tests").glob("*.json")):
        example = json.loads(path.read_text())
        with pytest.raises(WireError):
            decode_seal(bytes.fromhex(example["output"]["cbor"]))


def test_libsodium_signs_and_verifies_rfc_8032() -> None:
    cases = json.loads(shared_data("vectors/rfc8032_ed25519/rfc8032_7_1.json").read_text())
    for case in cases:
        message, signature = bytes.fromhex(case["message"]), bytes.fromhex(case["signature"])
        key = SigningKey(bytes.fromhex(case["secret"]))
        assert bytes(key.verify_key).hex() == case["public"]
        assert key.sign(message).signature == signature
        VerifyKey(bytes.fromhex(case["public"])).verify(message, signature)
    assert len(cases) >= 4


def test_libsodium_signs_as_the_original_ed25519_vectors() -> None:
    path = shared_data("vectors/rfc8032_ed25519/sign.input.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    for line in lines[::4]:
        secret, public, message, signed = (bytes.fromhex(part) for part in line.split(":")[:4])
        assert SigningKey(secret[:32]).sign(message).signature == signed[:64]
        VerifyKey(public).verify(message, signed[:64])


def test_libsodium_agrees_with_every_wycheproof_verdict() -> None:
    groups = json.loads(shared_data("vectors/wycheproof/ed25519_test.json").read_text())[
        "testGroups"
    ]
    seen = 0
    for group in groups:
        key = VerifyKey(bytes.fromhex(group["publicKey"]["pk"]))
        for test in group["tests"]:
            try:
                key.verify(bytes.fromhex(test["msg"]), bytes.fromhex(test["sig"]))
                verdict = "valid"
            except (CryptoError, ValueError):
                verdict = "invalid"
            assert verdict == test["result"], test["tcId"]
            seen += 1
    assert seen == 151
