"""The contracts' tests run in forge; here they are started, and what is shipped is compared.

Rules
1. Where forge or the compiler is not installed these tests skip with a word; with CI=true they
   fail instead.
2. One test per claim: the forge tests pass, the shipped files equal their sources, the vectors
   equal their generator, the sources are formatted.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import contracts
from tests.shared_data import absent

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "node_modules"
FORGE = PACKAGES / "@foundry-rs" / "forge-linux-amd64" / "bin" / "forge"
FOLDERS = ("tests/contracts", "tests/contracts/support", "tests/bench/naive")
LEAST_TESTS = 170


def run_forge(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs forge in contracts/; skips where it or node cannot run."""
    if not FORGE.exists():
        absent("forge")
    if shutil.which("node") is None:
        absent("node")
    environment = os.environ | {"FOUNDRY_DISABLE_NIGHTLY_WARNING": "1", "NO_COLOR": "1"}
    return subprocess.run(
        [str(FORGE), *arguments],
        cwd=ROOT / "contracts",
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def results(output: str) -> dict[str, str]:
    """Test name -> "Success" or why it failed, from forge's JSON."""
    suites: dict[str, Any] = json.loads(output)
    return {
        f"{suite.split(':')[-1]}.{name}": result["reason"] or result["status"]
        for suite, found in suites.items()
        for name, result in found["test_results"].items()
    }


@pytest.mark.timeout(600)
def test_every_forge_test_passes() -> None:
    run = run_forge("test", "--json")
    assert run.stdout.startswith("{"), run.stdout + run.stderr
    found = results(run.stdout)
    failed = {name: why for name, why in found.items() if why != "Success"}
    assert not failed, failed
    assert len(found) >= LEAST_TESTS
    assert run.returncode == 0


def test_the_sources_are_formatted() -> None:
    files = [str(path) for folder in FOLDERS for path in sorted((ROOT / folder).glob("*.sol"))]
    for run in (run_forge("fmt", "--check"), run_forge("fmt", "--check", *files)):
        assert run.returncode == 0, run.stdout + run.stderr


def test_the_shipped_contracts_are_what_the_sources_give() -> None:
    try:
        files = contracts.build()
    except FileNotFoundError as error:
        absent(str(error))
    assert contracts.differences(files) == []


def test_the_vectors_are_what_their_generator_makes() -> None:
    command = [sys.executable, str(Path(__file__).parent / "make_vectors.py"), "--check"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def shipped(name: str) -> dict[str, Any]:
    text = (contracts.ABI_FOLDER / f"{name}.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def test_shipped_files_say_how_they_were_built() -> None:
    token = shipped("CargoToken")
    assert token["settings"]["evmVersion"] == "prague"
    assert token["settings"]["viaIR"] is True
    assert shipped("DeviceRegistry")["settings"]["viaIR"] is False
    assert token["compiler"].startswith("0.8.37")


def test_every_right_of_a_role_is_a_function_of_its_contract() -> None:
    seen: dict[tuple[str, str], str] = {}
    for role, entry in shipped("roles")["roles"].items():
        assert entry["id"] > 0, "role 0 is the administrator's"
        for contract, functions in entry["functions"].items():
            for function in functions:
                key = (contract, function["selector"])
                assert key not in seen, f"{function['signature']} has two roles"
                seen[key] = role
                assert len(bytes.fromhex(function["selector"][2:])) == 4


def test_a_role_for_a_function_that_is_not_there_is_an_error() -> None:
    artifacts = {"CargoToken": {"abi": []}}
    with pytest.raises(contracts.BuildError, match=r"CargoToken\.mint: expected one function"):
        contracts._selector(artifacts, "CargoToken", "mint")


def test_a_source_that_imports_what_is_not_there_is_an_error(tmp_path: Path) -> None:
    source = tmp_path / "A.sol"
    source.write_text('import {B} from "./B.sol";\n', encoding="utf-8")
    with pytest.raises(contracts.BuildError, match=r"src/B\.sol: expected a source"):
        contracts.collect(["src/A.sol"], {"src/A.sol": source})


def test_a_source_that_does_not_compile_is_an_error_in_the_compilers_words() -> None:
    try:
        with pytest.raises(contracts.BuildError, match="Expected"):
            contracts.compile_sources({"A.sol": "contract {"})
    except FileNotFoundError as error:
        absent(str(error))


def test_the_check_names_a_file_that_differs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contracts, "ABI_FOLDER", tmp_path)
    (tmp_path / "Same.json").write_text("1", encoding="utf-8")
    (tmp_path / "Changed.json").write_text("1", encoding="utf-8")
    (tmp_path / "Orphan.json").write_text("1", encoding="utf-8")
    files = {"Same.json": "1", "Changed.json": "2", "New.json": "3"}
    assert contracts.differences(files) == ["Orphan.json", "Changed.json", "New.json"]


def test_the_compiler_wrapper_answers_only_what_forge_asks() -> None:
    if shutil.which("node") is None or not (PACKAGES / "solc").is_dir():
        absent("the compiler")
    wrapper = str(contracts.CONTRACTS / "tools" / "solc")
    version = subprocess.run(["node", wrapper, "--version"], capture_output=True, text=True)
    assert "Version: 0.8.37" in version.stdout
    other = subprocess.run(["node", wrapper, "--bin"], capture_output=True, text=True)
    assert other.returncode == 2
    assert "expected --version or --standard-json" in other.stderr
