"""What goes into a batch, and what to do next with one. Pure: no clock, chain, file or store.

Rules
1. Every verdict goes on chain exactly once. A batch holds at most one verdict per token, the oldest
   that waits; a later one waits for the next batch, so the order of a token's verdicts is kept.
2. A batch is frozen before anything is signed, and is accepted by the contract under its sequence
   number only: so sending it again, by whatever transaction, cannot post it twice.
3. A transaction that could still be mined is never forgotten: it is sent again, or replaced at its
   own nonce by one that pays more, until its nonce is used up.
4. A batch is taken back only when the chain refuses it and no transaction of it can be mined any
   more: none was ever signed, or all their nonces are used up and that has settled.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from cargoseal.chain.reverts import Revert
from cargoseal.chain.updates import Update


@dataclass(frozen=True)
class Waiting:
    """A verdict that is not on its way yet; `row` is its place in the outbox."""

    row: int
    update: Update

    @property
    def token(self) -> int:
        return self.update.token


def choose(waiting: Iterable[Waiting], most: int, held: Collection[int] = ()) -> list[Waiting]:
    """The verdicts of the next batch: the oldest of each token, at most `most`, not of the tokens
    that are `held` back. `waiting` is in outbox order."""
    chosen: dict[int, Waiting] = {}
    for item in waiting:
        if len(chosen) >= most:
            break
        if item.token not in held:
            chosen.setdefault(item.token, item)
    return list(chosen.values())


def match_posted(posted: Sequence[Update], waiting: Sequence[Waiting]) -> list[int]:
    """Which outbox rows a batch that was found on chain has already told: for each of its updates,
    the oldest waiting verdict that says exactly the same."""
    taken: list[int] = []
    for update in posted:
        for item in waiting:
            if item.update.pack() == update.pack() and item.row not in taken:
                taken.append(item.row)
                break
    return taken


@dataclass(frozen=True)
class Sent:
    """A transaction of a batch. `known`: the node has it; `deadline_s`: until when the contract
    takes it."""

    hash: bytes
    nonce: int
    sent_ms: int
    deadline_s: int
    known: bool


@dataclass(frozen=True)
class Situation:
    """All that decides the next act for the one batch that is due on chain.

    `next_nonce`: of our account in the latest block; `queued_nonce`: after what the node's pool
    holds. `chain_now_s`: what the next block's time will be at least.
    """

    sent: tuple[Sent, ...]
    next_nonce: int
    queued_nonce: int
    now_ms: int
    chain_now_s: int
    bump_after_ms: int


class Act(Enum):
    """What to do next with the batch that is due."""

    SIGN = "sign"  # simulate, sign at a new nonce, store, send
    REPLACE = "replace"  # sign at `nonce` again, paying more
    RESEND = "resend"  # send stored bytes once more
    WAIT = "wait"


@dataclass(frozen=True)
class Step:
    """An act and what it is about."""

    act: Act
    nonce: int = 0
    target: bytes = b""  # hash of the transaction to send again


def next_step(now: Situation) -> Step:
    """What to do with the batch whose number the contract expects next."""
    live = [item for item in now.sent if item.nonce >= now.next_nonce]
    if not live:
        return Step(Act.SIGN, nonce=max(now.queued_nonce, now.next_nonce))
    newest = max(live, key=lambda item: (item.sent_ms, item.nonce))
    if newest.deadline_s < now.chain_now_s:
        return Step(Act.REPLACE, nonce=_nonce_to_replace(newest, now))
    if not newest.known:
        return Step(Act.RESEND, target=newest.hash)
    if now.now_ms - newest.sent_ms >= now.bump_after_ms:
        return Step(Act.REPLACE, nonce=_nonce_to_replace(newest, now))
    return Step(Act.WAIT)


def _nonce_to_replace(newest: Sent, now: Situation) -> int:
    """Its own; but an earlier one that is nobody's must be filled, or its own never comes."""
    gap_before = now.next_nonce < newest.nonce and now.queued_nonce <= now.next_nonce
    return now.next_nonce if gap_before else newest.nonce


def may_take_back(now: Situation, settled: bool) -> bool:
    """Whether a batch that the chain refuses may be dissolved (rule 4). `settled`: the newest
    transaction of it was signed long ago, or the block that used up its nonce is final."""
    if not now.sent:
        return True
    return settled and all(item.nonce < now.next_nonce for item in now.sent)


class Fate(Enum):
    """What a refusal means for the verdicts of the batch."""

    NEVER = "never"  # this verdict will never be accepted
    LATER = "later"  # this token must wait
    ALL = "all"  # nothing of this gateway is accepted now
    ORDER = "order"  # the contract's sequence is elsewhere
    UNKNOWN = "unknown"


_FATES = {
    "ForbiddenTransition": Fate.NEVER,
    "HealthOutOfRange": Fate.NEVER,
    "ShipmentClosed": Fate.NEVER,
    "TooSoon": Fate.LATER,
    "UnknownToken": Fate.LATER,  # minting may follow
    "NotThisGateway": Fate.LATER,  # it may be handed to us
    "Paused": Fate.ALL,
    "NotGateway": Fate.ALL,
    "CapExceeded": Fate.ALL,
    "DeadlinePassed": Fate.ALL,
    "WrongSequence": Fate.ORDER,
}


def fate_of(revert: Revert) -> tuple[Fate, int | None]:
    """What a refusal means, and the token it is about if it names one."""
    fate = _FATES.get(revert.name, Fate.UNKNOWN)
    if revert.name == "ReviewedSince":
        fate = _after_a_review(revert)
    token: Any = revert.values.get("tokenId")
    return fate, token if isinstance(token, int) else None


def _after_a_review(revert: Revert) -> Fate:
    """A verdict that knows of fewer reviews than the chain was overtaken by one, for good; one that
    knows of more waits for the review's transaction to be in a block."""
    stated, there = revert.values.get("stated", 0), revert.values.get("reviews", 0)
    return Fate.NEVER if 0 < (there - stated) % 256 < 128 else Fate.LATER
