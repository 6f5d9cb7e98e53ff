"""Step 14: the verdicts follow from the evidence."""

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.errors import UsageError
from cargoseal.evidence.entries import SegmentEntry, Verdict, encode
from cargoseal.policy.fold import Fold


def verdicts(case: Case) -> str:
    """14: the profile's rules, applied again to the sealed readings, give these very verdicts."""
    if case.profile is None:
        raise Unchecked("the profile is not known")
    blind = sum(checked.readings is None for checked in case.checked.values())
    if blind:
        raise Unchecked(f"the readings of {blind} segments are withheld")
    fold = Fold(case.profile)
    due: list[Verdict] = []
    for at, entry in enumerate(case.entries):
        if isinstance(entry, Verdict):
            expected = due.pop(0) if due else None
            if expected is None or encode(expected) != case.bundle.entries[at]:
                raise Wrong(f"entry {at}: expected {_name(expected)}, got {_name(entry)}")
            fold.feed(at, entry)
            continue
        if due:
            raise Wrong(f"entry {at}: expected {_name(due[0])} before it, got nothing")
        facts = case.checked[at].facts if isinstance(entry, SegmentEntry) else None
        try:
            due = fold.feed(at, entry, facts)
        except UsageError as error:
            raise Wrong(f"entry {at}: {error}") from error
    if due:
        raise Wrong(f"end of the log: expected {_name(due[0])}, got nothing")
    count = sum(isinstance(entry, Verdict) for entry in case.entries)
    return f"{count} verdicts follow; the evidence says {fold.condition.name.lower()}"


def _name(verdict: Verdict | None) -> str:
    if verdict is None:
        return "no verdict"
    doubts = f" with doubts {int(verdict.doubts)}" if verdict.doubts else ""
    why = verdict.rule.name.lower().replace("_", " ")
    return f"the verdict {verdict.condition.name.lower()}{doubts}, {why}, since {verdict.since_ms}"
