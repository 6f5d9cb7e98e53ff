"""An import writes a whole folder, or says what is wrong with what it was given."""

from pathlib import Path

import numpy as np
import pytest

from cargoseal.errors import InputError
from cargoseal.model.importer import import_model
from cargoseal_score.blob import load
from tests.models.importer_nets import (
    PARTS,
    with_table,
)
from tests.models.nets import an_autoencoder


def autoencoder_file(folder: Path) -> Path:
    path = folder / "net.tflite"
    path.write_bytes(an_autoencoder(np.random.default_rng(2)).write())
    return path


def features_file(folder: Path, rescale: str = "false") -> Path:
    path = folder / "features.toml"
    path.write_text(PARTS.format(rescale=rescale))
    return path


def test_an_import_is_a_whole_folder_that_says_it_was_not_evaluated(tmp_path: Path) -> None:
    made = import_model(autoencoder_file(tmp_path), features_file(tmp_path), "climate", "pallet-v1")
    assert sorted(made.files) == [
        "card.md", "features.toml", "golden.json", "lineage.json", "metrics.json", "model.blob",
        "model.tflite",
    ]  # fmt: skip
    card = made.files["card.md"].decode()
    assert card.startswith("# pallet-v1\n") and "Not evaluated." in card
    assert "parts of 8" in card and "0 to 14, every 2" in card
    assert load(made.files["model.blob"]).inputs == 16


def test_importing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    arguments = (autoencoder_file(tmp_path), features_file(tmp_path), "climate", "pallet-v1")
    assert import_model(*arguments).files == import_model(*arguments).files


@pytest.mark.parametrize(
    "name, words",
    [("Pallet", "a-z"), ("../x", "a-z"), ("", "a-z")],
)
def test_refuses_a_name_that_is_no_folder(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(Exception, match=words):
        import_model(autoencoder_file(tmp_path), features_file(tmp_path), "climate", name)


def test_refuses_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no\.tflite: expected a \.tflite file"):
        import_model(tmp_path / "no.tflite", None, "climate", "x")


def test_refuses_a_file_without_a_table_and_without_a_features_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="a features file says what goes in"):
        import_model(autoencoder_file(tmp_path), None, "climate", "x")


def test_refuses_the_table_of_another_kind_of_window(tmp_path: Path) -> None:
    path = tmp_path / "net.tflite"
    path.write_bytes(with_table(an_autoencoder(np.random.default_rng(2)), 16))
    assert import_model(path, None, "climate", "x").files["model.blob"]
    with pytest.raises(InputError, match="of another kind than handling"):
        import_model(path, None, "handling", "x")
