"""Which of two folders each component runs from: one small record in NVS, written as a whole.

Rules
1. A component has two folders, A and B. New files go into the one that does not run; nothing is
   ever written into the one that does.
2. A new release is first on *trial*: it runs, and each start of the node is counted. It is kept
   when it has proved itself (`keep`); after TRIES starts without that, the other folder runs again.
   Only what ran since this start can prove itself: what was put on trial meanwhile waits.
3. The highest number ever put on trial stays noted, so that neither an old release nor the one
   that failed can come again.
4. The record is replaced by one `put`, so a power cut leaves the old or the new one.
5. Before the first release a component has no folder: what was provisioned runs, as number 0.
"""

import binascii

TYPE_CHECKING = False
if TYPE_CHECKING:
    from node.parts import Nvs

TRIES = 3
FOLDERS = ("a", "b")
NONE = 255  # no folder: what was provisioned
_KEY = "slots"
_COMPONENTS = 4
_VERSION = 1
_ENTRY = 16  # folder, other, trial, tries u8; number, other number, highest u32


class SlotsError(ValueError):
    """The record in NVS is none: damaged, or of another firmware."""


class Slot:
    """One component: what runs, what ran before, and whether what runs is on trial."""

    def __init__(self) -> None:
        self.folder = NONE
        self.number = 0
        self.other = NONE
        self.other_number = 0
        self.highest = 0
        self.trial = False
        self.tries = 0

    def spare(self) -> int:
        """The folder that new files go into: not the one that runs, nor what is fallen back to."""
        return 1 if self.folder == 0 else 0

    def path(self, component: str) -> str | None:
        """The running folder, None for what was provisioned."""
        return None if self.folder == NONE else folder_path(component, self.folder)


def folder_path(component: str, folder: int) -> str:
    """Where a component's files of one folder lie."""
    return "/" + component + "/" + FOLDERS[folder]


class Slots:
    """The record, read once at the start of the node. OSError when NVS fails."""

    def __init__(self, nvs: "Nvs") -> None:
        """SlotsError when what is stored is no record: the caller runs what was provisioned."""
        self._nvs = nvs
        self.slots = [Slot() for _ in range(_COMPONENTS)]
        data = nvs.get(_KEY)
        if data is not None:
            _read(self.slots, data)
        self._ran = [slot.trial for slot in self.slots]  # on trial, and running since this start

    def on_trial(self) -> "list[int]":
        """The components that run on trial since this start."""
        return [at for at, slot in enumerate(self.slots) if self._ran[at] and slot.trial]

    def count_start(self) -> list[int]:
        """To be called once at each start that is no wake from sleep. Counts it for what is on
        trial; gives the components that fell back, with the record written before it returns."""
        fell, changed = [], False
        for component, slot in enumerate(self.slots):
            if not slot.trial:
                continue
            changed = True
            if slot.tries >= TRIES:
                _fall_back(slot)
                self._ran[component] = False
                fell.append(component)
            else:
                slot.tries += 1
        if changed:
            self._write()
        return fell

    def start_trial(self, component: int, number: int) -> None:
        """From the next start on the spare folder runs, as release `number`. What runs now must
        not be on trial itself: only what has proved itself can be fallen back to."""
        slot = self.slots[component]
        if slot.trial or number <= slot.highest:
            raise ValueError("trial: expected a number above " + str(slot.highest))
        spare = slot.spare()
        slot.other, slot.other_number = slot.folder, slot.number
        slot.folder, slot.number, slot.highest = spare, number, number
        slot.trial, slot.tries = True, 0
        self._write()

    def keep(self) -> bool:
        """What runs on trial has proved itself. Whether anything did. OSError when NVS fails: then
        it is still on trial."""
        tried = [self.slots[at] for at in self.on_trial()]
        if not tried:
            return False
        for slot in tried:
            slot.trial = False
        try:
            self._write()
        except OSError:
            for slot in tried:
                slot.trial = True
            raise
        return True

    def give_up(self, component: int) -> None:
        """What is on trial failed: the other folder runs from the next start on."""
        if self.slots[component].trial:
            self.abandon(component)

    def abandon(self, component: int) -> None:
        """What runs cannot run any more, though it was kept: the other folder, if there is one that
        proved itself, else what was provisioned."""
        _fall_back(self.slots[component])
        self._write()

    def _write(self) -> None:
        body = bytes((_VERSION,))
        for slot in self.slots:
            tries = slot.tries if slot.trial else 0
            body += bytes((slot.folder, slot.other, int(slot.trial), tries))
            for number in (slot.number, slot.other_number, slot.highest):
                body += number.to_bytes(4, "big")
        self._nvs.put(_KEY, body + _check(body))


def _fall_back(slot: Slot) -> None:
    slot.folder, slot.number = slot.other, slot.other_number
    slot.other, slot.other_number = NONE, 0
    slot.trial, slot.tries = False, 0


def _check(body: bytes) -> bytes:
    return (binascii.crc32(body) & 0xFFFFFFFF).to_bytes(4, "big")


def _read(slots: list[Slot], data: bytes) -> None:
    body, check = data[:-4], data[-4:]
    whole = len(data) == 1 + _COMPONENTS * _ENTRY + 4 and data[0] == _VERSION
    if not whole or _check(body) != check:
        raise SlotsError("slots: expected a record of version 1, got " + str(len(data)) + " bytes")
    for at, slot in enumerate(slots):
        entry = body[1 + at * _ENTRY : 1 + (at + 1) * _ENTRY]
        slot.folder, slot.other = entry[0], entry[1]
        slot.trial, slot.tries = entry[2] != 0, entry[3]
        slot.number = int.from_bytes(entry[4:8], "big")
        slot.other_number = int.from_bytes(entry[8:12], "big")
        slot.highest = int.from_bytes(entry[12:16], "big")
