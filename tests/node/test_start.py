"""The start on a board: console, button, choice, and what follows the end of an application."""

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from cargoseal_boot import start as starting
from cargoseal_boot.slots import Slots
from cargoseal_wire import release as rel
from tests.node.both.world import MemoryNvs


class Reset(Exception):  # noqa: N818  an event
    """The board starts again."""


class Chip:
    """The few things of a chip that the start touches."""

    def __init__(self) -> None:
        self.nvs = MemoryNvs()
        self.cause = 1
        self.pressed_ms = 0  # how long the button will be held
        self.passed_ms = 0
        self.interrupt = -1  # main.py's first line: nobody interrupts a start
        self.watchdogs: list[int] = []
        self.pins: list[int] = []
        self.application: Any = lambda chosen: None

    def sleep_ms(self, ms: int) -> None:
        self.passed_ms += ms

    def reset(self) -> None:
        raise Reset

    def pin(self, number: int, *_: object) -> Any:
        self.pins.append(number)
        return SimpleNamespace(value=lambda: 0 if self.passed_ms < self.pressed_ms else 1)


@pytest.fixture
def chip(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Chip]:
    made = Chip()
    pin: Any = made.pin
    machine = ModuleType("machine")
    vars(machine).update(
        reset=made.reset,
        reset_cause=lambda: made.cause,
        DEEPSLEEP_RESET=4,
        WDT=lambda timeout: made.watchdogs.append(timeout),
        Pin=SimpleNamespace(IN=0, PULL_UP=1),
    )
    micropython = ModuleType("micropython")
    vars(micropython)["kbd_intr"] = lambda number: setattr(made, "interrupt", number)
    esp32 = ModuleType("esp32")
    vars(esp32)["NVS"] = object
    for fake in (machine, micropython, esp32):
        monkeypatch.setitem(sys.modules, fake.__name__, fake)
    for name in ("cargoseal_boot.board", "cargoseal_boot.nvs"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    board = importlib.import_module("cargoseal_boot.board")
    vars(machine)["Pin"] = type(
        "Pin", (), {"IN": 0, "PULL_UP": 1, "__new__": lambda _c, *a: pin(*a)}
    )
    monkeypatch.setattr(board, "BoardNvs", lambda: made.nvs)
    monkeypatch.setattr(board, "time", SimpleNamespace(sleep_ms=made.sleep_ms))
    monkeypatch.setattr(board.sys, "print_exception", lambda error: None, raising=False)
    main = ModuleType("node.ports.esp32.main")
    vars(main)["main"] = lambda chosen: made.application(chosen)
    main.__file__ = "/application/a/node/ports/esp32/main.mpy"
    made.main = main  # type: ignore[attr-defined]
    port = importlib.import_module("node.ports.esp32")
    monkeypatch.setattr(port, "main", main, raising=False)
    made.board = board  # type: ignore[attr-defined]
    before = list(sys.path)
    yield made
    sys.path[:] = before
    for name in ("cargoseal_boot.board", "cargoseal_boot.nvs"):
        sys.modules.pop(name, None)


def failing(chosen: object) -> None:
    raise ValueError("a broken application")


def test_a_board_that_is_not_in_production_comes_back_to_its_prompt(chip: Any) -> None:
    ran: list[object] = []
    chip.application = ran.append
    chip.board.run()
    assert len(ran) == 1
    assert chip.interrupt == 3
    chip.application = failing
    with pytest.raises(ValueError, match="broken"):
        chip.board.run()


def test_in_production_nothing_leads_to_the_prompt(chip: Any) -> None:
    chip.nvs.put("production", b"1")
    for application in (failing, lambda chosen: None):
        chip.application = application
        with pytest.raises(Reset):
            chip.board.run()
        assert chip.interrupt == -1
    assert chip.watchdogs == [60000, 60000]


def test_not_even_an_exit_or_an_interrupt_leads_to_the_prompt_in_production(chip: Any) -> None:
    chip.nvs.put("production", b"1")
    for error in (SystemExit, KeyboardInterrupt):

        def ends(chosen: object, error: type[BaseException] = error) -> None:
            raise error

        chip.application = ends
        with pytest.raises(Reset):
            chip.board.run()


def test_an_application_whose_files_are_gone_is_left_for_what_was_there_before(chip: Any) -> None:
    slots = Slots(chip.nvs)
    slots.start_trial(rel.APPLICATION, 6)
    assert Slots(chip.nvs).keep()
    ran: list[Any] = []
    chip.application = ran.append
    chip.main.__file__ = "/lib/node/ports/esp32/main.mpy"  # not from its folder
    with pytest.raises(Reset):
        chip.board.run()
    chip.board.run()
    assert [start.number for start in ran] == [0]


def test_an_application_that_fails_again_and_again_on_trial_is_given_up(chip: Any) -> None:
    chip.nvs.put("production", b"1")
    Slots(chip.nvs).start_trial(rel.APPLICATION, 6)
    numbers: list[int] = []

    def crashing(chosen: starting.Start) -> None:
        numbers.append(chosen.number)
        raise MemoryError

    chip.application = crashing
    starts = pytest.MonkeyPatch()
    starts.setattr(starting, "self_test", lambda: None)
    for _ in range(5):
        with pytest.raises(Reset):
            chip.board.run()
    starts.undo()
    assert numbers == [6, 6, 6, 0, 0]


def test_an_application_that_fails_its_own_test_never_gets_the_node(
    chip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails() -> None:
        raise ImportError("no module named node")

    Slots(chip.nvs).start_trial(rel.APPLICATION, 6)
    ran: list[object] = []
    chip.application = ran.append
    monkeypatch.setattr(starting, "self_test", fails)
    with pytest.raises(Reset):
        chip.board.run()
    assert ran == []
    chip.board.run()
    assert ran[0].number == 0  # type: ignore[attr-defined]


def test_the_button_makes_a_new_node_and_a_wake_from_sleep_does_not_look_at_it(
    chip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    removed: list[str] = []
    root = SimpleNamespace(names=lambda: ["config.json"], remove=removed.append, rename=None)
    monkeypatch.setattr(chip.board, "Root", lambda: root)
    chip.nvs.put("seed", b"secret")
    chip.nvs.put("production", b"1")
    chip.cause, chip.pressed_ms = 4, 20_000
    with pytest.raises(Reset):
        chip.board.run()
    assert chip.pins == []
    chip.cause, chip.passed_ms = 1, 0
    chip.board.run()
    assert chip.nvs.values == {}
    assert removed == ["config.json"]
    assert chip.interrupt == 3


def test_the_buttons_pin_is_that_of_board_json_or_of_the_chip(
    chip: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {"/board.json": json.dumps({"console": {"button": 39}})}

    def opened(path: str) -> Any:
        import io

        return io.StringIO(texts[path])

    monkeypatch.setattr(chip.board, "open", opened, raising=False)
    chip.board.run()
    texts["/board.json"] = "{}"
    chip.board.run()
    assert chip.pins == [39, 0]
