"""What a node is told at enrolment is what the node takes, and what the chain is told of models."""

import hashlib
import json
from typing import Any

from node.config import Config
from node.scorer import Scorer

from cargoseal.enrolment import model_settings, node_settings, register_models
from cargoseal.model.folder import shipped_folder
from cargoseal.model.shelf import Chosen, Shelf
from cargoseal.scoring import recommended_threshold, shipped, shipped_models, shipped_names
from cargoseal_score import blob


def test_a_node_takes_the_settings_it_is_enrolled_with() -> None:
    text = json.dumps(node_settings(bytes(32), b"\x11" * 32, "gateway", 1883))
    config = Config(json.loads(text))
    assert (config.host, config.port, config.receipt_key) == ("gateway", 1883, b"\x11" * 32)
    Scorer(config.models)  # one of each kind, each with its digest


def test_a_node_gets_the_newest_model_of_each_kind_with_its_digest_and_threshold() -> None:
    told = model_settings()
    kinds = [blob.load(bytes.fromhex(str(one["blob"]))).kind for one in told]
    assert kinds == sorted({one.model.kind for one in shipped_models()})
    for kind, one in zip(kinds, told, strict=True):
        newest = shipped(kind)
        assert one["blob"] == newest.blob.hex()
        assert one["digest"] == hashlib.sha256(newest.blob).hexdigest()
        assert one["threshold"] == recommended_threshold(newest.name)


def test_a_model_without_a_threshold_leaves_the_node_without_one() -> None:
    class Bare(Shelf):
        def chosen(self) -> dict[str, Chosen]:
            return {"climate": Chosen("bare-v1", shipped(0).blob, None)}

    (told,) = model_settings(Bare(None))
    assert sorted(told) == ["blob", "digest"]
    text = json.dumps(node_settings(bytes(32), b"\x11" * 32, "gateway", 1883, Bare(None)))
    (model,) = Config(json.loads(text)).models
    assert model.threshold is None


def test_the_chain_is_told_of_every_shipped_model_and_where_it_comes_from() -> None:
    class Registry:
        entries: list[tuple[Any, ...]]

        def __init__(self) -> None:
            self.entries = []

        def register(
            self, _admin: object, blob: bytes, tflite: bytes, lineage: bytes, active_from_ms: int
        ) -> None:
            self.entries.append((blob, tflite, lineage, active_from_ms))

    registry = Registry()
    register_models(registry, None)  # type: ignore[arg-type]
    for name, entry in zip(shipped_names(), registry.entries, strict=True):
        folder = shipped_folder(name)
        tflite = bytes(32) if folder.tflite is None else hashlib.sha256(folder.tflite).digest()
        assert entry == (hashlib.sha256(folder.blob).digest(), tflite, folder.lineage_digest, 0)
