"""Recordings come as their files have them, in counts; what is wrong with a file is named."""

import gzip
from pathlib import Path

import numpy as np
import pytest

from cargoseal.replay.errors import RecordingError
from cargoseal_wire.constants import DOOR, HUMIDITY, LIGHT, MOUNT, SHOCK, TEMPERATURE
from models.data import catalogue
from models.data.catalogue import CATALOGUE, load
from models.data.recording import MissingSetError, Recording, events_of, labels_of
from tests.models import small_sets
from tests.shared_data import shared_data

# from the sets' SOURCE.md: recordings, rows, devices
PUBLIC = {
    "schenker_containers": (2, 1812 + 1494, 2),
    "freezer_celsi": (1, 238, 1),
    "freezer_door_battery_sample": (3, 148, 1),
    "room_climate_doors": (100, 64_967, 20),
    "labelled_wsn_suthaharan": (2, 8834, 2),
    "nab_temperature": (2, 7267 + 22_695, 2),
    "gps_delivery_amazon": (150, 10_800, 150),
    "gps_gotrack": (32, 3257, 32),
}


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_set_is_whole_and_as_its_manifest_says(name: str) -> None:
    data = shared_data("public")
    recordings = load(data, name)
    devices = {r.device for r in recordings}
    assert (len(recordings), sum(map(len, recordings)), len(devices)) == PUBLIC[name]
    assert len({r.name for r in recordings}) == len(recordings)
    assert {r.set for r in recordings} == {name}
    assert catalogue.checked(data, name)


def test_the_catalogue_lists_every_shared_set_and_no_other() -> None:
    folders = {path.name for path in shared_data("public").iterdir() if path.is_dir()}
    assert folders == set(CATALOGUE)


def test_only_sets_with_a_licence_and_a_training_part_may_train() -> None:
    allowed = {name for name, entry in CATALOGUE.items() if entry.may_train}
    assert allowed == {"phone_freefall", "gps_delivery_amazon"}
    for name in allowed:
        assert CATALOGUE[name].licence.startswith("CC")
        text = (shared_data("train") / name / "SOURCE.md").read_text()
        assert "**USE: TRAINING**" in text
        assert f"Licence: {CATALOGUE[name].licence}" in text


@pytest.mark.parametrize("name", ["schenker_containers", "gps_gotrack", "gps_delivery_amazon"])
def test_training_and_public_parts_share_no_device(name: str) -> None:
    train = {r.device for r in load(shared_data("train"), name)}
    assert not train & {r.device for r in load(shared_data("public"), name)}


def test_labels_are_those_their_authors_count() -> None:
    motes = load(shared_data("public"), "labelled_wsn_suthaharan")
    assert [int(r.labels.sum()) for r in motes] == [117, 0]
    assert [len(r) for r in motes] == [4417, 4417]
    rooms = load(shared_data("public"), "room_climate_doors")
    opened = sum(int(r.labels.sum()) for r in rooms)
    assert round(100 * opened / sum(map(len, rooms)), 2) == 0.45
    nab = {r.name: r for r in load(shared_data("public"), "nab_temperature")}
    assert len(nab["machine_temperature_system_failure"].events) == 4
    assert len(nab["ambient_temperature_system_failure"].events) == 2


def test_a_container_tells_what_its_file_tells() -> None:
    b, g = load(shared_data("public"), "schenker_containers")
    assert sum((v or 0) >= 5000 for v in b.columns[SHOCK]) == 66
    assert min(v for v in b.columns[TEMPERATURE] if v is not None) == -2960
    assert [c[-1] for c in (g.columns[DOOR], g.columns[MOUNT])] == [1, 1]
    assert LIGHT not in b.columns


def test_fahrenheit_is_converted_once_and_exactly(tmp_path: Path) -> None:
    small_sets.nab(tmp_path)
    (series,) = load(tmp_path, "nab_temperature")
    # 70.5 degF = 21.3888... degC
    assert series.columns[TEMPERATURE][0] == 2139
    assert [kind for _, _, kind in series.events] == ["NAB window"]
    assert int(series.labels.sum()) == 25  # 10:00 to 12:00, both included


def test_an_empty_cell_is_no_reading_and_no_zero(tmp_path: Path) -> None:
    small_sets.container(tmp_path)
    (box,) = load(tmp_path, "schenker_containers")
    assert box.columns[TEMPERATURE][0] is None
    assert box.columns[DOOR].count(None) == len(box) - 3
    assert box.columns[TEMPERATURE].count(0) == 0


def test_nodes_of_one_session_are_one_unit_and_the_door_is_no_input(tmp_path: Path) -> None:
    small_sets.rooms(tmp_path)
    recordings = load(tmp_path, "room_climate_doors")
    assert len(recordings) == 4
    assert len({r.device for r in recordings}) == 2
    for recording in recordings:
        assert sorted(recording.columns) == [TEMPERATURE, HUMIDITY, LIGHT]
        assert int(recording.labels.sum()) == 3
        assert len(recording.events) == 1


