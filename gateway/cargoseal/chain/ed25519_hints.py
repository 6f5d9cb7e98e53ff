"""The numbers that let a contract check an Ed25519 signature or key cheaply; see Ed25519Verifier.

Rules
1. Hints are no secrets and prove nothing by themselves: the contract checks each of them. Wrong
   ones show nothing; right ones exist for every signature, valid or not, so a bad one can be
   proven bad.
2. Integers only, no library: anybody can compute them from a bundle. About a millisecond each.

What they are
- x of a point: an encoding has y and the parity of x. x^2 = a / b with a = y^2 - 1, b = d y^2 + 1.
  Where a / b is no square there is no point, and a root of 2 a b proves it.
- u and v of half the size with u = k v or -k v (mod L), k = SHA-512(R, A, M): they replace k and 1
  in the equation and halve the doublings (Antipa et al. 2005). Euclid's algorithm on L and k meets
  them half-way.
- An eighth of a key's point: a point P with 8 P = A shows that A is in the subgroup of order L.
"""

import hashlib

from cargoseal.errors import ChainError

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
_D = -121665 * pow(121666, -1, FIELD) % FIELD
_ROOT_OF_MINUS_1 = pow(2, (FIELD - 1) // 4, FIELD)
_HALF_BITS = 126
_EIGHTH = pow(8, -1, ORDER)

Point = tuple[int, int, int]  # X : Y : Z


def signature_hints(message: bytes, public_key: bytes, signature: bytes) -> tuple[int, int, int]:
    """The `hints` of Ed25519Verifier.examine: x of the key, x of R, and sign, u, v in one number.

    `public_key` has 32 bytes, `signature` 64, of any content. Raises ChainError for other lengths.
    """
    if len(public_key) != 32 or len(signature) != 64:
        got = f"{len(public_key)} and {len(signature)}"
        raise ChainError(f"hints: expected a key of 32 bytes and a signature of 64, got {got}")
    u, v, negative = half_size(challenge(message, public_key, signature))
    return (
        x_or_root(public_key),
        x_or_root(signature[:32]),
        (negative << 255) | (u << 128) | v,
    )


def subgroup_proof(public_key: bytes) -> tuple[int, int, int]:
    """The `proof` of DeviceRegistry.register: x and y of an eighth of the key's point, the key's x.

    Raises ChainError for 32 bytes that are no point of the subgroup of order L.
    """
    x, y = x_or_root(public_key), _y_of(public_key)
    key = (x, y, 1)
    if y >= FIELD or not _is_point(x, y) or x & 1 != public_key[31] >> 7:
        raise ChainError("public key: expected a point of Ed25519's curve, got another number")
    eighth = _times(_EIGHTH, key)
    if x == 0 or not _same(_times(8, eighth), key):
        raise ChainError(
            "public key: expected a point of the subgroup, got one with a part of small order"
        )
    return (*_affine(eighth), x)


def challenge(message: bytes, public_key: bytes, signature: bytes) -> int:
    """k of RFC 8032, below L."""
    digest = hashlib.sha512(signature[:32] + public_key + message).digest()
    return int.from_bytes(digest, "little") % ORDER


def half_size(k: int) -> tuple[int, int, bool]:
    """u, v and whether u = -k v (mod L) rather than k v; both below 2^126, v above 0.

    For the sixteen k named in Ed25519Verifier one of the two is 2^126, which shows nothing there.
    """
    (high, low), (before, after) = (ORDER, k), (0, 1)
    while low >> _HALF_BITS:
        quotient = high // low
        high, low = low, high - quotient * low
        before, after = after, before - quotient * after
    return low, abs(after), after < 0


def x_or_root(encoding: bytes) -> int:
    """x of the point that 32 bytes encode; where they encode none, the root that proves it."""
    yy = _y_of(encoding) ** 2 % FIELD
    a, b = (yy - 1) % FIELD, (_D * yy + 1) % FIELD
    x = _root(a * pow(b, -1, FIELD) % FIELD)
    if x is None:
        return _root(2 * a * b % FIELD) or 0
    return x if x & 1 == encoding[31] >> 7 else -x % FIELD


def _y_of(encoding: bytes) -> int:
    return int.from_bytes(encoding, "little") & ((1 << 255) - 1)


def _root(square: int) -> int | None:
    """A square root mod the field's prime, which is 5 mod 8; None when there is none."""
    root = pow(square, (FIELD + 3) // 8, FIELD)
    for candidate in (root, root * _ROOT_OF_MINUS_1 % FIELD):
        if candidate * candidate % FIELD == square:
            return candidate
    return None


def _is_point(x: int, y: int) -> bool:
    return (y * y - x * x - 1 - _D * x * x * y * y) % FIELD == 0


def _add(first: Point, second: Point) -> Point:
    """The complete addition of twisted Edwards curves (Bernstein and others 2008, section 6)."""
    (x1, y1, z1), (x2, y2, z2) = first, second
    z, x, y = z1 * z2 % FIELD, x1 * x2 % FIELD, y1 * y2 % FIELD
    zz, product = z * z % FIELD, _D * x * y % FIELD
    e = (x1 * y2 + y1 * x2) % FIELD
    return (
        z * e * (zz - product) % FIELD,
        z * (y + x) * (zz + product) % FIELD,
        (zz - product) * (zz + product) % FIELD,
    )


def _times(scalar: int, point: Point) -> Point:
    result: Point = (0, 1, 1)
    for bit in bin(scalar)[2:]:
        result = _add(result, result)
        if bit == "1":
            result = _add(result, point)
    return result


def _same(first: Point, second: Point) -> bool:
    (x1, y1, z1), (x2, y2, z2) = first, second
    return (x1 * z2 - x2 * z1) % FIELD == 0 and (y1 * z2 - y2 * z1) % FIELD == 0


def _affine(point: Point) -> tuple[int, int]:
    inverse = pow(point[2], -1, FIELD)
    return point[0] * inverse % FIELD, point[1] * inverse % FIELD
