"""The features file: what goes into a model whose .tflite does not say it itself.

TOML, or JSON of the same shape. One `[[input]]` for each int8 input, in the order of the network's
input elements:

    rescale = true                # only for a network whose output has another scale than its input

    [[input]]
    channel = "temperature"       # a channel's name or number, or "magnitude" (of accel_x, _y, _z)
    statistic = "deviation"       # default "mean"
    knee = 4                      # a logarithm that bends at this power of two; left out: linear
    zero = 0                      # the value that the network is fed as 0.0 …
    one = 120                     # … and as 1.0

    [[input]]
    channel = "humidity"
    statistic = "part"            # the mean of one of many nearly equal parts of the window
    parameters = [0, 6]           # part 0 of 6: what `first` and `second` of a blob's feature are
    range = [0, 10000]            # in place of zero and one: what becomes -128 and what 127

    [[input]]                     # a raw window for a 1-D convolution: 2 x 32 inputs, step by step,
    parts = 32                    # each step all the channels of `each`
    each = [
      { channel = "accel_x", range = [-16000, 16000] },
      { channel = "accel_y", range = [-16000, 16000] },
    ]

Values are counts of the channel (0.01 °C, mg, …) before the logarithm. `zero` and `one` say how the
network's training normalised: (value - mean) / deviation is zero = mean, one = mean + deviation.
`range` is for a network that was trained on the int8 inputs themselves. A range should reach beyond
what the sensor can report: what lies outside is clipped, and those are the anomalies.
"""

import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cargoseal.errors import InputError
from cargoseal.model.bounded import check_depth, parse_json
from cargoseal_score import bursts
from cargoseal_score.features import lb
from cargoseal_score.model import (
    KIND_CLIMATE,
    KIND_HANDLING,
    LINEAR,
    LOG,
    MAGNITUDE,
    MAX_KNEE,
    PART,
    STATISTIC_NAMES,
    Feature,
)
from cargoseal_wire.constants import CHANNELS

MAX_FILE_BYTES = 262_144
MULTIPLIER_BITS = 16
MAX_SHIFT = 40
KINDS = {"climate": KIND_CLIMATE, "handling": KIND_HANDLING}

Number = (
    Annotated[int, Field(ge=-(1 << 40), le=1 << 40)]
    | Annotated[Decimal, Field(max_digits=18, decimal_places=6, allow_inf_nan=False)]
)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class _Source(_Table):
    """A channel and how its values become int8."""

    channel: str | int
    knee: Annotated[int, Field(ge=0, le=1 << MAX_KNEE)] = 0
    zero: Number | None = None
    one: Number | None = None
    range: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None


class _Input(_Table):
    """An entry of the file: one input, or a raw window of `parts` steps of `each`."""

    channel: str | int | None = None
    statistic: str | None = None
    parameters: Annotated[list[int], Field(max_length=2)] | None = None
    knee: Annotated[int, Field(ge=0, le=1 << MAX_KNEE)] = 0
    zero: Number | None = None
    one: Number | None = None
    range: Annotated[list[Number], Field(min_length=2, max_length=2)] | None = None
    parts: Annotated[int, Field(ge=1, le=256)] | None = None
    each: Annotated[list[_Source], Field(min_length=1, max_length=256)] | None = None


class _File(_Table):
    rescale: bool = False
    input: Annotated[list[_Input], Field(min_length=1, max_length=256)]


class FeaturesFile:
    """A features file's contents, for models of one kind. Raises InputError as `parse_features`."""

    def __init__(self, raw: object, kind: int, where: str) -> None:
        try:
            self._file = _File.model_validate(raw)
        except ValidationError as error:
            lines = [f"{where}: {_explain(dict(detail))}" for detail in error.errors()]
            raise InputError("\n".join(lines)) from error
        self.kind = kind
        self._where = where

    @property
    def rescale(self) -> bool:
        """Whether a layer is to bring the output to the input's scale."""
        return self._file.rescale

    def features(self, width: int, scale: float, zero_point: int) -> list[Feature]:
        """Return the feature table of a network with that many inputs, of that quantization.

        Raises InputError for an entry that makes no sense, or another number of inputs.
        """
        out: list[Feature] = []
        for index, entry in enumerate(self._file.input):
            place = f"{self._where}: input.{index}"
            for source, statistic, parameters in _expanded(entry, place):
                out.append(_feature(source, statistic, parameters, scale, zero_point, place))
        if len(out) != width:
            raise InputError(
                f"{self._where}: expected {width} inputs, as the network has, got {len(out)}"
            )
        return out


def parse_features(text: str, kind: int, where: str, *, as_json: bool) -> FeaturesFile:
    """Check a features file's text; `where` names it in errors.

    Raises InputError with the place, what was expected and what came.
    """
    try:
        raw: Any
        if as_json:
            raw = parse_json(text, decimals=True)
        else:
            check_depth(text)
            raw = tomllib.loads(text, parse_float=Decimal)
    except ValueError as error:
        form = "JSON" if as_json else "TOML"
        raise InputError(f"{where}: expected {form}, got: {error}") from error
    return FeaturesFile(raw, kind, where)


