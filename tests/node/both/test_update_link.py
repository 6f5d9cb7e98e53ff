"""Releases beside segments on one connection: neither holds the other up, and a receipt for what
the new application sealed is what ends its trial."""

import hashlib

from node.update.dialogue import BUSY_MS, FIRST_HELLO_MS, Dialogue
from node.update.trial import GIVEN_UP, KEPT, TRIAL_MS, Trial

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


def tried(board, world):
    """A start on trial: (slots, its trial)."""
    slots = choose(board.nvs, woke=False).slots
    world.boot()
    return slots, Trial(board.nvs, slots, world.app.spool.last_counter(), world.now)


def test_only_a_receipt_for_what_was_sealed_in_the_trial_proves_it():
    board, world = Board(), World(max_readings=2)
    world.wire.up = False
    world.boot()
    world.read(4)
    earlier = world.app.spool.last_counter()
    board.install(rel.APPLICATION, 6, FILES)
    slots, trial = tried(board, world)
    world.wire.up = True
    world.until(lambda: world.app.uplink.covered == earlier)
    assert trial.step(world.app.uplink.covered, world.now) == 0
    world.read(2)
    world.delivered()
    assert trial.step(world.app.uplink.covered, world.now) == KEPT
    assert not slots.slots[rel.APPLICATION].trial
    assert trial.step(world.app.uplink.covered, world.now) == 0


def test_the_proof_may_come_in_a_later_life_than_the_seal():
    board, world = Board(), World(max_readings=2)
    board.install(rel.APPLICATION, 6, FILES)
    world.wire.up = False
    tried(board, world)
    world.read(2)
    slots = Slots(board.nvs)  # a wake from sleep: nothing is counted
    world.boot()
    trial = Trial(board.nvs, slots, world.app.spool.last_counter(), world.now)
    world.wire.up = True
    world.delivered()
    assert trial.step(world.app.uplink.covered, world.now) == KEPT


def test_a_trial_without_a_proof_ends_after_three_days_of_uptime_sleep_included():
    board = Board()
    board.install(rel.CONFIGURATION, 6, {"settings.json": b"{}"})
    Trial(board.nvs, Slots(board.nvs), 17, 1000)
    later = Trial(board.nvs, Slots(board.nvs), 40, 50000)
    assert later.step(17, 1000 + TRIAL_MS - 1) == 0
    assert later.step(17, 1000 + TRIAL_MS) == GIVEN_UP
    slot = Slots(board.nvs).slots[rel.CONFIGURATION]
    assert (slot.number, slot.trial, slot.highest) == (0, False, 6)


def test_a_power_cut_begins_the_trials_time_anew_and_another_release_its_own():
    board = Board()
    board.install(rel.CONFIGURATION, 6, {"settings.json": b"{}"})
    Trial(board.nvs, Slots(board.nvs), 17, 5 * TRIAL_MS)
    again = Trial(board.nvs, Slots(board.nvs), 40, 0)
    assert again.step(17, TRIAL_MS - 1) == 0
    assert again.step(18, TRIAL_MS - 1) == KEPT
    board.install(rel.CONFIGURATION, 7, {"settings.json": b"{}"})
    other = Trial(board.nvs, Slots(board.nvs), 50, 10)
    assert other.step(50, 20) == 0
    assert other.step(51, 20) == KEPT


def test_statements_of_a_trial_say_its_number():
    board, world = Board(), World(max_readings=2)
    board.install(rel.APPLICATION, 6, FILES)
    world.application = choose(board.nvs, woke=False).number
    world.boot()
    world.read(2)
    world.delivered()
    said = [
        decode_statement(decode_segment(data).statement) for data in world.kept.segments.values()
    ]
    assert [one.application for one in said] == [6]


def test_a_release_that_does_not_get_on_keeps_no_node_awake():
    board = Board()
    dialogue = Dialogue(board.installer())
    desk = Desk(FILES, 6)
    dialogue.take(desk.release, 0)
    assert dialogue.busy(BUSY_MS - 1)
    assert not dialogue.busy(BUSY_MS)
    assert dialogue.wish(BUSY_MS + FIRST_HELLO_MS) is not None  # it asks again later


def test_an_offer_that_came_too_soon_is_asked_for_again_in_a_minute():
    board = Board(arch="xtensawin")
    dialogue = Dialogue(board.installer())
    made = sealed(manifest(rel.APPLICATION, 6, FILES, arch="rv32imc"))
    dialogue.take(made, 0)
    assert dialogue.wish(0) is not None  # refused, and said so
    dialogue.take(Desk(FILES, 7).release, 1000)
    assert dialogue.wish(1000) is None
    wish = dialogue.wish(60000)
    assert decode_wish(wish).release == bytes(32)
    dialogue.take(Desk(FILES, 7).release, 60000)
    assert dialogue.busy(60000)
