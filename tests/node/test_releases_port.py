"""What a board's loop does about releases: the end of a trial, a restart, and when not to sleep."""

import importlib
import sys
from collections.abc import Iterator
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from node.config import Config
from node.update.trial import TRIAL_MS

from cargoseal_boot.slots import Slots
from cargoseal_boot.start import Start
from cargoseal_wire import release as rel
from tests.node.both.updates import SETTINGS, key
from tests.node.both.world import MemoryNvs


class Reset(Exception):  # noqa: N818  an event
    """The board starts again."""


class Node:
    """As much of an app as the loop looks at; its last segment is number 40."""

    def __init__(self) -> None:
        self.open = 1  # readings in the open window
        self.uplink = SimpleNamespace(updates=None, connected=lambda: True, covered=0)
        self.spool = SimpleNamespace(last_counter=lambda: 40)

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
    runs = SimpleNamespace(label=b"ota_1")
    confirmed: list[bool] = []
    for name in ("node.ports.esp32.releases", "node.ports.esp32.ota"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    package = importlib.import_module("node.ports.esp32")
    monkeypatch.delattr(package, "ota", raising=False)  # of another chip of these tests
    monkeypatch.setitem(sys.modules, "machine", machine)
    monkeypatch.setitem(sys.modules, "esp32", esp32)
    found = importlib.import_module("node.ports.esp32.releases")
    monkeypatch.setattr(found.ota, "has_place", lambda: False)
    monkeypatch.setattr(found.ota, "running", lambda: runs.label)
    yield SimpleNamespace(module=found, confirmed=confirmed, runs=runs)
    for name in ("node.ports.esp32.releases", "node.ports.esp32.ota"):
        sys.modules.pop(name, None)


def made(port: Any, nvs: MemoryNvs, **changes: object) -> tuple[Any, Node]:
    settings = {**SETTINGS, "release_key": key().public_key.hex(), **changes}
    node = Node()
    start = Start(Slots(nvs), [])
    return port.module.Releases(start, settings, Config(settings), node, nvs, 0), node


def test_without_a_release_key_no_release_is_asked_for(port: Any) -> None:
    releases, node = made(port, MemoryNvs(), release_key=None)
    assert node.uplink.updates is None
    releases.step(1000)
    assert not releases.awake(1000)


def test_a_trial_ends_with_the_receipt_for_what_this_start_sealed(port: Any) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.APPLICATION, 6)
    releases, node = made(port, nvs)
    releases.step(1000)
    assert Slots(nvs).slots[rel.APPLICATION].trial
    node.uplink.covered = 41
    releases.step(1000)
    assert not Slots(nvs).slots[rel.APPLICATION].trial
    assert port.confirmed == []


def test_an_image_on_trial_keeps_the_node_awake_until_the_bootloader_is_told(port: Any) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.IMAGE, 2)
    nvs.put("image", b"ota_1")
    releases, node = made(port, nvs)
    assert releases.awake(1000)
    node.uplink.covered = 41
    releases.step(1000)
    assert port.confirmed == [True]
    assert not releases.awake(1000)


def test_an_image_that_the_bootloader_took_back_is_not_proved_by_the_one_that_runs(
    port: Any,
) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.IMAGE, 2)
    nvs.put("image", b"ota_1")
    port.runs.label = b"ota_0"
    releases, node = made(port, nvs)
    node.uplink.covered = 41
    releases.step(1000)
    slot = Slots(nvs).slots[rel.IMAGE]
    assert (slot.number, slot.trial, slot.highest) == (0, False, 2)
    assert port.confirmed == []


def test_a_trial_that_nothing_proves_ends_in_a_restart_from_the_folder_before(port: Any) -> None:
    nvs = MemoryNvs()
    Slots(nvs).start_trial(rel.CONFIGURATION, 5)
    releases, _ = made(port, nvs)
    releases.step(TRIAL_MS - 1)
    with pytest.raises(Reset):
        releases.step(TRIAL_MS)
    assert Slots(nvs).slots[rel.CONFIGURATION].number == 0


def test_what_was_installed_in_this_life_is_still_on_trial_after_it(port: Any) -> None:
    nvs = MemoryNvs()
    releases, node = made(port, nvs)
    node.uplink.updates._installer._slots.start_trial(rel.APPLICATION, 6)
    node.uplink.covered = 41
    releases.step(1000)
    assert Slots(nvs).slots[rel.APPLICATION].trial


def test_a_release_that_waits_seals_what_is_open_tells_the_gateway_and_restarts(port: Any) -> None:
    releases, node = made(port, MemoryNvs())
    dialogue = node.uplink.updates
    dialogue.restart, dialogue._wish = True, b"installed"
    assert releases.awake(1000)
    releases.step(1000)
    assert node.open == 1  # the gateway is told first
    dialogue._wish = None
    releases.step(1000)
    assert node.open == 0
    with pytest.raises(Reset):
        releases.step(1000)