def read_features(path: Path, kind: int) -> FeaturesFile:
    """Read a features file, TOML or (by its name's end) JSON. Raises InputError."""
    try:
        data = path.read_bytes()
        text = data.decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: expected a readable UTF-8 file, got: {error}") from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"{path}: expected at most {MAX_FILE_BYTES} bytes, got {len(data)}")
    return parse_features(text, kind, str(path), as_json=path.suffix == ".json")


def _explain(detail: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    if detail["type"] == "extra_forbidden":
        return f"{place}: expected a known key, got {str(detail['input'])[:60]!r}"
    if detail["type"] == "missing":
        return f"{place}: expected this key, got nothing"
    return f"{place}: {detail['msg']}, got {str(detail.get('input'))[:60]!r}"


def _expanded(entry: _Input, place: str) -> list[tuple[_Source, int, list[int]]]:
    """Return (source, statistic, parameters) of each input of an entry, in order."""
    if entry.parts is not None or entry.each is not None:
        given = [k for k in entry.model_fields_set if k not in ("parts", "each")]
        if entry.parts is None or entry.each is None or given:
            raise InputError(f"{place}: expected parts and each, and nothing beside: got {given}")
        return [(s, PART, [i, entry.parts]) for i in range(entry.parts) for s in entry.each]
    if entry.channel is None:
        raise InputError(f"{place}: expected a channel, or parts and each")
    source = _Source(
        channel=entry.channel, knee=entry.knee, zero=entry.zero, one=entry.one, range=entry.range
    )
    return [(source, _statistic(entry.statistic or "mean", place), entry.parameters or [])]


def _channel(name: str | int, place: str) -> int:
    names = [channel[0] for channel in CHANNELS]
    if isinstance(name, int) and 0 <= name <= MAGNITUDE:
        return name
    if name == "magnitude":
        return MAGNITUDE
    if name not in names:
        raise InputError(f"{place}: expected a channel ({', '.join(names)}, magnitude), got {name}")
    return names.index(str(name))


def _statistic(name: str, place: str) -> int:
    codes = {word: code for code, word in enumerate(STATISTIC_NAMES)}
    codes |= {word: code for code, word in bursts.STATISTICS.items()}
    if name not in codes:
        raise InputError(f"{place}: expected a statistic ({', '.join(codes)}), got {name!r}")
    return codes[name]


def _feature(
    source: _Source,
    statistic: int,
    parameters: list[int],
    scale: float,
    zero_point: int,
    place: str,
) -> Feature:
    """Return the feature; whether its codes and parameters are allowed is the blob's to check."""
    transform = _transform(source.knee, place)
    start, gain = _line(source, transform, scale, zero_point, place)
    shift = min(MAX_SHIFT, max(0, MULTIPLIER_BITS - _magnitude(gain)))
    multiplier = round(gain * (1 << shift))
    offset = round(start * 256)
    if not 1 <= multiplier < 1 << 31 or not -(1 << 31) <= offset < 1 << 31:
        raise InputError(
            f"{place}: expected values whose scale fits the blob, got a factor of {float(gain):g} "
            f"and an offset of {float(start):g}"
        )
    first, second = [*parameters, 0, 0][:2]
    if min(first, second) < 0 or max(first, second) > 65_535:
        raise InputError(f"{place}: expected parameters of 0 to 65535, got {parameters}")
    return Feature(
        _channel(source.channel, place),
        statistic,
        transform,
        shift,
        offset,
        multiplier,
        first,
        second,
    )


def _transform(knee: int, place: str) -> int:
    if knee == 0:
        return LINEAR
    if knee & (knee - 1):
        raise InputError(f"{place}: expected a knee that is a power of two, got {knee}")
    return LOG + knee.bit_length() - 1


def _line(
    source: _Source, transform: int, scale: float, zero_point: int, place: str
) -> tuple[Fraction, Fraction]:
    """Return (transformed value at the zero point, int8 steps per unit of it)."""
    if source.range is not None:
        if source.zero is not None or source.one is not None:
            raise InputError(f"{place}: expected range, or zero and one, got both")
        low, high = (_transformed(v, transform) for v in source.range)
        if not low < high:
            raise InputError(f"{place}: expected a range that rises, got {low} to {high}")
        gain = 255 / (high - low)
        return low + (zero_point + 128) / gain, gain
    if source.zero is None or source.one is None:
        raise InputError(f"{place}: expected range = [lowest, highest], or zero and one")
    zero, one = (_transformed(v, transform) for v in (source.zero, source.one))
    if not zero < one:
        raise InputError(f"{place}: expected zero below one, got {source.zero} and {source.one}")
    return zero, 1 / ((one - zero) * Fraction(scale))


def _transformed(value: int | Decimal, transform: int) -> Fraction:
    """Return the value after the transform, as `cargoseal_score.features` computes it."""
    exact = Fraction(value)
    if transform == LINEAR:
        return exact
    knee = 16 << (transform - LOG)
    octaves = Fraction(lb(knee + int(16 * abs(exact))) - lb(knee), 256)
    return -octaves if exact < 0 else octaves


def _magnitude(gain: Fraction) -> int:
    """Return e with 2^(e-1) <= gain < 2^e, nearly."""
    return gain.numerator.bit_length() - gain.denominator.bit_length() + 1
