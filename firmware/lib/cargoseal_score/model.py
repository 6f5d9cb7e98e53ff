"""What a loaded model is: features, layers, and the codes both are written in."""

from array import array

KIND_CLIMATE = 0
KIND_HANDLING = 1

# Statistics of one channel over one window; `features` says how each is computed.
MEAN = 0
MIN = 1
MAX = 2
DIP = 3
PEAK = 4
DEVIATION = 5
STEP = 6
TREND = 7
JUMP = 8
STATISTIC_NAMES = ("mean", "min", "max", "dip", "peak", "deviation", "step", "trend", "jump")

# Transforms of a statistic before it is scaled: LINEAR, or LOG + k for a logarithm that bends at
# 2^k counts.
LINEAR = 0
LOG = 1
MAX_KNEE = 24


class Feature:
    """How one input is made: a statistic of a channel, transformed, then scaled.

    `offset` is in 1/256 of the transformed value, the scale is `multiplier` / 2^`shift` inputs
    per unit of it.
    """

    def __init__(
        self, channel: int, statistic: int, transform: int, shift: int, offset: int, multiplier: int
    ) -> None:
        self.channel = channel
        self.statistic = statistic
        self.transform = transform
        self.shift = shift
        self.offset = offset
        self.multiplier = multiplier


class Layer:
    """A dense int8 layer. `weights` is outputs x inputs, row after row."""

    def __init__(
        self,
        inputs: int,
        outputs: int,
        zero_in: int,
        zero_out: int,
        low: int,
        high: int,
        weights: "array[int]",
        biases: "array[int]",
        multipliers: "array[int]",
        shifts: bytes,
    ) -> None:
        self.inputs = inputs
        self.outputs = outputs
        self.zero_in = zero_in
        self.zero_out = zero_out
        self.low = low
        self.high = high
        self.weights = weights
        self.biases = biases
        self.multipliers = multipliers
        self.shifts = shifts


class Model:
    """A loaded, checked model. `digest` is the SHA-256 of the blob: its name everywhere."""

    def __init__(
        self,
        digest: bytes,
        kind: int,
        zero_point: int,
        features: list[Feature],
        layers: list[Layer],
    ) -> None:
        self.digest = digest
        self.kind = kind
        self.zero_point = zero_point
        self.features = features
        self.layers = layers
        self.inputs = len(features)
