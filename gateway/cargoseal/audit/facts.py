"""Step 10: the facts that a gateway adds to the log are true, and none is hidden.

What a gateway says about when it received something is its own word; what follows from it is not:
gaps and broken chains follow from the seals, silences from the times of receipt.
"""

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.evidence.entries import (
    ChainBreak,
    Entry,
    Gap,
    GapClosed,
    HeardAgain,
    SegmentEntry,
    Silence,
    Verdict,
)
from cargoseal.policy.attendance import Attendance

FOLLOWING = (GapClosed, HeardAgain, ChainBreak)


def attendance(case: Case) -> str:
    """10: gaps, silences and broken chains are all stated, and only those."""
    if case.profile is None:
        raise Unchecked("the profile is not known")
    watch = Attendance(case.profile)
    count = 0
    for at, entry in enumerate(case.entries):
        _check(watch, at, entry)
        statement = case.checked[at].statement if at in case.checked else None
        watch.feed(entry, statement)
        count += isinstance(entry, (Gap, Silence, *FOLLOWING))
    last_ms = max(entry.time_ms for entry in case.entries)
    left = watch.following() + [fact for fact in watch.due(last_ms) if fact.time_ms < last_ms]
    if left:
        raise Wrong(f"end of the log: expected {_name(left[0])}, got nothing")
    gaps = sum(len(node.gaps) for node in watch.nodes.values())
    silent = sum(node.silent_since_ms is not None for node in watch.nodes.values())
    return f"{count} facts are true, none is missing; open now: {gaps} gaps, {silent} silences"


def _check(watch: Attendance, at: int, entry: Entry) -> None:
    match entry:
        case Gap() | Silence():
            if entry not in watch.due(entry.time_ms):
                raise Wrong(f"entry {at}: expected what was due, got {_name(entry)}")
        case GapClosed() | HeardAgain() | ChainBreak():
            if entry not in watch.following():
                raise Wrong(
                    f"entry {at}: expected what the segment before shows, got {_name(entry)}"
                )
        case Verdict():
            return
        case _:
            if watch.following():
                raise Wrong(f"entry {at}: expected {_name(watch.following()[0])} before it")
    if isinstance(entry, SegmentEntry):
        due = watch.due(entry.received_ms)
        if due:
            raise Wrong(f"entry {at}: expected {_name(due[0])} before it, got nothing")


def _name(entry: Entry) -> str:
    node = getattr(entry, "node", b"").hex()
    match entry:
        case Gap() | GapClosed():
            word = "a gap" if isinstance(entry, Gap) else "the end of a gap"
            return f"{word} of node {node} between counters {entry.after} and {entry.before}"
        case Silence():
            return f"a silence of node {node} since {entry.since_ms}"
        case HeardAgain():
            return f"node {node} heard again"
        case ChainBreak():
            return f"a broken chain of node {node} at counter {entry.counter}"
        case _:
            return type(entry).__name__
