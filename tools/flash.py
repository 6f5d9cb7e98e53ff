"""Puts MicroPython and the node's firmware on a board, over its USB serial port.

    python tools/flash.py PORT --image ESP32_GENERIC-v1.29.0.bin --chip esp32
    python tools/flash.py PORT --family xtensawin

With --image the whole flash is erased and MicroPython written (esptool); key, settings and unsent
segments of the board are gone with it, so it asks for --erase-everything too. Then the compiled
application and cargoseal_boot are copied to /lib and main.py to / (mpremote). --family is that of
the chip: xtensawin for ESP32, S2 and S3, rv32imc for C3 and C6. Next: tools/provision.py.

Exit codes: 0 done · 2 usage or a file · 4 no board, or it does not answer.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import application
import esptool
from boards import Console, ConsoleError
from esptool.bin_image import LoadFirmwareImage
from native import FAMILIES, NativeError

MAIN = application.FIRMWARE / "main.py"
EXIT_USAGE, EXIT_ABSENT = 2, 4
# Where the first-stage bootloader finds the image (Espressif's esptool documentation), and whose
# machine code the chip runs.
CHIPS = {
    "esp32": (0x1000, "xtensawin"),
    "esp32s2": (0x1000, "xtensawin"),
    "esp32s3": (0x0, "xtensawin"),
    "esp32c3": (0x0, "rv32imc"),
    "esp32c6": (0x0, "rv32imc"),
}
START_S = 5  # a board's first start makes its file system


class FlashError(Exception):
    """A file that was named is not what it should be, or options do not go together."""


def check_image(path: Path, chip: str) -> bytes:
    """The image's bytes. FlashError when it is none of this chip."""
    try:
        data = path.read_bytes()
        LoadFirmwareImage(chip, data)
    except (OSError, esptool.FatalError) as error:
        raise FlashError(
            f"{path}: expected a MicroPython image for {chip}, got: {error}"
        ) from error
    return data


def write_image(port: str, chip: str, image: bytes) -> None:
    """Erases the board's flash and writes the image. ConsoleError when the board is not there, or
    is another chip."""
    try:
        with esptool.detect_chip(port) as board:
            found = board.CHIP_NAME.lower().replace("-", "")
            if found != chip:
                raise ConsoleError(f"{port}: expected {chip}, got {found}", silent=False)
            board = esptool.run_stub(board)
            esptool.attach_flash(board)
            esptool.write_flash(board, [(CHIPS[chip][0], image)], erase_all=True)
            esptool.reset_chip(board, "hard-reset")
    except (esptool.FatalError, OSError) as error:
        raise ConsoleError(f"{port}: the image was not written: {error}", silent=True) from error


def copy_firmware(
    console: Console, family: str, packages: dict[str, Path], *, say: bool = True
) -> int:
    """Compiles for the family and copies; how many files."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        files = application.build(root, family, packages)
        console.make_folder("/lib")
        made: set[Path] = set()
        for number, path in enumerate(files, 1):
            inside = path.relative_to(root)
            for parent in reversed(inside.parents[:-1]):
                if parent not in made:
                    console.make_folder(f"/lib/{parent}")
                    made.add(parent)
            console.write_file(f"/lib/{inside}", path.read_bytes())
            if say:
                print(f"\r{number} of {len(files)} files", end="", file=sys.stderr, flush=True)
    console.write_file("/main.py", MAIN.read_bytes())
    if say:
        print(file=sys.stderr)
    return len(files) + 1


def flash(given: argparse.Namespace) -> int:
    family = given.family
    if given.image is not None:
        if given.chip is None or not given.erase_everything:
            raise FlashError("--image: expected --chip and --erase-everything with it")
        image = check_image(given.image, given.chip)
        write_image(given.port, given.chip, image)
        family = CHIPS[given.chip][1]
        time.sleep(START_S)
    if family is None:
        raise FlashError("expected --family, or --image with --chip")
    with Console(given.port) as console:
        count = copy_firmware(console, family, application.PACKAGES | application.BOOT)
    print(f"{count} files on {given.port}; next: python tools/provision.py {given.port} --help")
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python tools/flash.py",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("port", help="serial port, such as /dev/ttyUSB0")
    parser.add_argument("--image", type=Path, help="a MicroPython image, from micropython.org")
    parser.add_argument("--chip", choices=sorted(CHIPS))
    parser.add_argument("--family", choices=sorted(FAMILIES))
    parser.add_argument("--erase-everything", action="store_true", help="the board becomes new")
    given = parser.parse_args()
    try:
        return flash(given)
    except (FlashError, NativeError) as error:
        print(f"flash: {error}", file=sys.stderr)
        return EXIT_USAGE
    except ConsoleError as error:
        print(f"flash: {error}", file=sys.stderr)
        return EXIT_ABSENT


if __name__ == "__main__":
    sys.exit(main())
