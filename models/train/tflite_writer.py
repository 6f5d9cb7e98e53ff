"""Write a chain of dense int8 layers as a .tflite file, with flatbuffers alone.

Each dense layer is a 1x1 CONV_2D over a [1, 1, 1, width] tensor: the one form in which every
TensorFlow Lite runtime tried (tflite-runtime 2.14, LiteRT 1.3 to 2.1, TFLM) computes the same
integers in reference mode. Weights are quantized per output channel, symmetric; activations per
tensor. `metadata` entries ride along in the model table, where interpreters do not look.

Field numbers are those of tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

INT8 = 9
INT32 = 2
CONV_2D = 3
CONV_2D_VERSION = 3
CONV_2D_OPTIONS = 1
PADDING_VALID = 1
ACTIVATION_NONE = 0
ACTIVATION_RELU = 1


@dataclass(frozen=True)
class DenseLayer:
    """A quantized dense layer. weights [outputs, inputs] int8, biases [outputs] int32."""

    weights: NDArray[np.int8]
    biases: NDArray[np.int32]
    weight_scales: NDArray[np.float32]
    output_scale: float
    output_zero_point: int
    relu: bool


@dataclass(frozen=True)
class _Tensor:
    shape: tuple[int, ...]
    type: int
    name: str
    buffer: int
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]


def write_tflite(
    input_scale: float,
    input_zero_point: int,
    layers: Sequence[DenseLayer],
    metadata: Mapping[str, bytes],
    description: str,
) -> bytes:
    """Return the bytes of the .tflite file; the same arguments give the same bytes."""
    width = layers[0].weights.shape[1]
    buffers: list[bytes] = [b""]
    tensors = [_activation("input", width, input_scale, input_zero_point)]
    operators: list[tuple[list[int], list[int], bool]] = []
    scale = np.float32(input_scale)
    for index, layer in enumerate(layers):
        outputs, inputs = layer.weights.shape
        name = "output" if index == len(layers) - 1 else f"hidden{index}"
        first = len(tensors)
        scales = tuple(float(s) for s in layer.weight_scales)
        bias_scales = tuple(float(scale * s) for s in layer.weight_scales)
        zeros = (0,) * outputs
        buffers += [layer.weights.tobytes(), layer.biases.astype("<i4").tobytes()]
        at = len(buffers) - 2
        shape = (outputs, 1, 1, inputs)
        tensors += [
            _Tensor(shape, INT8, f"weights{index}", at, scales, zeros),
            _Tensor((outputs,), INT32, f"biases{index}", at + 1, bias_scales, zeros),
            _activation(name, outputs, layer.output_scale, layer.output_zero_point),
        ]
        source = 0 if index == 0 else first - 1
        operators.append(([source, first, first + 1], [first + 2], layer.relu))
        scale = np.float32(layer.output_scale)
    entries = [(name, len(buffers) + i) for i, name in enumerate(metadata)]
    buffers += list(metadata.values())
    return _serialize(buffers, tensors, operators, entries, description)


def _activation(name: str, width: int, scale: float, zero_point: int) -> _Tensor:
    return _Tensor((1, 1, 1, width), INT8, name, 0, (scale,), (zero_point,))


def _serialize(
    buffers: list[bytes],
    tensors: list[_Tensor],
    operators: list[tuple[list[int], list[int], bool]],
    entries: list[tuple[str, int]],
    description: str,
) -> bytes:
    b = flatbuffers.Builder(4096)
    buffer_vector = _offsets(b, [_buffer(b, data) for data in buffers])
    tensor_vector = _offsets(b, [_tensor(b, t) for t in tensors])
    operator_vector = _offsets(b, [_conv(b, *op) for op in operators])
    inputs = _ints(b, [0])
    outputs = _ints(b, [len(tensors) - 1])
    name = b.CreateString("main")
    graph = _table(b, 5, {0: tensor_vector, 1: inputs, 2: outputs, 3: operator_vector, 4: name}, {})
    graphs = _offsets(b, [graph])
    code = _table(
        b,
        4,
        {},
        {
            0: (b.PrependInt8Slot, CONV_2D),
            2: (b.PrependInt32Slot, CONV_2D_VERSION),
            3: (b.PrependInt32Slot, CONV_2D),
        },
    )
    codes = _offsets(b, [code])
    records = []
    for entry, index in entries:
        text = b.CreateString(entry)
        records.append(_table(b, 2, {0: text}, {1: (b.PrependUint32Slot, index)}))
    metadata = _offsets(b, records)
    text = b.CreateString(description)
    model = _table(
        b,
        8,
        {1: codes, 2: graphs, 3: text, 4: buffer_vector, 6: metadata},
        {0: (b.PrependUint32Slot, 3)},
    )
    b.Finish(model, file_identifier=b"TFL3")
    return bytes(b.Output())


def _buffer(b: Any, data: bytes) -> int:
    if not data:
        return _table(b, 1, {}, {})
    b.StartVector(1, len(data), 16)
    b.head -= len(data)
    b.Bytes[b.head : b.head + len(data)] = data
    return _table(b, 1, {0: b.EndVector()}, {})


def _tensor(b: Any, t: _Tensor) -> int:
    name = b.CreateString(t.name)
    shape = _ints(b, t.shape)
    scales = _vector(b, 4, t.scales, b.PrependFloat32)
    zero_points = _vector(b, 8, t.zero_points, b.PrependInt64)
    quantization = _table(b, 7, {2: scales, 3: zero_points}, {})
    return _table(
        b,
        5,
        {0: shape, 3: name, 4: quantization},
        {1: (b.PrependInt8Slot, t.type), 2: (b.PrependUint32Slot, t.buffer)},
    )


def _conv(b: Any, inputs: list[int], outputs: list[int], relu: bool) -> int:
    ins = _ints(b, inputs)
    outs = _ints(b, outputs)
    options = _table(
        b,
        6,
        {},
        {
            0: (b.PrependInt8Slot, PADDING_VALID),
            1: (b.PrependInt32Slot, 1),
            2: (b.PrependInt32Slot, 1),
            3: (b.PrependInt8Slot, ACTIVATION_RELU if relu else ACTIVATION_NONE),
        },
    )
    return _table(b, 5, {1: ins, 2: outs, 4: options}, {3: (b.PrependUint8Slot, CONV_2D_OPTIONS)})


def _table(
    b: Any,
    slots: int,
    offsets: Mapping[int, int],
    values: Mapping[int, tuple[Callable[[int, int, int], None], int]],
) -> int:
    """Write one table: `offsets` and `values` by field number; a value equal to 0 is left out."""
    b.StartObject(slots)
    for slot, offset in offsets.items():
        b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, (prepend, value) in values.items():
        prepend(slot, value, 0)
    return int(b.EndObject())


def _offsets(b: Any, offsets: list[int]) -> int:
    return _vector(b, 4, offsets, b.PrependUOffsetTRelative)


def _ints(b: Any, values: Sequence[int]) -> int:
    return _vector(b, 4, values, b.PrependInt32)


def _vector(b: Any, size: int, values: Sequence[Any], prepend: Callable[[Any], None]) -> int:
    b.StartVector(size, len(values), size)
    for value in reversed(values):
        prepend(value)
    return int(b.EndVector())
