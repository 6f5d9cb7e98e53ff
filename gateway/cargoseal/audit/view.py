"""What the check needs to know from the chain, and nothing else.

Rules
1. A view answers from a chain node that the person who checks has chosen. What a gateway says about
   the chain is never asked for.
2. Everything is as of one block, or as nearly as the node allows.
"""

from dataclasses import dataclass
from typing import Protocol

from cargoseal.policy.terms import Condition, Doubt, Lifecycle, Rule


@dataclass(frozen=True, slots=True)
class ChainStatus:
    """`statusOf`, as far as the evidence says anything about it."""

    condition: Condition
    lifecycle: Lifecycle
    doubts: Doubt
    health: int
    rule: Rule
    score: int
    since_s: int
    gateway: int
    profile: bytes
    stale: bool


@dataclass(frozen=True, slots=True)
class PostedBatch:
    """An accepted `post` of any gateway: the packed updates as they were sent."""

    gateway: int
    seq: int
    root: bytes
    updates: bytes


@dataclass(frozen=True, slots=True)
class ReviewedToken:
    """A person's verdict on this token."""

    condition: Condition
    reason: int
    evidence: bytes  # what the reviewer's transaction commits to


@dataclass(frozen=True, slots=True)
class AttestedToken:
    """A gateway called this token compromised where several must; it follows the batch in which it
    did so. `condition` is what the token had after it."""

    gateway: int
    condition: Condition


@dataclass(frozen=True, slots=True)
class EscalatedToken:
    """A contract that checked sealed evidence itself changed this token's condition: made it worse,
    or took back what a gateway had lied about."""

    condition: Condition
    rule: Rule


ChainEvent = PostedBatch | ReviewedToken | EscalatedToken | AttestedToken


class ChainView(Protocol):
    """Read-only facts about a deployment and one of its tokens."""

    def chain_id(self) -> int: ...

    def contract(self) -> bytes:
        """The token contract's address, 20 bytes."""
        ...

    def deployment(self) -> str: ...

    def status_of(self, token: int) -> ChainStatus | None:
        """None for a token that was never minted."""
        ...

    def history(self, token: int) -> list[ChainEvent]:
        """Every batch of the token's gateway, and everything that changed the token, in order."""
        ...

    def device_key(self, node: bytes) -> bytes | None:
        """The public key registered on chain for a node, None when there is none."""
        ...

    def model_active(self, digest: bytes) -> bool | None:
        """Whether the registry lists a model, by SHA-256, as active; None: no registry is known."""
        ...
