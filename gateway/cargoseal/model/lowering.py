"""Lower a .tflite file's operators to dense int8 layers: the one kernel that everybody executes.

A convolution, a depthwise convolution or a fully connected operator becomes one dense layer: an
output's row holds the weights of what it looks at and zero elsewhere. Padding adds nothing, since
the interpreter pads with the zero point and a layer sums w * (x - zero point). Reshapes that keep
the order of the elements become nothing at all. The integers are the interpreter's, bit for bit.

Refused by name (`TfliteError`): every other operator, kernels of two dimensions, groups, other
activations, weights with a zero point, types other than int8. The price of being dense is bytes: a
layer of n inputs and m outputs has n * m weights, whatever its kernel.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field

from cargoseal.model import kernels, shapes
from cargoseal.model.dense import dense, requantizing
from cargoseal.model.flatbuffer import TfliteError
from cargoseal.model.kernels import Kernel
from cargoseal.model.quantization import activation_of, activation_scale
from cargoseal.model.tflite_reader import FLOAT32, INT8, Graph, Operator, Tensor
from cargoseal_score.blob import MAX_LAYERS, MAX_WIDTH
from cargoseal_score.model import Layer

CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED, DEQUANTIZE, QUANTIZE = 3, 4, 9, 6, 114
RESHAPES = (shapes.RESHAPE, shapes.EXPAND_DIMS, shapes.SQUEEZE)
KNOWN = (
    "CONV_2D and DEPTHWISE_CONV_2D with kernels 1xk or kx1, FULLY_CONNECTED, RESHAPE, EXPAND_DIMS,"
    " SQUEEZE, and QUANTIZE or DEQUANTIZE"
)
FLOATING_RUNTIMES = ("ai-edge-litert",)  # in which FULLY_CONNECTED is no integer kernel
FULLY_CONNECTED_WARNING = (
    "FULLY_CONNECTED: LiteRT from 1.3 on computes it in floating point, so an interpreter may"
    " differ from the blob in single steps; the blob is the integer reference. A 1x1 convolution"
    " (Conv1D or Conv2D with kernel 1) in its place agrees everywhere."
)


@dataclass
class Lowering:
    """Dense layers, first to last, and what was done in words.

    The scales are those of the int8 input and output. `returns` is the tensor that holds each
    layer's outputs in the file, by index.
    """

    layers: list[Layer] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    steps: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    input_scale: float = 0.0
    input_zero_point: int = 0
    output_scale: float = 0.0
    output_zero_point: int = 0

    @property
    def multiplications(self) -> int:
        """Of one inference, the zero weights of lowered kernels included."""
        return sum(layer.inputs * layer.outputs for layer in self.layers)


def lower(graph: Graph) -> Lowering:
    """Return the layers; TfliteError or ScoreError, by name, for what cannot be expressed."""
    return _Walk(graph).run()


def rescaled(lowering: Lowering) -> None:
    """Append the layer that brings the output to the input's scale and zero point.

    It is exactly the QUANTIZE operator from one to the other.
    """
    width = lowering.layers[-1].outputs
    layer = requantizing(
        width,
        (lowering.output_scale, lowering.output_zero_point),
        (lowering.input_scale, lowering.input_zero_point),
        "rescaling of the output",
    )
    lowering.layers.append(layer)
    lowering.steps.append(
        f"output rescaled from {lowering.output_scale:g} to {lowering.input_scale:g}: "
        f"dense {width} -> {width}"
    )
    lowering.output_scale = lowering.input_scale
    lowering.output_zero_point = lowering.input_zero_point


class _Walk:
    """Follows the one chain of tensors from the graph's input to its output."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shapes = shapes.Shapes(graph)
        self.at = graph.tensor(graph.input)
        self.out = Lowering()
        self.first: Tensor | None = self.at if self.at.type == INT8 else None
        self.last = self.at

    def run(self) -> Lowering:
        if self.at.type not in (INT8, FLOAT32):
            raise TfliteError(
                f"the input is {self.at.type_name}, expected INT8 (or FLOAT32 into QUANTIZE):"
                " convert with inference_input_type = inference_output_type = tf.int8"
            )
        _width(self.at, "the input")
        for operator in self.graph.operators:
            if operator.code in shapes.CALCULATIONS:
                self.shapes.calculate(operator)
            else:
                self._step(operator)
        if self.at.index != self.graph.output:
            raise TfliteError(
                f"the chain ends at tensor {self.at.index}, the graph at {self.graph.output}"
            )
        if not self.out.layers or self.first is None:
            raise TfliteError("no operator that computes, expected a network")
        self.out.input_scale, self.out.input_zero_point = activation_scale(self.first, "the input")
        self.out.output_scale, self.out.output_zero_point = activation_scale(
            self.last, "the output"
        )
        return self.out

    def _step(self, operator: Operator) -> None:
        where = operator.where
        act = _OPERATORS.get(operator.code)
        if act is None:
            raise TfliteError(f"{where} is not supported; what is: {KNOWN}")
        if not operator.inputs or operator.inputs[0] != self.at.index:
            raise TfliteError(
                f"{where} takes tensors {operator.inputs}, expected them led by {self.at.index}: "
                "one chain without branches"
            )
        if len(operator.outputs) != 1:
            raise TfliteError(f"{where}: {len(operator.outputs)} outputs, expected 1")
        to = self.graph.tensor(operator.outputs[0])
        _width(to, where)
        act(self, operator, to)
        self.at = to

    def constant(self, operator: Operator) -> Tensor:
        """Return the operator's weights."""
        if len(operator.inputs) not in (2, 3):
            raise TfliteError(f"{operator.where}: {len(operator.inputs)} inputs, expected 2 or 3")
        tensor = self.graph.tensor(operator.inputs[1])
        if any(n < 1 for n in tensor.shape):
            raise TfliteError(f"{operator.where}: weights of shape {tensor.shape}")
        if tensor.type != INT8 or tensor.sparse or len(tensor.data) != math.prod(tensor.shape):
            raise TfliteError(
                f"{operator.where}: weights {tensor.name!r} are {tensor.type_name} of "
                f"{len(tensor.data)} bytes for shape {tensor.shape}; expected constant dense INT8 "
                "(full integer quantization with a representative dataset)"
            )
        return tensor

    def bias(self, operator: Operator) -> Tensor | None:
        """Return the bias tensor, None where the operator has none."""
        if len(operator.inputs) < 3 or operator.inputs[2] == -1:
            return None
        return self.graph.tensor(operator.inputs[2])

    def emit(self, operator: Operator, to: Tensor, layer: Layer, told: str) -> None:
        """Take a layer; `told` says what it was."""
        if len(self.out.layers) == MAX_LAYERS:
            raise TfliteError(f"{operator.where}: more than {MAX_LAYERS} layers")
        self.out.layers.append(layer)
        self.out.returns.append(to.index)
        self.out.steps.append(f"{operator.where}: {told}: dense {layer.inputs} -> {layer.outputs}")
        self.last = to


