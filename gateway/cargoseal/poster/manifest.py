"""The manifest of a batch: what it says, as bytes that its content id on chain commits to. Pure.

Rules
1. The manifest is deterministic CBOR: [1, gateway, seq, [[token, size, root], …] by token,
   updates].
2. The content id is its SHA-256. Whoever holds the manifest can check the root, the updates and
   which evidence logs were anchored, without asking the gateway.
"""

import hashlib
from collections.abc import Sequence

from cargoseal.evidence.heads import Head
from cargoseal_wire import cbor

MANIFEST_VERSION = 1


def manifest(gateway: int, seq: int, heads: Sequence[Head], updates: bytes) -> bytes:
    """The bytes of a batch's manifest; heads in ascending order of tokens."""
    rows = [[head.token, head.size, head.root] for head in heads]
    return cbor.encode([MANIFEST_VERSION, gateway, seq, rows, updates])


def content_id(gateway: int, seq: int, heads: Sequence[Head], updates: bytes) -> bytes:
    """32 bytes by which anyone can ask for, and check, the batch's manifest."""
    return hashlib.sha256(manifest(gateway, seq, heads, updates)).digest()
