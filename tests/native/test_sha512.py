"""SHA-512 in machine code gives the digests of FIPS 180-4 and of its twin in bytecode."""

import hashlib
import random

import pytest
from node import sha512 as reference

from tests.native.cores import Core


def test_the_vectors_of_fips_180_4(on: Core) -> None:
    two_blocks = (
        b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
        b"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu"
    )
    assert on.modules.sha512.sha512(b"abc").hex().startswith("ddaf35a193617abacc417349ae204131")
    assert on.modules.sha512.sha512(two_blocks).hex().startswith("8e959b75dae313da8cf4f72814fc143f")


def test_every_length_around_the_edges_of_a_block(on: Core) -> None:
    dice = random.Random(512)
    for size in range(0, 400) if on.is_quick else (0, 1, 110, 111, 112, 127, 128, 129, 239, 240):
        message = dice.randbytes(size)
        expected = hashlib.sha512(message).digest()
        assert on.modules.sha512.sha512(message) == expected == reference.sha512(message)


def test_parts_of_any_length_are_one_message(on: Core) -> None:
    dice = random.Random(513)
    for _ in range(on.share(200)):
        parts = [dice.randbytes(dice.choice((0, 1, 31, 32, 64, 127, 128, 300))) for _ in range(3)]
        assert on.modules.sha512.sha512(*parts) == hashlib.sha512(b"".join(parts)).digest()


def test_words_that_carry_everywhere(on: Core) -> None:
    for byte in (0x00, 0x01, 0x7F, 0x80, 0xFF):
        message = bytes([byte]) * 1000
        assert on.modules.sha512.sha512(message) == hashlib.sha512(message).digest()


def test_what_was_hashed_is_wiped(on: Core, monkeypatch: pytest.MonkeyPatch) -> None:
    module = on.modules.sha512
    seen = []
    block = module._block

    def watched(*arguments: object) -> None:
        seen.append(arguments)
        block(*arguments)

    monkeypatch.setattr(module, "_block", watched)
    module.sha512(bytes(range(100)), bytes(range(100)))
    words, message = seen[-1][3], seen[-1][5]
    assert len(seen) == 2
    assert bytes(words) == bytes(640) and bytes(message) == bytes(128)
