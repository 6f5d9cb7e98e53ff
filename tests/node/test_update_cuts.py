"""The power is cut at every byte that an update writes: the node then runs the old release or the
new one, whole, and the same update succeeds afterwards."""

import pytest
from node.update import installer as installing

from cargoseal_boot.slots import Slots
from cargoseal_boot.start import choose
from cargoseal_wire import release as rel
from tests.node.both.updates import Board, model_files
from tests.node.both.world import PowerCut

FILES = model_files()


@pytest.fixture(autouse=True)
def _quick_signature(monkeypatch: pytest.MonkeyPatch) -> None:
    """Signatures are not what is tested here: hundreds of lives, each with one."""
    monkeypatch.setattr(installing, "verify", lambda *_: True)


def _running(board: Board) -> tuple[str | None, int]:
    start = choose(board.nvs, woke=True)  # a look that counts nothing
    assert start.slots is not None
    slot = start.slots.slots[rel.MODEL]
    return slot.path("model"), slot.number


def _whole(board: Board, path: str) -> bool:
    kept = board.folders[path].files
    return {name: bytes(data) for name, data in kept.items()} == FILES


def _before() -> Board:
    board = Board()
    board.install(rel.MODEL, 1, FILES)
    Slots(board.nvs).keep()
    return board


def test_a_cut_at_any_byte_leaves_the_old_release_or_the_new_one() -> None:
    board = _before()
    written = board.budget.written
    board.install(rel.MODEL, 2, FILES)
    total = board.budget.written - written
    assert total > len(b"".join(FILES.values()))
    for cut in range(total):
        board = _before()
        board.power(cut)
        with pytest.raises(PowerCut):
            board.install(rel.MODEL, 2, FILES)
        board.power()
        path, number = _running(board)
        assert path is not None
        assert _whole(board, path)
        assert number == 1
        board.install(rel.MODEL, 2, FILES)
        path, number = _running(board)
        assert (path, number) == ("/model/b", 2)
        assert _whole(board, path)


def test_a_cut_while_a_start_is_counted_never_costs_the_release_before() -> None:
    for cuts in range(6):
        board = _before()
        board.install(rel.MODEL, 2, FILES)
        for _ in range(cuts):
            board.power(0)
            with pytest.raises(PowerCut):
                choose(board.nvs, woke=False)
            board.power()
        path, number = _running(board)
        assert number == 2
        assert path is not None
        numbers = []
        for _ in range(5):
            start = choose(board.nvs, woke=False)
            assert start.slots is not None
            numbers.append(start.slots.slots[rel.MODEL].number)
        assert numbers == [2, 2, 2, 1, 1]


def test_a_flash_that_fails_leaves_the_release_before() -> None:
    for failing in range(4):
        board = _before()
        board.open("/model/b").failures = 1
        with pytest.raises(OSError):
            board.install(rel.MODEL, 2, FILES, chunk=16 << failing)
        assert _running(board) == ("/model/a", 1)
        board.install(rel.MODEL, 2, FILES)
        assert _running(board) == ("/model/b", 2)


def test_files_are_compared_by_what_flash_gives_back() -> None:
    board = _before()
    spare = board.open("/model/b")
    read_at = spare.read_at

    def worn(name: str, offset: int, size: int) -> bytes:
        data: bytes = read_at(name, offset, size)
        return data if offset or not data else bytes([data[0] ^ 128]) + data[1:]

    spare.read_at = worn
    with pytest.raises(installing.Refused, match="SHA-256"):
        board.install(rel.MODEL, 2, FILES)
    assert _running(board) == ("/model/a", 1)
