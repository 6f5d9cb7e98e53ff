"""Write .tflite files for the tests, as converters write them: any operator, any quantization.

Independent of models/train/tflite_writer.py, which writes what this project ships. Field numbers
are those of tensorflow/compiler/mlir/lite/schema/schema.fbs, version 3.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import flatbuffers  # type: ignore[import-untyped]
import numpy as np
from numpy.typing import NDArray

FLOAT32, INT32, UINT8, INT8 = 0, 2, 3, 9
SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6, TANH = 0, 1, 2, 3, 4
CONV_2D, DEPTHWISE_CONV_2D, DEQUANTIZE, FULLY_CONNECTED, RESHAPE = 3, 4, 6, 9, 22
SQUEEZE, STRIDED_SLICE, EXPAND_DIMS, SHAPE, PACK, QUANTIZE = 43, 45, 70, 77, 83, 114
# (options type, version of the operator) that the interpreter wants
_KINDS = {
    CONV_2D: (1, 3), DEPTHWISE_CONV_2D: (2, 3), DEQUANTIZE: (0, 2), FULLY_CONNECTED: (8, 4),
    RESHAPE: (17, 1), SQUEEZE: (30, 1), STRIDED_SLICE: (32, 1), EXPAND_DIMS: (0, 1), SHAPE: (55, 1),
    PACK: (59, 1), QUANTIZE: (0, 1),
}  # fmt: skip


@dataclass
class Tensor:
    """`data`: the constant's bytes; none for an activation."""

    shape: tuple[int, ...]
    type: int = INT8
    scales: tuple[float, ...] = ()
    zero_points: tuple[int, ...] = ()
    data: bytes = b""
    axis: int = 0
    name: str = ""
    sparse: bool = False


@dataclass
class Operator:
    """`options`: by field number, an int, or a list of ints for a vector."""

    code: int
    inputs: list[int]
    outputs: list[int]
    options: Mapping[int, int | Sequence[int]] = field(default_factory=dict)
    options_type: int | None = None


@dataclass
class File:
    """A file in the making: one chain of int8 activations, `at` its newest tensor."""

    tensors: list[Tensor] = field(default_factory=list)
    operators: list[Operator] = field(default_factory=list)
    metadata: dict[str, bytes] = field(default_factory=dict)
    inputs: list[int] = field(default_factory=lambda: [0])
    outputs: list[int] | None = None
    at: int = 0

    def tensor(self, tensor: Tensor) -> int:
        self.tensors.append(tensor)
        return len(self.tensors) - 1

    def start(
        self, shape: tuple[int, ...], scale: float, zero_point: int, type: int = INT8
    ) -> "File":
        scales, zeros = ((scale,), (zero_point,)) if type != FLOAT32 else ((), ())
        self.at = self.tensor(Tensor(shape, type, scales, zeros, name="input"))
        return self

    def then(
        self,
        code: int,
        to: Tensor,
        constants: Sequence[Tensor | int] = (),
        options: Mapping[int, int | Sequence[int]] | None = None,
    ) -> "File":
        """Append an operator on the newest tensor; `constants` are its further inputs."""
        more = [c if isinstance(c, int) else self.tensor(c) for c in constants]
        to.name = to.name or f"t{len(self.tensors)}"
        made = self.tensor(to)
        self.operators.append(Operator(code, [self.at, *more], [made], options or {}))
        self.at = made
        return self

    def write(self) -> bytes:
        return _write(self)


def ints(values: Sequence[int]) -> Tensor:
    """A constant int32 vector, such as the shape of a RESHAPE."""
    return Tensor((len(values),), INT32, data=np.array(values, "<i4").tobytes())


def weights(values: NDArray[np.int8], scales: Sequence[float], axis: int = 0) -> Tensor:
    return Tensor(
        values.shape,
        INT8,
        tuple(float(np.float32(s)) for s in scales),
        (0,) * len(scales),
        values.tobytes(),
        axis,
        "weights",
    )


def biases(values: NDArray[np.int32], x_scale: float, scales: Sequence[float]) -> Tensor:
    product = [float(np.float32(x_scale) * np.float32(s)) for s in scales]
    return Tensor(
        values.shape, INT32, tuple(product), (0,) * len(product), values.tobytes(), name="biases"
    )


