"""A dense autoencoder with ReLU between its layers, trained by Adam, in numpy."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Network:
    """weights[i]: [outputs, inputs], biases[i]: [outputs]; the last layer is linear."""

    weights: list[Floats]
    biases: list[Floats]

    def activations(self, x: Floats) -> list[Floats]:
        """Return the input and every layer's output for x [count, inputs]."""
        out = [x]
        for i, (w, b) in enumerate(zip(self.weights, self.biases, strict=True)):
            z = out[-1] @ w.T + b
            out.append(z if i == len(self.weights) - 1 else np.maximum(z, 0.0))
        return out


def train(
    x: Floats,
    widths: tuple[int, ...],
    *,
    seed: int,
    epochs: int,
    batch: int = 256,
    rate: float = 2e-3,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Network:
    """Fit the network to reproduce x [count, inputs]; calls on_epoch(epoch, mean squared error)."""
    rng = np.random.default_rng(seed)
    pairs = list(pairwise(widths))
    weights = [rng.normal(0.0, np.sqrt(2.0 / a), (b, a)) for a, b in pairs]
    biases = [np.zeros(b) for _, b in pairs]
    network = Network(weights, biases)
    parameters = weights + biases
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    step = 0
    steps = epochs * -(-len(x) // batch)
    for epoch in range(epochs):
        order = rng.permutation(len(x))
        loss = 0.0
        for start in range(0, len(x), batch):
            rows = x[order[start : start + batch]]
            gradients, error = _gradients(network, rows)
            loss += error
            step += 1
            fade = rate * 0.5 * (1.0 + np.cos(np.pi * step / steps))
            fade *= np.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
            for p, g, m, v in zip(parameters, gradients, first, second, strict=True):
                m += 0.1 * (g - m)
                v += 0.001 * (g * g - v)
                p -= fade * m / (np.sqrt(v) + 1e-8)
        on_epoch(epoch, loss / x.size)
    return network


def _gradients(network: Network, rows: Floats) -> tuple[list[Floats], float]:
    """Return the gradients (weights, then biases) and the summed squared error of a batch."""
    outputs = network.activations(rows)
    difference = outputs[-1] - rows
    g = 2.0 * difference / len(rows)
    weights: list[Floats] = []
    biases: list[Floats] = []
    for i in range(len(network.weights) - 1, -1, -1):
        weights.insert(0, g.T @ outputs[i])
        biases.insert(0, g.sum(0))
        if i:
            g = (g @ network.weights[i]) * (outputs[i] > 0.0)
    return weights + biases, float((difference**2).sum())
