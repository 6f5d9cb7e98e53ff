"""`cargoseal model` as a person uses it: import, list, verify, with and without a chain."""

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cargoseal.chain.backend import ChainProcess
from cargoseal.chain.keys import load_signer
from cargoseal.chain.reverts import Reverted
from cargoseal.model.folder import ModelFolder, read_folder, shipped_folder
from cargoseal.scoring import shipped_names
from cargoseal.scoring import tflite as runtime
from cargoseal_score.blob import pack
from cargoseal_score.model import KIND_CLIMATE, Feature, Model
from models.provenance.lineage import Origin, seal_folder
from tests.gateway.cli.model_words import FEATURES, Run, import_words, registry_of, write
from tests.models.nets import conv, start
from tests.shared_data import absent


def test_what_ships_is_listed_with_the_digests_that_the_chain_knows(run: Run) -> None:
    code, out, _ = run("model", "list", "--json")
    rows = json.loads(out)
    assert code == 0 and [row["name"] for row in rows] == list(shipped_names())
    assert all(len(row["digest"]) == len(row["lineage"]) == 64 for row in rows)


def test_an_import_says_what_was_lowered_and_how_it_compared(run: Run, net: Path) -> None:
    if runtime.runtime_name() is None:
        absent("a TensorFlow Lite runtime")
    code, out, err = run(*import_words(net), "--json")
    assert code == 0, err
    told = json.loads(out)
    assert told["digest"] == sha256((net.parent / "made" / "model.blob").read_bytes()).hexdigest()
    assert told["layers"] == 4 and told["multiplications"] == 16 * 16 * 4
    assert "CONV_2D: kernel 1x3, stride 2x2, SAME, RELU: dense 16 -> 16" in told["lowered"][0]
    assert "the same bits" in told["compared"] and told["warnings"] == []


def test_an_imported_folder_verifies_and_names_what_it_could_not_check(run: Run, net: Path) -> None:
    if runtime.runtime_name() is None:
        absent("a TensorFlow Lite runtime")
    assert run(*import_words(net))[0] == 0
    code, out, err = run("model", "verify", "made")
    assert (code, err) == (3, "")
    assert " 8  not checked  registry: no chain was named" in out
    assert out.count("  ok  ") == 7


def test_an_altered_folder_ends_with_exit_code_1_and_names_the_file(run: Run, net: Path) -> None:
    assert run(*import_words(net))[0] == 0
    card = net.parent / "made" / "card.md"
    card.write_text(card.read_text().replace("Not evaluated", "Evaluated"))
    code, out, err = run("model", "verify", "made")
    assert code == 1 and "card.md: expected SHA-256" in err
    assert "WRONG: step 1, files" in out


def test_an_import_never_writes_over_a_folder(run: Run, net: Path) -> None:
    (net.parent / "made").mkdir()
    code, _, err = run(*import_words(net))
    assert code == 2 and "not there yet" in err


def test_an_import_that_is_refused_writes_nothing_and_says_what_to_do(run: Run, net: Path) -> None:
    rng = np.random.default_rng(3)
    write(net, conv(rng, start(rng, (1, 1, 8, 2)), 2, (1, 3)))
    code, out, err = run(*import_words(net))
    assert (code, out) == (2, "") and "rescale = true" in err
    assert not (net.parent / "made").exists()


def test_a_dense_layer_is_taken_with_a_warning(run: Run, net: Path) -> None:
    from tests.models.nets import fully_connected

    rng = np.random.default_rng(3)
    write(net, fully_connected(rng, start(rng, (1, 16)), 16))
    net.with_name("features.toml").write_text("rescale = true\n" + FEATURES)
    code, _, err = run(*import_words(net))
    assert code == 0 and err.startswith("warning: FULLY_CONNECTED: LiteRT from 1.3 on")


@pytest.mark.parametrize(
    "words, expected",
    [
        (("verify", "no-such-model"), "expected a model's folder"),
        (("verify", "--rpc", "http://127.0.0.1:9"), "--rpc and --contract together"),
        (("verify", "--rpc", "http://127.0.0.1:9", "--contract", "x"), "expected an address"),
    ],
)
def test_a_wrong_call_ends_with_exit_code_2(
    run: Run, words: tuple[str, ...], expected: str
) -> None:
    code, _, err = run("model", *words)
    assert code == 2 and expected in err


def test_a_chain_that_does_not_answer_ends_with_exit_code_4(run: Run) -> None:
    code, _, err = run(
        "model", "verify", "--rpc", "http://127.0.0.1:9", "--contract", "0x" + "11" * 20
    )
    assert code == 4 and err


