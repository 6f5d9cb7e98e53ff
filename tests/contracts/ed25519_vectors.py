"""`vectors/ed25519.json`: RFC 8032's signatures with hints, and keys good and bad with proofs.

Rules
1. Hints and proofs come from `cargoseal.chain.ed25519_hints`; a bad key has the proof that comes
   nearest. Nothing is random.
2. The signatures are those of RFC 8032, section 7.1: tests 1 to 3 and SHA(abc), made again by
   libsodium from their seeds.
"""

import hashlib
import json
from typing import Any

from nacl.signing import SigningKey

from cargoseal.chain.ed25519_hints import signature_hints, subgroup_proof
from cargoseal_wire import seal
from tests.contracts import ed25519_reference as book

# Section 7.1: seed, message, signature.
PUBLISHED = (
    (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
    (
        "833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42",
        hashlib.sha512(b"abc").hexdigest(),
        "dc2a4459e7369633a52b1bf277839a00201009a3efbf3ecb69bea2186c26b589"
        "09351fc9ac90b3ecfdfbc7c66431e0303dca179c138ac17ad9bef1177331a704",
    ),
)


def words(numbers: tuple[int, ...]) -> list[str]:
    return [f"0x{number:064x}" for number in numbers]


def signatures() -> list[dict[str, Any]]:
    made = []
    for seed, message, signature in PUBLISHED:
        key = SigningKey(bytes.fromhex(seed))
        if key.sign(bytes.fromhex(message)).signature.hex() != signature:
            raise SystemExit(f"{seed}: libsodium signs otherwise than RFC 8032")
        made.append(_signature(key, bytes.fromhex(message)))
    return made


def sealed() -> dict[str, Any]:
    """A seal's Sig_structure, signed: what a dispute examines."""
    key = SigningKey(hashlib.sha256(b"cargoseal golden examined").digest())
    payload = hashlib.sha256(b"cargoseal golden statement").digest()
    one = seal.Seal(bytes(8), payload, bytes(64))
    return _signature(key, seal.signed_bytes(one))


def _signature(key: SigningKey, message: bytes) -> dict[str, Any]:
    public, signature = bytes(key.verify_key), bytes(key.sign(message).signature)
    return {
        "message": "0x" + message.hex(),
        "key": "0x" + public.hex(),
        "r": "0x" + signature[:32].hex(),
        "s": "0x" + signature[32:].hex(),
        "hints": words(signature_hints(message, public, signature)),
    }


def good_keys() -> list[dict[str, Any]]:
    keys = [bytes(SigningKey(bytes.fromhex(seed)).verify_key) for seed, _, _ in PUBLISHED]
    return [{"key": "0x" + key.hex(), "proof": words(subgroup_proof(key))} for key in keys]


def bad_keys() -> list[dict[str, Any]]:
    """Points of small order, points with a part of small order, numbers that are no points."""
    scalar = pow(8, -1, book.L) * 77 % book.L
    eighth = book.times(scalar, book.BASE)  # 8 times it is 77 B
    made = []
    for point in book.SMALL:
        made.append((book.encode(point), (*point, point[0]), "of small order"))
    for small in book.SMALL[1:]:
        key = book.add(book.times(77, book.BASE), small)
        nearest = book.add(eighth, small)
        made.append((book.encode(key), (*nearest, key[0]), "with a part of small order"))
    y = 3
    while book.decode(y.to_bytes(32, "little")) is not None:
        y += 1
    made.append((y.to_bytes(32, "little"), (*eighth, 1), "no point"))
    unreduced = (book.P + 1).to_bytes(32, "little")
    made.append((unreduced, (*book.ZERO, 0), "not reduced"))
    return [
        {"key": "0x" + key.hex(), "proof": words(proof), "why": why} for key, proof, why in made
    ]


def vectors() -> str:
    everything = {
        "made_by": "tests/contracts/make_vectors.py",
        "signatures": signatures(),
        "sealed": sealed(),
        "good_keys": good_keys(),
        "bad_keys": bad_keys(),
    }
    return json.dumps(everything, indent=1) + "\n"