def _write(file: File) -> bytes:
    b = flatbuffers.Builder(4096)
    buffers: list[bytes] = [b""]
    places = []
    for tensor in file.tensors:
        places.append(len(buffers) if tensor.data else 0)
        if tensor.data:
            buffers.append(tensor.data)
    entries = list(zip(file.metadata, count(len(buffers))))
    buffers += file.metadata.values()
    codes = sorted({operator.code for operator in file.operators})
    outputs = [file.at] if file.outputs is None else file.outputs
    graph = _table(
        b,
        {
            0: _offsets(b, [_tensor(b, t, at) for t, at in zip(file.tensors, places, strict=True)]),
            1: _ints(b, file.inputs),
            2: _ints(b, outputs),
            3: _offsets(b, [_operator(b, o, codes) for o in file.operators]),
        },
        {},
    )
    model = _table(
        b,
        {
            1: _offsets(b, [_code(b, code) for code in codes]),
            2: _offsets(b, [graph]),
            4: _offsets(b, [_buffer(b, data) for data in buffers]),
            6: _offsets(b, [_entry(b, name, at) for name, at in entries]),
        },
        {0: ("Uint32", 3)},
    )
    b.Finish(model, file_identifier=b"TFL3")
    return bytes(b.Output())


def _entry(b: Any, name: str, at: int) -> int:
    return _table(b, {0: b.CreateString(name)}, {1: ("Uint32", at)})


def _code(b: Any, code: int) -> int:
    version = _KINDS.get(code, (0, 1))[1]
    return _table(b, {}, {0: ("Int8", min(code, 127)), 2: ("Int32", version), 3: ("Int32", code)})


def _buffer(b: Any, data: bytes) -> int:
    return _table(b, {0: b.CreateByteVector(data)} if data else {}, {})


def _tensor(b: Any, t: Tensor, buffer: int) -> int:
    offsets = {0: _ints(b, t.shape), 3: b.CreateString(t.name)}
    if t.scales:
        parts = {
            2: _vector(b, 4, t.scales, b.PrependFloat32),
            3: _vector(b, 8, t.zero_points, b.PrependInt64),
        }
        offsets[4] = _table(b, parts, {6: ("Int32", t.axis)})
    if t.sparse:
        offsets[6] = _table(b, {}, {})
    return _table(b, offsets, {1: ("Int8", t.type), 2: ("Uint32", buffer)})


def _operator(b: Any, o: Operator, codes: list[int]) -> int:
    offsets = {1: _ints(b, o.inputs), 2: _ints(b, o.outputs)}
    kind = _KINDS.get(o.code, (0, 1))[0] if o.options_type is None else o.options_type
    if kind:
        vectors = {k: _ints(b, v) for k, v in o.options.items() if not isinstance(v, int)}
        # An enum is one byte and the rest four: little-endian, a reader of one byte sees the same.
        numbers = {k: ("Int32", v) for k, v in o.options.items() if isinstance(v, int)}
        offsets[4] = _table(b, vectors, numbers)
    return _table(b, offsets, {0: ("Uint32", codes.index(o.code)), 3: ("Uint8", kind)})


def _table(b: Any, offsets: Mapping[int, int], values: Mapping[int, tuple[str, int]]) -> int:
    b.StartObject(max([*offsets, *values], default=0) + 1)
    for slot, offset in offsets.items():
        b.PrependUOffsetTRelativeSlot(slot, offset, 0)
    for slot, (kind, value) in values.items():
        getattr(b, f"Prepend{kind}Slot")(slot, value, None)
    return int(b.EndObject())


def _offsets(b: Any, offsets: list[int]) -> int:
    return _vector(b, 4, offsets, b.PrependUOffsetTRelative)


def _ints(b: Any, values: Sequence[int]) -> int:
    return _vector(b, 4, values, b.PrependInt32)


def _vector(b: Any, size: int, values: Sequence[Any], prepend: Any) -> int:
    b.StartVector(size, len(values), size)
    for value in reversed(values):
        prepend(value)
    return int(b.EndVector())