def _width(tensor: Tensor, where: str) -> int:
    """Return how many elements a tensor has; they must fit a layer."""
    if not tensor.shape or any(n < 1 for n in tensor.shape):
        raise TfliteError(
            f"{where}: {tensor.name!r} has shape {tensor.shape}, expected known sizes"
        )
    width = math.prod(tensor.shape)
    if width > MAX_WIDTH:
        raise TfliteError(
            f"{where}: {tensor.name!r} has {width} elements, at most {MAX_WIDTH}: then a score "
            "fits 24 bits and a layer the node's memory. Use larger strides or fewer channels"
        )
    return width


def _int8(operator: Operator, *tensors: Tensor) -> None:
    for tensor in tensors:
        if tensor.type != INT8:
            raise TfliteError(
                f"{operator.where}: {tensor.name!r} is {tensor.type_name}, expected INT8 "
                "throughout (full integer quantization)"
            )


_KERNELS: dict[int, Callable[[Operator, Tensor, Tensor, Tensor], Kernel]] = {
    CONV_2D: kernels.conv,
    DEPTHWISE_CONV_2D: kernels.depthwise,
    FULLY_CONNECTED: kernels.fully_connected,
}


def _compute(walk: _Walk, operator: Operator, to: Tensor) -> None:
    """Lower a convolution, a depthwise convolution or a FULLY_CONNECTED."""
    _int8(operator, walk.at, to)
    kernel = _KERNELS[operator.code](operator, walk.at, walk.constant(operator), to)
    clamp = activation_of(kernel.activation, operator.where)
    if operator.code == FULLY_CONNECTED and FULLY_CONNECTED_WARNING not in walk.out.warnings:
        walk.out.warnings.append(FULLY_CONNECTED_WARNING)
    bias = walk.bias(operator)
    layer = dense(kernel, operator.where, walk.at, walk.constant(operator), bias, to)
    walk.emit(operator, to, layer, f"{kernel.told}{clamp and ', ' + clamp}")


def _reshape(walk: _Walk, operator: Operator, to: Tensor) -> None:
    x = walk.at
    if x.type != to.type or (x.type == INT8 and _quantization(x) != _quantization(to)):
        raise TfliteError(f"{operator.where}: changes type, scale or zero point on the way")
    shape = walk.shapes.reshaped(operator, x)
    if shape != to.shape:
        raise TfliteError(f"{operator.where}: gives {shape}, {to.name!r} has shape {to.shape}")
    walk.out.steps.append(f"{operator.where}: {x.shape} -> {to.shape}, nothing to compute")
    if walk.last.index == x.index:
        walk.last = to


def _quantization(tensor: Tensor) -> tuple[object, ...]:
    return tensor.scales, tensor.zero_points


def _quantize(walk: _Walk, operator: Operator, to: Tensor) -> None:
    x = walk.at
    if x.shape != to.shape:
        raise TfliteError(f"{operator.where}: shapes {x.shape} and {to.shape}")
    if to.type != INT8:
        raise TfliteError(
            f"{operator.where}: to {to.type_name}, expected INT8: convert with "
            "inference_output_type = tf.int8 or tf.float32"
        )
    if x.type == INT8:
        width = _width(to, operator.where)
        source, target = (activation_scale(t, operator.where) for t in (x, to))
        walk.emit(
            operator, to, requantizing(width, source, target, operator.where), "another scale"
        )
        return
    if x.type != FLOAT32 or walk.first is not None:
        raise TfliteError(f"{operator.where}: from {x.type_name} in the middle of the network")
    walk.first = walk.last = to
    walk.out.steps.append(f"{operator.where} at the input: left out, the features are int8")


def _dequantize(walk: _Walk, operator: Operator, to: Tensor) -> None:
    if walk.at.type != INT8 or to.type != FLOAT32 or walk.at.shape != to.shape:
        raise TfliteError(f"{operator.where}: from {walk.at.type_name} to {to.type_name}")
    walk.out.steps.append(f"{operator.where} at the output: left out, the score takes int8")


_OPERATORS: dict[int, Callable[[_Walk, Operator, Tensor], None]] = {
    **dict.fromkeys(_KERNELS, _compute),
    QUANTIZE: _quantize,
    DEQUANTIZE: _dequantize,
    **dict.fromkeys(RESHAPES, _reshape),
}
