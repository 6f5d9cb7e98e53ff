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
_BUTTONS = {"C3": 9, "C6": 9, "C2": 9}  # the BOOT button's pin, by the chip's name; else 0


class Root:
    """The root folder."""

    def names(self) -> list[str]:
        return os.listdir("/")

    def rename(self, old: str, new: str) -> None:
        os.rename("/" + old, "/" + new)

    def remove(self, name: str) -> None:
        os.remove("/" + name)


def run() -> None:
    """Returns to the prompt only outside of production."""
    nvs = BoardNvs()
    woke = machine.reset_cause() == machine.DEEPSLEEP_RESET
    if not woke and console.is_held(_button(), time.sleep_ms):
        console.forget(nvs, Root())
        print("this board is nobody's node now: provision it")
    production = console.is_production(nvs)
    if production:
        micropython.kbd_intr(-1)  # Ctrl-C is a byte like any other
    try:
        _start(nvs, woke)
    except Exception as error:
        sys.print_exception(error)
        if not production:
            raise
    if production:
        time.sleep_ms(AGAIN_MS)
        machine.reset()


def _start(nvs: BoardNvs, woke: bool) -> None:
    chosen = start.choose(nvs, woke)
    if not start.enter(chosen, start.self_test):
        machine.reset()
    from node.ports.esp32 import main  # from the folder that was chosen

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
