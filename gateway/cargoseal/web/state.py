"""What an evidence log says at its end: the condition, since when, and why."""

from dataclasses import dataclass, replace

import sqlalchemy as sa

from cargoseal.evidence.entries import Entry, Review, SegmentEntry, Verdict, decode
from cargoseal.policy.profile import Profile
from cargoseal.policy.terms import Condition, Doubt, Reason, Rule
from cargoseal.store.schema import entries
from cargoseal.web.chart import moment
from cargoseal.web.words import NO_DOUBT, rule_sentences, rule_words, short


@dataclass(frozen=True, slots=True)
class State:
    """What the evidence log says at its end."""

    condition: Condition = Condition.SOUND
    doubts: Doubt = NO_DOUBT
    verdict: Verdict | None = None
    review: Review | None = None
    heard_ms: int | None = None


def read_log(db: sa.Connection, token: int) -> list[Entry]:
    query = sa.select(entries.c.bytes).where(entries.c.token == token).order_by(entries.c.position)
    return [decode(bytes(row.bytes)) for row in db.execute(query)]


def state_of(log: list[Entry]) -> State:
    """The last word of the log; a review sets the condition, a verdict condition and doubts."""
    state = State()
    for entry in log:
        match entry:
            case SegmentEntry():
                state = replace(state, heard_ms=max(state.heard_ms or 0, entry.received_ms))
            case Verdict():
                state = replace(
                    state,
                    condition=entry.condition,
                    doubts=entry.doubts,
                    verdict=entry,
                    review=None,
                )
            case Review():
                state = replace(state, condition=entry.condition, review=entry)
            case _:
                pass
    return state


def last_words(db: sa.Connection, token: int) -> list[Entry]:
    """The last verdict and what reviews came after it: all that the condition follows from."""
    query = (
        sa.select(entries.c.bytes, entries.c.type)
        .where(entries.c.token == token, entries.c.type.in_([Verdict.TYPE, Review.TYPE]))
        .order_by(entries.c.position.desc())
    )
    words: list[Entry] = []
    for row in db.execute(query):
        words.append(decode(bytes(row.bytes)))
        if row.type == Verdict.TYPE:
            break
    return words[::-1]


def since(state: State) -> tuple[str | None, str]:
    if state.review is not None:
        return moment(state.review.time_ms), "when the review was recorded"
    if state.verdict is not None and state.verdict.rule is not Rule.NONE:
        return moment(state.verdict.since_ms), "as the evidence places it"
    return None, ""


def why(state: State, profile: Profile) -> str:
    if state.review is not None:
        reason = Reason(state.review.reason).name.lower().replace("_", " ")
        return f"A person reviewed the evidence: {reason}."
    if state.verdict is None or state.verdict.rule is Rule.NONE:
        return f"No rule of the profile “{profile.title}” was broken so far."
    words = rule_words(state.verdict.rule, state.verdict.snapshot)
    return f"Because {words} (profile “{profile.title}”)."


def reasons(state: State) -> list[str]:
    """The rule's values and what was measured, as the verdict keeps them."""
    if state.review is not None or state.verdict is None:
        return []
    return rule_sentences(state.verdict.snapshot)


def contradictions(log: list[Entry]) -> list[str]:
    """Why sensors are doubted whose readings cannot be, as the newest verdict on doubts says."""
    for entry in reversed(log):
        if isinstance(entry, Verdict) and "doubts" in entry.snapshot:
            return [
                f"Node {short(doubt['node'])}: {because}."
                for doubt in entry.snapshot["doubts"]
                for because in doubt.get("because", ())
            ]
    return []
