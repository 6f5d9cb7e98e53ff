"""The goals of the project, each with what was reached: all computed, none written down.

Every set states the goals it can measure; here they are put in their order, and who ships is
decided. A goal whose set is not there does not appear.
"""

from collections.abc import Sequence

from models.evaluate import alarm_targets
from models.evaluate.contest import Contest, contest, goal
from models.evaluate.detectors import Detectors
from models.evaluate.result import Goal, SetResult

_FIRST_CONTEST, _FIRST_TARGET = 80, 90


def contests(results: Sequence[SetResult], detectors: Detectors) -> dict[str, Contest]:
    """Return kind -> what the sets say of a model against its baselines, where judged."""
    out = {}
    for kind, some in (("climate", detectors.climate), ("handling", detectors.handling)):
        baselines = [d.name for d in some if d.is_baseline]
        for model in [d for d in some if not d.is_baseline][:1]:
            found = contest(results, model.name, baselines)
            if found is not None:
                out[kind] = found
    return out


def collect(results: Sequence[SetResult], fought: dict[str, Contest]) -> list[Goal]:
    """Return all goals in the order of the report's first table."""
    goals = [one for result in results for one in result.goals]
    goals += [
        goal(found, kind, _FIRST_CONTEST + i) for i, (kind, found) in enumerate(fought.items())
    ]
    targets = [alarm_targets.goal(kind, _FIRST_TARGET + i) for i, kind in enumerate(fought)]
    goals += [one for one in targets if one is not None]
    return sorted(goals, key=lambda one: (one.order, one.name))
