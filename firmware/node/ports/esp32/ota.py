"""The place for a second MicroPython image, where the partition table has one (-OTA builds).

Rules
1. The image is written where the one that runs is not. The chip's own bootloader tries it once and
   goes back by itself unless `confirm` is called before the next reset; so a node does not sleep
   deeply while an image is on trial.
2. What a power cut interrupted begins anew: how far it was is not kept.
"""

import esp32

_BLOCKS, _BLOCK_BYTES = 4, 5  # ioctl operations of a block device
_NO_SPACE = 28  # ENOSPC, which the port does not name


class ImagePlace:
    """A `parts.Flash` with one file: the partition that does not run."""

    def __init__(self) -> None:
        """OSError when the board has only one place for an image."""
        place = esp32.Partition.RUNNING
        running = esp32.Partition(place)  # type: ignore[arg-type]  the stubs forget the constants
        self._partition = running.get_next_update()
        self.label = _label(self._partition)
        self._block = self._partition.ioctl(_BLOCK_BYTES, 0) or 4096
        self._room = (self._partition.ioctl(_BLOCKS, 0) or 0) * self._block
        self._name = ""
        self._size = 0
        self._open = bytearray(self._block)  # the last block, which is not full yet

    def names(self) -> list[str]:
        return [self._name] if self._name else []

    def read(self, name: str) -> bytes:
        return self.read_at(name, 0, self._size)

    def read_at(self, name: str, offset: int, size: int) -> bytes:
        """Up to `size` bytes from `offset`, as flash has them."""
        end = min(offset + size, self._size)
        out = bytearray()
        block = bytearray(self._block)
        while offset < end:
            number, inside = offset // self._block, offset % self._block
            self._partition.readblocks(number, block)
            piece = block[inside : min(self._block, inside + end - offset)]
            out += piece
            offset += len(piece)
        return bytes(out)

    def append(self, name: str, data: bytes) -> None:
        """OSError (ENOSPC) beyond the partition's end."""
        if self._size + len(data) > self._room:
            raise OSError(_NO_SPACE)
        self._name = name
        at = 0
        while at < len(data):
            number, inside = self._size // self._block, self._size % self._block
            piece = data[at : at + self._block - inside]
            self._open[inside : inside + len(piece)] = piece
            for rest in range(inside + len(piece), self._block):
                self._open[rest] = 0xFF
            self._partition.writeblocks(number, self._open)
            self._size += len(piece)
            at += len(piece)

    def remove(self, name: str) -> None:
        self._name, self._size = "", 0

    def boot(self) -> None:
        """The next start is from what was written. OSError when it is no image."""
        self._partition.set_boot()


def has_place() -> bool:
    """Whether the partition table has a second place for an image."""
    try:
        ImagePlace()
    except OSError:
        return False
    return True


def running() -> bytes:
    """The label of the partition that runs."""
    place = esp32.Partition.RUNNING
    return _label(esp32.Partition(place))  # type: ignore[arg-type]  the stubs forget the constants


def confirm() -> None:
    """The image that runs has proved itself: the bootloader keeps it."""
    esp32.Partition.mark_app_valid_cancel_rollback()


def _label(partition: "esp32.Partition") -> bytes:
    """The fifth of what a partition says of itself."""
    return str(partition.info()[4]).encode()
