"""What a gateway anchors on chain: one root over the heads of all its evidence logs.

Rules
1. A head is the state of a log: its token, its size and the root of its tree (RFC 9162).
2. A batch's root is the Merkle root over its heads' leaves in the order of their tokens. Without
   any head it is the empty tree's root.
3. Heads of one token never shrink, and of equal size have equal roots.
"""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from cargoseal_wire.merkle import Frontier, inclusion_path, leaf_hash, root, verify_inclusion


class Head(NamedTuple):
    """The state of a shipment's evidence log."""

    token: int
    size: int
    root: bytes

    def encode(self) -> bytes:
        """The bytes that are the head's leaf: token and size as u64 big-endian, then the root."""
        return self.token.to_bytes(8, "big") + self.size.to_bytes(8, "big") + self.root


def batch_root(heads: Sequence[Head]) -> bytes:
    """The root over heads in ascending order of their tokens."""
    return root([leaf_hash(head.encode()) for head in _ordered(heads)])


def head_path(heads: Sequence[Head], token: int) -> tuple[int, list[bytes]]:
    """Index and inclusion path of a token's head in its batch. KeyError when it has none."""
    ordered = _ordered(heads)
    places = [head.token for head in ordered]
    if token not in places:
        raise KeyError(token)
    index = places.index(token)
    return index, inclusion_path([leaf_hash(head.encode()) for head in ordered], index)


def holds(head: Head, index: int, size: int, path: list[bytes], batch: bytes) -> bool:
    """Whether the batch of `size` heads with this root holds the head at `index`."""
    return verify_inclusion(leaf_hash(head.encode()), index, size, path, batch)


def roots_at(leaf_hashes: Sequence[bytes], sizes: Collection[int]) -> dict[int, bytes]:
    """The roots over the first so many leaves, for each of the sizes that is not too large."""
    tree = Frontier()
    roots = {0: tree.root()}
    for leaf in leaf_hashes:
        tree.append(leaf)
        if tree.size in sizes:
            roots[tree.size] = tree.root()
    return roots


def _ordered(heads: Sequence[Head]) -> list[Head]:
    tokens = [head.token for head in heads]
    if tokens != sorted(set(tokens)):
        raise ValueError(f"expected heads in ascending order of tokens, got {tokens}")
    return list(heads)
