"""What a proof needs to know from the chain, and nothing else.

Rules
1. Answers come from a chain node that the challenger has chosen; no gateway is asked.
2. Times are Unix seconds, as the chain has them.
"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Sealer:
    """A node as registered. `ed25519`: of the kind that can be proved here; `revoked_s` 0: it never
    was; `token`: what it watched all the time that was asked about, 0 if nothing."""

    public_key: bytes
    ed25519: bool
    valid_from_s: int
    revoked_s: int
    token: int


@dataclass(frozen=True)
class Bounds:
    """How old and how uncertain in its time a raised segment may be."""

    max_age_s: int
    max_error_ms: int


class Ground(Protocol):
    """Read-only facts about a deployment, its registries and its dispute contract."""

    def audience(self) -> bytes: ...

    def now_s(self) -> int:
        """The latest block's time."""
        ...

    def bounds(self) -> Bounds: ...

    def sealer_at(self, node: bytes, from_s: int, to_s: int) -> Sealer | None:
        """None for a node that is not registered."""
        ...

    def pointer_at(self, token: int, kind: int, time_s: int) -> tuple[bytes, int]:
        """The model (SHA-256 of its blob) that the token's profile was judged with at a time, and
        the score from which a segment raises; 0: none does."""
        ...

    def root_of(self, gateway: int, seq: int) -> bytes | None:
        """What the gateway anchored with that post; None when the chain does not have it (any
        more)."""
        ...

    def is_refuted(self, gateway: int, token: int, leaf: bytes) -> bool: ...
