"""What the contracts cost: gas from receipts of a real chain node (anvil), beside naive contracts.

Run: python tests/bench/bench_gas.py [--json] [--abi FOLDER] [--write | --check]

Rules
1. Every figure is `gasUsed` of a mined transaction, or `eth_estimateGas` of a read where "(call)"
   stands; nothing is modelled.
2. Posts are measured in their steady state: tokens were updated before, the gateway's ring of 256
   roots is full. First times are rows of their own.
3. The naive contracts run in the same node, compiled with the same settings.
4. A goal is what was set before the contracts were written; the row says whether it is reached.
5. `contracts/gas.json` is the snapshot in the repository, `contracts/GAS.md` its goals beside the
   figures: `--write` writes both, `--check` prints what differs from them and fails. Every run
   gives the same figures: the bytes are fixed.
"""

import argparse
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nacl.signing import SigningKey
from web3 import Web3

from cargoseal.chain.ed25519_hints import subgroup_proof

ROOT = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT)]
import contracts  # noqa: E402
from tests.bench import gas_disputes, gas_goals, gas_kernels  # noqa: E402

ANVIL = ROOT / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
NAIVE = {"naive/Naive.sol": Path(__file__).parent / "naive" / "Naive.sol"}
SNAPSHOT = ROOT / "contracts" / "gas.json"
GOAL_TABLE = ROOT / "contracts" / "GAS.md"
BLOCK_GAS = 60_000_000
START_S = 2_000_000_000  # then a second a block: a date's digits are part of what tokenURI writes
DEADLINE = 2**40
ROOT, CONTENT = b"\xa5" * 32, b"\x5a" * 32  # no zero bytes: those would be cheaper
GATEWAY = 1
TOKENS = 500
GOALS = {  # row -> gas per item, CHAIN.md
    "post, batch of 1": 46_000,
    "post, batch of 10": 10_000,
    "post, batch of 100": 6_500,
    "post, batch of 500": 6_200,
    "post, batch of 1, each visible": 46_000,
    "post, batch of 10, each visible": 10_000,
    "post, batch of 100, each visible": 6_500,
    "post, batch of 500, each visible": 6_200,
    "heartbeat": 39_000,
    "tokenURI (call)": 80_000,
    **gas_kernels.GOALS,
    **gas_disputes.GOALS,
}


@dataclass
class Row:
    """One line: gas of the whole transaction and, for batches, of each item."""

    name: str
    gas: int
    items: int = 1
    goal: int | None = None

    @property
    def per_item(self) -> float:
        return self.gas / self.items


