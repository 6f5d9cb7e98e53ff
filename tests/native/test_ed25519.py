"""The node's signer with its native kernels: published vectors, libsodium, and what may leak."""

import gzip
import hashlib
import json
import random
from array import array
from collections.abc import Callable
from pathlib import Path

import pytest
from nacl.signing import SigningKey as Sodium
from node import comb_table, ed25519
from node.ed25519 import FIELD, ORDER, SigningKey
from unicorn import UC_HOOK_BLOCK, UC_HOOK_MEM_READ, UC_HOOK_MEM_WRITE, Uc

from tests.native import kernels, rv32
from tests.native.cores import Core
from tests.node.both.test_ed25519 import RFC8032

SECRETS = Path(__file__).with_name("wycheproof_secrets.txt")
QUICK = 16  # every so many of the 1,024 vectors of ed25519.cr.yp.to


@pytest.fixture
def signer(on: Core, monkeypatch: pytest.MonkeyPatch) -> Core:
    """The node's SigningKey as on a board that loaded its kernels."""
    monkeypatch.setattr(ed25519, "native_multiple", on.modules.ed25519.encoded_multiple)
    monkeypatch.setattr(ed25519, "native_sha512", on.modules.sha512.sha512)
    return on


def test_signs_the_vectors_of_rfc_8032(signer: Core) -> None:
    for secret, public, message, signature in RFC8032:
        key = SigningKey(bytes.fromhex(secret))
        assert key.public_key.hex() == public
        assert key.sign(bytes.fromhex(message)).hex() == signature


def test_signs_the_vectors_of_sign_input(signer: Core, shared_data: Callable[[str], Path]) -> None:
    dice = random.Random(1)
    path = shared_data("vectors/rfc8032_ed25519/sign.input.gz")
    lines = gzip.decompress(path.read_bytes()).decode().splitlines()
    share = lines[::QUICK] + lines[-1:]
    for line in share[: signer.share(2000) + 10]:
        secret, public, message, signed = line.split(":")[:4]
        key = SigningKey(bytes.fromhex(secret[:64]))
        assert key.public_key.hex() == public
        blind = dice.randrange(1, FIELD)
        assert key.sign(bytes.fromhex(message), blind).hex() == signed[:128]


def test_signs_every_valid_case_of_wycheproof(
    signer: Core, shared_data: Callable[[str], Path]
) -> None:
    """Its signatures are the deterministic ones, so signing must give the very bytes."""
    text = shared_data("vectors/wycheproof/ed25519_test.json").read_text()
    keys = {}
    for secret in SECRETS.read_text().split():
        key = SigningKey(bytes.fromhex(secret))
        keys[key.public_key.hex()] = key
    cases = 0
    for group in json.loads(text)["testGroups"]:
        key = keys[group["publicKey"]["pk"]]
        for test in group["tests"]:
            if test["result"] == "valid":
                assert key.sign(bytes.fromhex(test["msg"])).hex() == test["sig"], test["tcId"]
                cases += 1
    assert cases == 88


def test_agrees_with_libsodium_on_random_keys_messages_and_blinds(signer: Core) -> None:
    dice = random.Random(2)
    for _ in range(signer.share(24)):
        seed = dice.randbytes(32)
        ours, theirs = SigningKey(seed), Sodium(seed)
        assert ours.public_key == bytes(theirs.verify_key)
        for _ in range(10):
            message = dice.randbytes(dice.randrange(240))
            assert ours.sign(message, dice.randrange(1, FIELD)) == theirs.sign(message).signature


def test_multiples_at_the_ends_of_the_range_are_those_of_the_twin(on: Core) -> None:
    scalars = [0, 1, 2, 3, 8, ORDER - 1, ORDER - 2, ORDER >> 1, (1 << 252) - 1, 1 << 252]
    scalars += [1 << bit for bit in range(0, 252, 11)]
    for scalar in scalars if on.is_quick else scalars[:6]:
        for blind in (1, FIELD - 1, (1 << 255) - 20, (1 << 254) + 4096, 4096, 8191):
            expected = ed25519.encoded_multiple(scalar, blind)
            assert on.modules.ed25519.encoded_multiple(scalar, blind) == expected


class Traced(rv32.Machine):
    """A core that remembers which code it ran and which memory it touched, as one hash."""

    def __init__(self, functions: list[bytes]) -> None:
        super().__init__(functions)
        self.trace = hashlib.sha256()
        self.steps = 0
        self._uc.hook_add(UC_HOOK_BLOCK, self._ran)
        self._uc.hook_add(UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, self._touched)

    def _ran(self, _: Uc, address: int, size: int, __: object) -> None:
        self._remember(address, size)

    def _touched(self, _: Uc, __: int, address: int, size: int, ___: int, ____: object) -> None:
        self._remember(address, size)

    def _remember(self, address: int, size: int) -> None:
        self.steps += 1
        self.trace.update(address.to_bytes(4, "big") + bytes([size & 255]))


def test_neither_the_way_nor_any_address_depends_on_the_scalar_or_the_blind() -> None:
    dice = random.Random(3)
    traces = set()
    for scalar in (0, ORDER - 1, dice.randrange(ORDER)):
        modules, machine = kernels.chip(Traced, rv32.NAME)
        assert isinstance(machine, Traced)
        modules.ed25519.encoded_multiple(scalar, dice.randrange(1, FIELD))
        traces.add(machine.trace.digest())
        assert machine.steps > 500_000
    assert len(traces) == 1


def test_the_trace_would_show_a_branch_that_depends_on_a_number() -> None:
    """The kernel of a layer has one: the clamp."""
    traces = set()
    for start in (0, -50):
        modules, machine = kernels.chip(Traced, rv32.NAME)
        assert isinstance(machine, Traced)
        plan = array("i", [1, 8, 1, 0, 0, -3, 3, 0, start, 1 << 14, 0, 0])
        room = array("i", bytes(32))
        modules.dense._dense(room, 0, bytes([128] * 8), plan, bytes(1), bytearray(1))
        traces.add(machine.trace.digest())
    assert len(traces) == 2


def test_the_walk_leaves_nothing_in_its_registers(
    on: Core, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = on.modules.ed25519
    run, seen = module.run, []

    def watched(*arguments: object) -> None:
        run(*arguments)
        seen.append((arguments[2], bytes(arguments[2])))  # type: ignore[call-overload]

    monkeypatch.setattr(module, "run", watched)
    module.encoded_multiple(12345, 678)
    registers, during = seen[-1]
    assert during != bytes(len(during))
    assert bytes(registers) == bytes(len(during))


def test_a_table_that_is_not_aligned_is_copied(on: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    def odd(_: object, out: bytearray) -> None:
        out[0] = 2

    memory = on.modules.memory
    assert memory.aligned(comb_table.TABLE) is comb_table.TABLE
    monkeypatch.setattr(memory, "_lowest_bits", odd)
    copy = memory.aligned(comb_table.TABLE)
    assert copy is not comb_table.TABLE and bytes(copy) == comb_table.TABLE
