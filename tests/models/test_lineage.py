"""A folder's lineage binds all of it, and whatever is altered is found."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace as replace_entry
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from cargoseal.audit.result import State
from cargoseal.errors import InputError, UsageError
from cargoseal.model import verify as verification
from cargoseal.model.compile import METADATA_NAME, compile_tflite
from cargoseal.model.folder import find_folder, read_folder, shipped_folder
from cargoseal.model.lineage import (
    RECORDINGS,
    SOURCES,
    digests_of,
    lineage_text,
    manifest_digest,
    manifest_lines,
    manifest_text,
    parse_lineage,
)
from cargoseal.model.tflite_reader import read_tflite
from cargoseal.model.verify import Result, verify_folder
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import load, pack
from cargoseal_score.model import KIND_CLIMATE, Feature, Model
from models.data.catalogue import CATALOGUE, MANIFEST
from models.provenance import check, lineage
from models.provenance.check import CheckError
from models.provenance.cost import cost_of, millijoules
from models.provenance.lineage import Origin, ProvenanceError, reseal_folder, seal_folder
from models.provenance.sources import sources
from tests.models.nets import an_autoencoder, fully_connected, requantize, start, table
from tests.models.tflite_files import File
from tests.shared_data import absent


def network_folder(tmp_path: Path) -> Path:
    """A sealed folder with a small network."""
    return sealed(tmp_path, an_autoencoder(np.random.default_rng(2)))


def sealed(tmp_path: Path, file: File) -> Path:
    folder = tmp_path / "tested-v1"
    folder.mkdir()
    file.metadata[METADATA_NAME] = table(16)
    (folder / "model.tflite").write_bytes(file.write())
    (folder / "model.blob").write_bytes(compile_tflite(file.write()))
    write_metrics(folder)
    seal_folder(folder, Origin("tested-v1", "climate", seeds={"training": 1}))
    return folder


def baseline_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "rule-v1"
    folder.mkdir()
    features = [Feature(0, 0, 0, 4, 0, 9), Feature(1, 5, 2, 4, 0, 9)]
    (folder / "model.blob").write_bytes(pack(Model(b"", KIND_CLIMATE, 0, features, [])))
    write_metrics(folder)
    seal_folder(folder, Origin("rule-v1", "climate"))
    return folder


def write_metrics(folder: Path) -> None:
    digest = load((folder / "model.blob").read_bytes()).digest.hex()
    metrics = {
        "model": digest,
        "about": "A model for a test.",
        "ships": {"detector": "baseline", "why": "The model was not better."},
        "operating_points": [{"threshold": 900, "means": "one alarm a week"}],
        "tables": [{"title": "Public", "columns": ["set", "AUC"], "rows": [["a|b", 0.5]]}],
        "failures": ["It fails."],
        "attacks": ["A heated sensor is noticed."],
        "cost": {"instructions": 12345},
    }
    (folder / "metrics.json").write_text(json.dumps(metrics))


def states(result: Result) -> dict[str, State]:
    return {step.name: step.state for step in result.steps}


def wrong(folder: Path) -> str:
    """The name of the first step that found something."""
    step = verify_folder(read_folder(folder)).first_wrong
    return step.name if step else "nothing"


def test_a_sealed_folder_holds_together_and_only_the_chain_was_not_asked(tmp_path: Path) -> None:
    if runtime.runtime_name() is None:
        absent("a TensorFlow Lite runtime")
    for folder in (network_folder(tmp_path), baseline_folder(tmp_path)):
        result = verify_folder(read_folder(folder))
        assert states(result).pop("registry") is State.NOT_CHECKED
        assert [s.name for s in result.steps if s.state is not State.OK] == ["registry"]
        assert result.exit_code == 3
        assert "registry" in result.verdict


def test_sealing_twice_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    before = read_folder(folder).files
    seal_folder(folder, Origin("tested-v1", "climate", seeds={"training": 1}))
    assert read_folder(folder).files == before


def test_the_card_says_what_ships_and_why_and_what_was_measured(tmp_path: Path) -> None:
    card = (network_folder(tmp_path) / "card.md").read_text()
    assert "The **baseline**. The model was not better." in card
    assert "| 900 | one alarm a week |" in card
    assert "| a\\|b | 0.5 |" in card
    assert "- It fails." in card and "- A heated sensor is noticed." in card
    assert "| instructions | 12345 |" in card
    assert "No recording is in the training set." in card


def test_a_baselines_card_says_that_it_was_made_from_no_network(tmp_path: Path) -> None:
    card = (baseline_folder(tmp_path) / "card.md").read_text()
    assert "none: a baseline is compiled from no network" in card
    assert "| 1 | humidity | deviation | log, knee 2 |" in card


def flip(name: str, at: int) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        data = bytearray((folder / name).read_bytes())
        data[at] ^= 1
        (folder / name).write_bytes(data)

    return act


def relabel(folder: Path) -> None:
    """Make lineage.json tell the truth about the files again: who alters one thing alters two."""
    stated = json.loads((folder / "lineage.json").read_bytes())
    files = {path.name: path.read_bytes() for path in folder.iterdir()}
    stated["files"] = digests_of(files)
    stated["blob"] = stated["files"]["model.blob"]
    stated["tflite"] = stated["files"].get("model.tflite")
    text = json.dumps(stated, indent=1, sort_keys=True) + "\n"
    (folder / "lineage.json").write_text(text)


def replace(name: str, old: str, new: str) -> Callable[[Path], None]:
    def act(folder: Path) -> None:
        text = (folder / name).read_text()
        assert old in text
        (folder / name).write_text(text.replace(old, new, 1))

    return act


ALTERED: dict[str, Callable[[Path], None]] = {
    "a_weight_in_the_blob": flip("model.blob", 600),
    "a_byte_of_the_tflite": flip("model.tflite", 700),
    "a_golden_score": replace("golden.json", '"score": 1', '"score": 2'),
    "a_figure": replace("metrics.json", "12345", "12344"),
    "a_sentence_of_the_card": replace("card.md", "It fails.", "It never fails."),
    "a_seed": replace("lineage.json", '"training": 1', '"training": 2 '),
    "a_file_too_many": lambda folder: (folder / "notes.txt").write_text("x") and None,
    "a_file_that_is_gone": lambda folder: (folder / "card.md").unlink(),
    "no_lineage": lambda folder: (folder / "lineage.json").unlink(),
    "no_golden_vectors": lambda folder: (folder / "golden.json").unlink(),
}


@pytest.mark.parametrize("name", ALTERED)
def test_an_alteration_is_found(tmp_path: Path, name: str) -> None:
    folder = network_folder(tmp_path)
    ALTERED[name](folder)
    assert wrong(folder) == "files"


def test_a_weight_changed_in_blob_and_lineage_is_found_by_compiling(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    ALTERED["a_weight_in_the_blob"](folder)
    relabel(folder)
    assert wrong(folder) == ".tflite"


def test_a_weight_changed_in_the_tflite_and_lineage_is_found_by_compiling(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    data = bytearray((folder / "model.tflite").read_bytes())
    graph = read_tflite(bytes(data))
    weights = graph.tensor(graph.operators[0].inputs[1]).data
    data[data.index(weights)] ^= 1
    (folder / "model.tflite").write_bytes(data)
    relabel(folder)
    assert wrong(folder) == ".tflite"


def test_a_golden_score_changed_with_its_lineage_is_found(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    ALTERED["a_golden_score"](folder)
    relabel(folder)
    assert wrong(folder) == "golden vectors"


def test_golden_vectors_without_the_extremes_are_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    golden = json.loads((folder / "golden.json").read_text())
    golden["vectors"] = golden["vectors"][1:]
    (folder / "golden.json").write_text(json.dumps(golden))
    relabel(folder)
    assert wrong(folder) == "golden vectors"


def test_golden_vectors_of_another_blob_are_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    replace("golden.json", '"blob_sha256": "', '"blob_sha256": "0')(folder)
    relabel(folder)
    assert wrong(folder) == "golden vectors"


def test_figures_of_another_blob_are_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    replace("metrics.json", '"model": "', '"model": "0')(folder)
    relabel(folder)
    assert wrong(folder) == "card"


def test_a_model_for_other_windows_than_the_lineage_says_is_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    replace("lineage.json", '"kind": "climate"', '"kind": "handling"')(folder)
    assert wrong(folder) == "blob"


def test_layers_without_a_tflite_are_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    (folder / "model.tflite").unlink()
    relabel(folder)
    assert wrong(folder) == ".tflite"


@pytest.mark.parametrize("name", ["golden.json", "metrics.json"])
@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"vectors": [{}]}', "[" * 10_000])
def test_json_that_says_nothing_is_refused(tmp_path: Path, name: str, text: str) -> None:
    folder = network_folder(tmp_path)
    (folder / name).write_text(text)
    relabel(folder)
    assert wrong(folder) in ("golden vectors", "card")


def test_an_interpreter_that_gives_other_integers_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "runtime_names", lambda: ["some-runtime"])
    monkeypatch.setattr(verification, "compare", lambda *_: "input 3, layer 1: 00, here 01")
    assert wrong(network_folder(tmp_path)) == "interpreter"


def test_without_an_interpreter_the_folder_is_not_wholly_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verification, "runtime_names", list)
    result = verify_folder(read_folder(network_folder(tmp_path)))
    assert states(result)["interpreter"] is State.NOT_CHECKED
    assert result.exit_code == 3


def test_a_runtime_without_integer_dense_layers_proves_nothing_and_accuses_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(3)
    file = fully_connected(rng, start(rng, (1, 16)), 16)
    x = file.tensors[0]
    requantize(file, x.scales[0], x.zero_points[0])
    folder = sealed(tmp_path, file)
    monkeypatch.setattr(verification, "compare", lambda *_: "layer 0: 00, here 01")
    for runtime_there, state in (
        ("ai-edge-litert", State.NOT_CHECKED),
        ("tflite-runtime", State.FAILED),
    ):
        monkeypatch.setattr(verification, "runtime_names", lambda name=runtime_there: [name])
        assert states(verify_folder(read_folder(folder)))["interpreter"] is state


# -- the lineage itself --------------------------------------------------------------------------


def test_a_lineage_in_another_layout_is_refused(tmp_path: Path) -> None:
    data = (network_folder(tmp_path) / "lineage.json").read_bytes()
    assert lineage_text(parse_lineage(data, "x")).encode() == data
    with pytest.raises(InputError, match="canonical"):
        parse_lineage(json.dumps(json.loads(data)).encode(), "x")


@pytest.mark.parametrize(
    "key, value, words",
    [
        ("blob", "00", "blob"),
        ("kind", "weather", "kind"),
        ("schema", 2, "schema"),
        ("seeds", {"training": "1"}, "seeds"),
        ("extra", 1, "extra"),
        ("files", {"../x": "00" * 32}, "files"),
        ("parent", "AB" * 32, "parent"),
    ],
)
def test_a_lineage_that_is_none_is_refused(
    tmp_path: Path, key: str, value: object, words: str
) -> None:
    stated = json.loads((network_folder(tmp_path) / "lineage.json").read_bytes())
    stated[key] = value
    text = json.dumps(stated, indent=1, sort_keys=True) + "\n"
    with pytest.raises(InputError, match=words):
        parse_lineage(text.encode(), "x")


def a_repository(root: Path) -> Path:
    """Sources of a kind in every place where modules are looked for."""
    texts = {
        "models/train/climate.py": "from models.train import near\nimport numpy\n",
        "models/train/pipeline.py": "def f():\n    from cargoseal.tool import late\n",
        "models/train/near.py": "import cargoseal_score.kernel\n",
        "models/train/handling.py": "",
        "models/train/__init__.py": "",
        "gateway/cargoseal/tool.py": "",
        "firmware/lib/cargoseal_score/kernel.py": "",
        "firmware/lib/cargoseal_score/__init__.py": "",
        "tests/test_a.py": "",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_sources_are_what_the_task_imports_and_nothing_else(tmp_path: Path) -> None:
    found = sources("climate", a_repository(tmp_path))
    others = {"models/train/handling.py", "tests/test_a.py"}
    everything = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*.py")}
    assert set(found) == everything - others
    for name, digest in found.items():
        assert digest == sha256((tmp_path / name).read_bytes()).hexdigest()


def test_the_real_sources_of_a_kind_hold_its_simulation_and_the_nodes_code() -> None:
    for kind, other in (("climate", "handling"), ("handling", "climate")):
        found = sources(kind)
        for name in (f"models/simulate/{kind}.py", f"models/train/{kind}.py",
                     "models/train/network.py", "firmware/lib/cargoseal_score/features.py",
                     "gateway/cargoseal/model/compile.py"):  # fmt: skip
            assert name in found
        assert f"models/train/{other}.py" not in found


def test_a_list_of_files_is_as_sha256sum_writes_it(tmp_path: Path) -> None:
    lines = {"b": "22" * 32, "a": "11" * 32}
    text = f"{'11' * 32}  a\n{'22' * 32}  b\n"
    assert (manifest_text(lines), manifest_lines(text)) == (text, lines)
    assert manifest_digest(lines) == sha256(text.encode()).hexdigest()
    for other in (text[::-1], text.replace("  ", " "), text + text, "x"):
        with pytest.raises(ValueError, match="expected sorted lines"):
            manifest_lines(other)


def test_the_sources_are_listed_and_a_changed_one_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = baseline_folder(tmp_path)
    assert any("sources as they were when it was made" in line for line in check.check(folder))
    now = sources("climate") | {"models/train/fit.py": "00" * 32}
    monkeypatch.setattr(check, "sources", lambda kind: now)
    assert check.check(folder)[-1].endswith("changed since it was made: models/train/fit.py")


@pytest.mark.parametrize("name", [SOURCES, RECORDINGS])
def test_a_list_that_is_not_the_lineages_is_refused(tmp_path: Path, name: str) -> None:
    folder = baseline_folder(tmp_path)
    (folder / name).write_text(f"{'11' * 32}  public/skab/a.csv\n")
    relabel(folder)
    with pytest.raises(CheckError, match=name):
        check.check(folder)


def test_sealing_again_keeps_where_a_model_comes_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = network_folder(tmp_path)
    before = read_folder(folder).lineage
    monkeypatch.setattr(lineage, "cost_of", lambda blob: {"instructions": "77"})
    monkeypatch.setattr(lineage, "sources", lambda kind: {"x.py": "00" * 32})
    reseal_folder(folder)
    after = read_folder(folder).lineage
    assert "| instructions | 77 |" in (folder / "card.md").read_text()
    assert (after.code, after.seeds, after.name) == (before.code, before.seeds, before.name)
    assert after.files != before.files and wrong(folder) == "nothing"


def test_sets_that_the_figures_are_about_are_in_the_lineage(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = network_folder(tmp_path)
    metrics = json.loads((folder / "metrics.json").read_text())
    metrics["tables"][0]["title"] = "skab"
    (folder / "metrics.json").write_text(json.dumps(metrics))
    monkeypatch.setattr(lineage, "PUBLIC", a_set(tmp_path / "data", "skab"))
    seal_folder(folder, Origin("tested-v1", "climate"))
    found = read_folder(folder)
    assert found.lineage.judged["skab"].files == 1 and not found.lineage.data
    digest = sha256(b"1,2\n").hexdigest()
    assert found.file(RECORDINGS).decode() == f"{digest}  public/skab/a.csv\n"
    assert "| judged on | skab;" in found.file("card.md").decode()
    assert check.check(folder)


# -- what a window costs --------------------------------------------------------------------------


def test_the_card_has_the_counted_instructions_of_exactly_this_blob(tmp_path: Path) -> None:
    figures = tmp_path / "firmware.json"
    parts = {"features": 700_000, "layers": 12_000, "whole window": 6_000_000}
    figures.write_text(json.dumps({"models": {sha256(b"blob").hexdigest(): parts}}))
    rows = cost_of(b"blob", figures)
    assert rows["rv32imc instructions: features"] == "700,000"
    assert rows["energy of these, computed"].startswith("5.54 mJ: ")
    assert cost_of(b"another", figures) == {} == cost_of(b"blob", tmp_path / "absent.json")


def test_energy_is_time_times_power() -> None:
    assert millijoules(100_000_000) == pytest.approx(28 * 3.3)  # a second at 28 mA


def test_without_a_whole_window_the_energy_is_that_of_the_parts(tmp_path: Path) -> None:
    figures = tmp_path / "firmware.json"
    figures.write_text(json.dumps({"models": {sha256(b"b").hexdigest(): {"a": 6e5, "b": 4e5}}}))
    assert cost_of(b"b", figures)["energy of these, computed"].startswith("0.92 mJ: ")


def a_set(folder: Path, name: str) -> Path:
    """A folder of data with one set of one file and its manifest."""
    (folder / name).mkdir(parents=True)
    (folder / name / "a.csv").write_text("1,2\n")
    digest = sha256(b"1,2\n").hexdigest()
    (folder / MANIFEST).write_text(f"{digest}  ./{name}/a.csv\n")
    return folder


def test_a_set_that_training_used_is_in_lineage_and_card(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    data = a_set(tmp_path / "data", "phone_freefall")
    seal_folder(folder, Origin("tested-v1", "climate", data=("phone_freefall",)), data)
    found = read_folder(folder).lineage.data["phone_freefall"]
    assert (found.files, found.licence) == (1, CATALOGUE["phone_freefall"].licence)
    assert found.sha256 in (folder / "card.md").read_text()


@pytest.mark.parametrize(
    "name, words", [("skab", "licence does not allow"), ("no_such_set", "of the catalogue")]
)
def test_a_set_that_may_not_be_trained_on_is_refused(tmp_path: Path, name: str, words: str) -> None:
    folder = network_folder(tmp_path)
    with pytest.raises(ProvenanceError, match=words):
        seal_folder(folder, Origin("tested-v1", "climate", data=(name,)), tmp_path)


def test_a_set_that_is_not_there_is_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    for data in (None, tmp_path):
        with pytest.raises(ProvenanceError, match="manifest"):
            seal_folder(folder, Origin("tested-v1", "climate", data=("phone_freefall",)), data)


# -- folders -------------------------------------------------------------------------------------


def test_what_is_no_models_folder_is_refused(tmp_path: Path) -> None:
    for name in ("nothing", str(tmp_path), "../x", ""):
        with pytest.raises((InputError, UsageError)):
            find_folder(name)
    with pytest.raises(InputError, match="shipped model"):
        shipped_folder("../shipped/climate-v1")


def test_a_folder_within_a_folder_is_refused(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    (folder / "more").mkdir()
    with pytest.raises(InputError, match="expected a file"):
        read_folder(folder)


# -- the registry --------------------------------------------------------------------------------


@dataclass
class Entry:
    tflite_digest: bytes
    lineage: bytes
    active_from_s: int = 0
    retired_s: int = 0


@dataclass
class Registry:
    """What the chain says, as `cargoseal.chain.registries.ModelRegistry` tells it."""

    entry: Entry | None
    active: bool = True
    address: str = "0xabc"

    def model_of(self, digest: bytes) -> Entry | None:
        return self.entry

    def is_active(self, digest: bytes) -> bool:
        return self.active


def registry_step(folder: Path, registry: Registry) -> tuple[State, str]:
    step = verify_folder(read_folder(folder), registry).steps[-1]  # type: ignore[arg-type]
    return step.state, step.detail


def test_the_registry_is_compared_digest_by_digest(tmp_path: Path) -> None:
    folder = network_folder(tmp_path)
    model = read_folder(folder)
    good = Entry(model.tflite_digest, model.lineage_digest)
    assert registry_step(folder, Registry(good))[0] is State.OK
    for entry, active, words in (
        (None, False, "does not have the model"),
        (Entry(bytes(32), model.lineage_digest), True, ".tflite: expected"),
        (Entry(model.tflite_digest, b"\1" * 32), True, "lineage: expected"),
        (replace_entry(good, retired_s=1_700_000_000), False, "retired since 2023-11-14T22:13:20Z"),
        (replace_entry(good, active_from_s=4_000_000_000), False, "active only from 2096"),
    ):
        state, detail = registry_step(folder, Registry(entry, active))
        assert state is State.FAILED and words in detail


def test_a_baseline_has_zeros_in_place_of_a_tflite_on_chain(tmp_path: Path) -> None:
    folder = baseline_folder(tmp_path)
    entry = Entry(bytes(32), read_folder(folder).lineage_digest, retired_s=4_000_000_000)
    state, detail = registry_step(folder, Registry(entry))
    assert state is State.OK and "to be retired 2096" in detail


# -- what the repository ships -------------------------------------------------------------------


def test_every_committed_folder_holds_together() -> None:
    folders = sorted(path.parent for path in check.SHIPPED.glob("*/model.blob"))
    assert folders
    for folder in folders:
        assert any("as they are generated" in line for line in check.check(folder))