def test_a_stretch_ends_where_the_node_was_away_and_its_probe_error_is_labelled(
    tmp_path: Path,
) -> None:
    small_sets.freezer_node(tmp_path)
    first, second = load(tmp_path, "freezer_door_battery_sample")
    assert first.labels.all() and not second.labels.any()
    assert second.columns[TEMPERATURE] == [-3530] * 20
    assert second.other["battery_pct"] == [None] * 20


def test_points_are_put_in_the_order_of_their_times(tmp_path: Path) -> None:
    small_sets.points(tmp_path)
    (track,) = load(tmp_path, "gps_gotrack")
    assert track.other["lat_deg"] == [-10.90, -10.91, -10.92, -10.93, -10.94]


@pytest.mark.parametrize("name", small_sets.MAKERS)
def test_a_set_that_is_not_there_is_missing_and_no_error(name: str, tmp_path: Path) -> None:
    with pytest.raises(MissingSetError):
        load(tmp_path, name)
    (tmp_path / name).mkdir()
    with pytest.raises(MissingSetError):
        load(tmp_path, name)


@pytest.mark.parametrize("name", small_sets.MAKERS)
def test_a_changed_byte_is_found_by_the_manifest(name: str, tmp_path: Path) -> None:
    path = small_sets.MAKERS[name](tmp_path)
    small_sets.write_manifest(tmp_path)
    assert load(tmp_path, name)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))
    with pytest.raises(RecordingError) as caught:
        load(tmp_path, name)
    assert path.name in caught.value.where
    assert caught.value.expected.startswith("SHA-256 ")
    path.unlink()
    with pytest.raises(RecordingError, match="no file"):
        load(tmp_path, name)


def altered(path: Path, old: str, new: str) -> None:
    """The file with the first occurrence of a text replaced."""
    packed = path.suffix == ".gz"
    text = gzip.decompress(path.read_bytes()).decode() if packed else path.read_text()
    assert old in text
    text = text.replace(old, new, 1)
    path.write_bytes(gzip.compress(text.encode(), mtime=0) if packed else text.encode())


@pytest.mark.parametrize(
    "name, old, new, where, got",
    [
        ("labelled_wsn_suthaharan", ",27.10,", ",warm,", "line 3, column 'temperature'", "warm"),
        ("labelled_wsn_suthaharan", ",0\n", ",2\n", "line 2, column 'label'", "2"),
        ("labelled_wsn_suthaharan", "humidity", "moisture", "line 1", "moisture"),
        ("labelled_wsn_suthaharan", "2,1,1,", "2,1,", "line 3", "5"),
        ("freezer_celsi", "-17.9", "cold", "line 3, column 'temp_c'", "cold"),
        ("freezer_celsi", "2022-07-14T00:10:00.000Z", "soon", "line 3", "none"),
        ("room_climate_doors", "22.03,", "x,", "column 'temp_c'", "x"),
        ("room_climate_doors", "door_open", "door", "line 1", "door"),
        ("nab_temperature", "71.5", "hot", "line 3, column 'value'", "hot"),
        ("freezer_door_battery_sample", "True", "maybe", "secondary_error_code", "maybe"),
        ("freezer_door_battery_sample", "16:05:00", "15:05:00", "line 7", "15:05"),
        ("schenker_containers", ",4.25,", ",mild,", "column 'temp_c'", "mild"),
        ("gps_delivery_amazon", ",0.1,", ",near,", "line 3, column 'x_m'", "near"),
        ("gps_gotrack", "05:09:12", "never", "column 'time'", "never"),
    ],
)
def test_what_is_malformed_is_named_with_file_and_place(
    tmp_path: Path, name: str, old: str, new: str, where: str, got: str
) -> None:
    path = small_sets.MAKERS[name](tmp_path)
    altered(path, old, new)
    with pytest.raises(RecordingError) as caught:
        load(tmp_path, name)
    assert str(path) in caught.value.where
    assert where in caught.value.where
    assert got in caught.value.got
    assert caught.value.expected


def test_a_labels_file_without_its_series_is_named(tmp_path: Path) -> None:
    small_sets.nab(tmp_path)
    labels = tmp_path / "nab_temperature" / "labels.json"
    altered(labels, "series.csv", "other.csv")
    with pytest.raises(RecordingError, match=r"labels\.json"):
        load(tmp_path, "nab_temperature")


def test_half_a_packed_file_is_refused(tmp_path: Path) -> None:
    path = small_sets.motes(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(RecordingError, match="readable"):
        load(tmp_path, "labelled_wsn_suthaharan")


def test_events_and_labels_tell_the_same() -> None:
    times = np.arange(10, dtype=np.int64) * 5
    labels = np.array([1, 1, 0, 0, 1, 0, 1, 1, 1, 1], bool)
    events = events_of(times, labels, "x")
    assert events == [(0, 5, "x"), (20, 20, "x"), (30, 45, "x")]
    assert (labels_of(times, events) == labels).all()


@pytest.mark.parametrize(
    "times, columns", [([0, 5], {0: [1]}), ([5, 0], {0: [1, 2]}), ([], {0: []})]
)
def test_a_recording_has_whole_columns_and_rows_in_order(
    times: list[int], columns: dict[int, list[int | None]]
) -> None:
    with pytest.raises(ValueError):
        Recording("s", "n", "l", "d", np.array(times, np.int64), columns)
