"""What a node runs after a start: the settings and models of its releases, or those provisioned.

Rules
1. A release that is on trial and cannot be used is given up at once; one that was kept and cannot
   be read any more (worn flash) is passed over. Either way the node starts, and its statements say
   the number of what it really runs.
2. Models of a release stand in the place of all models of the enrolment.
"""

from cargoseal_boot.slots import Slots
from cargoseal_wire import release as rel
from node.config import Config
from node.update.selftest import merged, read_models

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TypeVar

    from node.parts import Flash

    T = TypeVar("T")


class Runs:
    """The settings to start with. `passed_over` names the components that could not be used."""

    def __init__(
        self, settings: dict, slots: "Slots | None", open_folder: "Callable[[str], Flash]"
    ) -> None:
        """`settings`: those of the enrolment, decoded. ConfigError when these are wrong; OSError
        when NVS fails."""
        self.passed_over: list[str] = []
        self._slots = slots
        self._open = open_folder
        self.config = Config(settings)
        changed = self._tried(
            rel.CONFIGURATION, lambda flash, number: _config(settings, flash, number)
        )
        if changed is not None:
            self.config = changed
        models = self._tried(rel.MODEL, lambda flash, number: read_models(flash))
        if models is not None:
            self.config.models = models

    def _tried(self, component: int, read: "Callable[[Flash, int], T]") -> "T | None":
        """What `read` makes of the component's running folder; None where there is none."""
        slot = None if self._slots is None else self._slots.slots[component]
        path = None if slot is None else slot.path(rel.COMPONENTS[component])
        if slot is None or path is None:
            return None
        try:
            return read(self._open(path), slot.number)
        except (OSError, ValueError):
            self.passed_over.append(rel.COMPONENTS[component])
            if slot.trial and self._slots is not None:
                self._slots.give_up(component)
                return self._tried(component, read)
        return None


def _config(settings: dict, flash: "Flash", number: int) -> Config:
    return Config(merged(settings, flash.read(rel.SETTINGS), number))
