"""Trying a batch on the chain's present state before it is frozen, and finding what spoils it.

Rules
1. A verdict the contract will never take is set apart with the contract's reason; one that must
   wait holds back its token only; the rest goes on. So one bad verdict never blocks the others.
2. A refusal that names its token is believed. For one that does not, each verdict is tried alone.
3. A refusal of everything (paused, switched off) sets nothing apart: it leaves as Reverted.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cargoseal.chain.reverts import Revert, Reverted
from cargoseal.poster.rules import Fate, Waiting, fate_of

# Simulates a post of these verdicts; raises Reverted.
Simulate = Callable[[Sequence[Waiting]], None]


@dataclass
class Verdicts:
    """What a trial found: what passes together, what never will, what must wait, and why."""

    passing: list[Waiting]
    never: list[tuple[Waiting, Revert]] = field(default_factory=list)
    later: list[tuple[Waiting, Revert]] = field(default_factory=list)

    def set_apart(self, item: Waiting, revert: Revert, fate: Fate) -> None:
        self.passing.remove(item)
        (self.never if fate is Fate.NEVER else self.later).append((item, revert))


def try_together(chosen: Sequence[Waiting], simulate: Simulate) -> Verdicts:
    """Simulates until what is left passes; at most two simulations per verdict, and one."""
    found = Verdicts(list(chosen))
    while True:
        try:
            simulate(found.passing)
            return found
        except Reverted as refused:
            revert = refused.revert
            fate, token = fate_of(revert)
            culprit = next((item for item in found.passing if item.token == token), None)
            if culprit is not None and fate in (Fate.NEVER, Fate.LATER):
                found.set_apart(culprit, revert, fate)
            elif fate is Fate.UNKNOWN and found.passing:
                _try_each(found, simulate, refused)
            else:
                raise


def _try_each(found: Verdicts, simulate: Simulate, together: Reverted) -> None:
    """Holds back every verdict that is refused alone; all refused together only: the first half
    goes. Raises `together` when nothing can be learnt."""
    before = len(found.passing)
    for item in list(found.passing):
        try:
            simulate([item])
        except Reverted as refused:
            found.set_apart(item, refused.revert, fate_of(refused.revert)[0])
    if len(found.passing) < before:
        return
    if before < 2:
        raise together
    for item in found.passing[before // 2 :]:
        found.later.append((item, together.revert))
    del found.passing[before // 2 :]
