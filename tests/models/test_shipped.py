"""What is committed follows from what it is made of."""

from pathlib import Path

import pytest

from cargoseal import scoring
from cargoseal.model.compile import compile_tflite
from models.provenance import check, vectors
from models.provenance.check import CheckError

FOLDER = vectors.ROOT / "models" / "shipped" / "climate-v1"


def copy_of(folder: Path) -> Path:
    made = folder / "climate-v1"
    made.mkdir()
    for file in FOLDER.iterdir():
        (made / file.name).write_bytes(file.read_bytes())
    return made


def test_the_committed_folder_holds_together() -> None:
    assert "golden vectors" in check.check(FOLDER)


@pytest.mark.parametrize("name", ["model.blob", "model.tflite", "golden.json", "metrics.json"])
def test_the_gateway_ships_the_committed_file(name: str) -> None:
    assert scoring.shipped_file("climate-v1", name) == (FOLDER / name).read_bytes()


def test_the_blob_compiled_again_is_the_committed_one() -> None:
    tflite = (FOLDER / "model.tflite").read_bytes()
    assert compile_tflite(tflite) == (FOLDER / "model.blob").read_bytes()


def test_the_vectors_for_both_interpreters_are_what_their_generator_writes() -> None:
    assert vectors.FILE.read_text() == vectors.text()


@pytest.mark.parametrize(
    "name, old, new",
    [
        ("model.blob", b"\x00CSM", b"\x00CSN"),
        ("golden.json", b'"score": 1', b'"score": 2'),
        ("metrics.json", b'"recommended_threshold": ', b'"recommended_threshold": 9'),
        ("card.md", b"int8 autoencoder", b"int4 autoencoder"),
        ("model.tflite", b"Cargoseal", b"Cargoseam"),
    ],
)
def test_a_folder_altered_in_any_part_is_found(
    tmp_path: Path, name: str, old: bytes, new: bytes
) -> None:
    file = copy_of(tmp_path) / name
    data = file.read_bytes()
    assert old in data
    file.write_bytes(data.replace(old, new, 1))
    with pytest.raises(CheckError):
        check.check(file.parent)


def test_one_weight_changed_in_the_tflite_is_found(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    blob = (folder / "model.blob").read_bytes()
    data = bytearray((folder / "model.tflite").read_bytes())
    row = blob[16 + 24 * 12 + 8 :][:24]
    data[data.index(row)] ^= 1
    (folder / "model.tflite").write_bytes(data)
    with pytest.raises(CheckError, match="blob"):
        check.check(folder)
