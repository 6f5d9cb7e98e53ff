"""How a release gets to a node over MQTT: the node asks, the gateway answers, nobody remembers.

    …/release  gateway → node   a sealed release (see release.py), or a piece of its files
    …/wish     node → gateway   from which byte on the node wants more, or what became of it

Rules
1. The gateway offers; the node wishes; each wish is answered by one piece. A lost message is made
   good by the next wish, so both sides may forget everything but what is on flash and in the store.
2. A piece says which release it is of and where it belongs; what it holds is only believed when
   the file's digest is right.
3. A wish at the end of the files says: installed. A wish with a text says: refused, and why.
"""

from cargoseal_wire import cbor, fields
from cargoseal_wire.constants import DIGEST_BYTES
from cargoseal_wire.errors import WireError
from cargoseal_wire.release import MAX_FILE_BYTES, MAX_FILES

VERSION = 1
PIECE_BYTES = 2048  # a PUBLISH with it is below 4 kB, which a node takes
MAX_TEXT_BYTES = 160
_MOST = MAX_FILE_BYTES * MAX_FILES


class Wish:
    """`release`: SHA-256 of the sealed release; the offset in the stream of its files; why it was
    refused, or nothing."""

    def __init__(self, release: bytes, offset: int, refused: str = "") -> None:
        self.release = release
        self.offset = offset
        self.refused = refused

    def encode(self) -> bytes:
        text = self.refused
        while len(text.encode()) > MAX_TEXT_BYTES:
            text = text[:-1]
        return cbor.encode([VERSION, self.release, self.offset, text])


class Piece:
    """Bytes of a release's files from an offset on."""

    def __init__(self, release: bytes, offset: int, data: bytes) -> None:
        self.release = release
        self.offset = offset
        self.data = data

    def encode(self) -> bytes:
        return cbor.encode([VERSION, self.release, self.offset, self.data])


def decode_wish(data: bytes) -> Wish:
    """WireError for anything else."""
    items = _items(data, "wish")
    text = items[3]
    if type(text) is not str or len(text.encode()) > MAX_TEXT_BYTES:
        raise WireError("wish.refused", "a short text", "another value")
    return Wish(_release(items, "wish"), _offset(items, "wish"), text)


def decode_piece(data: bytes) -> Piece:
    """WireError for anything else."""
    items = _items(data, "piece")
    piece = fields.bstr_up_to(items[3], PIECE_BYTES, "piece.data")
    return Piece(_release(items, "piece"), _offset(items, "piece"), piece)


def _items(data: bytes, where: str) -> list[object]:
    value = fields.decode_within(data, PIECE_BYTES + 64, where)
    return fields.versioned(value, VERSION, 4, where)


def _release(items: list[object], where: str) -> bytes:
    return fields.bstr(items[1], DIGEST_BYTES, where + ".release")


def _offset(items: list[object], where: str) -> int:
    return fields.uint(items[2], _MOST + 1, where + ".offset")
