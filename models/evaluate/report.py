"""The report as text: goals first, then each set with its table and pictures."""

from collections.abc import Sequence

from models.evaluate.detectors import Detector
from models.evaluate.figure_table import figure_table, line
from models.evaluate.reading import HOW, SEEN
from models.evaluate.result import Goal, Plot, SetResult

_YES_NO = {True: "yes", False: "**no**", None: "–"}


def markdown(
    results: Sequence[SetResult],
    goals: Sequence[Goal],
    missing: Sequence[str],
    detectors: Sequence[Detector],
    compared: int,
    overview: Sequence[Plot],
    source: str,
) -> str:
    """Return the whole report of the recordings in `source`; `missing` are sets it has not."""
    parts = [
        "# Evaluation on recordings\n",
        f"Written by `make evaluate`; nothing in it is typed by hand. Recordings: `{source}`.\n",
        "## Goals\n",
        goal_table(goals),
        *(picture(plot) for plot in overview),
        "## Detectors\n",
        detector_table(detectors),
        f"**{compared:,} windows were compared bit by bit**: each was scored by the gateway's"
        " fast code and again by `cargoseal_score`, the integers that nodes execute; any difference"
        " would have ended this evaluation.\n",
        HOW,
        SEEN,
        "## Sets\n",
        *(section(result) for result in results),
    ]
    if missing:
        parts.append("## Not there\n\n" + "\n".join(f"- {name}" for name in missing) + "\n")
    return "\n".join(parts)


def goal_table(goals: Sequence[Goal]) -> str:
    """Return the table of goals, in their order."""
    lines = ["| goal | wanted | figure reached | beside it | reached |", "|---|---|---|---|---|"]
    lines += [line([g.name, g.wanted, g.figure, g.baseline, _YES_NO[g.reached]]) for g in goals]
    lines.append(
        "\nA figure reached is that of what ships, but for SKAB (a blob for each run) and where a"
        " model is compared with its baselines. Beside it stand baselines, rules and contenders"
        " that do not ship. A dash: no bar is set, or this data cannot tell."
    )
    return "\n".join(lines) + "\n"


def detector_table(detectors: Sequence[Detector]) -> str:
    """Return which blobs were judged."""
    heads = "| detector | kind | ships | blob (SHA-256) | thresholds by use | set by |"
    lines = [heads, "|---|---|---|---|---|---|"]
    for d in detectors:
        points = [f"{use}: {point.threshold:,.0f}" for use, point in d.points.items()]
        digest = f"`{d.model.digest.hex()[:16]}…`"
        limits = ", ".join(points) or f"{d.threshold:,}"
        ships = "**ships**" if d.ships else "no"
        lines.append(line([d.name, d.kind, ships, digest, limits, d.why]))
    return "\n".join(lines) + "\n"


def section(result: SetResult) -> str:
    """Return a set's text, table and pictures."""
    parts = [f"### {result.set}\n", result.text + "\n"]
    if result.rows:
        parts.append(figure_table(result.rows))
    parts += [picture(plot) for plot in result.plots]
    return "\n".join(parts)


def picture(plot: Plot) -> str:
    """Return a picture with its title below."""
    return f"![{plot.title}]({plot.file})\n\n*{plot.title}*\n"
