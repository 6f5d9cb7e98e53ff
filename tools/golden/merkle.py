"""Trees of 0 to 20 leaves: roots, every inclusion path, every consistency path."""

from typing import Any

from cargoseal_wire import merkle

SIZES = (0, 1, 2, 3, 4, 5, 7, 8, 13, 20)


def build() -> dict[str, Any]:
    leaves = [f"leaf {at}".encode() for at in range(max(SIZES))]
    hashes = [merkle.leaf_hash(leaf) for leaf in leaves]
    return {
        "leaves": [leaf.hex() for leaf in leaves],
        "roots": {str(size): merkle.root(hashes[:size]).hex() for size in SIZES},
        "inclusion": [
            {"index": at, "size": size, "path": _hex(merkle.inclusion_path(hashes[:size], at))}
            for size in SIZES
            for at in range(size)
        ],
        "consistency": [
            {"old": old, "new": new, "path": _hex(merkle.consistency_path(hashes[:new], old))}
            for new in SIZES
            for old in SIZES
            if 0 < old <= new
        ],
    }


def _hex(path: list[bytes]) -> list[str]:
    return [item.hex() for item in path]
