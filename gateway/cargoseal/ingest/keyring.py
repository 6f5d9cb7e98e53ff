"""The registered keys as this process knows them, and when that is old.

Rules
1. The keys are those of the last `refresh`; the store's `registry_version` tells whether they
   still are the store's. Whoever stores what was verified with them refreshes inside the same
   transaction.
2. A refresh that finds no change costs one query.
"""

from typing import NamedTuple

import sqlalchemy as sa

from cargoseal.registry import registry_version
from cargoseal.store.schema import nodes
from cargoseal.verify import NodeKey


class Keyring:
    """Keys by node id, as `verify` asks for them, and the receipt keys beside them."""

    def __init__(self) -> None:
        self._version = -1
        self._entries: dict[bytes, _Entry] = {}

    def get(self, node: bytes, /) -> NodeKey | None:
        entry = self._entries.get(node)
        return None if entry is None else entry.key

    def receipt_key(self, node: bytes) -> bytes | None:
        """The key for a node's receipts; None for a node that is unknown or revoked."""
        entry = self._entries.get(node)
        if entry is None or entry.key.revoked_ms is not None:
            return None
        return entry.receipt_key

    def __contains__(self, node: bytes) -> bool:
        return node in self._entries

    def nodes(self) -> list[bytes]:
        return list(self._entries)

    def forget(self) -> None:
        """Makes the next refresh read the store again."""
        self._version = -1

    def refresh(self, connection: sa.Connection) -> bool:
        """Whether the store had other keys than this; afterwards it has not."""
        version = registry_version(connection)
        if version == self._version:
            return False
        query = sa.select(
            nodes.c.node,
            nodes.c.public_key,
            nodes.c.valid_from_ms,
            nodes.c.revoked_ms,
            nodes.c.receipt_key,
        )
        self._entries = {
            bytes(row.node): _Entry(NodeKey(*row[:4]), bytes(row.receipt_key))
            for row in connection.execute(query)
        }
        self._version = version
        return True


class _Entry(NamedTuple):
    key: NodeKey
    receipt_key: bytes
