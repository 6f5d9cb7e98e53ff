"""Features, layers and scores are the same integers on both interpreters, odd numbers included."""

import hashlib

from cargoseal_score import blob, features, infer
from cargoseal_score.errors import ScoreError
from tests.score.both.vectors import columns_of, load, steps

VECTORS = load()


def models():
    for name in ("shipped", "odd"):
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
            got = features.extract(model, list(range(window["count"])), columns_of(window))
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


def test_refuses_a_truncated_blob_at_every_length():
    whole = bytes.fromhex(VECTORS["models"]["shipped"]["blob"])
    for length in range(0, len(whole), 37):
        refused(blob.load, whole[:length])
    refused(blob.load, whole + b"\0")


def test_refuses_columns_of_another_length_and_no_readings():
    _, model = next(models())
    assert "channel 0" in refused(features.extract, model, [0, 1], {0: [1, 2, 3]})
    assert "readings" in refused(features.extract, model, [], {})


def test_refuses_a_model_input_of_another_length():
    _, model = next(models())
    assert "24 bytes" in refused(infer.score, model, bytes(23))
