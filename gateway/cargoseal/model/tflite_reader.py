"""Read a .tflite file strictly: a chain of 1x1 CONV_2D layers and nothing else.

Anything the integer blob cannot express exactly is refused by name (`TfliteError`): another
operator, stride, padding that pads, dilation, an activation other than none and RELU, a weight
zero point, a bias scale that is not input scale x weight scale, a tensor of another type. All
offsets and lengths are checked against the file before they are followed.
"""

import struct
from dataclasses import dataclass
from typing import TypeVar

from cargoseal.model.flatbuffer import MAX_FILE_BYTES, MAX_ITEMS, Table, TfliteError, unpack

__all__ = ["ConvLayer", "TfliteError", "TfliteModel", "read_tflite"]

_T = TypeVar("_T")

INT8 = 9
INT32 = 2
CONV_2D = 3
OPERATOR_NAMES = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 14: "LOGISTIC", 17: "MAX_POOL_2D", 18: "MUL",
    19: "RELU", 21: "RELU6", 22: "RESHAPE", 25: "SOFTMAX", 28: "TANH", 32: "CUSTOM", 34: "PAD",
    40: "MEAN", 41: "SUB", 114: "QUANTIZE",
}  # fmt: skip


@dataclass(frozen=True)
class ConvLayer:
    """One layer as the file states it. Scales are float32 values held in floats."""

    inputs: int
    outputs: int
    weights: bytes
    biases: tuple[int, ...]
    input_scale: float
    input_zero_point: int
    weight_scales: tuple[float, ...]
    output_scale: float
    output_zero_point: int
    relu: bool


@dataclass(frozen=True)
class TfliteModel:
    """The layers, first to last, and the metadata entries by name."""

    layers: tuple[ConvLayer, ...]
    metadata: dict[str, bytes]


@dataclass(frozen=True)
class _Tensor:
    name: str
    shape: tuple[int, ...]
    type: int
    data: bytes
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]


def read_tflite(data: bytes) -> TfliteModel:
    """Return the model; TfliteError for a broken file or one with anything else in it."""
    if not 8 <= len(data) <= MAX_FILE_BYTES:
        raise TfliteError(f"file of {len(data)} bytes, expected 8 to {MAX_FILE_BYTES}")
    if data[4:8] != b"TFL3":
        raise TfliteError(f"file identifier {data[4:8]!r}, expected b'TFL3'")
    root = Table(data, int(unpack("<I", data, 0)[0]))
    if root.number(0, "I") != 3:
        raise TfliteError(f"schema version {root.number(0, 'I')}, expected 3")
    buffers = [b.raw(0) for b in root.tables(4)]
    graphs = root.tables(2)
    if len(graphs) != 1:
        raise TfliteError(f"{len(graphs)} subgraphs, expected 1")
    tensors = [_tensor(t, buffers) for t in graphs[0].tables(0)]
    codes = [max(c.number(0, "b"), c.number(3, "i")) for c in root.tables(1)]
    layers = _chain(graphs[0], tensors, codes)
    metadata = {m.text(0): _pick(buffers, m.number(1, "I"), "buffer") for m in root.tables(6)}
    return TfliteModel(tuple(layers), metadata)


def _pick(items: list[_T], index: int, what: str) -> _T:
    if not 0 <= index < len(items):
        raise TfliteError(f"{what} {index} of {len(items)}")
    return items[index]


def _tensor(table: Table, buffers: list[bytes]) -> _Tensor:
    quantization = table.table(4)
    return _Tensor(
        name=table.text(3),
        shape=tuple(int(n) for n in table.vector(0, "i")),
        type=table.number(1, "b"),
        data=_pick(buffers, table.number(2, "I"), "buffer"),
        scales=tuple(float(s) for s in quantization.vector(2, "f")) if quantization else (),
        zero_points=tuple(int(z) for z in quantization.vector(3, "q")) if quantization else (),
    )


def _chain(graph: Table, tensors: list[_Tensor], codes: list[int]) -> list[ConvLayer]:
    """Return the layers in order, each fed by the one before, from graph input to output."""
    inputs, outputs = graph.vector(1, "i"), graph.vector(2, "i")
    if len(inputs) != 1 or len(outputs) != 1:
        raise TfliteError(f"{len(inputs)} inputs and {len(outputs)} outputs, expected 1 and 1")
    at = int(inputs[0])
    layers = []
    for index, operator in enumerate(graph.tables(3)):
        code = _pick(codes, operator.number(0, "I"), "operator code")
        if code != CONV_2D:
            raise TfliteError(f"operator {index} is {OPERATOR_NAMES.get(code, code)}, not CONV_2D")
        sources = [int(i) for i in operator.vector(1, "i")]
        targets = [int(i) for i in operator.vector(2, "i")]
        if len(sources) != 3 or len(targets) != 1 or sources[0] != at:
            raise TfliteError(f"operator {index} takes {sources}, expected 3 led by tensor {at}")
        x, w, b = (_pick(tensors, i, "tensor") for i in sources)
        y = _pick(tensors, targets[0], "tensor")
        layers.append(_layer(f"operator {index}", x, w, b, y, _relu(operator, index)))
        at = targets[0]
    if not layers or at != int(outputs[0]):
        raise TfliteError(f"the chain ends at tensor {at}, the graph at {int(outputs[0])}")
    return layers


