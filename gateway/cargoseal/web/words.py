"""Codes in plain words. "We do not know" is never shown as "sound"."""

from dataclasses import dataclass
from typing import Any

from cargoseal.policy.terms import Condition, Doubt, Rule, is_known

NO_DOUBT = Doubt(0)


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing that a page says: a word, a shape (`look`) and a sentence."""

    word: str
    look: str
    sentence: str


_SOUND = Headline("Sound", "sound", "No rule of the product's profile was broken.")
_FLAGGED = Headline("Flagged", "flagged", "A rule was broken; a person should look at the goods.")
_COMPROMISED = Headline(
    "Compromised", "compromised", "The evidence says that the goods were harmed or tampered with."
)
_NOT_KNOWN = Headline(
    "Not known", "unknown", "Nothing bad was seen, but the evidence has holes: see the doubts."
)
_NOTHING = Headline("Not known", "unknown", "No evidence has arrived yet.")


def headline(condition: Condition, doubts: Doubt, *, heard: bool = True) -> Headline:
    """What to show for a condition with its doubts; `heard`: any evidence has arrived."""
    if condition is Condition.COMPROMISED:
        return _COMPROMISED
    if condition is Condition.FLAGGED:
        return _FLAGGED
    if condition is Condition.SOUND and heard:
        return _SOUND if is_known(condition, doubts) else _NOT_KNOWN
    return _NOTHING


DOUBT_WORDS = {
    Doubt.SILENT: "Silent",
    Doubt.SENSOR_FAULT: "Sensor fault",
    Doubt.CLOCK_UNSOUND: "Clock unsound",
    Doubt.GAP_IN_EVIDENCE: "Gap in evidence",
}

DOUBT_SENTENCES = {
    Doubt.SILENT: (
        "Silent: at least one node has not been heard for longer than its profile allows."
    ),
    Doubt.SENSOR_FAULT: (
        "Sensor fault: a sensor said that it was broken, or readings contradict each other; "
        "what it says is not known."
    ),
    Doubt.CLOCK_UNSOUND: (
        "Clock unsound: a node did not know the time; the order of its readings is certain, "
        "their times are bounded by their neighbours only."
    ),
    Doubt.GAP_IN_EVIDENCE: (
        "Gap in evidence: sealed segments, readings, or hours of readings are missing."
    ),
}

RULE_WORDS = {
    Rule.NONE: "no rule",
    Rule.SINGLE_LIMIT: "a limit was exceeded for too long at a stretch",
    Rule.CUMULATIVE_LIMIT: "a limit was exceeded for too long in total",
    Rule.ANOMALY: "the model found the readings unlike normal transport, window after window",
    Rule.TAMPER: "a node was taken off its mount",
    Rule.FREE_FALL: "the shipment fell",
    Rule.SHOCK_RATE: "there were more hard shocks than this way of transport brings",
    Rule.GAP: "sealed segments are missing",
    Rule.SILENCE: "a node fell silent",
    Rule.SENSOR_FAULT: "a sensor broke",
    Rule.CORROBORATED: "several nodes agree that a rule was broken",
    Rule.REVIEW: "a person reviewed the evidence",
    Rule.CLOCK: "a node did not know the time",
    Rule.CHAIN_BREAK: "two neighbouring segments do not belong together",
    Rule.DOOR: "the door was opened on the way",
    Rule.IMPLAUSIBLE: "readings do not fit each other, or were sealed twice",
    Rule.PROVED: "somebody proved on the chain what a sealed segment says",
    Rule.REFUTED: "the gateway was proved to have lied, and its word was taken back",
}


def rule_words(rule: Rule, snapshot: dict[str, Any]) -> str:
    """Why, in words; with the height of a fall, and by what a model was alarmed."""
    limit, measured = snapshot.get("limit"), snapshot.get("measured")
    if rule is Rule.FREE_FALL and isinstance(measured, dict):
        height = fall_words(measured.get("fall_ms"), measured.get("height_mm"))
        return f"the shipment fell: {height}" if height else RULE_WORDS[rule]
    if rule is Rule.ANOMALY and isinstance(limit, dict) and limit.get("name") == "handling":
        words = "the model found the handling unlike normal transport"
        shown = measured if isinstance(measured, dict) else {}
        height = fall_words(shown.get("fall_ms"), shown.get("height_mm"))
        return f"{words}: {height}" if height else words
    return RULE_WORDS[rule]


def fall_words(fall_ms: object, height_mm: object) -> str:
    """A fall as people say it; empty for none. What was thrown up fell for longer."""
    if not isinstance(fall_ms, int) or not isinstance(height_mm, int) or fall_ms <= 0:
        return ""
    return f"dropped from about {_metres(height_mm)} ({fall_ms} ms in free fall)"


def _metres(height_mm: int) -> str:
    return f"{height_mm / 10:.0f} cm" if height_mm < 300 else f"{height_mm / 1000:.1f} m"


def rule_sentences(snapshot: dict[str, Any]) -> list[str]:
    """What a verdict's snapshot says, in sentences: the rule's numbers and what was measured."""
    lines: list[str] = []
    limit, measured = snapshot.get("limit"), snapshot.get("measured")
    if isinstance(limit, dict) and isinstance(measured, dict):
        if "channel" in limit:
            lines += _limit_sentences(limit, measured)
        elif isinstance(measured.get("nodes"), list):
            lines += _agreement_sentences(limit, measured)
        elif isinstance(measured.get("fall_ms"), int):
            lines += _fall_sentences(limit, measured)
        else:
            lines += [*_flat(limit, "rule"), *_flat(measured, "measured")]
    if isinstance(snapshot.get("node"), bytes):
        lines.append(f"Seen by node {short(snapshot['node'])}.")
    if isinstance(snapshot.get("leg"), str):
        lines.append(f"On the leg “{snapshot['leg']}”.")
    return lines


def short(node: bytes) -> str:
    """The beginning of a node's id, as pages show it."""
    return node.hex()[:6]


