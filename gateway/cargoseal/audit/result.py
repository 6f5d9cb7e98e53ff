"""What a check found, step by step.

Exit codes: 0 everything was checked and is right; 1 something is wrong; 3 nothing is wrong, but not
everything could be checked. (2 is for the command's own use: it was called wrongly.)
"""

from dataclasses import dataclass, field
from enum import Enum

GOOD, WRONG, USAGE, INCOMPLETE = 0, 1, 2, 3


class State(Enum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    NOT_CHECKED = "not checked"


class Wrong(Exception):  # noqa: N818 - what a step found, not a fault of ours
    """A step's answer: this is not what it should be."""


class Unchecked(Exception):  # noqa: N818
    """A step's answer: nothing is wrong with what could be checked, but not all could."""


@dataclass(frozen=True, slots=True)
class Step:
    """One numbered step."""

    number: int
    name: str
    state: State
    detail: str


@dataclass(slots=True)
class Result:
    """All steps, in order."""

    token: int
    steps: list[Step] = field(default_factory=list)

    @property
    def first_wrong(self) -> Step | None:
        return next((step for step in self.steps if step.state is State.FAILED), None)

    @property
    def unchecked(self) -> list[Step]:
        return [step for step in self.steps if step.state is State.NOT_CHECKED]

    @property
    def exit_code(self) -> int:
        if self.first_wrong:
            return WRONG
        return INCOMPLETE if self.unchecked else GOOD

    @property
    def verdict(self) -> str:
        """The whole in a sentence."""
        wrong = self.first_wrong
        if wrong:
            return f"WRONG: step {wrong.number}, {wrong.name}: {wrong.detail}"
        if self.unchecked:
            names = ", ".join(step.name for step in self.unchecked)
            return f"Nothing wrong was found; not everything could be checked: {names}."
        return "The token follows from the evidence."

    def as_dict(self) -> dict[str, object]:
        """For JSON."""
        return {
            "token": self.token,
            "verdict": self.verdict,
            "exit_code": self.exit_code,
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "state": step.state.value,
                    "detail": step.detail,
                }
                for step in self.steps
            ],
        }
