"""A model of one's own from its .tflite to the nodes that seal with it and to the registry."""

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from node.config import Config
from node.scorer import Scorer

from cargoseal.chain.backend import ChainProcess
from cargoseal.config import load_config
from cargoseal.errors import InputError
from cargoseal.model.shelf import CHOSEN, open_shelf
from cargoseal.policy.profile import load_profile
from cargoseal.scoring import rescore_many, shipped, shipped_names
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import load
from cargoseal_score.model import KIND_CLIMATE, KIND_HANDLING
from tests.gateway.cli.model_words import Run, import_words, registry_of

Json = dict[str, Any]


@pytest.fixture
def made(deployed: Path, run: Run, net: Path) -> Path:
    """A model's folder, imported with a threshold; nothing of earlier tests is in use."""
    shutil.rmtree(deployed / "data" / "models", ignore_errors=True)
    assert run(*import_words(net, str(net.parent / "made")), "--threshold", 4321)[0] == 0
    return net.parent / "made"


def told(result: tuple[int, str, str]) -> Json:
    code, out, err = result
    assert code == 0, err
    found: Json = json.loads(out)
    return found


def enrolled(run: Run, folder: Path, digit: str = "3") -> list[Json]:
    """The `models` of a freshly enrolled node's settings."""
    out = folder / "node.json"
    out.unlink(missing_ok=True)
    words = ("--public-key", KEYS[digit], "--out", out, "--broker", "gateway:8883")
    assert run("node", "enroll", *words)[0] == 0
    settings = json.loads(out.read_text())
    Scorer(Config(settings).models)
    models: list[Json] = settings["models"]
    return models


def key_of(seed: int) -> str:
    from nacl.signing import SigningKey

    return SigningKey(bytes([seed]) * 32).verify_key.encode().hex()


KEYS = {str(digit): key_of(digit) for digit in range(1, 10)}


def test_a_node_is_enrolled_with_the_model_in_use_and_its_threshold(
    deployed: Path, made: Path, run: Run
) -> None:
    blob = (made / "model.blob").read_bytes()
    facts = told(run("model", "use", made, "--json"))
    assert facts == {
        "name": "pallet-v1", "kind": "climate", "threshold": 4321,
        "digest": sha256(blob).hexdigest(),
    }  # fmt: skip
    climate, handling = enrolled(run, deployed)
    assert climate == {"blob": blob.hex(), "digest": facts["digest"], "threshold": 4321}
    assert handling["digest"] == shipped(KIND_HANDLING).model.digest.hex()


def test_another_threshold_can_be_stated_and_a_shipped_model_taken_back(
    deployed: Path, made: Path, run: Run
) -> None:
    told(run("model", "use", made, "--json"))
    told(run("model", "use", "pallet-v1", "--threshold", 99, "--json"))
    assert enrolled(run, deployed, "4")[0]["threshold"] == 99
    name = shipped(KIND_CLIMATE).name
    told(run("model", "use", name, "--json"))
    assert enrolled(run, deployed, "4")[0]["blob"] == shipped(KIND_CLIMATE).blob.hex()


def test_what_happens_to_the_imported_folder_later_changes_nothing(
    deployed: Path, made: Path, run: Run
) -> None:
    blob = (made / "model.blob").read_bytes()
    told(run("model", "use", made, "--json"))
    shutil.rmtree(made)
    digest = sha256(blob).hexdigest()
    told(run("model", "use", digest[:12], "--threshold", 5, "--json"))
    assert enrolled(run, deployed, "5")[0]["digest"] == digest


def test_the_list_says_which_models_are_in_use(deployed: Path, made: Path, run: Run) -> None:
    told(run("model", "use", made, "--json"))
    code, out, _ = run("model", "list", "--json")
    rows = {row["name"]: (row["in_use"], row["threshold"]) for row in json.loads(out)}
    assert code == 0 and rows["pallet-v1"] == (True, 4321)
    assert rows[shipped(KIND_CLIMATE).name] == (False, None)


def test_ingest_scores_with_it_and_still_with_what_nodes_sealed_before(
    deployed: Path, made: Path, run: Run
) -> None:
    told(run("model", "use", made, "--json"))
    shelf = open_shelf(deployed / "data")
    own = sha256((made / "model.blob").read_bytes()).digest()
    expected = {own, *(sha256(shipped(k).blob).digest() for k in (KIND_CLIMATE, KIND_HANDLING))}
    assert set(shelf.loaded()) == set(shelf.blobs()) == set(shelf.names()) == expected


