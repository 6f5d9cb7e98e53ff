"""The independent check of one token, in numbered steps.

 1. bundle       it decodes, by two decoders, to the same
 2. log          entries are well-formed; it begins once, for this token
 3. deployment   the log is of this deployment; the token is on chain
 4. profile      the log's profile is the one the token was minted for
 5. anchors      heads of the log are inside of roots that the chain has
 6. tree         those roots are of these entries, and the log only ever grew
 7. node keys    names are hashes of keys; the chain knows the same keys
 8. seals        every segment is sealed by its node, for this deployment
 9. sections     what is there is what was sealed; what is not is counted
10. facts        gaps, silences and broken chains: all true, none hidden
11. models       the models that the seals name, active in the registry on chain
12. model inputs they follow from the readings
13. scores       they follow from the model inputs
14. verdicts     they follow from the evidence under the profile
15. status       the token follows from the verdicts
16. reviews      people's verdicts on chain are those in the log
17. openings     who reviewed is who the log committed to
18. freshness    the gateway is not silent on chain

A step that needs one that failed is not checked. What is wrong first is told first.
"""

from collections.abc import Callable
from typing import NamedTuple

from cargoseal.audit import anchors, facts, form, policy, scores, seals, status
from cargoseal.audit.case import Case
from cargoseal.audit.result import Result, State, Step, Unchecked, Wrong
from cargoseal.audit.view import ChainView


class Check(NamedTuple):
    """A step's name, what it does, and the numbers of the steps that must not have failed."""

    name: str
    run: Callable[[Case], str]
    needs: tuple[int, ...] = ()


STEPS = (
    Check("bundle", form.bundle_form),
    Check("log", form.log_form, (1,)),
    Check("deployment", form.deployment, (2,)),
    Check("profile", form.profile, (2,)),
    Check("anchors", anchors.anchored_heads, (3,)),
    Check("tree", anchors.consistent_tree, (5,)),
    Check("node keys", seals.node_keys, (2,)),
    Check("seals", seals.seals, (2,)),
    Check("sections", seals.sections, (8,)),
    Check("facts", facts.attendance, (4, 8)),
    Check("models", scores.models, (2,)),
    Check("model inputs", scores.model_inputs, (9, 11)),
    Check("scores", scores.scores, (9, 11)),
    Check("verdicts", policy.verdicts, (4, 9)),
    Check("status", status.status, (3,)),
    Check("reviews", status.reviews, (3,)),
    Check("openings", status.openings, (2,)),
    Check("freshness", status.freshness, (3,)),
)


def audit_bundle(data: bytes, view: ChainView, token: int) -> Result:
    """Checks a bundle against the chain. Raises ChainError when the chain does not answer."""
    case = Case(data, token, view)
    result = Result(token)
    for number, check in enumerate(STEPS, 1):
        result.steps.append(_take(number, check, case, result))
    return result


def _take(number: int, check: Check, case: Case, result: Result) -> Step:
    broken = [n for n in check.needs if not _usable(result.steps[n - 1])]
    if broken:
        needed = ", ".join(f"{n} ({STEPS[n - 1].name})" for n in broken)
        return Step(number, check.name, State.NOT_CHECKED, f"needs step {needed}")
    try:
        return Step(number, check.name, State.OK, check.run(case))
    except Wrong as wrong:
        return Step(number, check.name, State.FAILED, str(wrong))
    except Unchecked as unchecked:
        return Step(number, check.name, State.NOT_CHECKED, str(unchecked))


def _usable(step: Step) -> bool:
    """Whether later steps may build on a step: it was taken, and found nothing wrong."""
    if step.state is State.FAILED:
        return False
    return not (step.state is State.NOT_CHECKED and step.detail.startswith("needs step "))
