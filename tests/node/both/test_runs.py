"""What a node starts with: its releases where they can be used, else what was provisioned."""

from node.update.runs import Runs

from cargoseal_boot.slots import Slots
from cargoseal_wire import release as rel
from tests.node.both.updates import SETTINGS, Board, model_files


def runs(board):
    return Runs(SETTINGS, Slots(board.nvs), board.open)


def settings(sample_ms):
    return {"settings.json": ('{"sample_ms": ' + str(sample_ms) + "}").encode()}


def test_without_releases_the_enrolment_runs_as_number_0():
    found = runs(Board())
    assert (found.config.sample_ms, found.config.release) == (60000, 0)
    assert found.config.models == []


def test_a_releases_settings_and_models_stand_in_place_of_the_enrolments():
    board = Board()
    board.install(rel.CONFIGURATION, 7, settings(300000))
    board.install(rel.MODEL, 1, model_files(threshold=99))
    found = runs(board)
    assert (found.config.sample_ms, found.config.release) == (300000, 7)
    assert [model.threshold for model in found.config.models] == [99]
    assert found.config.audience == bytes.fromhex(SETTINGS["audience"])


def test_a_release_on_trial_that_cannot_be_used_any_more_is_given_up_for_the_one_before():
    board = Board()
    board.install(rel.CONFIGURATION, 7, settings(300000))
    Slots(board.nvs).keep()
    board.install(rel.CONFIGURATION, 8, settings(600000))
    board.folders["/configuration/b"].files["settings.json"][5] ^= 0xFF
    found = runs(board)
    assert (found.config.sample_ms, found.config.release) == (300000, 7)
    assert found.passed_over == ["configuration"]
    assert runs(board).passed_over == []


def test_worn_flash_below_a_kept_release_leaves_a_node_that_starts_and_says_0():
    board = Board()
    board.install(rel.CONFIGURATION, 7, settings(300000))
    board.install(rel.MODEL, 1, model_files())
    Slots(board.nvs).keep()
    board.folders["/configuration/a"].files["settings.json"][3] ^= 0xFF
    board.folders["/model/a"].files["climate.blob"][-1] ^= 0x10
    found = runs(board)
    assert (found.config.sample_ms, found.config.release) == (60000, 0)
    assert found.passed_over == ["configuration", "model"]


def test_a_damaged_record_of_slots_starts_what_was_provisioned():
    board = Board()
    board.install(rel.CONFIGURATION, 7, settings(300000))
    assert Runs(SETTINGS, None, board.open).config.release == 0
