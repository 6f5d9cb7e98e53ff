"""Ed25519 verification (RFC 8032 section 5.1.7) with MicroPython's big integers.

Rules
1. For releases only, a few times in a node's life; no secret goes in, so nothing here is blinded.
2. It takes what libsodium takes: S below the order, encodings with y below the field, key and R not
   of small order, and R itself equal to the encoding of S B - k A (no cofactor).
3. Both multiples are one walk: a doubling for each bit, and an addition of B, -A or B - A.
"""

from node.ed25519 import FIELD, ORDER, sha512

_D = 37095705934669439343138083508754565189542113879843219016388785533085940283555
_ROOT_OF_MINUS_1 = 19681161376707505956807079304988542015446066515923890162744021073123829784752
_BASE = (
    15112221349535400772501151409588531511454012693041857206046113283949847762202,
    46316835694926478169428394003475163141307993866256225615783033603165251855960,
)


def verify(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether `signature` (64 bytes) is that of `message` by `public_key` (32 bytes). False for
    keys and signatures that are no encodings; never raises for bytes of any length."""
    if len(public_key) != 32 or len(signature) != 64:
        return False
    answer = int.from_bytes(signature[32:], "little")
    point = _decode(public_key)
    if answer >= ORDER or point is None or _is_small(point) or not _is_big(signature[:32]):
        return False
    digest = sha512(signature[:32], public_key, message)
    challenge = int.from_bytes(digest, "little") % ORDER
    negative = (FIELD - point[0], point[1])
    return _encode(_walk(answer, _BASE, challenge, negative)) == signature[:32]


def _is_big(encoded: bytes) -> bool:
    point = _decode(encoded)
    return point is not None and not _is_small(point)


def _decode(encoded: bytes) -> tuple[int, int] | None:
    """The point (x, y) of an encoding, None when there is none."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= FIELD:
        return None
    square = y * y % FIELD
    u, v = (square - 1) % FIELD, (_D * square + 1) % FIELD
    v3 = v * v % FIELD * v % FIELD
    x = u * v3 % FIELD * pow(u * v3 % FIELD * v3 % FIELD * v % FIELD, (FIELD - 5) // 8, FIELD)
    x %= FIELD
    left = v * x % FIELD * x % FIELD
    if left != u:
        if left != FIELD - u:
            return None
        x = x * _ROOT_OF_MINUS_1 % FIELD
    if x == 0 and sign:
        return None
    return (FIELD - x if x & 1 != sign else x), y


def _is_small(point: tuple[int, int]) -> bool:
    """Whether eight times the point is the neutral element."""
    x, y = point
    value = (x, y, 1, x * y % FIELD)
    for _ in range(3):
        value = _add(value, value)
    return value[0] % FIELD == 0 and (value[1] - value[2]) % FIELD == 0


def _walk(a: int, p: tuple[int, int], b: int, q: tuple[int, int]) -> tuple[int, int, int, int]:
    """a P + b Q, both affine, from the highest bit down."""
    one = (p[0], p[1], 1, p[0] * p[1] % FIELD)
    other = (q[0], q[1], 1, q[0] * q[1] % FIELD)
    terms = (None, one, other, _add(one, other))
    result = (0, 1, 1, 0)
    for place in range(252, -1, -1):
        result = _add(result, result)
        term = terms[a >> place & 1 | (b >> place & 1) << 1]
        if term is not None:
            result = _add(result, term)
    return result


def _add(p: tuple[int, int, int, int], q: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    """The complete addition in extended coordinates (add-2008-hwcd-3); also doubles."""
    field = FIELD
    x, y, z, t = p
    x2, y2, z2, t2 = q
    a = (y - x) * (y2 - x2) % field
    b = (y + x) * (y2 + x2) % field
    c = t * t2 % field * (2 * _D) % field
    d = 2 * z * z2 % field
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % field, g * h % field, f * g % field, e * h % field


def _encode(point: tuple[int, int, int, int]) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, FIELD - 2, FIELD)
    return (y * inverse % FIELD | (x * inverse % FIELD & 1) << 255).to_bytes(32, "little")
