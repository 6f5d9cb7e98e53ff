"""A release is taken only when signed, newer and fitting; it runs on trial, and falls back."""

from node.update.installer import MOST_SPOILT, Installed, Refused

from cargoseal_boot import slots as s
from cargoseal_boot.start import choose, enter
from cargoseal_wire import release as rel
from tests.node.both.updates import Board, manifest, model_files, sealed, stream

APPLICATION = {"node/app.mpy": b"\x4d\x06" + bytes(300), "node/selftest.mpy": b"run" * 40}


def refused(call, *args, **named):
    try:
        call(*args, **named)
    except Refused as error:
        return str(error)
    raise AssertionError("not refused")


def begun(board, made, signer=b"release"):
    return refused(board.installer().begin, sealed(made, signer))


def test_a_release_runs_on_trial_from_the_next_start_on():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    start = choose(board.nvs, woke=False)
    assert (start.path, start.number, start.trial) == ("/application/a", 6, True)
    assert board.folders["/application/a"].files["node/app.mpy"] == APPLICATION["node/app.mpy"]


def test_a_release_that_proved_itself_stays_after_any_number_of_starts():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    assert choose(board.nvs, woke=False).slots.keep()
    for _ in range(s.TRIES + 3):
        start = choose(board.nvs, woke=False)
        assert (start.number, start.trial, start.fell) == (6, False, [])


def test_a_release_that_never_proves_itself_falls_back_after_three_starts():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    numbers = [choose(board.nvs, woke=False).number for _ in range(s.TRIES)]
    assert numbers == [6] * s.TRIES
    start = choose(board.nvs, woke=False)
    assert (start.path, start.number, start.fell) == (None, 0, [0])


def test_a_wake_from_deep_sleep_is_no_start():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    for _ in range(50):
        assert choose(board.nvs, woke=True).number == 6
    assert choose(board.nvs, woke=False).number == 6


def test_falls_back_to_the_release_before_and_not_to_what_was_provisioned():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    choose(board.nvs, woke=False).slots.keep()
    board.install(rel.APPLICATION, 7, APPLICATION)
    start = choose(board.nvs, woke=False)
    assert (start.path, start.number) == ("/application/b", 7)
    start.slots.give_up(0)
    start = choose(board.nvs, woke=False)
    assert (start.path, start.number, start.trial) == ("/application/a", 6, False)


def test_what_runs_is_never_written_to():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    choose(board.nvs, woke=False).slots.keep()
    before = dict(board.folders["/application/a"].files)
    board.install(rel.APPLICATION, 7, {"other.mpy": b"x"})
    assert board.folders["/application/a"].files == before
    assert board.folders["/application/b"].names() == ["other.mpy"]


def test_the_self_test_decides_before_the_application_gets_the_node():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)

    def fails():
        raise ValueError("score: expected 1, got 2")

    assert not enter(choose(board.nvs, woke=False), fails)
    assert choose(board.nvs, woke=False).number == 0
    assert "failed its trial" in begun(board, manifest(rel.APPLICATION, 6, APPLICATION))


def test_refuses_what_another_key_signed():
    board = Board()
    made = manifest(rel.APPLICATION, 6, APPLICATION)
    assert "release key" in begun(board, made, b"somebody")
    assert board.budget.written == 0


def test_refuses_a_release_of_which_one_bit_was_changed():
    data = sealed(manifest(rel.APPLICATION, 6, APPLICATION))
    board = Board()
    for at in range(0, len(data), 7):
        changed = data[:at] + bytes([data[at] ^ 4]) + data[at + 1 :]
        refused(board.installer().begin, changed)
    assert board.budget.written == 0


def test_refuses_to_go_back_to_an_older_release():
    board = Board()
    board.install(rel.CONFIGURATION, 9, {"settings.json": b"{}"})
    choose(board.nvs, woke=False).slots.keep()
    for number in (1, 8):
        made = manifest(rel.CONFIGURATION, number, {"settings.json": b"{}"})
        assert "not above 9" in begun(board, made)


def test_a_release_that_runs_already_is_said_to_be_there():
    board = Board()
    files = {"settings.json": b"{}"}
    board.install(rel.CONFIGURATION, 9, files)
    try:
        board.installer().begin(sealed(manifest(rel.CONFIGURATION, 9, files)))
    except Installed as said:
        assert said.total == 2
    else:
        raise AssertionError("taken again")


def test_numbers_of_one_component_say_nothing_about_another():
    board = Board()
    board.install(rel.CONFIGURATION, 9, {"settings.json": b"{}"})
    board.install(rel.MODEL, 1, model_files())
    slots = board.installer() and board.slots
    assert [slot.number for slot in slots.slots] == [0, 1, 9, 0]


def test_refuses_a_second_release_while_the_first_is_on_trial():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    assert "on trial" in begun(board, manifest(rel.APPLICATION, 7, APPLICATION))


def test_refuses_machine_code_of_another_chip():
    made = manifest(rel.APPLICATION, 6, APPLICATION, arch="xtensawin")
    assert "this chip runs rv32imc" in begun(Board(), made)