def test_a_model_without_a_threshold_is_refused_with_what_to_do(
    deployed: Path, run: Run, net: Path
) -> None:
    shutil.rmtree(deployed / "data" / "models", ignore_errors=True)
    assert run(*import_words(net, str(net.parent / "bare")))[0] == 0
    code, out, err = run("model", "use", net.parent / "bare")
    assert (code, out) == (2, "") and "say --threshold" in err and "--normal" in err
    assert told(run("model", "use", net.parent / "bare", "--threshold", 7, "--json"))


def test_an_altered_folder_is_not_taken(deployed: Path, made: Path, run: Run) -> None:
    (made / "card.md").write_text("the best there is\n")
    code, _, err = run("model", "use", made)
    assert code == 2 and "card.md: expected SHA-256" in err
    assert not (deployed / "data" / "models" / "pallet-v1").exists()


def test_a_name_is_never_given_to_another_model_nor_a_model_another_name(
    deployed: Path, made: Path, run: Run, net: Path
) -> None:
    told(run("model", "use", made, "--json"))
    again = import_words(net, str(net.parent / "again"))
    assert run(*again, "--threshold", 1)[0] == 0
    code, _, err = run("model", "use", net.parent / "again")
    assert code == 2 and "a name that no other model here has" in err
    renamed = import_words(net, str(net.parent / "renamed"))
    renamed[renamed.index("pallet-v1")] = "pallet-v2"
    assert run(*renamed)[0] == 0
    code, _, err = run("model", "use", net.parent / "renamed", "--threshold", 3)
    assert code == 2 and "this one is here: pallet-v1" in err


@pytest.mark.parametrize("threshold", [0, -1, 1 << 24])
def test_a_threshold_that_no_score_reaches_is_refused(
    deployed: Path, made: Path, run: Run, threshold: int
) -> None:
    code, _, err = run("model", "use", made, "--threshold", threshold)
    assert code == 2 and "expected 1 to 16777215" in err


@pytest.mark.parametrize("text", ["[]", "{", '{"climate": {}}', '{"sound": {"threshold": 1}}'])
def test_a_broken_note_of_what_is_in_use_is_told(tmp_path: Path, text: str) -> None:
    (tmp_path / "models").mkdir()
    (tmp_path / "models" / CHOSEN).write_text(text)
    with pytest.raises(InputError, match=r"chosen\.json"):
        open_shelf(tmp_path).chosen()


# -- on chain ------------------------------------------------------------------------------------


def test_a_registered_model_verifies_on_chain_and_registering_may_be_repeated(
    deployed: Path, made: Path, run: Run, chain: ChainProcess
) -> None:
    told(run("model", "use", made, "--json"))
    blob = sha256((made / "model.blob").read_bytes()).digest()
    known = registry_of(deployed, chain).model_of(blob) is not None  # by another of these tests
    words = ("model", "register", "pallet-v1", "--admin-key", "admin.key", "--json")
    first, second = told(run(*words)), told(run(*words))
    assert (first["registered"], second["registered"]) == ("before" if known else "now", "before")
    assert len(first["tflite"]) == len(first["lineage"]) == 64 and any(first["tflite"])
    code, out, _ = run("model", "verify", "pallet-v1", "--json")
    assert json.loads(out)[0]["steps"][-1]["state"] == "ok"
    assert code == (0 if runtime.runtime_name() else 3)


def test_a_profile_is_pointed_at_the_model_with_its_threshold(
    deployed: Path, made: Path, run: Run, chain: ChainProcess
) -> None:
    registry, profile = registry_of(deployed, chain), load_profile("vaccine-2-8")
    words = ("--admin-key", "admin.key", "--profile", "vaccine-2-8", "--json")
    facts = told(run("model", "register", made, *words))
    assert (facts["profiles"], facts["threshold"]) == (["vaccine-2-8"], 4321)
    blob = sha256((made / "model.blob").read_bytes()).digest()
    assert registry.current_of(profile.digest, KIND_CLIMATE) == blob
    assert told(run("model", "register", made, *words, "--threshold", 17))["threshold"] == 17


