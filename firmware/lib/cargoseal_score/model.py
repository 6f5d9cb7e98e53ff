"""What a loaded model is: features, layers, and the codes both are written in."""

from array import array

KIND_CLIMATE = 0
KIND_HANDLING = 1

# A feature's channel: one of the wire's, 0 to 31, or a derived one.
MAGNITUDE = 32  # length of the acceleration vector, whole mg, of channels 12, 13 and 14
MAGNITUDE_OF = (12, 13, 14)

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
PART = 9
SPAN = 10
COUNT = 11
STATISTIC_NAMES = (
    "mean",
    "min",
    "max",
    "dip",
    "peak",
    "deviation",
    "step",
    "trend",
    "jump",
    "part",
    "span",
    "count",
)
BURSTS = 16  # codes from here on are statistics of bursts, which know the time: `bursts`

# Transforms of a statistic before it is scaled: LINEAR, or LOG + k for a logarithm that bends at
# 2^k counts.
LINEAR = 0
LOG = 1
MAX_KNEE = 24


class Feature:
    """How one input is made: a statistic of a channel, transformed, then scaled.

    `offset` is in 1/256 of the transformed value, the scale is `multiplier` / 2^`shift` inputs
    per unit of it. `first` and `second` are the statistic's parameters, 0 where it has none.
    """

    def __init__(
        self,
        channel: int,
        statistic: int,
        transform: int,
        shift: int,
        offset: int,
        multiplier: int,
        first: int = 0,
        second: int = 0,
    ) -> None:
        self.channel = channel
        self.statistic = statistic
        self.transform = transform
        self.shift = shift
        self.offset = offset
        self.multiplier = multiplier
        self.first = first
        self.second = second


class Layer:
    """A dense int8 layer. `weights` is outputs x inputs, row after row.

    `plan` belongs to the kernel that runs the layer: what it keeps of it between runs.
    """

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
        self.plan: object = None


class Model:
    """A loaded, checked model. `digest` is the SHA-256 of the blob: its name everywhere.

    Without layers it is a baseline: a rule about the inputs themselves (`infer`).
    """

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
