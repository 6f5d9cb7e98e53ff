"""Handling windows: a burst's claim is re-derived from its readings as a climate window's is."""

import pytest

from cargoseal import errors
from cargoseal.verify import NodeKey, Offered, VerifiedSegment, verify_many
from cargoseal_score.blob import load, pack
from cargoseal_score.model import KIND_HANDLING, Model
from cargoseal_wire import constants as c
from models.provenance.vectors import odd_model, rule_model
from tests.gateway.sealing import AUDIENCE, MODEL, START_MS, SealingNode

AXES = (c.ACCEL_X, c.ACCEL_Y, c.ACCEL_Z)
RULE = load(pack(rule_model()))
NETWORK = load(pack(odd_model()))
MODELS = {model.digest: model for model in (MODEL, RULE, NETWORK)}


def handling(seed: int, model: Model, readings: int = 150) -> SealingNode:
    return SealingNode(seed, model=model, readings=readings, channels=AXES)


def outcomes(*sealed: tuple[SealingNode, bytes]) -> list[VerifiedSegment | errors.Refused]:
    registry = {node.node: NodeKey(node.node, node.public_key, 0, None) for node, _ in sealed}
    offered = [Offered(raw, node.node, START_MS) for node, raw in sealed]
    return verify_many(offered, registry, MODELS, AUDIENCE)


@pytest.mark.parametrize("model", [RULE, NETWORK], ids=["a baseline", "a network"])
def test_accepts_a_burst_judged_by(model: Model) -> None:
    node = handling(1, model)
    (verified,) = outcomes((node, node.seal()))
    assert isinstance(verified, VerifiedSegment)
    assert verified.statement.kind == KIND_HANDLING
    assert len(verified.claim.model_input) == model.inputs


def test_bursts_and_climate_windows_are_judged_together_each_by_its_model() -> None:
    nodes = [handling(1, RULE), SealingNode(2), handling(3, NETWORK, 40), handling(4, RULE, 75)]
    sealed = [(node, node.seal()) for node in nodes]
    assert all(isinstance(outcome, VerifiedSegment) for outcome in outcomes(*sealed))


@pytest.mark.parametrize("changes", [{"input_off": 1}, {"score_off": 1}], ids=["input", "score"])
def test_refuses_a_burst_whose_claim_does_not_follow_from_its_readings(
    changes: dict[str, int],
) -> None:
    node = handling(1, RULE)
    (refused,) = outcomes((node, node.altered(**changes)))
    assert type(refused) in (errors.WrongFeatures, errors.WrongScore)


@pytest.mark.parametrize(
    "node, kind",
    [(handling(1, RULE), c.CLIMATE), (SealingNode(1), c.HANDLING)],
    ids=["a handling model for a climate window", "a climate model for a burst"],
)
def test_refuses(node: SealingNode, kind: int) -> None:
    (refused,) = outcomes((node, node.altered(kind=kind)))
    assert type(refused) is errors.WrongModel
    assert refused.where == "statement.model"
