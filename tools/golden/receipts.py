"""Receipts, and bytes that look like one."""

from typing import Any

from cargoseal_wire import cbor
from cargoseal_wire.mac import hmac_sha256
from cargoseal_wire.receipt import encode_receipt
from golden import world
from golden.world import ONE, START_MS, TWO

_HEADER = cbor.encode({1: 5})


def build() -> dict[str, Any]:
    return {"world": world.described(), "valid": _valid(), "invalid": _invalid()}


def _valid() -> list[dict[str, Any]]:
    cases: list[tuple[str, int, list[tuple[int, int]]]] = [
        ("nothing kept", 0, []),
        ("all kept", 12, []),
        ("one beyond", 3, [(5, 5)]),
        ("ranges", 3, [(5, 9), (64, 70), (72, 72)]),
        ("most ranges", 0, [(2 + 3 * at, 3 + 3 * at) for at in range(32)]),
        ("highest counter", 2**48 - 1, []),
    ]
    return [
        {
            "name": name,
            "node": ONE.id.hex(),
            "contiguous": contiguous,
            "ranges": [list(pair) for pair in ranges],
            "time_ms": START_MS,
            "bytes": encode_receipt(ONE.receipt_key, ONE.id, contiguous, ranges, START_MS).hex(),
        }
        for name, contiguous, ranges in cases
    ]


def _invalid() -> list[dict[str, Any]]:
    good = encode_receipt(ONE.receipt_key, ONE.id, 3, [(5, 9)], START_MS)
    cases = {
        "another node's key": encode_receipt(TWO.receipt_key, ONE.id, 3, [(5, 9)], START_MS),
        "altered tag": good[:-1] + bytes([good[-1] ^ 1]),
        "altered counter": good.replace(b"\x03\x81\x82\x05", b"\x04\x81\x82\x06"),
        "truncated": good[:-1],
        "a byte behind": good + b"\x00",
        "COSE_Sign1 in its place": b"\xd2" + good[1:],
        "unknown version": _tagged([2, ONE.id, 3, [], START_MS]),
        "ranges that touch": _tagged([1, ONE.id, 3, [[5, 6], [7, 8]], START_MS]),
        "range next to contiguous": _tagged([1, ONE.id, 3, [[4, 6]], START_MS]),
        "range backwards": _tagged([1, ONE.id, 3, [[9, 5]], START_MS]),
        "too many ranges": _tagged(
            [1, ONE.id, 0, [[2 + 2 * at, 2 + 2 * at] for at in range(33)], START_MS]
        ),
        "short node id": _tagged([1, ONE.id[:7], 3, [], START_MS]),
    }
    return [{"name": name, "bytes": data.hex()} for name, data in cases.items()]


def _tagged(items: list[object]) -> bytes:
    """A receipt whose tag is right, whatever it says."""
    payload = cbor.encode(items)
    tag = hmac_sha256(ONE.receipt_key, cbor.encode(["MAC0", _HEADER, b"", payload]))
    return cbor.encode(cbor.Tag(17, [_HEADER, {}, payload, tag]))
