"""Builds the contracts with the npm compiler and writes what the gateway ships of them.

Rules
1. One file per contract in `gateway/cargoseal/chain/abi/`: name, compiler and settings, ABI, the
   creation bytecode. The same sources give the same bytes on every machine.
2. The settings are those of `contracts/foundry.toml`: what the tests run is what is shipped.
3. `roles.json` beside them is `contracts/roles.json` with the selectors of the functions it names;
   a name that no contract has, or that is not unique, is an error.
4. `--check` builds again, changes nothing, and fails on the first file that differs.

Exit codes: 0 done or equal, 1 differs or does not compile, 2 the compiler is missing.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
CONTRACTS = ROOT / "contracts"
PACKAGES = ROOT / "node_modules"
ABI_FOLDER = ROOT / "gateway" / "cargoseal" / "chain" / "abi"

MANAGER = "@openzeppelin/contracts/access/manager/AccessManager.sol"
SHIPPED = {  # contract -> source, as the compiler names it
    "CargoToken": "src/CargoToken.sol",
    "DeviceRegistry": "src/DeviceRegistry.sol",
    "ModelRegistry": "src/ModelRegistry.sol",
    "Renderer": "src/Renderer.sol",
    "EvidenceVerifier": "src/EvidenceVerifier.sol",
    "Ed25519Verifier": "src/Ed25519Verifier.sol",
    "Int8Model": "src/Int8Model.sol",
    "Dispute": "src/Dispute.sol",
    "AccessManager": MANAGER,
}
MAX_CODE_BYTES = 24_576  # EIP-170
_IMPORT = re.compile(r'^\s*import\b[^;]*?"([^"]+)"\s*;', re.MULTILINE)


class BuildError(Exception):
    """The contracts could not be built; the text says where and why."""


def _profile() -> dict[str, Any]:
    text = (CONTRACTS / "foundry.toml").read_text(encoding="utf-8")
    chosen: dict[str, Any] = tomllib.loads(text)["profile"]["default"]
    return chosen


def own_settings() -> dict[str, dict[str, Any]]:
    """What foundry.toml sets for some sources apart from the others: source -> name -> value."""
    restrictions = _profile()["compilation_restrictions"]
    return {
        entry["paths"]: {name: value for name, value in entry.items() if name != "paths"}
        for entry in restrictions
    }


def settings(own: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """The compiler's settings, from foundry.toml; `own`: those that a source has for itself."""
    chosen = _profile() | dict(own or {})
    return {
        "evmVersion": chosen["evm_version"],
        "optimizer": {"enabled": chosen["optimizer"], "runs": chosen["optimizer_runs"]},
        "viaIR": chosen["via_ir"],
        "metadata": {
            "bytecodeHash": chosen["bytecode_hash"],
            "appendCBOR": chosen["cbor_metadata"],
        },
    }


def _file_of(name: str) -> Path:
    """Where the source that the compiler calls `name` lies."""
    if name.startswith("@openzeppelin/"):
        return PACKAGES / name
    if name.startswith("solady/"):
        return PACKAGES / "solady" / "src" / name.removeprefix("solady/")
    return CONTRACTS / name


def _resolve(importer: str, wanted: str) -> str:
    """The name of an imported source, seen from the source that imports it."""
    if not wanted.startswith("."):
        return wanted
    parts = importer.split("/")[:-1]
    for part in wanted.split("/"):
        if part == "..":
            parts.pop()
        elif part != ".":
            parts.append(part)
    return "/".join(parts)


def collect(names: Iterable[str], extra: Mapping[str, Path] | None = None) -> dict[str, str]:
    """The sources with these names and all that they import, as name -> text, sorted by name."""
    found: dict[str, str] = {}
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name in found:
            continue
        path = (extra or {}).get(name) or _file_of(name)
        try:
            found[name] = path.read_text(encoding="utf-8")
        except OSError as error:
            raise BuildError(
                f"{name}: expected a source at {path}, got: {error.strerror}"
            ) from None
        waiting += [_resolve(name, wanted) for wanted in _IMPORT.findall(found[name])]
    return dict(sorted(found.items()))


