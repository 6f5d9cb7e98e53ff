"""HMAC-SHA-256 (RFC 2104) over hashlib.sha256, and a comparison that does not stop early."""

import hashlib

_BLOCK = 64


def hmac_sha256(key: bytes, message: bytes) -> bytes:
    """The 32-byte tag of a message."""
    if len(key) > _BLOCK:
        key = hashlib.sha256(key).digest()
    key = key + bytes(_BLOCK - len(key))
    inner = hashlib.sha256(bytes([byte ^ 0x36 for byte in key]))
    inner.update(message)
    outer = hashlib.sha256(bytes([byte ^ 0x5C for byte in key]))
    outer.update(inner.digest())
    return outer.digest()


def equal(left: bytes, right: bytes) -> bool:
    """Whether two tags are equal; looks at every byte of both whatever they hold."""
    difference = len(left) ^ len(right)
    for a, b in zip(left, right):  # noqa: B905  MicroPython knows no strict=
        difference |= a ^ b
    return difference == 0
