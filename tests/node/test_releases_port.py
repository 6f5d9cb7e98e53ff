"""What a board's loop does about releases: the end of a trial, a restart, and when not to sleep."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from node.config import Config

from cargoseal_boot.slots import Slots
from cargoseal_boot.start import Start
from cargoseal_wire import release as rel
from tests.node.both.updates import SETTINGS, key
from tests.node.both.world import MemoryNvs


class Reset(Exception):  # noqa: N818  an event
    """The board starts again."""


class Node:
    """As much of an app as the loop looks at."""

    def __init__(self) -> None:
        self.open = 1  # readings in the open window
        self.receipt = False
        self.uplink = SimpleNamespace(updates=None, connected=lambda: True)

    def proved(self) -> bool:
        return self.receipt

    def idle(self) -> bool:
        return not self.open

    def finish(self) -> None:
        self.open = 0


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    def reset() -> None:
        raise Reset

    machine, esp32 = ModuleType("machine"), ModuleType("esp32")
    vars(machine)["reset"] = reset
    vars(esp32)["Partition"] = SimpleNamespace(
        RUNNING=1, mark_app_valid_cancel_rollback=lambda: confirmed.append(True)
    )
    confirmed: list[bool] = []
    for name in ("node.ports.esp32.releases", "node.ports.esp32.ota"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    package = importlib.import_module("node.ports.esp32")
    monkeypatch.delattr(package, "ota", raising=False)  # of another chip of these tests
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.setitem(sys.modules, "esp32", esp32)
    found = importlib.import_module("node.ports.esp32.releases")
    monkeypatch.setattr(found.ota, "has_place", lambda: False)
    yield SimpleNamespace(module=found, confirmed=confirmed)
    for name in ("node.ports.esp32.releases", "node.ports.esp32.ota"):
        sys.modules.pop(name, None)


def made(port: Any, nvs: MemoryNvs, **changes: object) -> tuple[Any, Node]:
    settings = {**SETTINGS, "release_key": key().public_key.hex(), **changes}
    node = Node()
    start = Start(Slots(nvs), [])
    return port.module.Releases(start, settings, Config(settings), node), node


def test_without_a_release_key_no_release_is_asked_for(port: Any) -> None:
    releases, node = made(port, MemoryNvs(), release_key=None)
    assert node.uplink.updates is None
    releases.step()
    assert not releases.awake()


def test_a_trial_ends_with_the_receipt_for_what_this_start_sealed(port: Any) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.APPLICATION, 6)
    releases, node = made(port, nvs)
    releases.step()
    assert Slots(nvs).slots[rel.APPLICATION].trial
    node.receipt = True
    releases.step()
    assert not Slots(nvs).slots[rel.APPLICATION].trial
    assert port.confirmed == []


def test_an_image_on_trial_keeps_the_node_awake_until_the_bootloader_is_told(port: Any) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.IMAGE, 2)
    releases, node = made(port, nvs)
    assert releases.awake()
    node.receipt = True
    releases.step()
    assert port.confirmed == [True]
    assert not releases.awake()


def test_a_release_that_waits_seals_what_is_open_tells_the_gateway_and_restarts(port: Any) -> None:
    releases, node = made(port, MemoryNvs())
    dialogue = node.uplink.updates
    dialogue.restart, dialogue._wish = True, b"installed"
    assert releases.awake()
    releases.step()
    assert node.open == 1  # the gateway is told first
    dialogue._wish = None
    releases.step()
    assert node.open == 0
    with pytest.raises(Reset):
        releases.step()