def compile_sources(
    sources: Mapping[str, str], own: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The compiler's answer: source name -> contract name -> its output.

    Raises BuildError with the compiler's words, FileNotFoundError when there is no compiler.
    """
    if shutil.which("node") is None or not (PACKAGES / "solc").is_dir():
        raise FileNotFoundError("the compiler: run `npm ci` first (node and the package solc)")
    outputs = ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]
    request = {
        "language": "Solidity",
        "sources": {name: {"content": text} for name, text in sources.items()},
        "settings": settings(own) | {"outputSelection": {"*": {"*": outputs}}},
    }
    run = subprocess.run(
        ["node", str(CONTRACTS / "tools" / "solc"), "--standard-json"],
        input=json.dumps(request),
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode != 0:
        raise BuildError(f"the compiler ended with {run.returncode}: {run.stderr.strip()}")
    answer = json.loads(run.stdout)
    errors = [e["formattedMessage"] for e in answer.get("errors", ()) if e["severity"] == "error"]
    if errors:
        raise BuildError("\n".join(errors))
    contracts: dict[str, Any] = answer["contracts"]
    return contracts


def compiler_version() -> str:
    run = subprocess.run(
        ["node", str(CONTRACTS / "tools" / "solc"), "--version"],
        capture_output=True,
        text=True,
        check=True,
    )
    return run.stdout.split("Version: ")[1].strip()


def artifact(
    name: str, outputs: Mapping[str, Any], version: str, own: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What is shipped of one contract, from its source's outputs. A contract whose code ends with
    tables is made by another one, named <name>Creation."""
    output = outputs[name]
    code = output["evm"]["deployedBytecode"]["object"]
    if len(code) // 2 > MAX_CODE_BYTES:
        raise BuildError(f"{name}: expected at most {MAX_CODE_BYTES} bytes, got {len(code) // 2}")
    made_by = outputs.get(f"{name}Creation", output)
    return {
        "contract": name,
        "compiler": version,
        "settings": settings(own),
        "abi": output["abi"],
        "bytecode": "0x" + made_by["evm"]["bytecode"]["object"],
    }


def _type(entry: Mapping[str, Any]) -> str:
    """An ABI parameter's type as selectors see it."""
    kind: str = entry["type"]
    if not kind.startswith("tuple"):
        return kind
    return "(" + ",".join(_type(part) for part in entry["components"]) + ")" + kind[5:]


def _selector(artifacts: Mapping[str, Any], contract: str, function: str) -> dict[str, str]:
    """Signature and selector of a contract's only function with this name."""
    from eth_utils.crypto import keccak

    abi = artifacts[contract]["abi"]
    found = [e for e in abi if e["type"] == "function" and e["name"] == function]
    if len(found) != 1:
        raise BuildError(
            f"roles.json: {contract}.{function}: expected one function, got {len(found)}"
        )
    signature = f"{function}({','.join(_type(entry) for entry in found[0]['inputs'])})"
    return {"signature": signature, "selector": "0x" + keccak(text=signature)[:4].hex()}


def roles(artifacts: Mapping[str, Any]) -> dict[str, Any]:
    """`contracts/roles.json` with the selectors of the functions it names."""
    source = json.loads((CONTRACTS / "roles.json").read_text(encoding="utf-8"))
    listed = {}
    for role, entry in source["roles"].items():
        functions = {
            contract: [_selector(artifacts, contract, name) for name in names]
            for contract, names in entry["functions"].items()
        }
        listed[role] = {"id": entry["id"], "functions": functions}
    return {"comment": source["comment"], "roles": listed}


def build() -> dict[str, str]:
    """File name -> content of everything that is shipped."""
    wanted = {name: source for name, source in SHIPPED.items() if _file_of(source).exists()}
    version = compiler_version()
    own = own_settings()
    common = compile_sources(collect(source for source in wanted.values() if source not in own))
    artifacts = {}
    for name, source in wanted.items():
        if source not in own:
            artifacts[name] = artifact(name, common[source], version)
            continue
        compiled = compile_sources(collect([source]), own[source])
        artifacts[name] = artifact(name, compiled[source], version, own[source])
    files: dict[str, Any] = {f"{name}.json": value for name, value in artifacts.items()}
    files["roles.json"] = roles(artifacts)
    return {name: json.dumps(value, indent=1) + "\n" for name, value in files.items()}


def differences(files: Mapping[str, str]) -> list[str]:
    """The names of shipped files that are not what the sources give, or have no source."""
    there = {path.name for path in ABI_FOLDER.glob("*.json")}
    stale = sorted(there - files.keys())
    return stale + [
        name
        for name, text in files.items()
        if name not in there or (ABI_FOLDER / name).read_text(encoding="utf-8") != text
    ]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Build the contracts that the gateway ships.")
    parser.add_argument("--check", action="store_true", help="build again and compare only")
    options = parser.parse_args(arguments)
    try:
        files = build()
    except FileNotFoundError as error:
        print(f"contracts: expected {error}", file=sys.stderr)
        return 2
    except BuildError as error:
        print(f"contracts: {error}", file=sys.stderr)
        return 1
    if options.check:
        return _report(files)
    ABI_FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (ABI_FOLDER / name).write_text(text, encoding="utf-8")
    print(f"contracts: {len(files)} files written to {ABI_FOLDER.relative_to(ROOT)}")
    return 0


def _report(files: Mapping[str, str]) -> int:
    different = differences(files)
    for name in different:
        print(
            f"contracts: {name}: expected what the sources give, got another file", file=sys.stderr
        )
    if not different:
        print(f"contracts: {len(files)} files equal their sources")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
