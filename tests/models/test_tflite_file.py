"""The .tflite reader takes exactly what the blob can express, and names what it refuses."""

import random
import struct
from collections.abc import Callable

import numpy as np
import pytest

from cargoseal.model.compile import METADATA_NAME, compile_tflite, compiled, feature_metadata
from cargoseal.model.quantization import quantize_multiplier
from cargoseal.model.tflite_reader import TfliteError
from cargoseal_score.errors import ScoreError
from cargoseal_score.model import Feature
from models.provenance.networks import CONTENDERS
from models.train.tflite_writer import DenseLayer, write_tflite

TRAINED = (CONTENDERS / "climate-model" / "model.tflite").read_bytes()


def layer(**changes: object) -> DenseLayer:
    values: dict[str, object] = {
        "weights": np.array([[1, -2, 3], [4, 5, -6], [7, 8, 9]], np.int8),
        "biases": np.array([10, -20, 30], np.int32),
        "weight_scales": np.array([0.01, 0.02, 0.03], np.float32),
        "output_scale": 0.5,
        "output_zero_point": -3,
        "relu": False,
    }
    return DenseLayer(**{**values, **changes})  # type: ignore[arg-type]


def written(metadata: dict[str, bytes] | None = None, **changes: object) -> bytes:
    features = [Feature(i, 0, 0, 4, 0, 9) for i in range(3)]
    entry = {METADATA_NAME: feature_metadata(0, features)}
    return write_tflite(0.5, -3, [layer(**changes)], entry if metadata is None else metadata, "t")


def test_what_is_written_is_what_executes() -> None:
    done = compiled(written()).lowering
    (read,) = done.layers
    assert (read.inputs, read.outputs, read.zero_in, read.zero_out) == (3, 3, -3, -3)
    assert (read.low, read.high) == (-128, 127)
    assert read.weights.tolist() == [1, -2, 3, 4, 5, -6, 7, 8, 9]
    assert read.biases.tolist() == [10, -20, 30]
    assert (done.input_scale, done.input_zero_point) == (0.5, -3)
    scales = [float(np.float32(s)) for s in (0.01, 0.02, 0.03)]
    expected = [quantize_multiplier(0.5 * scale / 0.5) for scale in scales]
    assert list(zip(read.multipliers, read.shifts, strict=True)) == expected


def test_writing_is_deterministic() -> None:
    assert written() == written()


def replaced(old: bytes, new: bytes) -> Callable[[], bytes]:
    def make() -> bytes:
        data = written()
        assert data.count(old) >= 1
        return data.replace(old, new)

    return make


HOSTILE: dict[str, Callable[[], bytes]] = {
    "nothing": lambda: b"",
    "another identifier": replaced(b"TFL3", b"TFL4"),
    "half a file": lambda: written()[: len(written()) // 2],
    "more than a megabyte": lambda: written() + bytes(1 << 20),
    "no feature table": lambda: written(metadata={}),
    "half a feature table": lambda: written(metadata={METADATA_NAME: bytes(20)}),
    "an empty feature table": lambda: written(metadata={METADATA_NAME: b""}),
    "another output scale": lambda: written(output_scale=0.25),
    "another output zero point": lambda: written(output_zero_point=4),
    "a scale that is not a number": lambda: written(
        weight_scales=np.array([0.01, np.nan, 0.03], np.float32)
    ),
    "a scale below zero": lambda: written(weight_scales=np.array([0.01, -1, 0.03], np.float32)),
    "a bias scale that does not follow": replaced(
        struct.pack("<f", np.float32(0.5) * np.float32(0.02)), struct.pack("<f", 0.5)
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_refuses_a_file_with(name: str) -> None:
    with pytest.raises(TfliteError):
        compile_tflite(HOSTILE[name]())


def test_refuses_numbers_the_arithmetic_has_no_room_for() -> None:
    with pytest.raises(ScoreError, match="shift"):
        compile_tflite(written(weight_scales=np.array([3.0, 0.1, 0.1], np.float32)))
    with pytest.raises(ScoreError, match="reach"):
        compile_tflite(written(biases=np.array([1 << 24, 0, 0], np.int32)))


def test_thousands_of_files_with_bytes_changed_compile_or_are_refused() -> None:
    rng = random.Random(11)
    for _ in range(3000):
        data = bytearray(TRAINED)
        for _ in range(rng.randrange(1, 4)):
            data[rng.randrange(len(data))] = rng.randrange(256)
        try:
            compile_tflite(bytes(data))
        except (TfliteError, ScoreError):
            pass


def bits(value: float) -> int:
    return int(struct.unpack("<I", struct.pack("<f", value))[0])


def without_floats(x: float, w: float, y: float) -> tuple[int, int]:
    """The multiplier from the bits of three float32 scales, by integers alone.

    The quotient is rounded to 53 bits (half to even), then to 31 (half up), as in IEEE doubles.
    """
    (a, e), (b, f), (c, g) = (
        ((bits(v) & 0x7FFFFF) | 0x800000, (bits(v) >> 23) - 150) for v in (x, w, y)
    )
    top, exponent = a * b, e + f - g
    shift = 53 - (top.bit_length() - c.bit_length())
    while (top << shift) // c >= 1 << 53:
        shift -= 1
    while (top << shift) // c < 1 << 52:
        shift += 1
    quotient, rest = divmod(top << shift, c)
    quotient += 2 * rest > c or (2 * rest == c and quotient & 1)
    multiplier = (quotient + (1 << 21)) >> 22
    exponent += 53 - shift
    if multiplier == 1 << 31:
        multiplier, exponent = 1 << 30, exponent + 1
    return multiplier, -exponent


def test_multipliers_are_those_of_pure_integer_arithmetic() -> None:
    rng = np.random.default_rng(12)
    for _ in range(5000):
        x, w, y = (float(np.float32(v)) for v in np.exp(rng.uniform(-6, 1, 3)))
        w = float(np.float32(min(w, 0.9 * y / x)))
        assert quantize_multiplier(x * w / y) == without_floats(x, w, y)
