"""Shapes as the interpreter would compute them: RESHAPE, EXPAND_DIMS, SQUEEZE and what feeds them.

Keras exports a Reshape layer of an unknown batch size as SHAPE, STRIDED_SLICE, PACK and RESHAPE.
The shape of everything is known here, so those are worked out, and nothing is believed: a file that
states another shape than the interpreter would compute is refused.
"""

import math
import struct

from cargoseal.model.flatbuffer import TfliteError
from cargoseal.model.tflite_reader import INT32, Graph, Operator, Tensor, options_of

Shape = tuple[int, ...]

RESHAPE, SQUEEZE, STRIDED_SLICE, EXPAND_DIMS, SHAPE, PACK = 22, 43, 45, 70, 77, 83
CALCULATIONS = (SHAPE, STRIDED_SLICE, PACK)
RESHAPE_OPTIONS, SQUEEZE_OPTIONS, STRIDED_SLICE_OPTIONS, PACK_OPTIONS = 17, 30, 32, 59


class Shapes:
    """Integers that the graph computes about shapes, by tensor."""

    def __init__(self, graph: Graph) -> None:
        self._graph = graph
        self._known: dict[int, Shape] = {}

    def calculate(self, operator: Operator) -> None:
        """Work out a SHAPE, STRIDED_SLICE or PACK; TfliteError where it is about anything else."""
        if len(operator.outputs) != 1 or not operator.inputs:
            raise TfliteError(f"{operator.where}: expected inputs and one output")
        if operator.code == SHAPE:
            value = self._graph.tensor(operator.inputs[0]).shape
        elif operator.code == PACK:
            value = self._pack(operator)
        else:
            value = self._slice(operator)
        self._known[operator.outputs[0]] = value

    def integers(self, index: int, where: str) -> Shape:
        """Return an int32 tensor that is a constant or was calculated."""
        if index in self._known:
            return self._known[index]
        tensor = self._graph.tensor(index)
        count = len(tensor.data) // 4
        if tensor.type != INT32 or len(tensor.data) != 4 * count or not 0 < count <= 8:
            raise TfliteError(f"{where}: {tensor.name!r} is no constant shape")
        return struct.unpack(f"<{count}i", tensor.data)

    def reshaped(self, operator: Operator, x: Tensor) -> Shape:
        """Return the shape a RESHAPE, EXPAND_DIMS or SQUEEZE gives to `x`."""
        if operator.code == EXPAND_DIMS:
            return self._expanded(operator, x.shape)
        if operator.code == SQUEEZE:
            return _squeezed(operator, x.shape)
        if len(operator.inputs) > 1:
            wanted = self.integers(operator.inputs[1], operator.where)
        else:
            options = options_of(operator, RESHAPE_OPTIONS)
            wanted = tuple(int(n) for n in options.vector(0, "i", 8))
        return _filled(wanted, math.prod(x.shape), operator.where)

    def _pack(self, operator: Operator) -> Shape:
        if options_of(operator, PACK_OPTIONS).number(1, "i") != 0:
            raise TfliteError(f"{operator.where}: expected single numbers along axis 0")
        parts = [self.integers(i, operator.where) for i in operator.inputs]
        if any(len(part) != 1 for part in parts):
            raise TfliteError(f"{operator.where}: expected single numbers")
        return tuple(part[0] for part in parts)

    def _slice(self, operator: Operator) -> Shape:
        where = operator.where
        options = options_of(operator, STRIDED_SLICE_OPTIONS)
        masks = [options.number(slot, "i") for slot in range(4)]
        if len(operator.inputs) != 4 or any(masks) or options.number(5, "b"):
            raise TfliteError(f"{where}: expected a slice of a shape, without masks")
        source, begin, end, stride = (self.integers(i, where) for i in operator.inputs)
        if not len(begin) == len(end) == len(stride) == 1 or stride != (1,):
            raise TfliteError(f"{where}: expected one slice with stride 1")
        if not 0 <= begin[0] < end[0] <= len(source):
            raise TfliteError(f"{where}: slice {begin[0]}:{end[0]} of {len(source)} numbers")
        return source[begin[0] : begin[0] + 1 if options.number(4, "i") else end[0]]

    def _expanded(self, operator: Operator, shape: Shape) -> Shape:
        if len(operator.inputs) != 2:
            raise TfliteError(f"{operator.where}: expected a tensor and an axis")
        axis = self.integers(operator.inputs[1], operator.where)
        at = axis[0] + len(shape) + 1 if axis[0] < 0 else axis[0]
        if len(axis) != 1 or not 0 <= at <= len(shape):
            raise TfliteError(f"{operator.where}: axis {axis} of {shape}")
        return (*shape[:at], 1, *shape[at:])


def _squeezed(operator: Operator, shape: Shape) -> Shape:
    stated = options_of(operator, SQUEEZE_OPTIONS).vector(0, "i", 8) if operator.options else ()
    axes = {int(a) + len(shape) if a < 0 else int(a) for a in stated}
    axes = axes or {a for a, n in enumerate(shape) if n == 1}
    if any(not 0 <= a < len(shape) or shape[a] != 1 for a in axes):
        raise TfliteError(f"{operator.where}: axes {sorted(axes)} of {shape} are not all 1")
    return tuple(n for a, n in enumerate(shape) if a not in axes)


def _filled(wanted: Shape, size: int, where: str) -> Shape:
    """Return the shape with a -1 replaced by what is left of `size` elements."""
    known = math.prod(n for n in wanted if n != -1)
    if wanted.count(-1) == 1 and known > 0 and size % known == 0:
        wanted = tuple(size // known if n == -1 else n for n in wanted)
    if any(n < 1 for n in wanted) or math.prod(wanted) != size:
        raise TfliteError(f"{where}: {size} elements do not fit the shape {wanted}")
    return wanted
