"""Releases on a board: where their files lie, what this chip runs, and the end of a trial."""

import sys

import machine

from cargoseal_score import blob
from cargoseal_wire.release import COMPONENTS, IMAGE
from node.ports.esp32 import ota
from node.update.dialogue import Dialogue
from node.update.folder import Folder
from node.update.installer import Installer
from node.update.selftest import Running
from node.update.trial import GIVEN_UP, KEPT, Trial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cargoseal_boot.start import Start
    from node.app import App
    from node.config import Config
    from node.parts import Flash, Nvs

_IMAGES = "/" + COMPONENTS[IMAGE] + "/"
_BOOTED = "image"  # the partition that the image on trial lies in
# By the number in MicroPython's _mpy, as its documentation of .mpy files has them.
_ARCHITECTURES = {10: "xtensawin", 11: "rv32imc"}


def open_folder(path: str) -> "Flash":
    """The flash behind a component's folder. OSError for an image on a board with one place."""
    return ota.ImagePlace() if path.startswith(_IMAGES) else Folder(path)


def architecture() -> str:
    """Whose machine code this MicroPython loads."""
    return _ARCHITECTURES.get(getattr(sys.implementation, "_mpy", 0) >> 10, "any")


class Releases:
    """What a node does about releases at each round of its loop."""

    def __init__(
        self, start: "Start", settings: dict, config: "Config", app: "App", nvs: "Nvs", now: int
    ) -> None:
        """`settings`: those of the enrolment, decoded; `config`: what runs. OSError for NVS."""
        self._app = app
        self._trial: Trial | None = None
        self._dialogue: Dialogue | None = None
        self._image_on_trial = False
        slots = start.slots
        if slots is None:
            return
        if slots.slots[IMAGE].trial and nvs.get(_BOOTED) != ota.running():
            slots.give_up(IMAGE)  # the chip's own bootloader went back
        self._image_on_trial = IMAGE in slots.on_trial()
        self._trial = Trial(nvs, slots, app.spool.last_counter(), now)
        if config.release_key is None:
            return
        running = Running(architecture(), start.number, [blob.VERSION], settings)
        boot = (lambda: _boot(nvs)) if ota.has_place() else None
        installer = Installer(slots, config.release_key, running, open_folder, boot)
        self._dialogue = app.uplink.updates = Dialogue(installer)

    def step(self, now: int) -> None:
        """Ends a trial; starts anew when a release waits for it, or one was given up."""
        try:
            ended = 0 if self._trial is None else self._trial.step(self._app.uplink.covered, now)
        except OSError:
            return  # NVS: the next round tries again
        if ended == KEPT and self._image_on_trial:
            ota.confirm()
            self._image_on_trial = False
        dialogue = self._dialogue
        if ended != GIVEN_UP and (dialogue is None or not dialogue.restart):
            return
        if dialogue is not None and dialogue.unsaid() and self._app.uplink.connected():
            return
        if ended == GIVEN_UP or self._app.idle():
            machine.reset()
        self._app.finish()  # what is open is sealed early, and a later round restarts

    def busy(self, now: int) -> bool:
        """Whether a release is under way, which wants the radio."""
        return self._dialogue is not None and self._dialogue.busy(now)

    def awake(self, now: int) -> bool:
        """Whether the node must not sleep deeply: a release is under way, or an image on trial,
        which the bootloader takes back at the next start."""
        return self._image_on_trial or self.busy(now)


def _boot(nvs: "Nvs") -> None:
    """The next start is from the second place; what is to run then is noted."""
    place = ota.ImagePlace()
    nvs.put(_BOOTED, place.label)
    place.boot()