def _agreement_sentences(limit: dict[str, Any], measured: dict[str, Any]) -> list[str]:
    nodes = " and ".join(short(node) for node in measured["nodes"] if isinstance(node, bytes))
    return [
        f"“{limit.get('name')}”: at least {limit.get('nodes')} nodes within "
        f"{limit.get('window_minutes')} minutes.",
        f"Nodes {nodes} found it, each from its own sealed readings.",
    ]


def _fall_sentences(limit: dict[str, Any], measured: dict[str, Any]) -> list[str]:
    lines = []
    if "min_ms" in limit:
        lines.append(f"Falls of {limit['min_ms']} ms or longer count.")
    if isinstance(measured.get("scores"), list):
        scores = ", ".join(str(score) for score in measured["scores"])
        lines.append(f"Score {scores}; from {limit.get('threshold')} on it counts.")
    fall = fall_words(measured["fall_ms"], measured.get("height_mm"))
    if isinstance(measured.get("peak_mg"), int):
        fall += f"; the hardest sample was {measured['peak_mg'] / 1000:.1f} g"
    return [*lines, f"Measured: {fall or 'a fall of unknown length'}."]


def _limit_sentences(limit: dict[str, Any], measured: dict[str, Any]) -> list[str]:
    bounds = ("above", "at_or_above", "below", "at_or_below")
    word = next((name for name in bounds if name in limit), "")
    bound = f"{word.replace('_', ' ')} {limit.get(word, '')} {limit.get('unit', '')}".strip()
    total = limit.get("kind") == "cumulative"
    seconds = int(measured.get("total_s" if total else "longest_s", 0))
    span = "in total" if total else "at a stretch"
    lines = [
        f"Limit “{limit.get('name')}”: {limit.get('channel')} {bound} "
        f"for {limit.get('minutes')} minutes {span}.",
        f"Measured: {duration(seconds)} {span}, at worst {measured.get('peak')}.",
    ]
    if measured.get("unknown_s"):
        lines.append(
            f"For {duration(int(measured['unknown_s']))} nothing is known; "
            "that time counts neither as good nor as bad."
        )
    return lines


def duration(seconds: int) -> str:
    """A stretch of time as people say it."""
    if seconds < 120:
        return f"{seconds} s"
    if seconds < 7200:
        return f"{seconds // 60} minutes"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} hours"
    return f"{seconds / 86_400:.1f} days"


def _flat(value: object, name: str) -> list[str]:
    if isinstance(value, dict):
        return [line for key in value for line in _flat(value[key], f"{name} {key}".strip())]
    if isinstance(value, list):
        value = ", ".join(str(part) for part in value)
    if isinstance(value, int) and name.endswith("_s"):
        value, name = duration(value), name.removesuffix("_s")
    words = name.replace("_", " ")
    return [f"{words[:1].upper()}{words[1:]}: {value}"] if value not in ("", None) else []


def doubt_words(doubts: Doubt) -> list[str]:
    return [DOUBT_WORDS[doubt] for doubt in Doubt if doubt in doubts]


def doubt_sentences(doubts: Doubt) -> list[str]:
    return [DOUBT_SENTENCES[doubt] for doubt in Doubt if doubt in doubts]
