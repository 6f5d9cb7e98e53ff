"""When what runs on trial is kept, and when it is given up.

Rules
1. The proof is a receipt for a segment that was sealed after the trial began: sensing, scoring,
   sealing, sending and receipts all work. It may come in a later life than the one that sealed it.
2. Without one for TRIAL_MS of uptime (deep sleep included) the trial is over, even if nothing ever
   fails: settings with a wrong broker, say. A way without any link is given up for that long, too.
3. Where a trial began is one value in NVS. After a power cut its time begins anew; that start is
   counted by cargoseal_boot.slots.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_boot.slots import Slots
    from node.parts import Nvs

TRIAL_MS = 3 * 86400000
KEPT = 1
GIVEN_UP = 2
_KEY = "trial"
_VALUE = ">QQ"  # the last counter sealed before, the uptime


class Trial:
    """The trial that this start is part of, if there is one. OSError when NVS fails."""

    def __init__(self, nvs: "Nvs", slots: "Slots", last_counter: int, now: int) -> None:
        self._slots = slots
        self._since, self._began = last_counter, now
        if not slots.on_trial():
            return
        name = b"".join([slots.slots[at].number.to_bytes(4, "big") for at in slots.on_trial()])
        stored = nvs.get(_KEY)
        if stored is not None and len(stored) == len(name) + 16 and stored[: len(name)] == name:
            self._since, began = struct.unpack(_VALUE, stored[len(name) :])
            if began <= now:
                self._began = began
                return
        nvs.put(_KEY, name + struct.pack(_VALUE, self._since, self._began))

    def step(self, covered: int, now: int) -> int:
        """KEPT or GIVEN_UP once, 0 at all other times; `covered` is the highest counter that a
        receipt covered. OSError when NVS fails: then it is said again."""
        tried = self._slots.on_trial()
        if not tried:
            return 0
        if covered > self._since:
            self._slots.keep()
            return KEPT
        if now - self._began < TRIAL_MS:
            return 0
        for component in tried:
            self._slots.give_up(component)
        return GIVEN_UP
