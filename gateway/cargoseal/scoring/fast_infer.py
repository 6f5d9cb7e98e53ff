"""The kernels of `cargoseal_score.infer` in float64, over many inputs at once: same integers.

A neuron's output is a rising step function of its integer accumulator, with at most 255 steps. When
the plan is made, every step is worked out with the integer kernels, and a line
    z(acc) = slope * acc + offset - (gap if acc < 0)
is laid so that floor(z) takes exactly those steps, each cleared by at least `MARGIN` of a slope on
both sides. Rounding in the float64 matrix product stays below 2^-20 of a slope (at most 256 terms,
each rounded by 2^-53 of a sum below 2^24: the blob's rules 2 and 4), so floor and clamp give the
reference's integers for every input there is. A neuron through whose steps no such line goes raises
`NoLineError`, and the model runs on the reference kernels.
"""

import numpy as np
from numpy.typing import NDArray

from cargoseal_score.blob import ACCUMULATOR_LIMIT
from cargoseal_score.infer import requantize
from cargoseal_score.model import Layer, Model

Floats = NDArray[np.float64]

MARGIN = 2.0**-20


class NoLineError(Exception):
    """A neuron's steps do not lie on a line with a gap at zero."""


class LayerPlan:
    """One layer as a float64 product, a floor and a clamp."""

    def __init__(self, layer: Layer) -> None:
        weights = np.array(layer.weights, np.float64).reshape(layer.outputs, layer.inputs)
        self.low = float(layer.low - layer.zero_out)
        self.high = float(layer.high - layer.zero_out)
        lines = [
            line(layer.multipliers[j], layer.shifts[j], int(self.low), int(self.high))
            for j in range(layer.outputs)
        ]
        slopes = np.array([slope for slope, _, _ in lines])
        biases = np.array(layer.biases, np.float64)
        self.weights = np.ascontiguousarray((weights * slopes[:, None]).T)
        self.offsets = slopes * biases + np.array([offset for _, offset, _ in lines])
        self.gaps = np.array([gap for _, _, gap in lines])
        # z below this means acc < 0: halfway between acc = -1 and acc = 0
        self.turns = np.array([offset for _, offset, _ in lines]) - slopes / 2.0
        self.has_gaps = bool(self.gaps.any())

    def run(self, x: Floats) -> Floats:
        """Return the outputs [rows, outputs] for x [rows, inputs], both without zero point."""
        z: Floats = x @ self.weights
        z += self.offsets
        if self.has_gaps:
            z -= np.where(z < self.turns, self.gaps, 0.0)
        np.floor(z, out=z)
        np.maximum(z, self.low, out=z)
        np.minimum(z, self.high, out=z)
        return z


class InferencePlan:
    """A model's layers, ready to run; NoLineError where the reference kernels must run it."""

    def __init__(self, model: Model) -> None:
        self.zero_point = float(model.zero_point)
        self.layers = [LayerPlan(layer) for layer in model.layers]

    def outputs(self, x: Floats) -> Floats:
        """Return the last layer's outputs [rows, inputs] for x [rows, inputs], whole numbers."""
        return self._run(x - self.zero_point) + self.zero_point

    def _run(self, centred: Floats) -> Floats:
        y = centred
        for layer in self.layers:
            y = layer.run(y)
        return y

    def scores(self, x: Floats) -> list[int]:
        """Return the scores of the inputs x [rows, inputs], whole numbers."""
        centred = x - self.zero_point
        if not self.layers:
            return [int(s) for s in np.square(centred).max(axis=1).tolist()]
        error = self._run(centred) - centred
        error *= error
        return [int(s) for s in np.add.reduce(error, axis=1).tolist()]


def line(multiplier: int, shift: int, low: int, high: int) -> tuple[float, float, float]:
    """Return (slope, offset, gap) for outputs clamped to low..high; NoLineError if none.

    Values in units of one output step; low and high without the zero point.
    """
    slope = multiplier / (1 << (31 + shift))
    steps = [(k, _least(multiplier, shift, k)) for k in range(low + 1, high + 1)]
    steps = [(k, acc) for k, acc in steps if -ACCUMULATOR_LIMIT < acc < ACCUMULATOR_LIMIT]
    gap = 2.0**-shift if shift and any(acc < 0 for _, acc in steps) else 0.0
    floor, ceiling = -np.inf, np.inf
    for k, acc in steps:
        at = slope * acc - (gap if acc < 0 else 0.0)
        before = slope * (acc - 1) - (gap if acc - 1 < 0 else 0.0)
        floor, ceiling = max(floor, k - at), min(ceiling, k - before)
    if not steps:
        edge = requantize(0, multiplier, shift)
        floor, ceiling = edge + 0.25, edge + 0.75
    if ceiling - floor < 2.0 * MARGIN * slope:
        raise NoLineError(f"multiplier {multiplier}, shift {shift}")
    return slope, float(floor + ceiling) / 2.0, gap


def _least(multiplier: int, shift: int, k: int) -> int:
    """Return the least acc with requantize(acc) >= k."""
    t = k << shift
    if shift:
        t -= 1 << (shift - 1)
        if t < 0:
            t += 1
    acc = -(-((t << 31) - 0x40000000) // multiplier)
    while requantize(acc, multiplier, shift) < k:
        acc += 1
    while requantize(acc - 1, multiplier, shift) >= k:
        acc -= 1
    return acc
