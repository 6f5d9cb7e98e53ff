"""What each output of a convolution or a fully connected operator looks at.

Geometry only: for every output, in the order of the output's elements, which input elements meet
which weights. SAME, VALID, strides and dilation are TensorFlow Lite's; a tap in the padding is left
out, since the interpreter pads with the zero point, which adds nothing.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cargoseal.model.flatbuffer import TfliteError
from cargoseal.model.quantization import float32
from cargoseal.model.tflite_reader import Operator, Tensor, options_of

CONV_OPTIONS, DEPTHWISE_OPTIONS, FULLY_CONNECTED_OPTIONS = 1, 2, 8
MAX_TAPS = 256


@dataclass(frozen=True)
class Kernel:
    """An operator as what its outputs look at.

    `rows`: for each output its channel and its taps (input element, place of the weight). `axis` is
    where the weights have their `channels`. `factor` is how the interpreter multiplies the scales
    of input, weights and output.
    """

    rows: list[tuple[int, list[tuple[int, int]]]]
    channels: int
    axis: int
    activation: int
    factor: Callable[[float, float, float], float]
    told: str


def _exact_product(x: float, w: float, y: float) -> float:
    """Convolutions: the product of two float32 is exact in a double."""
    return x * w / y


def _rounded_product(x: float, w: float, y: float) -> float:
    """FULLY_CONNECTED with one weight scale: the product is rounded to float32 first."""
    return float32(x * w) / y


def conv(operator: Operator, x: Tensor, weights: Tensor, to: Tensor) -> Kernel:
    """Return the kernel of a CONV_2D; weights [filters, height, width, channels]."""
    filters, height, width, depth = _four(weights, operator.where)
    sliding = _sliding(operator, x, (height, width), (CONV_OPTIONS, 4, 5))
    _same_shape(operator, to, (*sliding.positions, filters))
    if depth != sliding.depth:
        raise TfliteError(
            f"{operator.where}: weights for {depth} channels, {sliding.depth} come: groups are not "
            "supported, use DEPTHWISE_CONV_2D (DepthwiseConv1D) or full convolutions"
        )
    size = height * width * depth
    rows = [
        (f, [(at + c, f * size + tap * depth + c) for tap, at in place for c in range(depth)])
        for place in sliding.places()
        for f in range(filters)
    ]
    activation = options_of(operator, CONV_OPTIONS).number(3, "b")
    return Kernel(rows, filters, 0, activation, _exact_product, sliding.told)


def depthwise(operator: Operator, x: Tensor, weights: Tensor, to: Tensor) -> Kernel:
    """Return the kernel of a DEPTHWISE_CONV_2D; weights [1, height, width, channels]."""
    one, height, width, channels = _four(weights, operator.where)
    sliding = _sliding(operator, x, (height, width), (DEPTHWISE_OPTIONS, 5, 6))
    _same_shape(operator, to, (*sliding.positions, channels))
    if one != 1 or channels % sliding.depth:
        raise TfliteError(
            f"{operator.where}: weights for {channels} channels, expected a multiple of the "
            f"{sliding.depth} that come"
        )
    each = channels // sliding.depth
    rows = [
        (c, [(at + c // each, tap * channels + c) for tap, at in place])
        for place in sliding.places()
        for c in range(channels)
    ]
    activation = options_of(operator, DEPTHWISE_OPTIONS).number(4, "b")
    return Kernel(rows, channels, 3, activation, _exact_product, sliding.told)


def fully_connected(operator: Operator, x: Tensor, weights: Tensor, to: Tensor) -> Kernel:
    """Return the kernel of a FULLY_CONNECTED; weights [outputs, inputs], for each row of `x`."""
    options = options_of(operator, FULLY_CONNECTED_OPTIONS)
    size = math.prod(x.shape)
    if len(weights.shape) != 2 or options.number(1, "b") or size % weights.shape[1]:
        raise TfliteError(
            f"{operator.where}: weights of shape {weights.shape} in format "
            f"{options.number(1, 'b')} for {size} inputs"
        )
    outputs, inputs = weights.shape
    keeps = bool(options.number(2, "b"))
    if keeps and x.shape[-1] != inputs:
        raise TfliteError(f"{operator.where}: keeps the shape {x.shape}, weights for {inputs}")
    if len(weights.scales) > 1 and keeps and len(x.shape) != 2:
        raise TfliteError(
            f"{operator.where}: a scale per channel on a tensor of {len(x.shape)} dimensions, which"
            " tflite-runtime 2.14 computes wrongly: use a 1x1 convolution (Conv1D with kernel 1)"
        )
    _same_shape(operator, to, (*(x.shape[:-1] if keeps else (size // inputs,)), outputs))
    rows = [
        (j, [(first + i, j * inputs + i) for i in range(inputs)])
        for first in range(0, size, inputs)
        for j in range(outputs)
    ]
    factor = _rounded_product if len(weights.scales) == 1 else _exact_product
    told = f"{size // inputs} times {inputs} -> {outputs}"
    return Kernel(rows, outputs, 0, options.number(0, "b"), factor, told)


@dataclass(frozen=True)
class _Sliding:
    """A convolution's window: input positions of the taps for each output position, per axis."""

    batch: int
    height: int
    width: int
    depth: int
    down: list[list[int]]
    across: list[list[int]]
    told: str

    @property
    def positions(self) -> tuple[int, int, int]:
        """How many outputs there are: in the batch, down and across."""
        return self.batch, len(self.down), len(self.across)

    def places(self) -> Iterator[list[tuple[int, int]]]:
        """Yield, for each output position, (tap, first input element there) of the taps inside."""
        for n in range(self.batch):
            for rows in self.down:
                for columns in self.across:
                    yield [
                        (
                            ky * len(columns) + kx,
                            ((n * self.height + y) * self.width + x) * self.depth,
                        )
                        for ky, y in enumerate(rows)
                        for kx, x in enumerate(columns)
                        if 0 <= y < self.height and 0 <= x < self.width
                    ]


