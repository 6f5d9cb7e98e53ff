"""The link is cut at every byte of a session, in both directions."""

import hashlib

import pytest

from tests.node.both import world as worlds
from tests.node.both.chain import assert_unbroken
from tests.node.both.world import World


class QuickKey:
    """Signs with two hashes instead of a curve."""

    public_key = bytes(32)

    def sign(self, message: bytes, blind: int = 1) -> bytes:
        digest = hashlib.sha256(message).digest()
        return digest + digest


@pytest.fixture(autouse=True)
def quick_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worlds, "signing_key", lambda: QuickKey())


def session(cut: int | None, chunk: int = 65536) -> World:
    """Two segments, with one cut after so many bytes in and out."""
    world = World(max_readings=2)
    world.wire.cut_after = cut
    world.wire.chunk = chunk
    world.boot()
    world.read(4)
    world.delivered()
    return world


def session_bytes() -> int:
    probe = session(10**9)
    assert probe.wire.cut_after is not None
    return 10**9 - probe.wire.cut_after


@pytest.mark.parametrize(("chunk", "step"), [(65536, 1), (100, 7)])
def test_a_link_cut_at_every_byte_loses_nothing_and_doubles_nothing(chunk: int, step: int) -> None:
    total = session_bytes()
    assert total > 1000
    print(f"link cut at {len(range(1, total + 1, step))} of {total} bytes, chunks of {chunk}")
    for cut in range(1, total + 1, step):
        world = session(cut, chunk)
        assert sorted(world.kept.segments) == [1, 2]
        assert world.kept.conflicts == []
        assert_unbroken(world.kept.segments)
        seen = set()
        for counter, dup in world.kept.arrivals:
            assert dup or counter not in seen  # what comes a second time says so
            seen.add(counter)


def test_a_link_that_breaks_again_and_again_still_gets_everything_through() -> None:
    world = World(max_readings=2, reconnect_ms=10, reconnect_most_ms=50)
    world.boot()
    for round_ in range(400):
        if world.wire.cut_after is None:
            world.wire.cut_after = 150 + 97 * round_ % 1900
        world.read(1)
    world.wire.cut_after = None
    world.delivered()
    assert sorted(world.kept.segments) == list(range(1, 201))
    assert world.kept.conflicts == []
    assert_unbroken(world.kept.segments)
