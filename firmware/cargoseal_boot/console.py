"""The serial console: open while a node is being provisioned, shut in production.

Rules
1. In production Ctrl-C is a byte like any other, no WebREPL is started, and whatever ends the
   application resets the board: nothing leads to the prompt.
2. Only a hand leads back. Who presses the board's button within WAIT_MS of a start (not before: at
   the reset itself that pin asks the chip for its own loader) and holds it for HOLD_MS makes a new
   node of it: key, enrolment, releases, certificates and the mark of production are erased. The old
   node's unsent segments are put aside (a folder `spool.0` and so on), to be read over the console
   that is open again.
3. This keeps honest hands off. Who has the board and a serial cable may still write another program
   over it: stock builds do not check what they boot.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    class Storage(Protocol):
        """What is erased from: NVS."""

        def get(self, key: str) -> bytes | None: ...
        def put(self, key: str, value: bytes) -> None: ...
        def remove(self, key: str) -> None: ...

    class Files(Protocol):
        """The root folder of the file system."""

        def names(self) -> list[str]: ...
        def rename(self, old: str, new: str) -> None: ...
        def remove(self, name: str) -> None:
            """A file, or a folder with all that is in it."""
            ...


PRODUCTION = "production"
WAIT_MS = 3000
HOLD_MS = 10000
_STEP_MS = 100
# The key first, so that no counter comes twice; the mark of production last.
_ERASED = ("seed", "seed_origin", "counters", "slots", "trial", "time floor", PRODUCTION)
_REMOVED = ("config.json", "tls", "configuration", "model", "application")
_SPOOL = "spool"


def is_production(nvs: "Storage") -> bool:
    """Whether the console is shut."""
    return nvs.get(PRODUCTION) is not None


def is_held(pressed: "Callable[[], bool]", sleep_ms: "Callable[[int], None]") -> bool:
    """Whether the button is pressed within WAIT_MS and then held for HOLD_MS without a break."""
    for _ in range(WAIT_MS // _STEP_MS):
        if pressed():
            break
        sleep_ms(_STEP_MS)
    for _ in range(HOLD_MS // _STEP_MS):
        if not pressed():
            return False
        sleep_ms(_STEP_MS)
    return True


def forget(nvs: "Storage", files: "Files") -> None:
    """Makes a new node of the board. A cut in between leaves a board that is asked again: the mark
    of production goes last."""
    names = files.names()
    if _SPOOL in names:
        number = 0
        while _SPOOL + "." + str(number) in names:
            number += 1
        files.rename(_SPOOL, _SPOOL + "." + str(number))
    for key in _ERASED[:-1]:
        if nvs.get(key) is not None:
            nvs.remove(key)
    for name in _REMOVED:
        if name in names:
            files.remove(name)
    if nvs.get(PRODUCTION) is not None:
        nvs.remove(PRODUCTION)
