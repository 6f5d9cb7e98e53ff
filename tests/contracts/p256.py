"""ECDSA on P-256 (FIPS 186-5) with a nonce from the message: for tests, where nothing is secret."""

import hashlib

P = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)

Point = tuple[int, int] | None


def _add(a: Point, b: Point) -> Point:
    if a is None or b is None:
        return b if a is None else a
    if a[0] == b[0] and (a[1] + b[1]) % P == 0:
        return None
    if a == b:
        slope = (3 * a[0] * a[0] - 3) * pow(2 * a[1], -1, P)
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, P)
    x = (slope * slope - a[0] - b[0]) % P
    return x, (slope * (a[0] - x) - a[1]) % P


def _times(k: int, point: Point) -> Point:
    total: Point = None
    while k:
        total = _add(total, point) if k & 1 else total
        point, k = _add(point, point), k >> 1
    return total


def public_key(secret: int) -> bytes:
    """x then y, big-endian."""
    point = _times(secret, G)
    assert point is not None
    return point[0].to_bytes(32, "big") + point[1].to_bytes(32, "big")


def sign(secret: int, message: bytes) -> bytes:
    """r then s, big-endian, of the message's SHA-256."""
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    nonce = int.from_bytes(hashlib.sha256(b"nonce" + message).digest(), "big") % N
    point = _times(nonce, G)
    assert point is not None
    r = point[0] % N
    s = pow(nonce, -1, N) * (digest + r * secret) % N
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")
