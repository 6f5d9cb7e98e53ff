"""Releases beside segments on one connection: neither holds the other up, and a receipt for what
the new application sealed is what ends its trial."""

import hashlib

from node.update.dialogue import Dialogue

from cargoseal_boot.slots import Slots
from cargoseal_boot.start import choose
from cargoseal_wire import release as rel
from cargoseal_wire.piecewise import PIECE_BYTES, Piece, decode_wish
from cargoseal_wire.segment import decode_segment
from cargoseal_wire.statement import decode_statement
from tests.node.both.updates import Board, manifest, sealed, stream
from tests.node.both.world import World

FILES = {"node/app.mpy": bytes(range(250)) * 40, "node/selftest.mpy": b"M"}


class Desk:
    """The gateway's answers, for one release."""

    def __init__(self, files, number):
        self.release = sealed(manifest(rel.APPLICATION, number, files))
        self.digest = hashlib.sha256(self.release).digest()
        self.stream = stream(files)
        self.refused = []

    def __call__(self, payload):
        wish = decode_wish(payload)
        if wish.release != self.digest:
            return self.release
        if wish.refused:
            self.refused.append(wish.refused)
            return None
        if wish.offset >= len(self.stream):
            return None
        piece = self.stream[wish.offset : wish.offset + PIECE_BYTES]
        return Piece(self.digest, wish.offset, piece).encode()


def started(board, world):
    world.boot()
    world.app.uplink.updates = Dialogue(board.installer())
    return world.app


def test_a_release_comes_while_segments_go():
    board, world = Board(), World(max_readings=2)
    world.kept.desk = Desk(FILES, 6)
    app = started(board, world)
    world.until(lambda: app.uplink.connected())
    for _ in range(30):
        world.read(2, step_ms=100)
    world.until(lambda: app.uplink.updates.restart)
    world.delivered()
    assert sorted(world.kept.segments) == list(range(1, 31))
    assert choose(board.nvs, woke=False).number == 6


def test_a_link_that_breaks_at_any_place_only_costs_time():
    for cut in (300, 1200, 3000, 5000, 9000):
        board, world = Board(), World(max_readings=2)
        world.kept.desk = Desk(FILES, 6)
        app = started(board, world)
        world.wire.cut_after = cut
        world.read(2)
        world.until(lambda app=app: app.uplink.updates.restart, limit=60000, step_ms=50)
        assert choose(board.nvs, woke=False).number == 6
        world.delivered()


def test_without_a_release_key_the_node_neither_subscribes_nor_asks():
    world = World()
    world.kept.desk = Desk(FILES, 6)
    world.boot()
    world.until(lambda: world.app.uplink.connected())
    world.steps(200)
    assert len(world.wire.side.filters) == 1
    assert world.app.uplink.ignored == 0


def test_only_a_receipt_for_what_this_start_sealed_proves_the_application():
    world = World(max_readings=2)
    world.wire.up = False
    world.boot()
    world.read(4)
    earlier = world.app.spool.last_counter()
    world.boot()
    world.wire.up = True
    world.until(lambda: earlier in world.kept.segments)
    world.steps(50)
    assert not world.app.proved()
    world.read(2)
    world.delivered()
    assert world.app.proved()


def test_the_trial_ends_with_the_proof_and_the_statement_says_the_number():
    board, world = Board(), World(max_readings=2)
    board.install(rel.APPLICATION, 6, FILES)
    start = choose(board.nvs, woke=False)
    world.application = start.number
    world.boot()
    world.read(2)
    world.delivered()
    assert world.app.proved()
    assert start.slots.keep()
    said = [
        decode_statement(decode_segment(data).statement) for data in world.kept.segments.values()
    ]
    assert [one.application for one in said] == [6]
    assert not Slots(board.nvs).slots[rel.APPLICATION].trial
