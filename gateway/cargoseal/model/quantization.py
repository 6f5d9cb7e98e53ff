"""From a .tflite file's float scales to the integers that execute, as TensorFlow Lite derives them.

Scales are float32 values; all arithmetic here is IEEE double, rounded to float32 where TensorFlow
Lite does. The node never does this: its floats have 32 bits.
"""

import math
import struct

from cargoseal.model.flatbuffer import TfliteError
from cargoseal.model.tflite_reader import INT32, Tensor
from cargoseal_score.errors import ScoreError

# A convolution's fused activation: (name, lowest, highest) of the real output. Others are refused.
ACTIVATIONS: dict[int, tuple[str, float | None]] = {1: ("RELU", None), 3: ("RELU6", 6.0)}
REFUSED_ACTIVATIONS = {2: "RELU_N1_TO_1", 4: "TANH", 5: "SIGN_BIT"}
MAX_LEFT_SHIFT = 6  # 2^6 is the largest power of two among int8 weights


def float32(value: float) -> float:
    """Return the nearest float32."""
    return float(struct.unpack("<f", struct.pack("<f", value))[0])


def multiplier_and_exponent(real: float) -> tuple[int, int]:
    """Return (m, e) with  real ≈ m * 2^(e - 31),  2^30 <= m < 2^31; ScoreError unless real > 0."""
    if not 0.0 < real < math.inf:
        raise ScoreError("requantization factor", "a positive number", real)
    fraction, exponent = math.frexp(real)
    multiplier = math.floor(fraction * (1 << 31) + 0.5)
    if multiplier == 1 << 31:
        multiplier >>= 1
        exponent += 1
    return multiplier, exponent


def quantize_multiplier(real: float) -> tuple[int, int]:
    """Return (multiplier, right shift) of the factor from accumulator to output.

    ScoreError where it would need a left shift (a factor of 1 and more: the output's range is
    narrower than one step of the accumulator) or more than 31 right ones.
    """
    multiplier, exponent = multiplier_and_exponent(real)
    if not -31 <= exponent <= 0:
        raise ScoreError("requantization shift", "0 to 31 to the right", -exponent)
    return multiplier, -exponent


def activation_of(code: int, where: str) -> str:
    """Return the fused activation's name, "" for none; TfliteError for one that is refused."""
    if code == 0:
        return ""
    if code not in ACTIVATIONS:
        name = REFUSED_ACTIVATIONS.get(code, f"activation {code}")
        raise TfliteError(f"{where}: fused {name}; use RELU, RELU6 or none")
    return ACTIVATIONS[code][0]


def clamp_of(code: int, scale: float, zero_point: int) -> tuple[int, int]:
    """Return the (lowest, highest) int8 output under a fused activation that is allowed."""
    if code == 0:
        return -128, 127
    top = ACTIVATIONS[code][1]
    high = 127 if top is None else zero_point + _round(float32(top / scale))
    return max(-128, zero_point), min(127, high)


def _round(value: float) -> int:
    """Round a number that is not negative, halves up, as C's roundf."""
    return math.floor(value + 0.5) if value < 1 << 23 else int(value)


def activation_scale(tensor: Tensor, where: str) -> tuple[float, int]:
    """Return (scale, zero point) of an int8 tensor that data flows through."""
    if len(tensor.scales) != 1 or len(tensor.zero_points) != 1:
        raise TfliteError(f"{where}: {tensor.name!r} has {len(tensor.scales)} scales, expected 1")
    scale, zero_point = tensor.scales[0], tensor.zero_points[0]
    if not -128 <= zero_point <= 127:
        raise TfliteError(f"{where}: {tensor.name!r} has zero point {zero_point}")
    if not 1e-30 < scale < 1e30:
        raise TfliteError(f"{where}: {tensor.name!r} has scale {scale}, expected a positive number")
    return scale, zero_point


def weight_scales(weights: Tensor, outputs: int, axis: int, where: str) -> tuple[float, ...]:
    """Return one scale for each of `outputs` channels, which lie along `axis`."""
    if any(weights.zero_points):
        raise TfliteError(f"{where}: weights have a zero point, expected symmetric ones")
    if len(weights.scales) not in (1, outputs):
        raise TfliteError(f"{where}: {len(weights.scales)} weight scales for {outputs} channels")
    if len(weights.scales) > 1 and weights.axis != axis:
        raise TfliteError(f"{where}: weight scales along axis {weights.axis}, expected {axis}")
    if not all(1e-30 < s < 1e30 for s in weights.scales):
        raise TfliteError(f"{where}: a weight scale is not a positive number")
    return weights.scales * outputs if len(weights.scales) == 1 else weights.scales


def biases_of(
    bias: Tensor | None, x_scale: float, scales: tuple[float, ...], where: str
) -> tuple[int, ...]:
    """Return one int32 bias for each weight scale; zeros where the operator has none."""
    outputs = len(scales)
    if bias is None:
        return (0,) * outputs
    if bias.type != INT32 or len(bias.data) != 4 * outputs or any(bias.zero_points):
        raise TfliteError(
            f"{where}: biases are {bias.type_name}, {len(bias.data)} bytes, zero points "
            f"{bias.zero_points[:4]}; expected {outputs} of INT32 around zero"
        )
    stated = bias.scales * outputs if len(bias.scales) == 1 else bias.scales
    if len(stated) != outputs:
        raise TfliteError(f"{where}: {len(bias.scales)} bias scales for {outputs} channels")
    for got, scale in zip(stated, scales, strict=True):
        if not abs(got - x_scale * scale) <= 1e-6 * got:
            raise TfliteError(f"{where}: bias scale {got} is not input scale times weight scale")
    return struct.unpack(f"<{outputs}i", bias.data)
