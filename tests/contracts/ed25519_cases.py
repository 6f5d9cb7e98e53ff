"""Signatures, keys and hints of every kind, good and bad, each with what must be found of it.

Rules
1. What is true of a signature is libsodium's word. Where the contract states that it differs (parts
   of small order in R or in the key) it is the equation's, computed by the book.
2. With the hints that our helper makes, the truth must be found. With any others, the truth or
   nothing.
3. The same seed gives the same cases.
"""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from eth_utils.crypto import keccak
from nacl.exceptions import BadSignatureError
from nacl.signing import SigningKey, VerifyKey

from cargoseal.chain.ed25519_hints import challenge, signature_hints
from tests.contracts import ed25519_reference as book

UNPROVEN, VALID, INVALID = 0, 1, 2
_SELECTOR = keccak(text="examine(bytes,bytes32,bytes32,bytes32,uint256[3])")[:4]
_WORD = 1 << 256


@dataclass(frozen=True)
class Case:
    """`exact`: the hints are the helper's, so that the truth must be found."""

    kind: str
    message: bytes
    key: bytes
    signature: bytes
    hints: tuple[int, int, int]
    truth: int
    exact: bool = True

    def call(self) -> bytes:
        """The bytes of Ed25519Verifier.examine."""
        length = len(self.message)
        return b"".join(
            [
                _SELECTOR,
                (7 * 32).to_bytes(32, "big"),
                self.key,
                self.signature,
                *(hint.to_bytes(32, "big") for hint in self.hints),
                length.to_bytes(32, "big"),
                self.message,
                bytes(-length % 32),
            ]
        )

    def accepts(self, found: int | None) -> bool:
        return found == self.truth or (not self.exact and found == UNPROVEN)


def libsodium(message: bytes, key: bytes, signature: bytes) -> int:
    try:
        VerifyKey(key).verify(message, signature)
    except BadSignatureError:
        return INVALID
    return VALID


def case(kind: str, message: bytes, key: bytes, signature: bytes, truth: int | None = None) -> Case:
    """With the helper's hints."""
    if truth is None:
        truth = libsodium(message, key, signature)
    hints = signature_hints(message, key, signature)
    return Case(kind, message, key, signature, hints, truth)


# ------------------------------------------------------------------- signatures, messages and keys


def signed(rng: random.Random) -> Case:
    key = SigningKey(rng.randbytes(32))
    message = rng.randbytes(rng.choice((0, 1, 47, 48, 175, rng.randrange(400))))
    return case("signed", message, bytes(key.verify_key), bytes(key.sign(message).signature))


def _flipped(data: bytes, rng: random.Random) -> bytes:
    bit = rng.randrange(8 * len(data))
    changed = bytearray(data)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


def other_r(rng: random.Random) -> Case:
    good = signed(rng)
    r = _flipped(good.signature[:32], rng)
    return case("a bit of R", good.message, good.key, r + good.signature[32:])


def other_s(rng: random.Random) -> Case:
    good = signed(rng)
    s = _flipped(good.signature[32:], rng)
    return case("a bit of S", good.message, good.key, good.signature[:32] + s)


def other_message(rng: random.Random) -> Case:
    good = signed(rng)
    message = _flipped(good.message or b"\0", rng)
    return case("a bit of the message", message, good.key, good.signature)


def other_key(rng: random.Random) -> Case:
    good = signed(rng)
    return case("a bit of the key", good.message, _flipped(good.key, rng), good.signature)


def other_multiple_of_order(rng: random.Random) -> Case:
    good = signed(rng)
    s = int.from_bytes(good.signature[32:], "little") + rng.randrange(1, 15) * book.L
    s_bytes = (s % _WORD).to_bytes(32, "little")
    return case("S and a multiple of L", good.message, good.key, good.signature[:32] + s_bytes)


def edge_of_s(rng: random.Random) -> Case:
    good = signed(rng)
    s = rng.choice((0, 1, book.L - 1, book.L, book.L + 1, 2**252, 2**253, _WORD - 1))
    s_bytes = s.to_bytes(32, "little")
    return case("S at an edge", good.message, good.key, good.signature[:32] + s_bytes)


def odd_encoding(rng: random.Random) -> bytes:
    """Unreduced, of small order, at the edges of the field, or anything."""
    y = rng.choice(
        (
            rng.randrange(19) + book.P,
            rng.choice(book.SMALL)[1],
            rng.randrange(32),
            book.P - 1 - rng.randrange(32),
            rng.randrange(1 << 255),
        )
    )
    return (y | rng.randrange(2) << 255).to_bytes(32, "little")


def odd_r(rng: random.Random) -> Case:
    good = signed(rng)
    signature = odd_encoding(rng) + good.signature[32:]
    return case("R at an edge", good.message, good.key, signature)


def odd_key(rng: random.Random) -> Case:
    good = signed(rng)
    return case("key at an edge", good.message, odd_encoding(rng), good.signature)


def swapped(rng: random.Random) -> Case:
    one, two = signed(rng), signed(rng)
    return case("another's signature", one.message, one.key, two.signature)


def noise(rng: random.Random) -> Case:
    return case("noise", rng.randbytes(rng.randrange(300)), rng.randbytes(32), rng.randbytes(64))


