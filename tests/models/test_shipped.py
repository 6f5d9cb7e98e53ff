"""What is committed follows from what it is made of, and a wheel holds it."""

import json
import subprocess
import sys
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from cargoseal import scoring
from cargoseal.model.compile import compile_tflite
from cargoseal.model.folder import read_folder
from cargoseal.model.lineage import SOURCES, manifest_lines
from models.provenance import check, vectors
from models.provenance.check import CheckError
from models.provenance.networks import CONTENDERS
from models.provenance.sources import sources

FOLDERS = sorted(path.parent for path in check.SHIPPED.glob("*/model.blob"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_a_committed_folder_holds_together(folder: Path) -> None:
    told = check.check(folder)
    assert any("golden vectors: " in line for line in told)
    assert any("card.md as they are generated" in line for line in told)


def test_the_gateway_ships_the_committed_folders() -> None:
    assert FOLDERS and scoring.shipped_names() == tuple(folder.name for folder in FOLDERS)
    for folder in FOLDERS:
        for file in folder.iterdir():
            assert scoring.shipped_file(folder.name, file.name) == file.read_bytes()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_the_blob_compiled_again_is_the_committed_one(folder: Path) -> None:
    blob = (folder / "model.blob").read_bytes()
    tflite = folder / "model.tflite"
    if tflite.exists():
        assert compile_tflite(tflite.read_bytes()) == blob
    else:
        assert blob[8] == 0  # a baseline: no layers


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_what_ships_is_the_winner_of_the_contest_on_recordings(folder: Path) -> None:
    """The network where it beats every rule with 95 % confidence, else the first of the rules."""
    metrics = json.loads((folder / "metrics.json").read_text())
    kind = read_folder(folder).lineage.kind
    duels = metrics["contest"]["duels"]
    won = bool(duels) and all(duel["difference"]["low"] > 0 for duel in duels)
    assert len(duels) == len(list(CONTENDERS.glob(f"{kind}-baseline*")))
    winner = CONTENDERS / f"{kind}-{'model' if won else 'baseline'}"
    assert (folder / "model.blob").read_bytes() == (winner / "model.blob").read_bytes()
    assert metrics["ships"]["detector"] == ("model" if won else "baseline")
    said = json.loads((winner / "detector.json").read_text())
    assert said["threshold"] == metrics["recommended_threshold"]
    points = {point["use"]: point["threshold"] or 0 for point in metrics["operating_points"]}
    assert {use: point["threshold"] for use, point in said["points"].items()}.items() <= (
        points.items()
    )


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_source_of_a_shipped_model_is_listed_as_it_was(folder: Path) -> None:
    listed = manifest_lines((folder / SOURCES).read_text())
    code = read_folder(folder).lineage.code
    assert code is not None and len(listed) == code.files
    assert set(listed) == set(sources(read_folder(folder).lineage.kind))


def test_the_vectors_for_both_interpreters_are_what_their_generator_writes() -> None:
    assert vectors.FILE.read_text() == vectors.text()


@pytest.mark.parametrize("name", ["golden.json", "card.md"])
def test_what_is_generated_must_be_what_the_generator_writes(tmp_path: Path, name: str) -> None:
    made = tmp_path / FOLDERS[0].name
    made.mkdir()
    for file in FOLDERS[0].iterdir():
        (made / file.name).write_bytes(file.read_bytes())
    assert check.check(made)
    (made / name).write_bytes((made / name).read_bytes() + b"\n")
    lineage = made / "lineage.json"
    before, after = (
        sha256(file.read_bytes()).hexdigest() for file in (FOLDERS[0] / name, made / name)
    )
    lineage.write_text(lineage.read_text().replace(before, after))
    with pytest.raises(CheckError, match="expected what is generated"):
        check.check(made)


def test_the_check_ends_with_1_and_names_the_folder_that_contradicts_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["check", *map(str, FOLDERS)])
    assert check.main() == 0
    monkeypatch.setattr(sys, "argv", ["check"])
    assert check.main() == 0
    monkeypatch.setattr(sys, "argv", ["check", str(tmp_path)])
    assert check.main() == 1
    assert str(tmp_path) in capsys.readouterr().err


def test_a_wheel_holds_the_shipped_models_and_reads_them(tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path],
        cwd=vectors.ROOT, check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
        archive.extractall(tmp_path / "site")
    for folder in FOLDERS:
        for file in folder.iterdir():
            assert held[f"cargoseal/model/shipped/{folder.name}/{file.name}"] == file.read_bytes()
    code = "from cargoseal import scoring; print(scoring.__file__, scoring.self_test())"
    told = subprocess.run(
        [sys.executable, "-c", code], env={"PYTHONPATH": str(tmp_path / "site")},
        cwd=tmp_path, check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    assert told.startswith(str(tmp_path / "site")) and "golden vectors" in told