@contextmanager
def chain() -> Iterator[Web3]:
    """A chain node of our own on a free port; ends with the block."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(ANVIL), "--hardfork", "prague", "--port", str(port), "--silent"]
    command += ["--timestamp", str(START_S), "--gas-limit", str(BLOCK_GAS)]
    process = subprocess.Popen(command)
    try:
        web3 = Web3(Web3.HTTPProvider(f"http://127.0.0.1:{port}"))
        for _ in range(200):
            if web3.is_connected():
                break
            time.sleep(0.05)
        web3.provider.make_request("anvil_setBlockTimestampInterval", [1])  # type: ignore[arg-type]
        yield web3
    finally:
        process.terminate()
        process.wait()


class Bench:
    """The deployed contracts and the rows measured so far."""

    def __init__(self, web3: Web3, abi_folder: Path) -> None:
        self.web3 = web3
        self.admin, self.gateway = list(web3.eth.accounts)[:2]
        self.abi_folder = abi_folder
        self.rows: list[Row] = []
        self.seq = 0

    def send(self, call: Any, sender: str | None = None) -> int:
        """Mines a call; its gas."""
        tx = call.transact({"from": sender or self.admin, "gas": BLOCK_GAS // 2})
        receipt = self.web3.eth.wait_for_transaction_receipt(tx)
        if receipt["status"] != 1:
            raise RuntimeError(f"{call.fn_name}: expected success, got a revert")
        return int(receipt["gasUsed"])

    def deploy(self, name: str, *arguments: Any, built: dict[str, Any] | None = None) -> Any:
        """Deploys a shipped contract (or one just built) and measures it."""
        if built is None:
            built = json.loads((self.abi_folder / f"{name}.json").read_text(encoding="utf-8"))
        factory = self.web3.eth.contract(abi=built["abi"], bytecode=built["bytecode"])
        tx = factory.constructor(*arguments).transact({"from": self.admin})
        receipt = self.web3.eth.wait_for_transaction_receipt(tx)
        self.add(f"deploy {name}", int(receipt["gasUsed"]))
        return self.web3.eth.contract(address=receipt["contractAddress"], abi=built["abi"])

    def add(self, name: str, gas: int, items: int = 1) -> None:
        self.rows.append(Row(name, gas, items, GOALS.get(name)))

    def post(self, token: Any, updates: bytes) -> int:
        call = token.functions.post(self.seq, DEADLINE, root_of(self.seq), CONTENT, updates)
        self.seq += 1
        return self.send(call, self.gateway)


def root_of(seq: int) -> bytes:
    """A root of its own for each batch, without zero bytes: those would be cheaper."""
    return bytes(byte or 1 for byte in hashlib.sha256(seq.to_bytes(8, "big")).digest())


def update(token_id: int, condition: int, doubts: int, score: int) -> bytes:
    """One packed update: see contracts/src/types/Update.sol."""
    head = token_id.to_bytes(8, "big") + bytes([condition, doubts, 97, 2])
    return head + score.to_bytes(3, "big") + bytes(1) + (1_700_000_000).to_bytes(4, "big")


def batch(count: int, condition: int, doubts: int, score: int) -> bytes:
    return b"".join(update(1 + i, condition, doubts, score + i) for i in range(count))


def measure_token(bench: Bench) -> Any:
    """Mint, posts, heartbeat and people's functions."""
    manager = bench.deploy("AccessManager", bench.admin)
    renderer = bench.deploy("Renderer")
    token = bench.deploy("CargoToken", manager.address, renderer.address, "bench", 7200)
    functions = token.functions
    bench.send(functions.setGateway(GATEWAY, bench.gateway, True, 2**32 - 1))
    profile = CONTENT
    bench.add("mint, first under a profile", mint(bench, functions, 1, profile))
    minted = [mint(bench, functions, i, profile) for i in range(2, TOKENS + 1)]
    bench.add("mint", minted[-1])
    bench.add("heartbeat, ring not yet full", bench.post(token, b""))
    for _ in range(256):
        bench.post(token, b"")
    bench.add("heartbeat", bench.post(token, b""))
    bench.post(token, batch(TOKENS, 1, 0, 500))
    for step, count in enumerate((1, 10, 100, 500), start=1):
        gas = bench.post(token, batch(count, 1, 0, 500 + step))
        bench.add(f"post, batch of {count}", gas, count)
    for step, count in enumerate((1, 10, 100, 500), start=1):
        gas = bench.post(token, batch(count, 1, step, 900))
        bench.add(f"post, batch of {count}, each visible", gas, count)
    bench.post(token, batch(1, 2, 0, 900))
    updates = functions.statusOf(1).call()[6]
    bench.add("review", bench.send(functions.review(1, updates, 1, 1, CONTENT)))
    bench.add("setLifecycle", bench.send(functions.setLifecycle(1, 2)))
    bench.add("transfer", bench.send(functions.transferFrom(bench.admin, bench.gateway, 2)))
    bench.add("tokenURI (call)", call_gas(bench, functions.tokenURI(1)))
    return manager


def mint(bench: Bench, functions: Any, token_id: int, profile: bytes) -> int:
    return bench.send(functions.mint(bench.admin, token_id, GATEWAY, profile))


def call_gas(bench: Bench, call: Any) -> int:
    """Execution gas of a read: the estimate without the transaction's own 21,000 and calldata."""
    data = bytes.fromhex(call._encode_transaction_data()[2:])
    words = sum(4 if byte == 0 else 16 for byte in data)
    return int(call.estimate_gas({"from": bench.admin})) - 21_000 - words


def measure_registries(bench: Bench, manager: Any, verifier: Any) -> None:
    """Nodes one by one and in bulk, and models."""
    devices = bench.deploy("DeviceRegistry", manager.address, verifier.address)
    rows = [registration(i) for i in range(1, 22)]
    functions = devices.functions
    node, _, since, key, proof = rows[0]
    bench.add("register a node", bench.send(functions.register(node, key, 1, since, proof)))
    many = rows[1:]
    bench.add("register nodes, 20 at once", bench.send(functions.registerMany(many)), len(many))
    bench.add("assign a node", bench.send(functions.assign(node, 1, 2)))
    assigned = [(row[0], 1, 2) for row in many]
    bench.add("assign nodes, 20 at once", bench.send(functions.assignMany(assigned)), len(many))
    bench.add("release a node", bench.send(functions.release(node, 3)))
    times = [(row[0], 3) for row in many]
    bench.add("release nodes, 20 at once", bench.send(functions.releaseMany(times)), len(many))
    bench.add("revoke a node", bench.send(functions.revoke(node, 4)))
    bench.add("revoke nodes, 20 at once", bench.send(functions.revokeMany(times)), len(many))
    models = bench.deploy("ModelRegistry", manager.address)
    call = models.functions.register(ROOT, CONTENT, ROOT, 1)
    bench.add("register a model", bench.send(call))
    point = models.functions.point
    bench.add("point a profile at a model", bench.send(point(CONTENT, 1, ROOT, 500)))


