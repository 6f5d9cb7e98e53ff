"""The table of attacks: what was altered on which recordings, and who noticed it or why nobody."""

from collections.abc import Callable
from pathlib import Path

from models.data.recording import MissingSetError
from models.evaluate.attack_trials import TRIALS, Tried, made_up
from models.evaluate.detectors import Detectors
from models.evaluate.figure_table import line
from models.evaluate.result import Goal, SetResult

ORDER = 60
Progress = Callable[[str], None]

TEXT = """\
Each attack was judged by the gateway's policy with every plausibility rule on, whatever the shipped
profiles turn on, and by every climate detector. A word is a rule that said something of the
attacked shipment and nothing of the untouched one; `alone`, `vapour`, `shaded`, `stuck` and
`replay` are plausibility rules, the rest are a profile's own. The first node of a shipment is
struck.

**What this table cannot show.** It is a list of examples, not a rate: one strength of each attack,
written by who knew the rules and their numbers (3 K between neighbours, 24 equal steps), on the few
recordings that are named. A rule that spoke need not have understood: a score that rises in one
session of three is chance as much as notice. What a detector that does not ship notices is told and
not counted. Whoever holds a node's key and knows these lines can
forge a curve that stays within the limits, looks like transport and repeats nothing to the last
digit; it is believed. Drift is not in the table: it is told over many shipments, never of one."""


def evaluate(data: Path, detectors: Detectors, progress: Progress) -> SetResult | None:
    """Return the table of attacks; None where DATA has none of the sets."""
    tried: list[Tried] = []
    for trial in TRIALS:
        if trial is made_up and not tried:
            return None
        try:
            tried += trial(data, detectors)
        except MissingSetError:
            continue
        progress(f"attacks: {len(tried)} tried")
    return SetResult(
        "attacks",
        f"{TEXT}\n\n{table(tried)}",
        goals=[goal(tried)],
        facts={
            one.name: {"on": one.on, "shipments": one.shipments, "noticed_by": one.by}
            for one in tried
        },
    )


def table(tried: list[Tried]) -> str:
    """Return the attacks in Markdown."""
    heads = ["attack", "what was altered", "on", "noticed by, or why not"]
    rows = [[one.name, one.altered, one.on, one.words] for one in tried]
    return "\n".join([line(heads), "|" + "---|" * len(heads), *map(line, rows)])


def goal(tried: list[Tried]) -> Goal:
    """Return the goal's line: a table is asked for, and no number of attacks to be noticed."""
    noticed = sum(one.noticed for one in tried)
    limits = sum("limits" in one.by for one in tried)
    return Goal(
        "attacks tried on the recordings",
        "a table of what was noticed",
        None,
        f"{noticed} of {len(tried)} noticed by what ships, with every plausibility rule on (shipped"
        " profiles turn on `replay` at most); the others are told with the reason",
        f"limits alone: {limits}",
        ORDER,
    )
