"""The start of a node: counts it, chooses the application's folder, and tests what is on trial.

Rules
1. A wake from deep sleep is no start; a watchdog's reset is one, and so is a failure that resets.
2. An application on trial first passes its own `node.selftest`; one that fails, or cannot be
   imported, is given up at once and the board starts again from the folder before.
3. A damaged record runs what was provisioned: the node goes on sealing, and says release 0.
"""

import sys

from cargoseal_boot.slots import Slots, SlotsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from node.parts import Nvs

COMPONENT = "application"


class Start:
    """What was chosen: `slots` (None when their record is damaged), the application's `path` (None:
    what was provisioned), its release `number`, whether it is on `trial`, what `fell` back, whether
    the chip only `woke` from sleep, and whether it is in `production`: with a watchdog, that is."""

    def __init__(self, slots: "Slots | None", fell: list[int], woke: bool = False) -> None:
        self.slots = slots
        self.fell = fell
        self.woke = woke
        self.production = False
        application = None if slots is None else slots.slots[0]
        self.path = None if application is None else application.path(COMPONENT)
        self.number = 0 if application is None else application.number
        self.trial = application is not None and application.trial


def choose(nvs: "Nvs", woke: bool) -> Start:
    """What runs now. OSError when NVS fails."""
    try:
        slots = Slots(nvs)
    except SlotsError:
        return Start(None, [])
    return Start(slots, [] if woke else slots.count_start(), woke)


def enter(start: Start, test: "Callable[[], None]") -> bool:
    """Puts the chosen folder in front of the import path, and on trial runs `test`, which imports
    the application's self-test. False when it failed: the board must start again."""
    if start.path is not None:
        sys.path.insert(0, start.path)
    if not start.trial or start.slots is None or start.woke:
        return True
    try:
        test()
    except Exception as error:  # whatever a bad application raises
        print("release", start.number, "failed its self-test:", repr(error))
        start.slots.give_up(0)
        return False
    return True


def abandon(start: Start) -> None:
    """The application's folder cannot be imported any more: not its files, or not all of them."""
    if start.path is not None and start.slots is not None:
        start.slots.abandon(0)


def self_test() -> None:
    """The application's own test, from the folder that is in front now."""
    from node import selftest

    selftest.run()
