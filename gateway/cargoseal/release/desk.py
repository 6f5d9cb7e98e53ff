"""The gateway's side of cargoseal_wire.piecewise: what to send a node, given what it asked.

Nothing is remembered between messages but in the store: nodes, ingest and this may restart. The
releases that are under way are kept in memory, since each is asked for a thousand times.
"""

import logging

from cargoseal.errors import CargosealError
from cargoseal.release import offers
from cargoseal.release.parcel import Parcel
from cargoseal.store import Store
from cargoseal_wire.errors import WireError
from cargoseal_wire.piecewise import PIECE_BYTES, Piece, Wish, decode_wish

NOTE_EVERY = 16  # pieces
MOST_PARCELS = 4  # in memory, the largest 4 MB

log = logging.getLogger("cargoseal.release")


class Desk:
    """Answers nodes. A fault of ours is logged and answers nothing: the node asks again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._parcels: dict[bytes, Parcel] = {}

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
        parcel = self._next(node)
        if parcel is None or parcel.digest != wish.release:
            return None if parcel is None else parcel.release
        size = len(parcel.stream)
        if wish.refused or wish.offset >= size:
            state = offers.REFUSED if wish.refused else offers.INSTALLED
            offers.note(self._store, node, wish.release, state, wish.offset, wish.refused)
            name = wish.release.hex()[:16]
            log.info("node %s: release %s: %s %s", node.hex(), name, state, wish.refused)
            parcel = self._next(node)
            return None if parcel is None else parcel.release
        if wish.offset % (NOTE_EVERY * PIECE_BYTES) == 0:  # a durable write, so not for each piece
            offers.note(self._store, node, wish.release, offers.OFFERED, wish.offset, "")
        piece = parcel.stream[wish.offset : wish.offset + PIECE_BYTES]
        return Piece(wish.release, wish.offset, piece).encode()

    def _next(self, node: bytes) -> Parcel | None:
        """The release that the node is to be offered now."""
        digest = offers.next_digest(self._store, node)
        if digest is None:
            return None
        if digest not in self._parcels:
            if len(self._parcels) >= MOST_PARCELS:
                del self._parcels[next(iter(self._parcels))]
            self._parcels[digest] = offers.stored(self._store, digest)
        return self._parcels[digest]
