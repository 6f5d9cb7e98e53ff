"""Writes `vectors/`: what the contracts' tests compare with, made by our own encoders.

Run: python tests/contracts/make_vectors.py [--check]

Rules
1. Everything comes from `cargoseal_wire` and `cargoseal.evidence`: a contract that passes reads
   the bytes that nodes and gateways write. Nothing is random; a second run gives the same bytes.
2. The Merkle trees are built a second time here, by the recursive definition of RFC 9162, and
   compared: the vectors do not lean on the code that they check alone.
3. `ed25519.json` is made by `ed25519_vectors.py`.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from cargoseal.evidence.entries import SegmentEntry, encode
from cargoseal.evidence.heads import Head, batch_root, head_path
from cargoseal_wire.merkle import inclusion_path, leaf_hash, root
from cargoseal_wire.statement import Statement

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from tests.contracts import ed25519_vectors

FOLDER = Path(__file__).parent / "vectors"
SIZES = (1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17, 33)


def digest(*parts: object) -> bytes:
    return hashlib.sha256(repr(parts).encode()).digest()


def text(data: bytes) -> str:
    return "0x" + data.hex()


def defined_root(leaves: list[bytes]) -> bytes:
    """RFC 9162, section 2.1.1, word for word; `leaves` are the entries, not their hashes."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1 << ((len(leaves) - 1).bit_length() - 1)
    below = defined_root(leaves[:k]) + defined_root(leaves[k:])
    return hashlib.sha256(b"\x01" + below).digest()


def tree(size: int) -> dict[str, Any]:
    """A tree over `size` entries: its root and the path of every leaf."""
    entries = [b"entry %d of %d" % (index, size) for index in range(size)]
    hashes = [leaf_hash(entry) for entry in entries]
    top = root(hashes)
    if top != defined_root(entries):
        raise SystemExit(f"tree of {size}: cargoseal_wire.merkle differs from RFC 9162")
    paths = [[text(h) for h in inclusion_path(hashes, index)] for index in range(size)]
    return {"size": size, "root": text(top), "leaves": [text(h) for h in hashes], "paths": paths}


def segment_entries() -> list[dict[str, Any]]:
    """Entries of type 1 at the edges of CBOR's integer sizes."""
    numbers = [(1, 0, 1), (24, 255, 256), (65_535, 65_536, 2**32 - 1), (2**32, 16_777_215, 2**41)]
    made = []
    for counter, score, received_ms in numbers:
        digests = [digest(what, counter) for what in ("seal", "claim", "model")]
        node = digest("node")[:8]
        entry = SegmentEntry(digests[0], digests[1], digests[2], node, counter, score, received_ms)
        made.append(
            {
                "bytes": text(encode(entry)),
                "sealDigest": text(digests[0]),
                "claimDigest": text(digests[1]),
                "model": text(digests[2]),
                "node": text(node),
                "counter": counter,
                "score": score,
                "receivedMs": received_ms,
            }
        )
    return made


def statements() -> list[dict[str, Any]]:
    """Two statements: a plain one, and one with large numbers."""
    plain = (0, 3, 17, 1_760_000_000_000, 86_400_000, 3_540_000, 1, 250, 60, 0, 0, 0, 0)
    large = (
        1,
        2**32 - 1,
        2**32,
        2**41,
        2**40,
        2**31,
        4,
        2**32 - 2,
        1024,
        2**20,
        2**14 - 1,
        2**32 - 1,
        7,
    )
    return [_statement(numbers, at) for at, numbers in enumerate((plain, large))]


def _statement(numbers: tuple[int, ...], salt: int) -> dict[str, Any]:
    names = ("audience", "node", "previous", "model", "claim", "readings", "location")
    strings = [digest(name, salt)[: 8 if name == "node" else 32] for name in names]
    # The digests and the numbers in the order of the format.
    made = Statement(*strings, *numbers)  # type: ignore[arg-type]
    return {
        "bytes": text(made.encode()),
        "strings": {name: text(value) for name, value in zip(names, strings, strict=True)},
        "numbers": [str(number) for number in numbers],
    }


def anchored() -> dict[str, Any]:
    """Three shipments' logs, their heads in one batch, and one entry with both of its paths."""
    logs = {
        token: [bytes.fromhex(entry["bytes"][2:]) for entry in segment_entries()][: token + 1]
        for token in (1, 2, 3)
    }
    heads = [
        Head(token, len(log), root([leaf_hash(entry) for entry in log]))
        for token, log in logs.items()
    ]
    chosen, index = 2, 1
    hashes = [leaf_hash(entry) for entry in logs[chosen]]
    place, path = head_path(heads, chosen)
    head = heads[place]
    return {
        "root": text(batch_root(heads)),
        "token": chosen,
        "size": head.size,
        "headRoot": text(head.root),
        "headIndex": place,
        "headCount": len(heads),
        "headPath": [text(h) for h in path],
        "entry": text(logs[chosen][index]),
        "entryIndex": index,
        "entryPath": [text(h) for h in inclusion_path(hashes, index)],
    }


def vectors() -> str:
    everything = {
        "made_by": "tests/contracts/make_vectors.py",
        "trees": [tree(size) for size in SIZES],
        "entries": segment_entries(),
        "statements": statements(),
        "anchored": anchored(),
    }
    return json.dumps(everything, indent=1) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(description="Write the vectors of the contracts' tests.")
    parser.add_argument("--check", action="store_true", help="compare only")
    options = parser.parse_args()
    made = {"evidence.json": vectors(), "ed25519.json": ed25519_vectors.vectors()}
    if not options.check:
        FOLDER.mkdir(exist_ok=True)
        for name, content in made.items():
            (FOLDER / name).write_text(content, encoding="utf-8")
        return 0
    different = [name for name, content in made.items() if _read(name) != content]
    for name in different:
        print(f"{name}: expected what make_vectors.py makes, got another", file=sys.stderr)
    return 1 if different else 0


def _read(name: str) -> str | None:
    path = FOLDER / name
    return path.read_text(encoding="utf-8") if path.exists() else None


if __name__ == "__main__":
    sys.exit(main())
