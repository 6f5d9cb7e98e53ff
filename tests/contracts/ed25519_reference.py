"""Ed25519 by the book (RFC 8032, sections 5.1 and 6), slow and apart from everything it checks."""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

Point = tuple[int, int]

ZERO: Point = (0, 1)


def add(a: Point, b: Point) -> Point:
    cross = D * a[0] * b[0] * a[1] * b[1] % P
    x = (a[0] * b[1] + b[0] * a[1]) * pow(1 + cross, -1, P)
    y = (a[1] * b[1] + a[0] * b[0]) * pow(1 - cross, -1, P)
    return x % P, y % P


def times(scalar: int, point: Point) -> Point:
    result = ZERO
    while scalar:
        if scalar & 1:
            result = add(result, point)
        point = add(point, point)
        scalar >>= 1
    return result


def negative(point: Point) -> Point:
    return -point[0] % P, point[1]


def encode(point: Point) -> bytes:
    return (point[1] | (point[0] & 1) << 255).to_bytes(32, "little")


def decode(encoding: bytes) -> Point | None:
    """None for what RFC 8032, section 5.1.3, refuses."""
    number = int.from_bytes(encoding, "little")
    y, parity = number & ((1 << 255) - 1), number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if x * x % P != square:
        x = x * pow(2, (P - 1) // 4, P) % P
    if x * x % P != square or (x == 0 and parity):
        return None
    return (x if x & 1 == parity else P - x), y


_BASE = decode((4 * pow(5, -1, P) % P).to_bytes(32, "little"))
assert _BASE is not None
BASE: Point = _BASE


def _of_order_8() -> Point:
    y = 2
    while True:
        point = decode(y.to_bytes(32, "little"))
        if point is not None:
            found = times(L, point)
            if times(4, found) != ZERO:
                return found
        y += 1


# The eight points whose eightfold is zero.
SMALL: list[Point] = [times(i, _of_order_8()) for i in range(8)]


def cofactored(message: bytes, key: bytes, signature: bytes) -> bool:
    """Whether 8 (S B - R - k A) = O; small orders of A and R are refused, as libsodium does."""
    a, r = decode(key), decode(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L or a in SMALL or r in SMALL:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    sum_ = add(times(s, BASE), negative(add(r, times(k, a))))
    return times(8, sum_) == ZERO


def private_scalar(seed: bytes) -> int:
    number = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    return (number & ((1 << 254) - 8)) | (1 << 254)


def sign_with(nonce: int, scalar: int, key: bytes, r: Point, message: bytes) -> bytes:
    """A signature whose R is `r` = nonce B + something of small order."""
    encoded = encode(r)
    k = int.from_bytes(hashlib.sha512(encoded + key + message).digest(), "little") % L
    return encoded + ((nonce + k * scalar) % L).to_bytes(32, "little")
