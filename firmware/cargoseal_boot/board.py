"""The start on an ESP32: button, console, choice, and what happens when the application ends."""

import json
import os
import sys
import time

import machine
import micropython

from cargoseal_boot import console, start
from cargoseal_boot.nvs import BoardNvs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

AGAIN_MS = 5000  # between the end of an application in production and the next start
WATCHDOG_MS = 60000
_CTRL_C = 3
_FOLDER = 0x4000
_BUTTONS = {"C3": 9, "C6": 9, "C2": 9}  # the BOOT button's pin, by the chip's name; else 0


class Root:
    """The root folder."""

    def names(self) -> list[str]:
        return os.listdir("/")

    def rename(self, old: str, new: str) -> None:
        os.rename("/" + old, "/" + new)

    def remove(self, name: str) -> None:
        """A file, or a folder with all that is in it."""
        path = "/" + name
        if not os.stat(path)[0] & _FOLDER:
            os.remove(path)
            return
        for inside in os.listdir(path):
            self.remove(name + "/" + inside)
        os.rmdir(path)


def run() -> None:
    """Returns to the prompt only outside of production. main.py has made Ctrl-C a byte like any
    other before; here it is given back where the console may be open."""
    nvs = BoardNvs()
    woke = machine.reset_cause() == machine.DEEPSLEEP_RESET
    production = console.is_production(nvs)
    try:
        if not woke and console.is_held(_button(), time.sleep_ms):
            console.forget(nvs, Root())
            print("this board is nobody's node now: provision it")
            production = False
        if production:
            machine.WDT(timeout=WATCHDOG_MS)  # a release that hangs before it feeds is a reset too
        else:
            micropython.kbd_intr(_CTRL_C)
        _start(nvs, woke, production)
    finally:
        if production:
            time.sleep_ms(AGAIN_MS)
            machine.reset()


def _start(nvs: BoardNvs, woke: bool, production: bool) -> None:
    chosen = start.choose(nvs, woke)
    chosen.production = production
    if not start.enter(chosen, start.self_test):
        machine.reset()
    try:
        from node.ports.esp32 import main  # from the folder that was chosen

        if chosen.path is not None and not str(main.__file__).startswith(chosen.path):
            raise ImportError("the application is not in " + chosen.path)
    except Exception:
        start.abandon(chosen)
        machine.reset()
    main.main(chosen)


def _button() -> "Callable[[], bool]":
    """Whether the button is pressed, as a question."""
    pin = machine.Pin(_button_pin(), machine.Pin.IN, machine.Pin.PULL_UP)
    return lambda: pin.value() == 0


def _button_pin() -> int:
    """That of board.json, else the BOOT button of the chip's own boards."""
    try:
        with open("/board.json") as file:
            return int(json.load(file)["console"]["button"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    name = str(getattr(sys.implementation, "_machine", ""))
    for chip in _BUTTONS:
        if chip in name:
            return _BUTTONS[chip]
    return 0