def of_the_upper_multiples(rng: random.Random) -> Case:
    """v S is chosen from the few numbers mod L that need 253 bits."""
    good = signed(rng)
    v = good.hints[2] & ((1 << 128) - 1)
    wanted = rng.randrange(1 << 252, book.L)
    s = wanted * pow(v, -1, book.L) % book.L
    signature = good.signature[:32] + s.to_bytes(32, "little")
    return case("v S above 2^252", good.message, good.key, signature)


def with_small_parts(rng: random.Random) -> Case:
    """Made with the private key: R or the key with a part of small order, or with nothing else."""
    message, nonce = rng.randbytes(40), rng.randrange(book.L) * rng.randrange(3)
    scalar = book.private_scalar(rng.randbytes(32)) * min(1, rng.randrange(4))
    in_key = rng.choice(book.SMALL) if rng.randrange(2) or not scalar else book.ZERO
    key = book.encode(book.add(book.times(scalar, book.BASE), in_key))
    r = book.add(book.times(nonce, book.BASE), rng.choice(book.SMALL))
    signature = book.sign_with(nonce, scalar, key, r, message)
    if rng.randrange(4) == 0:
        message += b"!"
    truth = VALID if book.cofactored(message, key, signature) else INVALID
    return case("parts of small order", message, key, signature, truth)


# ------------------------------------------------------------------------------------------- hints


def _halves(u: int, v: int, negative: int) -> int:
    return negative << 255 | (u % (1 << 127)) << 128 | v % (1 << 128)


def _other_halves(packed: int, rng: random.Random) -> int:
    negative, u, v = packed >> 255, packed >> 128 & ((1 << 127) - 1), packed & ((1 << 128) - 1)
    factor = rng.randrange(2, 1 << rng.randrange(2, 20))
    return rng.choice(
        (
            _halves(u, v, 1 - negative),
            _halves(u * factor, v * factor, negative),
            _halves(2 * u, 2 * v, negative),
            _halves(u + 1, v, negative),
            _halves(u, v + 1, negative),
            _halves(v, u, negative),
            _halves(u, 0, negative),
            _halves(0, 0, negative),
            _halves(0, v, negative),
            _halves(book.L - u, v, 1 - negative),
            _halves(u, book.L - v, 1 - negative),
            packed ^ 1 << rng.randrange(256),
            rng.randrange(_WORD),
            _WORD - 1,
        )
    )


def _other_x(x: int, rng: random.Random) -> int:
    choices = (
        -x % book.P,
        x + book.P,
        x * rng.choice((2, book.P - 1, pow(2, (book.P - 1) // 4, book.P))) % book.P,
        x ^ 1 << rng.randrange(255),
        rng.choice((0, 1, book.P - 1, book.P, _WORD - 1)),
        rng.randrange(_WORD),
    )
    return rng.choice(choices) % _WORD


def _short_vectors(k: int) -> list[tuple[int, int]]:
    """All (u, v), v > 0, with u = k v (mod L) near the middle of Euclid's algorithm, that fit."""
    (high, low), (before, after) = (book.L, k), (0, 1)
    steps = [(high, before), (low, after)]
    while low:
        quotient = high // low
        high, low = low, high - quotient * low
        before, after = after, before - quotient * after
        steps.append((low, after))
    middle = next(i for i, (u, _) in enumerate(steps) if not u >> 126)
    (a, b), (c, d) = steps[middle - 1 : middle + 1]
    sums = [(i * a + j * c, i * b + j * d) for i in range(-4, 5) for j in range(-4, 5)]
    return [(u, v) for u, v in sums if 0 < v < 1 << 126 and abs(u) < 1 << 126]


def other_right_hints(base: Case, rng: random.Random) -> Case:
    """Scalars that fit as well as the helper's: the same must be found."""
    u, v = rng.choice(_short_vectors(challenge(base.message, base.key, base.signature)))
    halves = _halves(abs(u), v, int(u < 0))
    return replace(base, kind=f"{base.kind}, other scalars", hints=(*base.hints[:2], halves))


def wrong_hints(base: Case, rng: random.Random) -> Case:
    """The same signature with hints of an adversary."""
    hints = list(base.hints)
    for place in rng.sample(range(3), rng.choice((1, 1, 1, 2, 3))):
        change = _other_halves if place == 2 else _other_x
        hints[place] = change(hints[place], rng)
    return replace(
        base, kind=f"{base.kind}, other hints", hints=(hints[0], hints[1], hints[2]), exact=False
    )


def hints_of_another(base: Case, rng: random.Random) -> Case:
    return replace(base, kind=f"{base.kind}, another's hints", hints=signed(rng).hints, exact=False)


Maker = Callable[[random.Random], Case]
MAKERS: tuple[Maker, ...] = (
    signed,
    signed,
    signed,
    other_r,
    other_s,
    other_message,
    other_key,
    other_multiple_of_order,
    edge_of_s,
    odd_r,
    odd_key,
    swapped,
    noise,
    of_the_upper_multiples,
)
_SMALL_PARTS_EVERY = 50  # computed by the book, which takes its time


def cases(count: int, seed: int) -> Iterator[Case]:
    """Of each kind in turn; three in four with hints that are not the helper's."""
    rng = random.Random(seed)
    for index in range(count):
        small = index % _SMALL_PARTS_EVERY == 0
        made = with_small_parts(rng) if small else MAKERS[index % len(MAKERS)](rng)
        which = rng.randrange(16)
        if which < 5:
            yield made
        elif which < 8:
            yield other_right_hints(made, rng)
        elif which < 15:
            yield wrong_hints(made, rng)
        else:
            yield hints_of_another(made, rng)