def _relu(operator: Table, index: int) -> bool:
    options = operator.table(4)
    if options is None:
        raise TfliteError(f"operator {index} has no options")
    strides = (options.number(1, "i"), options.number(2, "i"))
    dilations = (options.number(4, "i", 1), options.number(5, "i", 1))
    if strides != (1, 1) or dilations != (1, 1):
        raise TfliteError(f"operator {index}: strides {strides}, dilations {dilations}, not 1")
    activation = options.number(3, "b")
    if activation not in (0, 1):
        raise TfliteError(f"operator {index}: activation {activation}, expected 0 or 1 (RELU)")
    return activation == 1


def _layer(where: str, x: _Tensor, w: _Tensor, b: _Tensor, y: _Tensor, relu: bool) -> ConvLayer:
    if (x.type, w.type, b.type, y.type) != (INT8, INT8, INT32, INT8):
        raise TfliteError(f"{where}: tensor types {x.type, w.type, b.type, y.type}")
    if len(w.shape) != 4 or w.shape[1:3] != (1, 1):
        raise TfliteError(f"{where}: kernel {w.shape}, expected (outputs, 1, 1, inputs)")
    outputs, inputs = w.shape[0], w.shape[3]
    if not 1 <= outputs <= MAX_ITEMS or not 1 <= inputs <= MAX_ITEMS:
        raise TfliteError(f"{where}: {inputs} inputs, {outputs} outputs")
    expected = (1, 1, 1, inputs), (outputs,), (1, 1, 1, outputs)
    if (x.shape, b.shape, y.shape) != expected:
        raise TfliteError(f"{where}: shapes {x.shape, b.shape, y.shape}, expected {expected}")
    if len(w.data) != outputs * inputs or len(b.data) != 4 * outputs:
        raise TfliteError(f"{where}: {len(w.data)} weight bytes, {len(b.data)} bias bytes")
    weight_scales = w.scales * outputs if len(w.scales) == 1 else w.scales
    _check_quantization(where, x, w, b, y, weight_scales, outputs)
    return ConvLayer(
        inputs=inputs,
        outputs=outputs,
        weights=w.data,
        biases=struct.unpack(f"<{outputs}i", b.data),
        input_scale=x.scales[0],
        input_zero_point=x.zero_points[0],
        weight_scales=weight_scales,
        output_scale=y.scales[0],
        output_zero_point=y.zero_points[0],
        relu=relu,
    )


def _check_quantization(
    where: str,
    x: _Tensor,
    w: _Tensor,
    b: _Tensor,
    y: _Tensor,
    weight_scales: tuple[float, ...],
    outputs: int,
) -> None:
    for tensor in (x, y):
        if len(tensor.scales) != 1 or len(tensor.zero_points) != 1:
            raise TfliteError(f"{where}: {tensor.name} has {len(tensor.scales)} scales, not 1")
        if not -128 <= tensor.zero_points[0] <= 127:
            raise TfliteError(f"{where}: {tensor.name} has zero point {tensor.zero_points[0]}")
    if len(weight_scales) != outputs:
        raise TfliteError(f"{where}: {len(weight_scales)} weight scales for {outputs} outputs")
    if any(w.zero_points) or any(b.zero_points):
        raise TfliteError(f"{where}: weights or biases have a zero point")
    if not all(0 < s < 1e30 for s in (*x.scales, *y.scales, *weight_scales)):
        raise TfliteError(f"{where}: a scale is not a positive number")
    bias_scales = b.scales * outputs if len(b.scales) == 1 else b.scales
    if len(bias_scales) != outputs:
        raise TfliteError(f"{where}: {len(bias_scales)} bias scales for {outputs} outputs")
    for got, scale in zip(bias_scales, weight_scales, strict=True):
        if abs(got - x.scales[0] * scale) > 1e-6 * got:
            raise TfliteError(f"{where}: bias scale {got} is not input scale times weight scale")
