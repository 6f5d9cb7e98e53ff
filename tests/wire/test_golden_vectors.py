"""The committed vectors are what their generator writes, and the gateway names them so too."""

import json
import subprocess
import sys
from typing import Any

import pytest
import vectors as generator

from cargoseal import verify
from cargoseal.errors import Refused
from cargoseal_wire import segment as wire
from tests.shared_data import ROOT
from tests.wire.vectors import FOLDER, load

REFUSALS = load("refusals.json")
NEEDS_A_STORE = ("Replayed", "CounterReused")


def registry(world: dict[str, Any]) -> dict[bytes, verify.NodeKey]:
    """The keys of the vectors' world."""
    nodes = world["nodes"] + world["revoked"]
    keys = (
        verify.NodeKey(
            bytes.fromhex(node["node"]),
            bytes.fromhex(node["public_key"]),
            0,
            node.get("revoked_ms"),
        )
        for node in nodes
    )
    return {key.node: key for key in keys}


def outcome(world: dict[str, Any], data: bytes, topic_node: str | None = None) -> str:
    """The gateway's refusal. No model is registered, so what is good ends at WrongModel."""
    with pytest.raises(Refused) as caught:
        verify.verify(
            data,
            bytes.fromhex(topic_node) if topic_node else None,
            registry(world),
            {},
            bytes.fromhex(world["audience"]),
            world["received_ms"],
        )
    return caught.value.name


@pytest.mark.parametrize("name", sorted(generator.FILES))
def test_the_generator_writes_the_committed_file(name: str) -> None:
    text = json.dumps(generator.FILES[name](), indent=1, ensure_ascii=False) + "\n"
    assert (FOLDER / name).read_text(encoding="utf-8") == text, "run: make vectors"


def test_every_file_of_vectors_has_an_origin() -> None:
    origins = (FOLDER / "ORIGINS.md").read_text(encoding="utf-8")
    for path in FOLDER.glob("*.json"):
        assert f"`{path.name}`" in origins, path.name


def test_the_check_of_vectors_ends_with_0() -> None:
    command = [sys.executable, str(ROOT / "tools" / "vectors.py"), "--check"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout) == (0, "")


@pytest.mark.parametrize("case", REFUSALS["segments"], ids=lambda case: case["name"])
def test_the_gateway_gives_the_refusal_that_the_vector_names(case: dict[str, Any]) -> None:
    wanted = "WrongModel" if case["refused"] in NEEDS_A_STORE else case["refused"]
    data = bytes.fromhex(case["segment"])
    assert outcome(REFUSALS["world"], data, case.get("topic_node")) == wanted


def test_good_segments_get_as_far_as_their_model_in_both_forms() -> None:
    golden = load("segments.json")
    for case in golden["segments"]:
        complete = case["compact"] is not None
        wanted = "WrongModel" if complete else "MissingSection"
        assert outcome(golden["world"], bytes.fromhex(case["full"])) == wanted
        if complete:
            assert outcome(golden["world"], bytes.fromhex(case["compact"])) == "WrongModel"


def test_what_replays_has_the_seal_of_the_first() -> None:
    first = wire.decode_segment(bytes.fromhex(REFUSALS["first"]))
    for case in REFUSALS["segments"]:
        if case["refused"] in NEEDS_A_STORE:
            parts = wire.decode_segment(bytes.fromhex(case["segment"]))
            assert (parts.seal == first.seal) == (case["refused"] == "Replayed")


def test_every_refusal_that_needs_no_model_has_a_vector() -> None:
    named = {case["refused"] for case in REFUSALS["segments"]}
    assert named == {
        "Oversized",
        "Truncated",
        "NonDeterministic",
        "Malformed",
        "WrongVersion",
        "WrongTopic",
        "UnknownNode",
        "RevokedNode",
        "WrongAudience",
        "BadSignature",
        "DigestMismatch",
        "MissingSection",
        "WrongModel",
        "Replayed",
        "CounterReused",
    }
