"""The way back from production: by hand only, and in an order in which no cut does harm."""
# ruff: noqa: RUF005  MicroPython has no [*some, more]

from cargoseal_boot import console
from tests.node.both.world import Budget, MemoryNvs, PowerCut

KEYS = ("seed", "seed_origin", "counters", "slots", "trial", "time floor", "production")
KEPT = ("board.json", "main.py")
GONE = ("config.json", "tls", "model", "configuration", "application")


class Root:
    """The root folder."""

    def __init__(self, names, budget):
        self.found = set(names)
        self.budget = budget

    def names(self):
        return sorted(self.found)

    def rename(self, old, new):
        if not self.budget.take(1):
            raise PowerCut
        assert new not in self.found
        self.found.remove(old)
        self.found.add(new)

    def remove(self, name):
        if not self.budget.take(1):
            raise PowerCut
        self.found.remove(name)


def shut_board(budget=None, names=KEPT + GONE + ("spool",)):
    budget = budget or Budget()
    nvs = MemoryNvs(budget)
    nvs.values = {name: b"1" for name in KEYS}
    return nvs, Root(names, budget)


def test_a_button_held_for_ten_seconds_counts_and_one_second_less_does_not():
    for begins, held_ms, expected in (
        (0, 9900, False),
        (0, 10000, True),
        (2900, 10000, True),
        (3100, 20000, False),
        (0, 0, False),
    ):
        passed = [0]

        def sleep(ms, passed=passed):
            passed[0] += ms

        def pressed(passed=passed, begins=begins, held_ms=held_ms):
            return begins <= passed[0] < begins + held_ms

        assert console.is_held(pressed, sleep) is expected, begins


def test_a_new_node_has_neither_key_nor_settings_and_an_open_console():
    nvs, files = shut_board()
    assert console.is_production(nvs)
    console.forget(nvs, files)
    assert not console.is_production(nvs)
    assert nvs.values == {}
    assert files.names() == list(KEPT) + ["spool.0"]


def test_segments_of_earlier_nodes_are_put_aside_each_in_a_folder_of_its_own():
    nvs, files = shut_board(names=("spool", "spool.0", "spool.1"))
    console.forget(nvs, files)
    assert files.names() == ["spool.0", "spool.1", "spool.2"]


def test_after_a_cut_the_console_is_still_shut_or_the_key_is_gone():
    for cut in range(len(KEYS) + len(GONE) + 2):
        budget = Budget(cut)
        nvs, files = shut_board(budget)
        try:
            console.forget(nvs, files)
        except PowerCut:
            assert console.is_production(nvs)
            assert "counters" in nvs.values or "seed" not in nvs.values
            budget.left = None
            console.forget(nvs, files)
        assert nvs.values == {}
        assert files.names() == list(KEPT) + ["spool.0"]
