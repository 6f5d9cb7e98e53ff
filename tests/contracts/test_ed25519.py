"""Ed25519Verifier in a real EVM: published verdicts, libsodium's, and adversaries' hints.

The whole differential run is `python -m tests.contracts.differential`; here is a share of it.
"""

import gzip
import hashlib
import itertools
import json
import math
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import contracts
from cargoseal.chain import ed25519_hints as hints
from cargoseal.errors import ChainError
from tests.contracts import differential
from tests.contracts import ed25519_reference as book
from tests.contracts.ed25519_cases import (
    INVALID,
    UNPROVEN,
    VALID,
    Case,
    case,
    libsodium,
    other_right_hints,
    signed,
)
from tests.contracts.evm import Evm, evm
from tests.shared_data import ROOT

QUICK, THOROUGH = 5_000, 100_000
SHA512 = {
    "Sha512Caller.sol": ROOT / "tests/contracts/support/Sha512Caller.sol",
    "cargoseal/libraries/Sha512.sol": ROOT / "contracts/src/libraries/Sha512.sol",
}
# Of L - 2^252, without which half the bits would do for every challenge.
FACTORS = (3, 610042537739, 15158679415041928064055629)


@pytest.fixture(scope="module")
def chain() -> Iterator[Evm]:
    with evm() as started:
        yield started


@pytest.fixture(scope="module")
def verifier(chain: Evm) -> str:
    return chain.deploy("Ed25519Verifier")


def findings(chain: Evm, verifier: str, cases: list[Case]) -> list[int | None]:
    return chain.call_many(verifier, [one.call() for one in cases])


def test_finds_what_libsodium_finds_whatever_the_hints(chain: Evm, verifier: str) -> None:
    count = THOROUGH if os.environ.get("CARGOSEAL_THOROUGH") else QUICK
    for batch in differential.batches(count, seed=5):
        differential.compare(chain, verifier, batch)


def test_the_recorded_run_was_of_the_verifier_that_ships() -> None:
    recorded = json.loads(differential.RECORD.read_text(encoding="utf-8"))
    assert recorded["verifier"] == differential.verifier_digest()
    assert recorded["cases"] >= THOROUGH
    assert sum(recorded["found"].values()) == recorded["cases"]


def test_a_difference_would_be_seen(chain: Evm, verifier: str) -> None:
    wrong = replace(signed(random.Random(1)), truth=INVALID)
    with pytest.raises(differential.DifferenceError, match="signed: expected invalid, got 1"):
        differential.compare(chain, verifier, [wrong])


def test_every_verdict_of_wycheproof(
    chain: Evm, verifier: str, shared_data: Callable[[str], Path]
) -> None:
    text = shared_data("vectors/wycheproof/ed25519_test.json").read_text(encoding="utf-8")
    cases, wanted, refused = [], [], 0
    for group in json.loads(text)["testGroups"]:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            signature = bytes.fromhex(test["sig"])
            if len(signature) != 64:  # cannot be handed to the contract at all
                refused += 1
                assert test["result"] == "invalid"
                continue
            cases.append(case(test["comment"], bytes.fromhex(test["msg"]), key, signature))
            wanted.append(VALID if test["result"] == "valid" else INVALID)
    assert findings(chain, verifier, cases) == wanted
    assert len(cases) + refused == 151
    assert len(cases) > 120


def test_the_thousand_signatures_of_ed25519s_authors(
    chain: Evm, verifier: str, shared_data: Callable[[str], Path]
) -> None:
    packed = shared_data("vectors/rfc8032_ed25519/sign.input.gz").read_bytes()
    cases = []
    for line in gzip.decompress(packed).decode("ascii").splitlines():
        _, key, message, signature = (bytes.fromhex(part) for part in line.split(":")[:4])
        cases.append(case("sign.input", message, key, signature[:64], VALID))
    assert len(cases) == 1024
    assert set(findings(chain, verifier, cases)) == {VALID}


def test_every_signature_of_rfc_8032(
    chain: Evm, verifier: str, shared_data: Callable[[str], Path]
) -> None:
    published = json.loads(shared_data("vectors/rfc8032_ed25519/rfc8032_7_1.json").read_text())
    cases = []
    for one in published:
        key, message, signature = (
            bytes.fromhex(one[name]) for name in ("public", "message", "signature")
        )
        cases.append(case(one["rfc8032"], message, key, signature, VALID))
    assert len(cases) == 4  # tests 1, 2, 3 and 1024
    assert set(findings(chain, verifier, cases)) == {VALID}


def test_parts_of_small_order_in_r_are_where_it_differs_from_libsodium(
    chain: Evm, verifier: str
) -> None:
    seed, message, nonce = b"\x05" * 32, b"message", 12_345_678_901
    scalar = book.private_scalar(seed)
    key = book.encode(book.times(scalar, book.BASE))
    cases = []
    for small in book.SMALL:
        r = book.add(book.times(nonce, book.BASE), small)
        cases.append(
            case("small", message, key, book.sign_with(nonce, scalar, key, r, message), VALID)
        )
    assert set(findings(chain, verifier, cases)) == {VALID}
    by_libsodium = [libsodium(message, key, one.signature) for one in cases]
    assert by_libsodium == [VALID] + 7 * [INVALID]


