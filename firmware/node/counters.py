"""Numbers that never repeat: the segment counter and the power-cycle counter.

Rules
1. A block of counters is reserved in NVS, durably, before the first of them is used.
2. After every start counting goes on behind the reserved block: a power cut may have hidden how
   much of it was used. The numbers left out were never sealed; the chain of digests shows it.
3. Should NVS be lost, counting goes on behind the highest counter that the spool knows.
4. The power-cycle counter is raised, durably, before the first counter of a start is taken.
5. A start out of deep sleep is none: it goes on with the counters that were held, provided that NVS
   says what it said then.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.parts import Nvs
    from node.power import Held

BLOCK = 16
_KEY = "counters"
_VALUE = ">QI"  # last reserved counter, power cycles


class Counters:
    """Counters from 1 upwards; `boot` counts the starts from 1."""

    def __init__(
        self, nvs: "Nvs", last_known: int = 0, block: int = BLOCK, held: "Held | None" = None
    ) -> None:
        """`last_known`: the highest counter found in the spool; `held`: what was kept over a deep
        sleep. OSError when NVS fails."""
        reserved, boots = 0, 0
        stored = nvs.get(_KEY)
        if stored is not None and len(stored) == struct.calcsize(_VALUE):
            reserved, boots = struct.unpack(_VALUE, stored)
        self._nvs = nvs
        self._block = block
        self.resumed = (
            held is not None
            and (held.reserved, held.boot) == (reserved, boots)
            and last_known <= held.last_counter <= reserved
        )
        if held is not None and self.resumed:
            self._last, self._reserved, self.boot = held.last_counter, reserved, boots
            self.skipped = False
            return
        self._last = max(reserved, last_known)
        self._reserved = self._last
        self.boot = boots + 1
        self.skipped = self._last > last_known  # numbers between the last segment and the next
        self._store()

    def take(self) -> int:
        """The next counter. OSError when a block cannot be reserved; then none is used up."""
        if self._last == self._reserved:
            self._reserved += self._block
            try:
                self._store()
            except OSError:
                self._reserved -= self._block
                raise
        self._last += 1
        return self._last

    def hold(self, held: "Held") -> None:
        """Notes what goes on after a sleep."""
        held.last_counter, held.reserved, held.boot = self._last, self._reserved, self.boot

    def _store(self) -> None:
        self._nvs.put(_KEY, struct.pack(_VALUE, self._reserved, self.boot))