def registration(number: int) -> tuple[Any, ...]:
    """A node as `registerMany` takes it; always the same."""
    key = bytes(SigningKey(bytes([number]) * 32).verify_key)
    return hashlib.sha256(key).digest()[:8], 1, 1, key, subgroup_proof(key)


def measure_naive(bench: Bench) -> None:
    """The same news as stored JSON, and as a new token URI."""
    compiled = contracts.compile_sources(contracts.collect(NAIVE, NAIVE))["naive/Naive.sol"]
    built = {
        name: {"abi": c["abi"], "bytecode": "0x" + c["evm"]["bytecode"]["object"]}
        for name, c in compiled.items()
    }
    text = (
        '{"t":"2026-11-20T12:00:00Z","dev":"esp32-000017","temp":4.31,"hum":61.2,"shock":0.12,'
        '"lat":51.92,"lon":4.47,"score":0.13,"class":"OK","sig":"' + (2 * ROOT).hex() + '"}'
    )
    readings = bench.deploy("JsonReadings", built=built["JsonReadings"])
    bench.send(readings.functions.mint(bench.admin, 1))
    for name in ("first", "next"):
        gas = bench.send(readings.functions.push(1, text))
        bench.add(f"naive: {len(text)}-byte JSON reading, {name}", gas)
    uris = bench.deploy("UriPerUpdate", built=built["UriPerUpdate"])
    bench.send(uris.functions.mint(bench.admin, 1))
    base = "ipfs://bafybeigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi/"
    for index, name in enumerate(("first", "next")):
        gas = bench.send(uris.functions.setTokenURI(1, f"{base}{index}.json"))
        bench.add(f"naive: setTokenURI, {name}", gas)


def figures(rows: list[Row]) -> dict[str, int]:
    return {row.name: row.gas for row in rows}


def goal_table(rows: list[Row]) -> str:
    goals = [(row.name, row.goal, row.per_item) for row in rows if row.goal is not None]
    return gas_goals.text(goals)


def compare(measured: dict[str, int], kept: dict[str, int]) -> list[str]:
    """A line for each operation whose gas is not what the snapshot says."""
    return [
        f"{name}: {kept.get(name, 'new')} -> {measured.get(name, 'gone')}"
        for name in dict.fromkeys([*kept, *measured])
        if kept.get(name) != measured.get(name)
    ]


def against_snapshot(measured: dict[str, int], goals: str, write: bool) -> int:
    """Writes snapshot and goal table, or prints what differs from them; the exit code."""
    if write:
        SNAPSHOT.write_text(json.dumps(measured, indent=1) + "\n", encoding="utf-8")
        GOAL_TABLE.write_text(goals, encoding="utf-8")
        return 0
    different = compare(measured, json.loads(SNAPSHOT.read_text(encoding="utf-8")))
    if not GOAL_TABLE.exists() or GOAL_TABLE.read_text(encoding="utf-8") != goals:
        different.append(f"{GOAL_TABLE.name}: not the table of these figures")
    print("\n".join(different) or f"{len(measured)} figures equal the snapshot", file=sys.stderr)
    return 1 if different else 0


def table(rows: list[Row]) -> str:
    lines = [f"{'operation':<44}{'gas':>12}{'per item':>12}{'goal':>10}"]
    for row in rows:
        goal = "" if row.goal is None else f"{row.goal:,}"
        reached = (
            "" if row.goal is None else ("  reached" if row.per_item <= row.goal else "  MISSED")
        )
        per_item = f"{row.per_item:,.0f}" if row.items > 1 else ""
        lines.append(f"{row.name:<44}{row.gas:>12,}{per_item:>12}{goal:>10}{reached}")
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Gas of the contracts, beside naive ones.")
    parser.add_argument("--json", action="store_true", help="print JSON in place of the table")
    parser.add_argument("--abi", type=Path, default=contracts.ABI_FOLDER, help="another build")
    parser.add_argument("--write", action="store_true", help="write gas.json and GAS.md")
    parser.add_argument("--check", action="store_true", help="compare with both")
    options = parser.parse_args()
    if not ANVIL.exists():
        print("bench_gas: expected anvil (npm ci), got none: skipped", file=sys.stderr)
        return 1 if os.environ.get("CI") == "true" else 0
    with chain() as web3:
        bench = Bench(web3, options.abi)
        manager = measure_token(bench)
        verifier = gas_kernels.measure_kernels(bench, call_gas)
        measure_registries(bench, manager, verifier)
        gas_disputes.measure_disputes(bench)
        measure_naive(bench)
    if options.json:
        rows = [asdict(row) | {"per_item": round(row.per_item, 1)} for row in bench.rows]
        print(json.dumps({"unit": "gas", "chain": "anvil, prague", "rows": rows}, indent=1))
    else:
        print(table(bench.rows))
    if options.write or options.check:
        return against_snapshot(figures(bench.rows), goal_table(bench.rows), options.write)
    return 0


if __name__ == "__main__":
    sys.exit(main())
