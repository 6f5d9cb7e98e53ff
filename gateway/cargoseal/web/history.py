"""What happened, for the page: changes of condition, and time about which nothing is known."""

from dataclasses import dataclass

from cargoseal.evidence.entries import Entry, Gap, GapClosed, HeardAgain, Review, Silence, Verdict
from cargoseal.policy.terms import Reason, Rule
from cargoseal.web.chart import Blank, Mark, moment
from cargoseal.web.panels import Sealed
from cargoseal.web.words import NO_DOUBT, headline, rule_words, short

LATEST_EVENTS = 200
_EVENTS = {Rule.FREE_FALL, Rule.ANOMALY, Rule.SHOCK_RATE}  # each one is news, also like the last


@dataclass(frozen=True, slots=True)
class Event:
    """A change of condition, numbered as in the pictures."""

    number: int
    look: str
    word: str
    text: str
    time: str


def timeline(log: list[Entry]) -> tuple[list[Event], list[Mark]]:
    """Changes of condition and reviews; changes of doubt alone are told by the doubts."""
    events: list[Event] = []
    marks: list[Mark] = []
    shown = ("", 0)
    for entry in log:
        if isinstance(entry, Verdict):
            this = _rule_text(entry), entry.since_ms if entry.rule in _EVENTS else 0
            if entry.rule is Rule.NONE or this == shown:
                continue
            shown = this
            text, time_ms = _rule_text(entry), entry.since_ms
            recorded = f"since {moment(time_ms)}, recorded {moment(entry.time_ms)}"
        elif isinstance(entry, Review):
            shown = ("", 0)
            reason = Reason(entry.reason).name.lower().replace("_", " ")
            text, time_ms = f"reviewed by a person: {reason}", entry.time_ms
            recorded = f"recorded {moment(time_ms)}"
        else:
            continue
        doubts = entry.doubts if isinstance(entry, Verdict) else NO_DOUBT
        look = headline(entry.condition, doubts)
        number = len(events) + 1
        events.append(Event(number, look.look, look.word, text, recorded))
        marks.append(Mark(time_ms, number, f"{number}: {look.word}: {text}"))
    return events[-LATEST_EVENTS:], marks[-LATEST_EVENTS:]


def _rule_text(verdict: Verdict) -> str:
    """The rule in words, with the node or the limit that tells two of a kind apart."""
    limit, node = verdict.snapshot.get("limit"), verdict.snapshot.get("node")
    name = limit.get("name") if isinstance(limit, dict) else None
    name = None if name in ("handling", "replay") else name  # the words say so
    details = [f"“{name}”"] if name else []
    if isinstance(node, bytes):
        details.append(f"node {short(node)}")
    words = rule_words(verdict.rule, verdict.snapshot)
    return words + (f" ({', '.join(details)})" if details else "")


def blanks_of(log: list[Entry], sealed: list[Sealed], now_ms: int) -> list[Blank]:
    """Silences and gaps of the log as stretches of time."""
    ends = {(s.node, s.counter): s.end_ms for s in sealed}
    starts = {(s.node, s.counter): s.start_ms for s in sealed}
    blanks: dict[object, Blank] = {}
    silent: dict[bytes, int] = {}
    for entry in log:
        match entry:
            case Silence():
                silent[entry.node] = entry.since_ms
            case HeardAgain() if entry.node in silent:
                since = silent.pop(entry.node)
                blanks["silence", entry.node, since] = _silence(entry.node, since, entry.time_ms)
            case Gap():
                start, end = (
                    ends.get((entry.node, entry.after)),
                    starts.get((entry.node, entry.before)),
                )
                if start is not None and end is not None:
                    most = entry.before - entry.after - 1
                    text = f"node {short(entry.node)}: up to {most} sealed segments are missing"
                    blanks[entry.node, entry.after, entry.before] = Blank(start, end, text)
            case GapClosed():
                blanks.pop((entry.node, entry.after, entry.before), None)
            case _:
                pass
    for node, since in silent.items():
        blanks["silence", node, since] = _silence(node, since, now_ms)
    return sorted(blanks.values(), key=lambda blank: blank.from_ms)


def _silence(node: bytes, since_ms: int, until_ms: int) -> Blank:
    text = f"node {short(node)}: not heard from {moment(since_ms)} to {moment(until_ms)}"
    return Blank(since_ms, until_ms, text)
