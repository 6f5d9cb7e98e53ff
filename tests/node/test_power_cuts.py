"""The power is cut at every write that a node makes to flash and to NVS, and inside it.

Quick: at every byte within 24 of where a write begins or ends (a record's header and CRC are
there), and at every eleventh in between. With CARGOSEAL_THOROUGH=1: at every byte.

What must hold after each: every segment that was durable reaches the gateway, no counter comes with
two contents, the chain of digests has no hole, and counters only rise. Signatures are not what is
tested here: a quick stand-in for the key makes thousands of lives affordable.
"""

import hashlib
import os
import random
from typing import Any

import pytest

from tests.node.both import world as worlds
from tests.node.both.chain import assert_unbroken, opened
from tests.node.both.gateway_side import counter_of
from tests.node.both.handling import drop
from tests.node.both.world import Budget, PowerCut, World


class QuickKey:
    """Signs with two hashes instead of a curve."""

    public_key = bytes(32)

    def sign(self, message: bytes, blind: int = 1) -> bytes:
        digest = hashlib.sha256(message).digest()
        return digest + digest


@pytest.fixture(autouse=True)
def quick_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "signing_key", lambda: QuickKey())


class Life:
    """A world that notes which segments became durable (append returned)."""

    def __init__(self, cut: int | None = None, **changes: Any) -> None:
        self.world = World(Budget(cut), max_readings=2, **changes)
        self.durable: dict[int, bytes] = {}

    def boot(self) -> None:
        self.world.boot()
        spool = self.world.app.spool
        append = spool.append

        def noted(counter: int, urgent: bool, data: bytes, digest: bytes) -> None:
            append(counter, urgent, data, digest)
            assert counter not in self.durable
            self.durable[counter] = data

        spool.append = noted

    def script(self) -> None:
        """Two segments delivered; two, an alarm and a burst kept while the network is away."""
        world = self.world
        self.boot()
        world.read(4)
        world.delivered()
        world.wire.up = False
        world.read(4)
        world.read(1, values={4: 9000})
        world.feel(drop(world.now + 10))
        world.wire.up = True
        world.delivered()

    def again(self, cut: int | None = None) -> None:
        """Another life on the same flash: a backlog is delivered; two segments and a burst made."""
        world = self.world
        world.flash.budget = world.nvs.budget = Budget(cut)
        world.wire.up = True
        self.boot()
        world.read(4)
        world.feel(drop(world.now + 10))
        world.delivered()

    def check(self) -> None:
        kept = self.world.kept
        assert kept.conflicts == []
        assert set(self.durable) <= set(kept.segments)
        for counter, data in self.durable.items():
            assert kept.segments[counter] == data
        assert_unbroken(kept.segments)
        boots = [item.statement.boot for item in opened(kept.segments)]
        assert boots == sorted(boots)


class NotedBudget(Budget):
    """Notes where each write ends."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = [0]

    def take(self, size: int) -> int:
        through: int = super().take(size)
        self.ends.append(self.written)
        return through


def cuts_of(ends: list[int], step: int = 11) -> list[int]:
    """Byte counts after which the power is cut (see above)."""
    if os.environ.get("CARGOSEAL_THOROUGH"):
        step = 1
    near = {at for end in ends for at in range(end - 24, end + 25)}
    last = ends[-1]
    return sorted(at for at in near | set(range(0, last, step)) if 0 <= at <= last)


def writes_of_the_script() -> list[int]:
    life = Life()
    life.world.budget = life.world.flash.budget = life.world.nvs.budget = NotedBudget()
    life.script()
    life.check()
    ends: list[int] = life.world.budget.ends
    return ends


def test_a_power_cut_at_every_write_of_the_spool_loses_nothing() -> None:
    ends = writes_of_the_script()
    written = ends[-1]
    assert written > 1800 and len(ends) == 9  # two to NVS, six segments
    print(f"power cuts: {len(cuts_of(ends))} places in {written} bytes of {len(ends)} writes")
    for cut in cuts_of(ends):
        life = Life(cut)
        try:
            life.script()
            assert cut == written
        except PowerCut:
            pass
        life.again()
        life.check()


def test_a_second_power_cut_during_the_recovery_loses_nothing_either() -> None:
    dice = random.Random(2)
    written = writes_of_the_script()[-1]
    for _ in range(200):
        life = Life(dice.randrange(written))
        with pytest.raises(PowerCut):
            life.script()
        for _ in range(3):
            try:
                life.again(dice.randrange(1200))
            except PowerCut:
                continue
        life.again()
        life.check()


def test_fifty_power_cuts_in_a_row_repeat_no_counter() -> None:
    dice = random.Random(3)
    life = Life()
    for _ in range(50):
        try:
            life.again(dice.randrange(3000))
        except PowerCut:
            continue
    life.again()
    life.check()
    counters = [item.statement.counter for item in opened(life.world.kept.segments)]
    assert counters == sorted(set(counters)) and len(counters) > 50


def test_a_power_cut_while_a_full_spool_makes_room_loses_only_what_had_to_go() -> None:
    """The append that drops the oldest file and copies its alarm on, cut at every write."""
    probe = Life(spool_bytes=65536)
    probe.world.wire.up = False
    probe.boot()
    files: dict[str, bytearray] = {}
    values: dict[str, bytes] = {}
    while probe.world.app.spool.dropped == 0:
        files = {name: bytearray(data) for name, data in probe.world.flash.files.items()}
        values = dict(probe.world.nvs.values)
        before = probe.world.app.spool.entries()
        alarm = probe.world.readings == 6
        probe.world.read(1 if alarm else 2, values={4: 9000} if alarm else {})
    left = {entry.counter for entry in probe.world.app.spool.entries()}
    gone = {entry.counter for entry in before} - left
    assert gone and 4 not in gone
    print(f"power cuts while room is made: {len(cuts_of([0, 2500], 23))} places")
    for cut in cuts_of([0, 2500], 23):
        life = Life(cut, spool_bytes=65536)
        world = life.world
        world.flash.files = {name: bytearray(data) for name, data in files.items()}
        world.nvs.values = dict(values)
        world.wire.up = False
        try:
            life.boot()
            world.read(2)
        except PowerCut:
            pass
        world.flash.budget = world.nvs.budget = Budget()
        world.boot()
        entries = {entry.counter: entry for entry in world.app.spool.entries()}
        assert {entry.counter for entry in before} - gone <= set(entries)
        assert set(life.durable) <= set(entries)
        assert entries[4].urgent
        for entry in entries.values():
            assert counter_of(world.app.spool.read(entry.counter)) == entry.counter
