"""Which time the broker's certificate is checked against, on a chip that starts in the year 2000.

Rules
1. A certificate is always checked: its chain, its name, its dates. Nothing here or elsewhere turns
   that off, and no connection begins before there is a time to check the dates against.
2. That time is the wall clock's, whoever set it: satellites, a clock of its own, the network, a
   receipt. Network time needs no TLS, so it is asked for as soon as there is a network.
3. Time only goes on: what was certainly past is the floor. It is the later of what provisioning
   wrote (`tls.since_ms`, the day the certificates were made) and the gateway's time in the last
   receipt, which comes under a key of the node's own; a new day of it is kept in NVS. A wall clock
   before the floor is wrong, so that nobody who answers for the time server revives a certificate
   that had run out by then.
4. When no clock was set WAIT_MS after the first try (a site without time servers), the floor itself
   is taken. A certificate that ran out after the floor then passes, and one made after it does
   not: counted in `guessed`, and over as soon as any clock is set.
"""

import struct

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from node.clock import WallClock
    from node.parts import Nvs

WAIT_MS = 30000
DAY_MS = 86400000
_KEY = "time floor"


class TlsTime:
    """Tells a transport whether it may begin, and the chip what time it is."""

    def __init__(
        self, nvs: "Nvs", clock: "WallClock", since_ms: int, set_chip: "Callable[[int], None]"
    ) -> None:
        """`set_chip` takes Unix milliseconds: what the chip's TLS reads. OSError when NVS fails."""
        stored = nvs.get(_KEY)
        kept_ms = 0
        if stored is not None and len(stored) == 8:
            (kept_ms,) = struct.unpack(">Q", stored)
        self._nvs = nvs
        self._clock = clock
        self._kept_ms = kept_ms
        self._set_chip = set_chip
        self._asked_at: int | None = None
        self.floor_ms = max(since_ms, kept_ms)
        self.guessed = 0  # connections that began with the floor for a time
        self.refused = 0  # wall clocks before the floor

    def ready(self, now: int) -> bool:
        """Whether a connection may begin; the chip's clock is set then."""
        wall_ms, _, _ = self._clock.stamp(now)
        if wall_ms is not None and wall_ms >= self.floor_ms:
            self._set_chip(wall_ms)
            return True
        if wall_ms is not None:
            self.refused += 1
        if self._asked_at is None:
            self._asked_at = now
        if not self.floor_ms or now - self._asked_at < WAIT_MS:
            return False
        self.guessed += 1
        self._set_chip(self.floor_ms)
        return True

    def receipt(self, told_ms: int, asked_ms: int, now: int) -> bool:
        """The gateway's time, out of a receipt whose tag is right: rule 3. Whether it was later
        than the floor."""
        if told_ms <= self.floor_ms:
            return False
        self.floor_ms = told_ms
        if told_ms - self._kept_ms >= DAY_MS:
            try:
                self._nvs.put(_KEY, struct.pack(">Q", told_ms))
            except OSError:
                return True  # the next one tries again
            self._kept_ms = told_ms
        return True
