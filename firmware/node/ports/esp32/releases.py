"""Releases on a board: where their files lie, what this chip runs, and the end of a trial."""

import sys

import machine

from cargoseal_score import blob
from node.ports.esp32 import ota
from node.update.dialogue import Dialogue
from node.update.folder import Folder
from node.update.installer import Installer
from node.update.selftest import Running

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_boot.start import Start
    from node.app import App
    from node.config import Config
    from node.parts import Flash

IMAGE = "/image/"
_IMAGE = 3  # its place among the components
# By the number in MicroPython's _mpy, as its documentation of .mpy files has them.
_ARCHITECTURES = {10: "xtensawin", 11: "rv32imc"}


def open_folder(path: str) -> "Flash":
    """The flash behind a component's folder. OSError for an image on a board with one place."""
    return ota.ImagePlace() if path.startswith(IMAGE) else Folder(path)


def architecture() -> str:
    """Whose machine code this MicroPython loads."""
    return _ARCHITECTURES.get(getattr(sys.implementation, "_mpy", 0) >> 10, "any")


class Releases:
    """What a node does about releases at each round of its loop."""

    def __init__(self, start: "Start", settings: dict, config: "Config", app: "App") -> None:
        """`settings`: those of the enrolment, decoded; `config`: what runs."""
        self._slots = start.slots
        self._app = app
        self._dialogue: Dialogue | None = None
        self._image_on_trial = start.slots is not None and start.slots.slots[_IMAGE].trial
        if start.slots is None or config.release_key is None:
            return
        running = Running(architecture(), start.number, [blob.VERSION], settings)
        boot = ota.boot if ota.has_place() else None
        installer = Installer(start.slots, config.release_key, running, open_folder, boot)
        self._dialogue = app.uplink.updates = Dialogue(installer)

    def step(self) -> None:
        """Ends a trial that went well; starts anew when a release waits for it."""
        slots = self._slots
        if slots is not None and self._app.proved() and slots.keep() and self._image_on_trial:
            ota.confirm()
            self._image_on_trial = False
        dialogue = self._dialogue
        if dialogue is None or not dialogue.restart:
            return
        if dialogue.unsaid() and self._app.uplink.connected():
            return
        if self._app.idle():
            machine.reset()
        self._app.finish()  # what is open is sealed early, and the next look restarts

    def awake(self) -> bool:
        """Whether the node must not sleep deeply: a release is under way, or an image on trial,
        which the bootloader takes back at the next start."""
        return self._image_on_trial or (self._dialogue is not None and self._dialogue.busy())