# -- against a chain -----------------------------------------------------------------------------


def last_step(result: tuple[int, str, str]) -> tuple[int, dict[str, Any]]:
    code, out, _ = result
    return code, json.loads(out)[0]["steps"][-1]


def test_a_deployment_registers_every_shipped_model_with_its_lineage(
    deployed: Path, run: Run, chain: ChainProcess
) -> None:
    code, out, err = run("model", "verify", "--json")
    results = json.loads(out)
    assert [result["name"] for result in results] == list(shipped_names())
    for result in results:
        assert result["steps"][-1]["state"] == "ok", err
        assert "active since the beginning" in result["steps"][-1]["detail"]
    assert code == (0 if runtime.runtime_name() else 3)


def test_anyone_checks_a_model_with_a_node_and_an_address_alone(
    deployed: Path, run: Run, chain: ChainProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = registry_of(deployed, chain).address
    monkeypatch.chdir(tmp_path)
    words = ("--rpc", chain.url, "--contract", address, "--json")
    code, step = last_step(run("model", "verify", shipped_names()[0], *words))
    assert step["state"] == "ok" and code == (0 if runtime.runtime_name() else 3)


def imported(run: Run, net: Path, out: Path, name: str = "pallet-v1") -> ModelFolder:
    words = import_words(net, str(out))
    words[words.index("pallet-v1")] = name
    assert run(*words)[0] == 0
    return read_folder(out)


def test_a_model_that_nobody_registered_is_told(
    deployed: Path, run: Run, net: Path, tmp_path: Path
) -> None:
    imported(run, net, tmp_path / "made")
    code, step = last_step(run("model", "verify", tmp_path / "made", "--json"))
    assert code == 1 and "does not have the model" in step["detail"]


def test_a_baseline_is_on_chain_with_zeros_in_place_of_a_tflite(
    deployed: Path, run: Run, tmp_path: Path, chain: ChainProcess
) -> None:
    folder = tmp_path / "rule-v1"
    folder.mkdir()
    blob = pack(Model(b"", KIND_CLIMATE, 0, [Feature(0, 0, 0, 4, 0, 9)], []))
    (folder / "model.blob").write_bytes(blob)
    (folder / "metrics.json").write_text(json.dumps({"model": sha256(blob).hexdigest()}))
    seal_folder(folder, Origin("rule-v1", "climate"))
    registry, admin = registry_of(deployed, chain), load_signer(deployed / "admin.key")
    lineage = read_folder(folder).lineage_digest
    registry.register(admin, sha256(blob).digest(), bytes(32), lineage, 0)
    code, step = last_step(run("model", "verify", folder, "--json"))
    assert (code, step["state"]) == (0, "ok")


def test_an_entry_never_changes(
    deployed: Path, run: Run, net: Path, tmp_path: Path, chain: ChainProcess
) -> None:
    registry, admin = registry_of(deployed, chain), load_signer(deployed / "admin.key")
    name = shipped_names()[0]
    model = shipped_folder(name)
    digest = sha256(model.blob).digest()
    same = (digest, model.tflite_digest, model.lineage_digest, 0)
    assert registry.register(admin, *same) is None
    with pytest.raises(Reverted, match="ModelKnown"):
        registry.register(admin, digest, model.tflite_digest, b"\1" * 32, 0)


def test_an_entry_of_another_lineage_is_told_and_so_is_a_retired_model(
    deployed: Path, run: Run, net: Path, tmp_path: Path, chain: ChainProcess
) -> None:
    registry, admin = registry_of(deployed, chain), load_signer(deployed / "admin.key")
    model = imported(run, net, tmp_path / "made")
    other = imported(run, net, tmp_path / "renamed", "pallet-v2")
    digest = sha256(model.blob).digest()
    registry.register(admin, digest, model.tflite_digest, model.lineage_digest, 0)
    assert last_step(run("model", "verify", tmp_path / "made", "--json"))[1]["state"] == "ok"

    assert other.blob == model.blob
    code, step = last_step(run("model", "verify", tmp_path / "renamed", "--json"))
    assert code == 1 and step["detail"].startswith("lineage: expected")

    registry.retire(admin, digest, 1_700_000_000_000)
    code, step = last_step(run("model", "verify", tmp_path / "made", "--json"))
    assert code == 1 and step["detail"] == "retired since 2023-11-14T22:13:20Z"
