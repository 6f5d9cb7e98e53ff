"""Gets releases over the node's connection, piece by piece (cargoseal_wire.piecewise).

Rules
1. One release at a time; while one is under way another offer is not looked at.
2. Checking a signature costs seconds: an offer that was just refused is not checked again, and
   offers are looked at once a minute at most, so that nobody on the broker keeps a node busy.
3. No answer to a wish for ASK_MS: it is said again, at most MOST_ASKS times; then the release waits
   for the next offer. What is on flash by then stays.
4. When a release is on trial `restart` is set: the caller starts the node again when it suits.
"""

import hashlib

from cargoseal_wire.errors import WireError
from cargoseal_wire.piecewise import Wish, decode_piece
from node.update.installer import Installed, Later, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from node.update.installer import Installer

ASK_MS = 30000
MOST_ASKS = 8
BUSY_MS = 600000  # a release that did not get on for so long keeps no node awake
OFFERS_EVERY_MS = 60000
HELLO_EVERY_MS = 6 * 3600000
FIRST_HELLO_MS = 600000  # after the last one, on a new connection
_NOTHING = bytes(32)  # a wish for no release in particular: whatever there is


class Dialogue:
    """What comes in on …/release, and what to say on …/wish."""

    def __init__(self, installer: "Installer") -> None:
        self._installer = installer
        self._release = b""  # digest of the one under way
        self._refused = b""  # of the last that was refused
        self._wish: bytes | None = None
        self._asked_at = 0
        self._asks = 0
        self._next_offer_at = 0
        self._hello_at: int | None = None  # when it was last asked whether there is something
        self._again_at: int | None = None  # when to ask once more, out of turn
        self._moved_at = 0  # when the release under way last got on
        self.restart = False
        self.said = ""  # what became of the last release

    def take(self, payload: bytes, now: int) -> None:
        """A message of the gateway: an offer, or a piece. What is neither is passed over."""
        if self.restart:
            return
        try:
            piece = decode_piece(payload)
        except WireError:
            self._take_offer(payload, now)
            return
        if piece.release == self._release and piece.offset == self._installer.offset():
            self._go(now, lambda: self._installer.add(piece.data))

    def connected(self, now: int) -> None:
        """A connection is there: asks whether the gateway has something, now and then."""
        if self._hello_at is None or now - self._hello_at >= FIRST_HELLO_MS:
            self._hello(now)

    def wish(self, now: int) -> bytes | None:
        """What to publish now, or nothing; asked again it gives the next."""
        if self._wish is None and self._release and now - self._asked_at >= ASK_MS:
            self._asks += 1
            if self._asks >= MOST_ASKS:
                self._stop(now)
            else:
                self._say(self._installer.offset(), now)
        if self._again_at is not None and now >= self._again_at:
            self._hello(now)
        if self._hello_at is not None and now - self._hello_at >= HELLO_EVERY_MS:
            self._hello(now)
        said, self._wish = self._wish, None
        return said

    def unsaid(self) -> bool:
        """Whether the gateway is still to be told something."""
        return self._wish is not None

    def busy(self, now: int) -> bool:
        """Whether a release is under way and gets on, or waits for a start."""
        if self._release and now - self._moved_at >= BUSY_MS:
            self._stop(now)
        return len(self._release) > 0 or self.restart

    def wake(self) -> int | None:
        """When `wish` has something, None when only a message can tell."""
        if self._wish is not None:
            return 0
        if self._release:
            return self._asked_at + ASK_MS
        return None if self._hello_at is None else self._hello_at + HELLO_EVERY_MS

    def _take_offer(self, payload: bytes, now: int) -> None:
        digest = hashlib.sha256(payload).digest()
        if self._release or digest == self._refused:
            return
        if now < self._next_offer_at:
            self._again_at = self._next_offer_at
            return
        self._next_offer_at = now + OFFERS_EVERY_MS
        self._release = digest
        self._go(now, lambda: self._installer.begin(payload))

    def _go(self, now: int, work: "Callable[[], int]") -> None:
        """Does one piece of work and says what comes after it."""
        self._asks = 0
        self._moved_at = now
        try:
            offset = work()
            if offset == self._installer.total():
                self._installer.finish()
                self.restart = True
                self.said = "on trial"
                self._say(offset, now)
                self._release = b""
            else:
                self._say(offset, now)
        except Installed as error:  # the gateway has not heard of it
            self._say(error.total, now)
            self._release = b""
        except Later as error:  # the gateway goes on offering it
            self.said = str(error)
            self._release = b""
        except Refused as error:
            self.said = str(error)
            self._wish = Wish(self._release, 0, self.said).encode()
            self._refused, self._release = self._release, b""
        except OSError as error:
            self.said = "flash: " + str(error)
            self._stop(now)

    def _stop(self, now: int) -> None:
        """Lets go of the release under way; a later offer goes on with what is on flash."""
        self._release = b""
        self._again_at = now + FIRST_HELLO_MS

    def _hello(self, now: int) -> None:
        self._hello_at, self._again_at = now, None
        if not self._release and self._wish is None and not self.restart:
            self._wish = Wish(_NOTHING, 0).encode()

    def _say(self, offset: int, now: int) -> None:
        self._wish = Wish(self._release, offset).encode()
        self._asked_at = now
