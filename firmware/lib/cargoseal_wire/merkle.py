"""Merkle tree of RFC 9162 section 2.1: append-only, with proofs of inclusion and of consistency.

Rules
1. A leaf is hashed with 0x00 before it, a node with 0x01, so that neither passes for the other.
2. No leaf is doubled: a lone subtree goes up as it is. The root of nothing is SHA-256 of nothing.
3. A verifier gives True or False for any bytes, whatever their number or size; it never raises.
"""

import hashlib

from cargoseal_wire.errors import WireError

HASH_BYTES = 32
MAX_PATH = 64  # hashes; a tree of 2^63 leaves has no longer path
_EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """Hash of an entry as a leaf."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """The root of a growing tree, from one hash per set bit of its size."""

    def __init__(self) -> None:
        self.size = 0
        self._peaks: list[bytes] = []  # roots of complete subtrees, widest first

    def append(self, leaf: bytes) -> None:
        """Takes the next leaf hash."""
        _require_hash(leaf)
        self._peaks.append(leaf)
        size = self.size
        while size & 1:
            right = self._peaks.pop()
            self._peaks[-1] = node_hash(self._peaks[-1], right)
            size >>= 1
        self.size += 1

    def root(self) -> bytes:
        """Root over all leaves so far."""
        if not self._peaks:
            return _EMPTY_ROOT
        root = self._peaks[-1]
        for at in range(len(self._peaks) - 2, -1, -1):
            root = node_hash(self._peaks[at], root)
        return root

    def save(self) -> bytes:
        """The state: size as 8 bytes, then the peaks, widest first."""
        return self.size.to_bytes(8, "big") + b"".join(self._peaks)

    @staticmethod
    def load(data: bytes) -> "Frontier":
        """The frontier that `save` wrote, else WireError."""
        if len(data) < 8:
            raise WireError("frontier", "8 bytes of size", data)
        frontier = Frontier()
        frontier.size = int.from_bytes(data[:8], "big")
        if len(data) != 8 + HASH_BYTES * _set_bits(frontier.size):
            raise WireError("frontier", "a hash per set bit of its size", data)
        for at in range(8, len(data), HASH_BYTES):
            frontier._peaks.append(bytes(data[at : at + HASH_BYTES]))
        return frontier


def root(leaf_hashes: list[bytes]) -> bytes:
    """Root over leaf hashes."""
    frontier = Frontier()
    for leaf in leaf_hashes:
        frontier.append(leaf)
    return frontier.root()


def inclusion_path(leaf_hashes: list[bytes], index: int) -> list[bytes]:
    """Hashes that lead from the leaf at `index` to the root (RFC 9162 section 2.1.3.1)."""
    if not 0 <= index < len(leaf_hashes):
        raise IndexError("no leaf " + str(index) + " of " + str(len(leaf_hashes)))
    path = []
    low, high = 0, len(leaf_hashes)
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(root(leaf_hashes[middle:high]))
            high = middle
        else:
            path.append(root(leaf_hashes[low:middle]))
            low = middle
    path.reverse()
    return path


def verify_inclusion(
    leaf: bytes, index: int, size: int, path: list[bytes], root_hash: bytes
) -> bool:
    """Whether `leaf` is the one at `index` in the tree of `size` leaves (section 2.1.3.2)."""
    if not _are_numbers(index, size) or not 0 <= index < size:
        return False
    if not _are_hashes([leaf, root_hash], path):
        return False
    place, last, result = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            result = node_hash(sibling, result)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            result = node_hash(result, sibling)
        place >>= 1
        last >>= 1
    return last == 0 and result == root_hash


def consistency_path(leaf_hashes: list[bytes], old_size: int) -> list[bytes]:
    """Hashes showing that the first `old_size` leaves are a prefix of all (section 2.1.4.1)."""
    if not 0 < old_size <= len(leaf_hashes):
        raise IndexError("no earlier tree of " + str(old_size))
    path = []
    low, high = 0, len(leaf_hashes)
    known = True  # the verifier has the old subtree's root
    while old_size != high:
        middle = low + _split(high - low)
        if old_size <= middle:
            path.append(root(leaf_hashes[middle:high]))
            high = middle
        else:
            path.append(root(leaf_hashes[low:middle]))
            low = middle
            known = False
    if not known:
        path.append(root(leaf_hashes[low:high]))
    path.reverse()
    return path


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, path: list[bytes]
) -> bool:
    """Whether the tree of `new_size` extends the one of `old_size` (section 2.1.4.2).

    Every tree extends the empty one; of equal sizes only the equal root does.
    """
    if not _are_numbers(old_size, new_size) or not 0 <= old_size <= new_size:
        return False
    if not _are_hashes([old_root, new_root], path):
        return False
    if old_size == new_size:
        return not path and old_root == new_root
    if old_size == 0:
        return not path and old_root == _EMPTY_ROOT
    hashes = list(path)
    if old_size & (old_size - 1) == 0:
        hashes.insert(0, old_root)
    if not hashes:
        return False
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place >>= 1
        last >>= 1
    return _fold_consistency(hashes, place, last) == (old_root, new_root)


def _fold_consistency(hashes: list[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """Both roots as the path says, None when it is too long or too short."""
    old = new = hashes[0]
    for sibling in hashes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            old = node_hash(sibling, old)
            new = node_hash(sibling, new)
            while place and not place & 1:
                place >>= 1
                last >>= 1
        else:
            new = node_hash(new, sibling)
        place >>= 1
        last >>= 1
    return (old, new) if last == 0 else None


def _split(size: int) -> int:
    """The largest power of two less than `size`."""
    power = 1
    while power << 1 < size:
        power <<= 1
    return power


def _set_bits(number: int) -> int:
    count = 0
    while number:
        count += number & 1
        number >>= 1
    return count


def _require_hash(data: bytes) -> None:
    if not _are_hashes([data], []):
        raise WireError("merkle", "a hash of 32 bytes", data)


def _are_numbers(first: object, second: object) -> bool:
    return type(first) is int and type(second) is int


def _are_hashes(some: list[bytes], path: object) -> bool:
    """Whether `path` is a list of at most MAX_PATH items, and they and `some` are all hashes."""
    if not isinstance(path, (list, tuple)) or len(path) > MAX_PATH:
        return False
    for data in some + list(path):
        if not isinstance(data, (bytes, bytearray)) or len(data) != HASH_BYTES:
            return False
    return True