def test_who_is_no_administrator_registers_nothing(
    deployed: Path, run: Run, net: Path, chain: ChainProcess
) -> None:
    words = import_words(net, str(net.parent / "other"))
    words[words.index("pallet-v1")] = "intruder-v1"
    features = net.with_name("features.toml")
    features.write_text(features.read_text().replace("12000", "11999"))  # another blob
    assert run(*words)[0] == 0
    code, _, err = run("model", "register", net.parent / "other", "--admin-key", "reviewer.key")
    assert code != 0 and err
    blob = sha256((net.parent / "other" / "model.blob").read_bytes()).digest()
    assert registry_of(deployed, chain).model_of(blob) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--threshold", "5"), "expected a --profile with it"),
        (("--profile", "no-such-profile"), "no-such-profile"),
    ],
)
def test_a_wrong_registration_is_refused_before_the_chain_is_asked(
    deployed: Path, made: Path, run: Run, words: tuple[str, ...], expected: str
) -> None:
    code, _, err = run("model", "register", made, "--admin-key", "admin.key", *words)
    assert code == 2 and expected in err


def test_a_word_that_names_no_model_is_told_with_what_there_is(deployed: Path, run: Run) -> None:
    code, _, err = run("model", "use", "pallet-v9")
    assert code == 2 and all(name in err for name in shipped_names())


# -- a threshold from normal recordings ------------------------------------------------------------


def recording(path: Path, days: int, seed: int) -> Path:
    """A logger's file: a reading each ten minutes about 5 °C and 45 %RH."""
    rng = random.Random(seed)
    began = datetime(2026, 3, 1, tzinfo=UTC)
    lines = ["time,temperature (°C),humidity (%RH)"]
    for step in range(days * 144):
        at = (began + timedelta(minutes=10 * step)).isoformat()
        lines.append(f"{at},{5 + rng.gauss(0, 0.6):.2f},{45 + rng.gauss(0, 3):.2f}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def import_normal(run: Run, net: Path, *words: object) -> tuple[int, str, str]:
    return run(*import_words(net, str(net.parent / "normal")), *words, "--json")


def test_a_threshold_is_found_in_normal_recordings_and_holds_in_others(
    run: Run, net: Path, tmp_path: Path
) -> None:
    from cargoseal.model.normal import cut
    from cargoseal.replay.reader import read_recording

    files = [recording(tmp_path / f"{n}.csv", 140, n) for n in (1, 2)]
    words = ("--normal", files[0], "--normal", files[1], "--alarms-per-week", 2)
    facts = told(import_normal(run, net, *words))
    assert "at most 2 false alarms a week" in facts["costs"]
    folder = tmp_path / "normal"
    metrics = json.loads((folder / "metrics.json").read_text())
    assert metrics["recommended_threshold"] == facts["threshold"] > 0
    assert f"| {facts['threshold']} | at most 2" in (folder / "card.md").read_text()

    other = cut(read_recording(recording(tmp_path / "other.csv", 280, 9)).rows)
    model = load((folder / "model.blob").read_bytes())
    alarms = sum(score >= facts["threshold"] for _, score in rescore_many(model, other))
    expected = 2 * 40  # a week, forty weeks; either side's deviation is about 9 alarms
    assert expected - 40 < alarms < expected + 40


def test_too_few_normal_windows_are_told_with_how_many_are_needed(
    run: Run, net: Path, tmp_path: Path
) -> None:
    file = recording(tmp_path / "short.csv", 2, 1)
    code, out, err = import_normal(run, net, "--normal", file)
    assert (code, out) == (2, "") and "expected at least 168 normal windows" in err
    assert not (tmp_path / "normal").exists()


def test_windows_of_a_recording_are_those_of_a_node(tmp_path: Path) -> None:
    from cargoseal.model.normal import cut
    from cargoseal.replay.reader import read_recording

    windows = cut(read_recording(recording(tmp_path / "a.csv", 2, 1)).rows)
    assert len(windows) == 48
    assert all(w.offsets_ms == [600_000 * i for i in range(6)] for w in windows)


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("--threshold", "5", "--normal", "features.toml"), "got both"),
        (("--threshold", "0"), "expected 1 to"),
        (("--normal", "nothing.csv"), "nothing.csv"),
        (("--normal", "features.toml"), "features.toml"),
        (("--normal", "features.toml", "--kind", "handling"), "expected a climate model"),
    ],
)
def test_a_wrong_threshold_ends_with_exit_code_2(
    run: Run, net: Path, words: tuple[str, ...], expected: str
) -> None:
    code, out, err = import_normal(run, net, *words)
    assert (code, out) == (2, "") and expected in err


def test_the_gateway_of_another_folder_knows_nothing_of_it(
    deployed: Path, made: Path, run: Run
) -> None:
    told(run("model", "use", made, "--json"))
    config = load_config(deployed / "cargoseal.toml")
    assert "pallet-v1" in open_shelf(config.data_dir).names().values()
    assert "pallet-v1" not in open_shelf(deployed / "elsewhere").names().values()