def test_refuses_an_application_that_does_not_execute_the_models_that_run():
    made = manifest(rel.APPLICATION, 6, APPLICATION, formats=(3, 4))
    assert "format 2" in begun(Board(), made)


def test_refuses_a_model_that_needs_a_newer_application():
    made = manifest(rel.MODEL, 1, model_files(), needs=6)
    assert "needs application 6, got 5" in begun(Board(), made)


def test_refuses_a_file_whose_digest_is_another_and_begins_it_anew():
    board = Board()
    files = model_files()
    data = stream(files)
    installer = board.installer()
    installer.begin(sealed(manifest(rel.MODEL, 1, files)))
    assert installer.add(b"\x01" + data[1:]) == 0  # from its beginning
    assert "climate.blob" not in board.folders["/model/a"].files
    for _ in range(MOST_SPOILT - 1):
        installer.add(b"\x01" + data[1:])
    assert "SHA-256" in refused(installer.add, b"\x01" + data[1:])
    board.install(rel.MODEL, 1, files)


def test_refuses_bytes_behind_the_end_and_an_end_too_early():
    files = model_files()
    installer = Board().installer()
    installer.begin(sealed(manifest(rel.MODEL, 1, files)))
    assert "missing from 0" in refused(installer.finish)
    assert "beyond the end" in refused(installer.add, stream(files) + b"x")


def test_refuses_a_model_whose_golden_score_is_another():
    board = Board()
    files = model_files()
    files["climate.golden"] = rel.encode_golden(400, [(b"\x05", 26)])
    assert "expected score 26, got 25" in refused(board.install, rel.MODEL, 1, files)
    assert board.slots.slots[rel.MODEL].number == 0


def test_refuses_a_model_without_golden_scores():
    files = model_files()
    del files["climate.golden"]
    assert "climate.golden" in refused(Board().install, rel.MODEL, 1, files)


def test_refuses_a_blob_of_a_format_that_this_application_does_not_know():
    files = model_files()
    files["climate.blob"] = b"\x00\x09" + files["climate.blob"][2:]
    refused(Board().install, rel.MODEL, 1, files)


def test_a_configuration_may_change_settings_but_not_who_the_node_is():
    board = Board()
    board.install(rel.CONFIGURATION, 1, {"settings.json": b'{"sample_ms": 300000}'})
    for name in ("audience", "receipt_key", "release_key", "seed", "release", "models"):
        text = ('{"' + name + '": "00"}').encode()
        assert name in refused(Board().install, rel.CONFIGURATION, 2, {"settings.json": text})


def test_refuses_a_configuration_with_a_misspelt_or_wrong_setting():
    for text in (b'{"sampel_ms": 1000}', b'{"sample_ms": "soon"}', b"[]", b"not JSON"):
        refused(Board().install, rel.CONFIGURATION, 1, {"settings.json": text})


def test_files_that_are_there_already_are_not_asked_for_again():
    board = Board()
    files = model_files()
    installer = board.installer()
    made = sealed(manifest(rel.MODEL, 1, files))
    installer.begin(made)
    first = len(files["climate.blob"])
    assert installer.add(stream(files)[: first + 3]) == first + 3
    assert board.installer().begin(made) == first


def test_a_damaged_record_runs_what_was_provisioned():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    record = board.nvs.values["slots"]
    changed = record[:9] + b"\xff" + record[10:]
    for damaged in (b"", record[:-1], bytes([record[0] ^ 1]) + record[1:], changed):
        board.nvs.values["slots"] = damaged
        start = choose(board.nvs, woke=False)
        assert (start.path, start.number, start.slots) == (None, 0, None)


def test_a_whole_image_is_refused_where_the_board_starts_from_one_only():
    made = manifest(rel.IMAGE, 1, {"micropython.bin": bytes(5000)})
    assert "one image only" in begun(Board(), made)


def test_a_whole_image_is_booted_after_its_digest_was_read_back():
    board = Board()
    board.images = []
    files = {"micropython.bin": bytes(range(250)) * 20}
    board.install(rel.IMAGE, 1, files, chunk=2048)
    assert board.images == [bytes(board.folders["/image/a"].files["micropython.bin"])]
    assert board.images[0] == files["micropython.bin"]
    assert board.slots.slots[rel.IMAGE].trial


def test_what_was_put_on_trial_since_the_start_cannot_be_kept_by_what_runs():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    assert not board.slots.keep()
    assert board.slots.slots[rel.APPLICATION].trial
    start = choose(board.nvs, woke=False)
    assert start.trial
    assert start.slots.keep()


def test_an_nvs_that_fails_leaves_what_is_on_trial_on_trial():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    slots = choose(board.nvs, woke=False).slots
    board.nvs.failures = 1
    try:
        slots.keep()
    except OSError:
        pass
    else:
        raise AssertionError("not told")
    assert slots.slots[rel.APPLICATION].trial
    assert slots.keep()


def test_a_wake_from_sleep_does_not_test_the_application_again():
    board = Board()
    board.install(rel.APPLICATION, 6, APPLICATION)
    tested = []
    assert enter(choose(board.nvs, woke=True), lambda: tested.append(1))
    assert tested == []
    assert enter(choose(board.nvs, woke=False), lambda: tested.append(1))
    assert tested == [1]
