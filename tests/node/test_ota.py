"""The second place for an image, against a partition that behaves as the chip's: blocks are erased
as a whole, and nothing is there that was not written."""

import importlib
import random
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

BLOCK = 4096


class Partition:
    """esp32.Partition: two places of so many blocks; the second does not run."""

    RUNNING = 1
    blocks = 8
    single = False
    confirmed = False

    def __init__(self, which: int) -> None:
        assert which == Partition.RUNNING
        self.data = bytearray(b"\xff" * (BLOCK * Partition.blocks))
        self.erased = 0
        self.booted = False

    def get_next_update(self) -> "Partition":
        if Partition.single:
            raise OSError(2, "ESP_ERR_NOT_FOUND")
        return Partition(Partition.RUNNING)

    def info(self) -> tuple[int, int, int, int, str, bool]:
        return (0, 17, 0, 0, "ota_1", False)

    def ioctl(self, operation: int, _argument: int) -> int:
        return {4: Partition.blocks, 5: BLOCK}[operation]

    def readblocks(self, number: int, buffer: bytearray) -> None:
        buffer[:] = self.data[number * BLOCK : number * BLOCK + len(buffer)]

    def writeblocks(self, number: int, buffer: bytes) -> None:
        assert len(buffer) % BLOCK == 0
        self.erased += 1
        self.data[number * BLOCK : number * BLOCK + len(buffer)] = buffer

    def set_boot(self) -> None:
        self.booted = True

    @staticmethod
    def mark_app_valid_cancel_rollback() -> None:
        Partition.confirmed = True


@pytest.fixture
def ota(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    chip = ModuleType("esp32")
    chip.Partition = Partition  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "esp32", chip)
    monkeypatch.delitem(sys.modules, "node.ports.esp32.ota", raising=False)
    Partition.single = Partition.confirmed = False
    yield importlib.import_module("node.ports.esp32.ota")
    sys.modules.pop("node.ports.esp32.ota", None)


@pytest.mark.parametrize("seed", range(8))
def test_gives_back_what_was_written_in_pieces_of_any_size(ota: Any, seed: int) -> None:
    dice = random.Random(seed)
    place, image = ota.ImagePlace(), random.Random(seed).randbytes(dice.randrange(1, 8 * BLOCK))
    at = 0
    while at < len(image):
        size = dice.choice([1, 100, 2048, 4096, 5000])
        place.append("image", image[at : at + size])
        at += size
    assert place.read("image") == image
    for _ in range(40):
        offset, size = dice.randrange(len(image)), dice.randrange(1, 6000)
        assert place.read_at("image", offset, size) == image[offset : offset + size]


def test_pieces_of_half_a_block_erase_each_block_twice_at_most(ota: Any) -> None:
    place = ota.ImagePlace()
    for _ in range(16):
        place.append("image", bytes(2048))
    assert place._partition.erased == 16


def test_refuses_an_image_that_is_longer_than_the_place(ota: Any) -> None:
    place = ota.ImagePlace()
    place.append("image", bytes(8 * BLOCK))
    with pytest.raises(OSError):
        place.append("image", b"x")


def test_begins_anew_after_a_removal(ota: Any) -> None:
    place = ota.ImagePlace()
    place.append("image", b"old" * 1000)
    place.remove("image")
    assert place.names() == []
    place.append("image", b"new")
    assert place.read("image") == b"new"


def test_a_board_with_one_place_says_so(ota: Any) -> None:
    Partition.single = True
    with pytest.raises(OSError):
        ota.ImagePlace()


def test_boots_and_confirms_by_the_chips_own_means(ota: Any) -> None:
    place = ota.ImagePlace()
    assert (place.label, ota.running()) == (b"ota_1", b"ota_1")
    place.boot()
    assert place._partition.booted
    ota.confirm()
    assert Partition.confirmed