def test_a_nonce_or_key_of_small_order_is_invalid(chain: Evm, verifier: str) -> None:
    scalar, message = 77, b"message"
    key = book.encode(book.times(scalar, book.BASE))
    cases = [
        case("R", message, key, book.sign_with(0, scalar, key, small, message), INVALID)
        for small in book.SMALL
    ]
    for small in book.SMALL:  # S B = R, and k A is of small order: valid but for the rule
        r = book.times(9, book.BASE)
        key = book.encode(small)
        cases.append(case("A", message, key, book.sign_with(9, 0, key, r, message), INVALID))
    assert set(findings(chain, verifier, cases)) == {INVALID}


def test_other_scalars_that_fit_find_the_same(chain: Evm, verifier: str) -> None:
    rng = random.Random(3)
    cases = [other_right_hints(signed(rng), rng) for _ in range(300)]
    own = [hints.signature_hints(one.message, one.key, one.signature) for one in cases]
    others = sum(one.hints != mine for one, mine in zip(cases, own, strict=True))
    assert others > 10
    assert set(findings(chain, verifier, cases)) == {VALID}


def test_a_root_in_place_of_x_proves_only_what_is_no_point(chain: Evm, verifier: str) -> None:
    good = signed(random.Random(4))
    y = int.from_bytes(good.signature[:32], "little") & ((1 << 255) - 1)
    a, b = (y * y - 1) % book.P, (book.D * y * y + 1) % book.P
    for factor in (1, 2, 3, book.P - 1, book.P - 2):
        root = pow(factor * a * b, (book.P + 3) // 8, book.P)
        for x in (root, root * pow(2, (book.P - 1) // 4, book.P) % book.P):
            tried = replace(good, hints=(good.hints[0], x, good.hints[2]))
            assert findings(chain, verifier, [tried]) == [UNPROVEN]


def test_gas_of_a_seal_is_within_the_limit_and_the_same_for_every_seal(
    chain: Evm, verifier: str
) -> None:
    rng = random.Random(6)
    gas = set()
    for _ in range(20):
        sealed = signed(rng)
        while len(sealed.message) != 175:
            sealed = signed(rng)
        gas.add(chain.execution_gas(verifier, sealed.call()))
    assert max(gas) < 130_000
    assert max(gas) - min(gas) < 200


def test_sha512_is_hashlibs_for_every_length_around_its_blocks(chain: Evm) -> None:
    compiled = contracts.compile_sources(contracts.collect(SHA512, SHA512), {"via_ir": True})
    code = compiled["Sha512Caller.sol"]["Sha512Caller"]["evm"]["bytecode"]["object"]
    caller = chain.create(bytes.fromhex(code))
    rng = random.Random(7)
    messages = [rng.randbytes(length) for length in range(1, 400)]
    messages += [bytes(length) for length in (1, 111, 112, 128)] + [b"\xff" * 300]
    for message in messages:
        assert chain.answer(caller, message) == hashlib.sha512(message).digest(), len(message)


# ------------------------------------------------------------------------------- the hints alone


def test_the_scalars_fit_for_every_size_of_challenge() -> None:
    rng = random.Random(8)
    sizes = [rng.randrange(1 << rng.randrange(1, 253)) % book.L for _ in range(3000)]
    edges = [(1 << 126) + i for i in (-2, -1, 1, 2)]
    for k in (0, 1, 2, book.L - 1, book.L // 2, *edges, *sizes):
        u, v, negative = hints.half_size(k)
        assert 0 < v < 1 << 126
        assert u < 1 << 126
        assert ((-u if negative else u) - k * v) % book.L == 0


def test_sixteen_challenges_that_nobody_can_aim_at_have_no_scalars() -> None:
    assert math.prod(FACTORS) == book.L - (1 << 252)
    for some in itertools.product((False, True), repeat=3):
        divisor = math.prod(itertools.compress(FACTORS, some))
        k = (1 << 126) * pow(divisor, -1, book.L) % book.L
        for one in (k, book.L - k):
            u, v, _ = hints.half_size(one)
            assert max(u, v) == 1 << 126


def test_an_eighth_is_found_for_every_key_of_the_subgroup() -> None:
    for scalar in (1, 2, 77, book.L - 1):
        point = book.times(scalar, book.BASE)
        x, y, key_x = hints.subgroup_proof(book.encode(point))
        assert book.times(8, (x, y)) == point
        assert key_x == point[0]


@pytest.mark.parametrize("small", range(1, 8))
def test_a_key_with_a_part_of_small_order_has_no_eighth(small: int) -> None:
    point = book.add(book.times(77, book.BASE), book.SMALL[small])
    with pytest.raises(ChainError, match="expected a point of the subgroup"):
        hints.subgroup_proof(book.encode(point))


@pytest.mark.parametrize(
    "encoding",
    [
        bytes(32),
        b"\x01" + bytes(31),
        b"\xff" * 32,
        b"\x02" + bytes(31),
        (book.P + 3).to_bytes(32, "little"),
    ],
)
def test_what_is_no_key_has_no_proof(encoding: bytes) -> None:
    with pytest.raises(ChainError, match="public key: expected a point"):
        hints.subgroup_proof(encoding)


def test_hints_of_other_lengths_are_refused() -> None:
    with pytest.raises(ChainError, match="expected a key of 32 bytes and a signature of 64"):
        hints.signature_hints(b"", bytes(31), bytes(64))
    with pytest.raises(ChainError, match="got 32 and 65"):
        hints.signature_hints(b"", bytes(32), bytes(65))
