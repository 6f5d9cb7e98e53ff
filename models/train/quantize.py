"""From a float network to int8 layers: post-training quantization, per output channel.

Input and output share scale and zero point, which come from the feature table and not from the
data. Hidden activations saturate at what all but `CLIPPED` of the calibration windows reach: shown
normal windows alone, an anomaly that drives them further cannot be reconstructed, which is what the
score measures; a network that was trained on faults is shown faults too, and keeps its head room.
Training sees inputs divided by `INPUT_STEPS`: one unit of the network is that many int8 steps.
"""

import numpy as np
from numpy.typing import NDArray

from models.train.network import Floats, Network
from models.train.tflite_writer import DenseLayer

INPUT_STEPS = 16.0
CLIPPED = 1e-3
WEIGHT_LIMIT = 127


def to_network(x: NDArray[np.int8], zero_point: int) -> Floats:
    """Return int8 inputs in the network's units."""
    return (x.astype(np.float64) - zero_point) / INPUT_STEPS


def quantize(
    network: Network, calibration: NDArray[np.int8], zero_point: int
) -> tuple[float, list[DenseLayer]]:
    """Return the input scale and the quantized layers. calibration: [windows, inputs] int8."""
    outputs = network.activations(to_network(calibration, zero_point))
    input_scale = 1.0 / INPUT_STEPS
    scale = input_scale
    layers = []
    for i, (w, b) in enumerate(zip(network.weights, network.biases, strict=True)):
        last = i == len(network.weights) - 1
        weight_scales = (np.abs(w).max(axis=1).clip(1e-4) / WEIGHT_LIMIT).astype(np.float32)
        integers = np.rint(w / weight_scales[:, None]).clip(-WEIGHT_LIMIT, WEIGHT_LIMIT)
        biases = np.rint(b / (scale * weight_scales.astype(np.float64)))
        if last:
            output_scale, output_zero = input_scale, zero_point
        else:
            top = float(np.quantile(outputs[i + 1], 1.0 - CLIPPED))
            output_scale, output_zero = float(np.float32(max(top, 1e-3) / 255.0)), -128
        layers.append(
            DenseLayer(
                weights=integers.astype(np.int8),
                biases=biases.astype(np.int32),
                weight_scales=weight_scales,
                output_scale=output_scale,
                output_zero_point=output_zero,
                relu=not last,
            )
        )
        scale = output_scale
    return input_scale, layers
