"""A small dense network in numpy whose squared reconstruction error is the score.

Adam with a cosine schedule; ReLU on every layer but the last. Losses are in network units, where
inputs are about standard normal. Two ways to train it:

- `hinge` 0: an autoencoder. It learns to reproduce what is normal, and anything else by chance.
- `hinge` above 0: outlier exposure (Hendrycks, Mazeika, Dietterich, "Deep anomaly detection with
  outlier exposure", ICLR 2019). It is shown simulated faults as well, and a soft hinge on the
  logarithm of the score s = sum (y - x)^2 pushes normal windows below `MARGIN` and faults above:
      softplus(+hinge * log(s / MARGIN))  for a normal window,
      softplus(-hinge * log(s / MARGIN))  for a fault,
  so the score stays what it is on the node, and the network is a classifier in an autoencoder's
  clothes. The logarithm keeps a fault that is already far away from buying off one that is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

MARGIN = 4.0
FLOOR = 0.02  # of s: rounding to int8 makes smaller differences meaningless


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


@dataclass(frozen=True)
class Examples:
    """x: [count, inputs]; loud[i] is 1 for a fault, 0 for normal; weights are relative."""

    x: Floats
    loud: Floats
    weights: Floats

    @staticmethod
    def normal(x: Floats) -> "Examples":
        """Return examples that are all normal and count the same."""
        return Examples(x, np.zeros(len(x)), np.ones(len(x)))


def train(
    examples: Examples,
    widths: tuple[int, ...],
    *,
    seed: int,
    epochs: int,
    hinge: float = 0.0,
    jitter: float = 0.0,
    batch: int = 256,
    rate: float = 2e-3,
    on_epoch: Callable[[int, float], None] = lambda epoch, loss: None,
) -> Network:
    """Fit the network; calls on_epoch(epoch, mean loss). Without a hinge, faults are left out.

    `jitter` is the deviation of the noise that is added to the inputs anew for every batch: the
    real world differs from the simulation by more than its windows among themselves.
    """
    rng = np.random.default_rng(seed)
    if hinge == 0.0:
        quiet = examples.loud == 0.0
        examples = Examples(examples.x[quiet], examples.loud[quiet], examples.weights[quiet])
    pairs = list(pairwise(widths))
    weights = [rng.normal(0.0, np.sqrt(2.0 / a), (b, a)) for a, b in pairs]
    biases = [np.zeros(b) for _, b in pairs]
    network = Network(weights, biases)
    parameters = weights + biases
    first = [np.zeros_like(p) for p in parameters]
    second = [np.zeros_like(p) for p in parameters]
    step = 0
    count = len(examples.x)
    steps = epochs * -(-count // batch)
    for epoch in range(epochs):
        order = rng.permutation(count)
        loss = 0.0
        for start in range(0, count, batch):
            rows = order[start : start + batch]
            x = examples.x[rows]
            if jitter:
                x = x + rng.normal(0.0, jitter, x.shape)
            outputs = network.activations(x)
            g, error = _loss(outputs[-1] - x, examples, rows, hinge)
            loss += error
            step += 1
            fade = rate * 0.5 * (1.0 + np.cos(np.pi * step / steps))
            fade *= np.sqrt(1.0 - 0.999**step) / (1.0 - 0.9**step)
            gradients = _gradients(network, outputs, g)
            for p, d, m, v in zip(parameters, gradients, first, second, strict=True):
                m += 0.1 * (d - m)
                v += 0.001 * (d * d - v)
                p -= fade * m / (np.sqrt(v) + 1e-8)
        on_epoch(epoch, loss / count)
    return network


def _loss(
    difference: Floats, examples: Examples, rows: NDArray[np.int64], hinge: float
) -> tuple[Floats, float]:
    """Return the gradient with respect to the output [rows, outputs], and the summed loss."""
    weights = examples.weights[rows]
    if hinge == 0.0:
        loss = float((weights * (difference**2).mean(axis=1)).sum())
        return 2.0 * difference * weights[:, None] / len(rows), loss
    s = (difference**2).sum(axis=1) + FLOOR
    sign = 1.0 - 2.0 * examples.loud[rows]
    z = sign * hinge * np.log(s / MARGIN)
    slope = sign * hinge / (1.0 + np.exp(-z)) * weights
    loss = float((weights * np.logaddexp(0.0, z)).sum())
    return (slope / s)[:, None] * 2.0 * difference / len(rows), loss


def _gradients(network: Network, outputs: list[Floats], g: Floats) -> list[Floats]:
    """Return the gradients (weights, then biases) for the gradient g at the last output."""
    weights: list[Floats] = []
    biases: list[Floats] = []
    for i in range(len(network.weights) - 1, -1, -1):
        weights.insert(0, g.T @ outputs[i])
        biases.insert(0, g.sum(0))
        if i:
            g = (g @ network.weights[i]) * (outputs[i] > 0.0)
    return weights + biases
