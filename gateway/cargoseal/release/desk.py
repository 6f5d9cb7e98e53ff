"""The gateway's side of cargoseal_wire.piecewise: what to send a node, given what it asked.

Nothing is remembered between messages but in the store: nodes, ingest and this may restart.
"""

import logging

from cargoseal.errors import CargosealError
from cargoseal.release import offers
from cargoseal.store import Store
from cargoseal_wire.errors import WireError
from cargoseal_wire.piecewise import PIECE_BYTES, Piece, Wish, decode_wish

NOTE_EVERY = 16  # pieces

log = logging.getLogger("cargoseal.release")


class Desk:
    """Answers nodes. A fault of ours is logged and answers nothing: the node asks again."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, node: bytes, payload: bytes) -> bytes | None:
        """The piece that a wish asks for, or the next offer when the release is done with."""
        try:
            return self._answer(node, decode_wish(payload))
        except WireError as error:
            log.warning("no wish from node %s: %s", node.hex(), error)
        except CargosealError as error:
            log.error("no answer for node %s: %s", node.hex(), error)
        return None

    def _answer(self, node: bytes, wish: Wish) -> bytes | None:
        parcel = offers.next_release(self._store, node)
        if parcel is None or parcel.digest != wish.release:
            return None if parcel is None else parcel.release
        size = len(parcel.stream)
        if wish.refused or wish.offset >= size:
            state = offers.REFUSED if wish.refused else offers.INSTALLED
            offers.note(self._store, node, wish.release, state, wish.offset, wish.refused)
            name = wish.release.hex()[:16]
            log.info("node %s: release %s: %s %s", node.hex(), name, state, wish.refused)
            parcel = offers.next_release(self._store, node)
            return None if parcel is None else parcel.release
        if wish.offset % (NOTE_EVERY * PIECE_BYTES) == 0:  # a durable write, so not for each piece
            offers.note(self._store, node, wish.release, offers.OFFERED, wish.offset, "")
        piece = parcel.stream[wish.offset : wish.offset + PIECE_BYTES]
        return Piece(wish.release, wish.offset, piece).encode()
