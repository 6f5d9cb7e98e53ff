"""A hostile blob is refused by ScoreError and by nothing else."""

import random
import struct

import pytest

from cargoseal_score.blob import MAX_BLOB_BYTES, load, pack
from cargoseal_score.errors import ScoreError
from cargoseal_score.infer import score
from cargoseal_score.model import MAX, PART, Feature, Model
from models.provenance.vectors import odd_model, rule_model

ODD = odd_model()
BLOB = pack(ODD)
FEATURES = 16
PART_RECORD = FEATURES + 16 * [f.statistic for f in ODD.features].index(PART)
LAYER = FEATURES + 16 * ODD.inputs
NEURON = LAYER + 8 + ODD.inputs * ODD.layers[0].outputs


def changed(at: int, data: bytes, blob: bytes = BLOB) -> bytes:
    return blob[:at] + data + blob[at + len(data) :]


HOSTILE = {
    "another magic": changed(1, b"X"),
    "code that would run as a program": changed(0, b"\x60"),
    "the version before": changed(4, b"\x01"),
    "a later version": changed(4, b"\x03"),
    "an unknown kind": changed(5, b"\x02"),
    "no inputs": changed(6, b"\0\0"),
    "too many inputs": changed(6, b"\x01\x01"),
    "layers that it says are not there": changed(8, b"\0"),
    "too many layers": changed(8, b"\x09"),
    "a layer more than there is": changed(8, b"\x05"),
    "a layer less than there is": changed(8, b"\x01"),
    "another input zero point": changed(9, b"\x01"),
    "padding that is not zero": changed(15, b"\x01"),
    "an unknown channel": changed(FEATURES, b"\x21"),
    "an unknown statistic": changed(FEATURES + 1, b"\x0c"),
    "an unknown statistic of bursts": changed(FEATURES + 1, b"\xff"),
    "a parameter where a statistic takes none": changed(FEATURES + 13, b"\x01"),
    "a second parameter where a statistic takes none": changed(FEATURES + 15, b"\x01"),
    "a part of nothing": changed(PART_RECORD + 12, bytes(4)),
    "a part beyond the last": changed(PART_RECORD + 12, b"\0\x05\0\x05"),
    "an unknown transform": changed(FEATURES + 2, b"\x1a"),
    "a feature shift beyond 62": changed(FEATURES + 3, b"\x3f"),
    "a feature multiplier of zero": changed(FEATURES + 8, bytes(4)),
    "a feature multiplier of 2^31": changed(FEATURES + 8, b"\x80\0\0\0"),
    "a layer that takes other inputs": changed(LAYER, b"\0\x01"),
    "a layer without outputs": changed(LAYER + 2, b"\0\0"),
    "a layer too wide": changed(LAYER + 2, b"\xff\xff"),
    "a layer with another zero point in": changed(LAYER + 4, b"\x05"),
    "a clamp upside down": changed(LAYER + 6, b"\x7f\x80"),
    "a bias that leaves 24 bits": changed(NEURON, struct.pack(">i", 1 << 24)),
    "the lowest bias": changed(NEURON, struct.pack(">i", -(1 << 31))),
    "a multiplier below 2^30": changed(NEURON + 4, struct.pack(">I", (1 << 30) - 1)),
    "a multiplier of 2^31": changed(NEURON + 4, struct.pack(">I", 1 << 31)),
    "a shift beyond 31": changed(NEURON + 8, b"\x20"),
    "bytes after the end": BLOB + b"\0",
    "nothing": b"",
    "more than a contract can hold": BLOB + bytes(MAX_BLOB_BYTES),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_a_blob_with(name: str) -> None:
    with pytest.raises(ScoreError):
        load(HOSTILE[name])


def test_refuses_a_blob_that_is_not_bytes() -> None:
    with pytest.raises(ScoreError):
        load(bytearray(BLOB))  # type: ignore[arg-type]


def test_refuses_weights_that_with_the_bias_could_leave_24_bits() -> None:
    model = odd_model()
    reach = sum(abs(w) for w in model.layers[0].weights[: model.inputs]) * 255
    model.layers[0].biases[0] = (1 << 24) - 1 - reach
    pack(model)
    model.layers[0].biases[0] += 1
    with pytest.raises(ScoreError, match="reach"):
        pack(model)


def test_refuses_a_model_whose_output_is_not_as_wide_as_its_input() -> None:
    model = odd_model()
    model.layers = model.layers[:1]
    with pytest.raises(ScoreError):
        pack(model)


def test_a_baseline_is_a_blob_without_layers() -> None:
    rule = load(pack(rule_model()))
    assert rule.layers == []
    assert len(pack(rule)) == FEATURES + 16 * rule.inputs


def test_refuses_a_baseline_with_bytes_after_its_features() -> None:
    with pytest.raises(ScoreError, match="length"):
        load(pack(rule_model()) + b"\0")


def test_a_baseline_of_three_inputs_has_64_bytes() -> None:
    features = [Feature(channel, MAX, 0, 8, 0, 256) for channel in range(3)]
    assert len(pack(Model(b"", 1, 0, features, []))) == 64


def test_every_field_of_a_feature_survives_the_blob() -> None:
    made = Feature(32, PART, 25, 62, -(1 << 31), (1 << 31) - 1, 65_534, 65_535)
    (read,) = load(pack(Model(b"", 0, 0, [made], []))).features
    assert vars(read) == vars(made)


def test_a_thousand_blobs_with_bytes_changed_are_refused_or_scored_in_24_bits() -> None:
    rng = random.Random(7)
    loaded = 0
    for _ in range(1000):
        data = bytearray(BLOB)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            model = load(bytes(data))
        except ScoreError:
            continue
        loaded += 1
        if loaded % 20 == 0:
            assert 0 <= score(model, rng.randbytes(model.inputs)) < 1 << 24
    assert 0 < loaded < 1000


def test_random_bytes_are_refused() -> None:
    rng = random.Random(8)
    for _ in range(1000):
        with pytest.raises(ScoreError):
            load(BLOB[: rng.randrange(9)] + rng.randbytes(rng.randrange(3000)))


def test_an_error_says_where_what_was_expected_and_what_came() -> None:
    with pytest.raises(ScoreError, match=r"layer 0 neuron 0 shift: expected 0 to 31, got 32"):
        load(HOSTILE["a shift beyond 31"])


def test_a_blob_as_contract_code_starts_with_stop() -> None:
    assert BLOB[0] == 0
    assert isinstance(load(BLOB), Model)
