"""Steps 15 to 18: the token follows from the verdicts, and nothing newer is kept from it.

Rules
1. Every update of the token on chain is a verdict of the log, word for word, in the log's order. A
   verdict may be overtaken by a later one; it may not be missing while batches go by.
2. People's reviews set the condition on chain by themselves; the log must know of them.
3. A verdict better than what the chain says cannot be posted (automation never goes back), so that
   it waits is explained.
4. Where several gateways must call a token compromised, one that does is told by the chain to have
   flagged it; another gateway's word is that gateway's, and its evidence is in another log.
5. What was judged before a review and not posted was overtaken by it: the chain refuses a verdict
   that does not know of the last review.
6. A review is the reviewer's own transaction. When root after root goes by without it on chain, the
   log made it up: a gateway alone can neither clear nor close a shipment.
"""

import hashlib
from collections.abc import Iterator

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.audit.view import AttestedToken, EscalatedToken, PostedBatch, ReviewedToken
from cargoseal.chain.updates import Update, unpack_updates
from cargoseal.evidence.entries import Closed, Review, Verdict, decode_opening
from cargoseal.policy.posting import Posted
from cargoseal.policy.terms import Condition, Lifecycle
from cargoseal_wire.errors import WireError

Waiting = list[tuple[int, Verdict]]  # positions and verdicts that must come on chain, in order
Told = tuple[int, Update]  # batch and update


def status(case: Case) -> str:
    """15: what the chain says is what the log's verdicts and people's reviews led to."""
    if case.status is None:
        raise Unchecked("the token's status is not known")
    waiting = _to_post(case)
    told: Update | None = None
    condition, newest = Condition.SOUND, True
    for event in _events(case):
        if isinstance(event, tuple):
            waiting = _take(case, waiting, event)
            told, newest = event[1], True
            condition = Condition(told.condition)
        elif isinstance(event, AttestedToken):
            newest = newest and event.gateway == case.status.gateway
            condition = event.condition
        else:
            condition, newest = event.condition, False
    _compare(case, condition, told, newest)
    if waiting:
        _explain_waiting(case, waiting)
    words = case.status.condition.name.lower()
    return f"{words}, doubts {int(case.status.doubts)}, as the log says"


def _to_post(case: Case) -> Waiting:
    posted = Posted()
    return [
        (at, entry)
        for at, entry in enumerate(case.entries)
        if posted.feed(entry) and isinstance(entry, Verdict)
    ]


def _events(case: Case) -> Iterator[Told | ReviewedToken | EscalatedToken | AttestedToken]:
    """What happened to the token on chain, in order; of other gateways only their voices."""
    voices = [event.gateway for event in case.history if isinstance(event, AttestedToken)]
    for event in case.history:
        if isinstance(event, PostedBatch):
            try:
                updates = unpack_updates(event.updates)
            except ValueError as error:
                raise Wrong(f"batch {event.seq} on chain: {error}") from error
            if event.gateway in voices and event.gateway != _watcher(case):
                continue
            yield from ((event.seq, update) for update in updates if update.token == case.token)
        else:
            yield event


def _watcher(case: Case) -> int:
    return case.status.gateway if case.status is not None else 0


def _take(case: Case, waiting: Waiting, told: Told) -> Waiting:
    """Finds the verdict that a post told; what is left to come after it."""
    seq, update = told
    for number, (at, verdict) in enumerate(waiting):
        if _update_of(case, at, verdict) == update:
            head = next((a.head for a in case.anchors if a.seq == seq), None)
            if head is not None and at >= head.size:
                raise Wrong(f"batch {seq}: expected entry {at} under the root it came with")
            return waiting[number + 1 :]
    raise Wrong(
        f"batch {seq} on chain says {Condition(update.condition).name.lower()}, doubts "
        f"{update.doubts}, health {update.health}, rule {update.rule}, score {update.score}, since "
        f"{update.since_s}: expected a verdict of the log that says so, got none"
    )


def _update_of(case: Case, at: int, verdict: Verdict) -> Update:
    return Update(
        case.token,
        int(verdict.condition),
        int(verdict.doubts),
        verdict.health,
        int(verdict.rule),
        verdict.score,
        verdict.since_ms // 1000,
        sum(isinstance(entry, Review) for entry in case.entries[:at]) % 256,
    )


