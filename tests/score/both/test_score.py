"""Features, layers and scores are the same integers on both interpreters, odd numbers included."""

import hashlib

from cargoseal_score import blob, features, infer
from cargoseal_score.errors import ScoreError
from tests.score.both.vectors import columns_of, load, steps

VECTORS = load()


def models():
    for name in sorted(VECTORS["models"]):
        entry = VECTORS["models"][name]
        yield entry, blob.load(bytes.fromhex(entry["blob"]))


def refused(call, *arguments):
    try:
        call(*arguments)
    except ScoreError as error:
        return str(error)
    raise AssertionError("not refused")


def test_a_blob_loads_under_its_digest_and_packs_to_the_same_bytes():
    for entry, model in models():
        assert model.digest == bytes.fromhex(entry["digest"])
        assert blob.pack(model) == bytes.fromhex(entry["blob"])


def test_every_window_gives_the_inputs_and_the_score_of_the_vectors():
    for entry, model in models():
        for i, window in enumerate(VECTORS["windows"]):
            got = features.extract(model, window["offsets_ms"], columns_of(window))
            assert got == bytes.fromhex(entry["inputs"][i]), (i, got)
            assert infer.score(model, got) == entry["scores"][i], i


def test_a_thousand_pseudo_random_inputs_give_the_scores_of_the_vectors():
    for entry, model in models():
        digest = hashlib.sha256()
        for i in range(entry["sweep"]):
            row = bytes([(n >> 16) & 255 for n in steps(i + 1, model.inputs)])
            digest.update((("," if i else "") + str(infer.score(model, row))).encode())
        assert digest.digest() == bytes.fromhex(entry["sweep_sha256"])


def test_requantizing_rounds_twice_and_takes_one_off_below_zero():
    half = 1 << 30
    assert [infer.requantize(a, half, 1) for a in (-6, -5, -3, -2, 2, 3, 5, 6)] == [
        -2, -1, -1, -1, 1, 1, 2, 2,
    ]  # fmt: skip
    assert infer.requantize(-1, half, 0) == 0
    assert infer.requantize(1 << 23, (1 << 31) - 1, 0) == 1 << 23
    assert infer.requantize(-(1 << 24) + 1, half, 31) == 0


def test_the_binary_logarithm_is_exact_at_powers_of_two_and_never_falls():
    for exponent in range(70):
        assert features.lb(1 << exponent) == 256 * exponent
    last = 0
    for n in range(1, 2000):
        assert features.lb(n) >= last
        last = features.lb(n)
    assert features.lb(3) == 256 + 128


def test_a_root_is_exact_whatever_the_guess():
    for n in list(range(300)) + [(1 << k) + d for k in (20, 30, 52, 60, 128) for d in (-1, 0, 1)]:
        for guess in (1, 2, 17, 1000, 1 << 40):
            root = features.isqrt(n, guess)
            assert root * root <= n < (root + 1) * (root + 1), (n, guess)


def test_a_baseline_scores_the_input_farthest_from_its_zero_point():
    model = blob.load(bytes.fromhex(VECTORS["models"]["rule"]["blob"]))
    zero = model.zero_point
    row = bytearray([zero & 255] * model.inputs)
    assert infer.run_layers(model, bytes(row)) == []
    for value in (-128, zero - 1, zero, zero + 2, 127):
        row[model.inputs - 1] = value & 255
        assert infer.score(model, bytes(row)) == (value - zero) ** 2


def test_refuses_a_truncated_blob_at_every_length():
    whole = bytes.fromhex(VECTORS["models"]["handling network"]["blob"])
    for length in range(0, len(whole), 37):
        refused(blob.load, whole[:length])
    refused(blob.load, whole + b"\0")


def test_refuses_columns_of_another_length_and_no_readings():
    for _, model in models():
        for feature in model.features:
            channel = 13 if feature.channel == 32 else feature.channel
            said = refused(features.extract, model, [0, 1], {channel: [1, 2, 3]})
            assert "channel " + str(channel) in said
        assert "readings" in refused(features.extract, model, [], {})


def test_refuses_a_model_input_of_another_length():
    for _, model in models():
        wanted = str(model.inputs) + " bytes"
        assert wanted in refused(infer.score, model, bytes(model.inputs - 1))