def _sliding(
    operator: Operator, x: Tensor, kernel: tuple[int, int], slots: tuple[int, int, int]
) -> _Sliding:
    """`slots`: where the options hold kind, dilation across and dilation down."""
    kind, across_slot, down_slot = slots
    options = options_of(operator, kind)
    where = operator.where
    if min(kernel) != 1 or max(kernel) > MAX_TAPS:
        raise TfliteError(
            f"{where}: kernel {kernel[0]}x{kernel[1]}, expected 1xk or kx1 with k <= {MAX_TAPS}"
        )
    padding = options.number(0, "b")
    if padding not in (0, 1):
        raise TfliteError(f"{where}: padding {padding}, expected 0 (SAME) or 1 (VALID)")
    stride_x, stride_y = options.number(1, "i"), options.number(2, "i")
    step_x, step_y = options.number(across_slot, "i", 1), options.number(down_slot, "i", 1)
    batch, height, width, depth = _four(x, where)
    down = _positions(height, kernel[0], stride_y, step_y, padding == 0, where)
    across = _positions(width, kernel[1], stride_x, step_x, padding == 0, where)
    told = f"kernel {kernel[0]}x{kernel[1]}, stride {stride_y}x{stride_x}"
    if (step_x, step_y) != (1, 1):
        told += f", dilation {step_y}x{step_x}"
    told += ", SAME" if padding == 0 else ", VALID"
    return _Sliding(batch, height, width, depth, down, across, told)


def _positions(
    size: int, kernel: int, stride: int, dilation: int, same: bool, where: str
) -> list[list[int]]:
    """Return, for each output position along one axis, the input position of each tap.

    Taps in the padding lie outside 0 .. size - 1.
    """
    if stride < 1 or dilation < 1:
        raise TfliteError(f"{where}: stride {stride}, dilation {dilation}, expected 1 or more")
    reach = (kernel - 1) * dilation + 1
    count = -(-size // stride) if same else (size - reach) // stride + 1
    if count < 1:
        raise TfliteError(f"{where}: a kernel that reaches over {reach} of {size} positions")
    padding = max(0, (count - 1) * stride + reach - size) // 2 if same else 0
    return [[o * stride - padding + k * dilation for k in range(kernel)] for o in range(count)]


def _same_shape(operator: Operator, to: Tensor, shape: tuple[int, ...]) -> None:
    """The output has the shape that the interpreter would give it."""
    if to.shape != shape:
        raise TfliteError(f"{operator.where}: gives {shape}, {to.name!r} has shape {to.shape}")


def _four(tensor: Tensor, where: str) -> tuple[int, int, int, int]:
    if len(tensor.shape) != 4:
        raise TfliteError(f"{where}: {tensor.name!r} has shape {tensor.shape}, expected 4 sizes")
    a, b, c, d = tensor.shape
    return a, b, c, d
