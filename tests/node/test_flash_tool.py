"""tools/flash.py: what it copies arrives byte for byte; what it must not write it names."""

import argparse
import hashlib
from pathlib import Path

import application
import flash
import pytest
from boards import Console

from tests.node.board.process import BoardProcess

ON_THE_BOARD = """
import hashlib, binascii, os
def walk(path):
    for name in os.listdir(path):
        whole = path + '/' + name
        if os.stat(whole)[0] & 0x4000:
            walk(whole)
        else:
            with open(whole, 'rb') as file:
                print(whole, binascii.hexlify(hashlib.sha256(file.read()).digest()).decode())
walk('/lib')
"""


def given(**changes: object) -> argparse.Namespace:
    plain = {"port": "none", "image": None, "chip": None, "family": None, "erase_everything": False}
    return argparse.Namespace(**{**plain, **changes})


def test_compiled_modules_arrive_on_the_board(tmp_path: Path) -> None:
    packages = {"cargoseal_score": application.PACKAGES["cargoseal_score"], **application.BOOT}
    wanted = {
        f"/lib/{path.relative_to(tmp_path)}": hashlib.sha256(path.read_bytes()).hexdigest()
        for path in application.build(tmp_path, "rv32imc", packages)
    }
    with BoardProcess() as board, Console(board.port) as console:
        assert flash.copy_firmware(console, "rv32imc", packages, say=False) == len(wanted) + 1
        found = dict(line.split() for line in console.run(ON_THE_BOARD).splitlines())
        main = console.run("print(open('/main.py').read(), end='')").replace("\r", "")
    assert found == wanted
    assert main == flash.MAIN.read_text()


def test_a_file_that_is_no_image_is_named_before_anything_is_erased(tmp_path: Path) -> None:
    path = tmp_path / "image.bin"
    path.write_bytes(b"no image" * 100)
    with pytest.raises(flash.FlashError, match=r"image\.bin.*for esp32"):
        flash.flash(given(image=path, chip="esp32", erase_everything=True))


def test_an_image_is_never_written_without_saying_that_all_is_erased(tmp_path: Path) -> None:
    with pytest.raises(flash.FlashError, match="--erase-everything"):
        flash.flash(given(image=tmp_path / "image.bin", chip="esp32"))


def test_asks_for_the_family_of_the_chip() -> None:
    with pytest.raises(flash.FlashError, match="--family"):
        flash.flash(given())
