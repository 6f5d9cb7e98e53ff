"""Gas of disputes: whole transactions, from a sealed segment to the token's new state.

Rules
1. The deployment is what `cargoseal contracts deploy` makes, on a chain of its own that is set to
   a fixed time: the same bytes and the same figures every time.
2. Models of 1,024 and 4,096 multiplications are made up (gas_kernels.network); the others are the
   blobs in models/. What a raise does not ask of a model, its quality, plays no part.
3. A refutation is measured with a log of 1,000 entries among 500 shipments: ten and nine hashes.
"""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from cargoseal.evidence.entries import encode
from cargoseal_score.blob import load
from cargoseal_score.model import Model
from tests.bench.gas_kernels import network
from tests.contracts.dispute_world import (
    BYSTANDER,
    DisputeWorld,
    Logs,
    Sealed,
    deployed_on,
    lying,
)
from tests.gateway.chain.world import FLAGGED, GATEWAY

if TYPE_CHECKING:
    from tests.bench.bench_gas import Bench

GOALS = {
    "raise, 1,024 multiplications": 200_000,
    "raise, 4,096 multiplications": 230_000,
}
MODELS = Path(__file__).resolve().parents[2] / "models"
START_S = 2_000_000_000
_ENTRIES, _SHIPMENTS = 1000, 500


def measure_disputes(bench: "Bench") -> None:
    """Adds the rows."""
    with tempfile.TemporaryDirectory() as folder:
        with deployed_on("anvil", Path(folder)) as deployed:
            deployed.w3.provider.make_request("evm_setNextBlockTimestamp", [hex(START_S)])  # type: ignore[arg-type]
            deployed.w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]
            world = DisputeWorld(deployed.w3, deployed.token, deployed.book)
            world.set_up()
            _measure_raises(bench, world)
            _measure_refutations(bench, world)


def _measure_raises(bench: "Bench", world: DisputeWorld) -> None:
    for name, blob in _blobs().items():
        before = world.rpc("evm_snapshot")
        model = load(blob)
        world.enter(model, 1)
        bench.add(f"raise, {name}", world.raise_(_sealed(world, model)).gas_used)
        world.rpc("evm_revert", before)


def _blobs() -> dict[str, bytes]:
    made = {f"{2 * w * m:,} multiplications": network(w, m) for w, m in ((32, 16), (64, 32))}
    for path in sorted(
        [*MODELS.glob("shipped/*/model.blob"), *MODELS.glob("*/*-model/model.blob")]
    ):
        made[f"{path.parent.parent.name}/{path.parent.name}"] = path.read_bytes()
    return made


def _sealed(world: DisputeWorld, model: Model) -> Sealed:
    """A segment with an input of all kinds of bytes, none of them zero."""
    return world.seal(by=model, model_input=bytes(1 + 37 * i % 255 for i in range(model.inputs)))


def _measure_refutations(bench: "Bench", world: DisputeWorld) -> None:
    sealed = _sealed(world, world.model)
    bad = world.seal(signature=bytes(64 * [7]))
    entries = {
        "score": lying(sealed, score=1),
        "statement": lying(sealed, counter=2),
        "signature": encode(bad.entry),
    }
    log = [*entries.values(), *(b"entry %d" % i for i in range(_ENTRIES - len(entries)))]
    logs = Logs({1: log} | {token: [b"other"] for token in range(2, _SHIPMENTS + 1)})
    bench.add("pay a bond in", world.call(GATEWAY, "deposit", value=10**18).gas_used)
    seq = world.anchor(logs, world.flag(FLAGGED))
    bench.add("keep an anchor", world.call(BYSTANDER, "keep", 1, seq).gas_used)
    before = world.rpc("evm_snapshot")
    for index, kind in enumerate(entries):
        leaf = logs.leaf(1, seq, 1, index)
        commit = world.commit(leaf)
        if kind == "score":
            bench.add("commit to a refutation", commit.gas_used)
            receipt = world.refute_score(leaf, sealed.claim)
        elif kind == "statement":
            receipt = world.refute_statement(leaf, sealed)
        else:
            receipt = world.refute_signature(leaf, bad)
        bench.add(f"refute a {kind}", receipt.gas_used)
        world.rpc("evm_revert", before)
        before = world.rpc("evm_snapshot")
