"""The table of gas goals beside the figures, for `contracts/GAS.md`.

Rule: a goal is reached or it is missed; a missed one says by how much, and none is left out.
"""

from collections.abc import Sequence

Goal = tuple[str, int, float]  # operation, goal, figure; gas, of one item where there are several

_HEAD = """# Gas: goals and figures

What was set before the contracts were written, and what a real chain node (anvil, prague) measures
now; of a batch, for each update in it. Written by `tests/bench/bench_gas.py --write`, compared by
`make gas`; every figure there is: `gas.json`.

A post changes figures only (score, health, the time since), or what people see of each token too
(condition, doubts: "each visible"): wallets and marketplaces are then told by an event. The goals
of a batch were set for an update, without saying which; they stand at both. The goal of 90,000 for
a signature was to be reached if it can be; the limit of 130,000 that was set beside it is kept.

"""


def text(goals: Sequence[Goal]) -> str:
    """The whole file."""
    lines = ["| operation | goal | figure | |", "|---|---:|---:|---|"]
    lines += [
        f"| {name} | {goal:,} | {figure:,.0f} | {_verdict(goal, figure)} |"
        for name, goal, figure in goals
    ]
    missed = [name for name, goal, figure in goals if figure > goal]
    count = f"{len(goals) - len(missed)} of {len(goals)} goals are reached."
    names = "".join(f"\n- {name}" for name in missed)
    return (
        _HEAD + "\n".join(lines) + f"\n\n{count}" + (f" Missed:\n{names}" if names else "") + "\n"
    )


def _verdict(goal: int, figure: float) -> str:
    return "reached" if figure <= goal else f"**missed** by {100 * (figure / goal - 1):.1f} %"