def _compare(case: Case, condition: Condition, told: Update | None, newest: bool) -> None:
    """The status against the last update and what came after it."""
    found = case.status
    assert found is not None  # noqa: S101  the caller's condition
    pairs: list[tuple[str, int, int]] = [("condition", condition, found.condition)]
    pairs += [
        ("doubts", told.doubts if told else 0, found.doubts),
        ("health", told.health if told else 100, found.health),
        ("score", told.score if told else 0, found.score),
    ]
    if told and newest:
        pairs += [("rule", told.rule, found.rule), ("since", told.since_s, found.since_s)]
    for name, expected, got in pairs:
        if expected != got:
            raise Wrong(f"expected {name} {int(expected)} on chain, got {int(got)}")


def _explain_waiting(case: Case, waiting: Waiting) -> None:
    """Verdicts of the log that are not on chain: too new, overtaken by people, or kept back."""
    assert case.status is not None  # noqa: S101  the caller's condition
    reviewed = max((at for at, e in enumerate(case.entries) if isinstance(e, Review)), default=-1)
    waiting = [(at, verdict) for at, verdict in waiting if at > reviewed]
    if not waiting:
        return
    for number, (at, verdict) in enumerate(waiting):
        if verdict.condition < case.status.condition:
            continue
        later = [anchor for anchor in case.anchors if anchor.head.size > at]
        if len(later) > number + 1:
            raise Wrong(
                f"entry {at}, {verdict.condition.name.lower()} with doubts {int(verdict.doubts)}, "
                f"is under {len(later)} posted roots: expected it on chain, got no update that "
                "says so"
            )
    at, verdict = waiting[-1]
    raise Unchecked(
        f"{len(waiting)} verdicts of the log are not on chain yet, the last one, entry {at}: "
        f"{verdict.condition.name.lower()} with doubts {int(verdict.doubts)}"
    )


def reviews(case: Case) -> str:
    """16: people's reviews on chain and in the log are the same, in the same order."""
    chain = [event for event in case.history if isinstance(event, ReviewedToken)]
    placed = [(at, entry) for at, entry in enumerate(case.entries) if isinstance(entry, Review)]
    log = [entry for _, entry in placed]
    for number, (there, here) in enumerate(zip(chain, log, strict=False), 1):
        if (there.condition, there.reason) != (here.condition, int(here.reason)):
            raise Wrong(
                f"review {number}: expected {there.condition.name.lower()} for reason "
                f"{there.reason}, as on chain, got {here.condition.name.lower()} for reason "
                f"{int(here.reason)} in the log"
            )
        if there.evidence not in (here.opening, here.evidence):
            raise Wrong(
                f"review {number}: expected the log to commit to {there.evidence.hex()}, as on "
                f"chain, got {here.opening.hex()}"
            )
    if len(chain) > len(log):
        raise Unchecked(f"{len(chain) - len(log)} reviews on chain are not in the log")
    for at, here in placed[len(chain) :]:
        roots = sum(anchor.head.size > at for anchor in case.anchors)
        if roots > 1:
            raise Wrong(
                f"entry {at}, a review to {here.condition.name.lower()} for reason "
                f"{int(here.reason)}, is under {roots} posted roots: expected it on chain, got no "
                "such review"
            )
    if len(log) > len(chain):
        raise Unchecked(f"{len(log) - len(chain)} reviews of the log are not on chain")
    return f"{len(log)} reviews"


def openings(case: Case) -> str:
    """17: who reviewed, where the bundle tells, is who the log committed to."""
    committed = [entry.opening for entry in case.entries if isinstance(entry, Review)]
    for at, data in enumerate(case.bundle.openings):
        try:
            decode_opening(data)
        except WireError as error:
            raise Wrong(f"opening {at}: {error}") from error
        if hashlib.sha256(data).digest() not in committed:
            raise Wrong(f"opening {at}: expected one that a review commits to, got another")
    return f"{len(case.bundle.openings)} of {len(committed)} reviews opened"


def freshness(case: Case) -> str:
    """18: the gateway is not silent on chain, so that nothing newer is kept back."""
    if case.status is None:
        raise Unchecked("the token's status is not known")
    if case.status.lifecycle is Lifecycle.CLOSED:
        return "the shipment is closed"
    if case.status.stale:
        closed = bool(case.entries) and isinstance(case.entries[-1], Closed)
        note = "; that the shipment is closed only the log says, not the chain" if closed else ""
        raise Unchecked(
            f"the gateway has been silent on chain for too long; there may be newer facts{note}"
        )
    return "the gateway posted lately"
