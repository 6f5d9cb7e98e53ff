"""Read a .tflite file into its operators and tensors; what they mean is `lowering`'s matter.

Strict about the container: one subgraph with one input and one output, and every offset, length
and index checked before it is followed (`TfliteError`). Tensors are parsed when they are asked for,
so that a hostile file costs no more than what its few operators use.
"""

from dataclasses import dataclass

from cargoseal.model.flatbuffer import MAX_FILE_BYTES, Table, TfliteError, unpack

__all__ = ["Graph", "Operator", "Tensor", "TfliteError", "options_of", "read_tflite"]

MAX_OPERATORS = 64
MAX_RANK = 8
MAX_SCALES = 4096

FLOAT32, INT32, UINT8, INT64, INT16, INT8 = 0, 2, 3, 4, 7, 9
TYPE_NAMES = {
    FLOAT32: "FLOAT32", 1: "FLOAT16", INT32: "INT32", UINT8: "UINT8", INT64: "INT64", 6: "BOOL",
    INT16: "INT16", INT8: "INT8", 10: "FLOAT64", 17: "INT4",
}  # fmt: skip

OPERATOR_NAMES = {
    0: "ADD", 1: "AVERAGE_POOL_2D", 2: "CONCATENATION", 3: "CONV_2D", 4: "DEPTHWISE_CONV_2D",
    6: "DEQUANTIZE", 9: "FULLY_CONNECTED", 14: "LOGISTIC", 16: "LSTM", 17: "MAX_POOL_2D", 18: "MUL",
    19: "RELU", 20: "RELU_N1_TO_1", 21: "RELU6", 22: "RESHAPE", 23: "RESIZE_BILINEAR",
    25: "SOFTMAX", 28: "TANH", 32: "CUSTOM", 34: "PAD", 36: "GATHER", 37: "BATCH_TO_SPACE_ND",
    38: "SPACE_TO_BATCH_ND", 39: "TRANSPOSE", 40: "MEAN", 41: "SUB", 42: "DIV", 43: "SQUEEZE",
    44: "UNIDIRECTIONAL_SEQUENCE_LSTM", 45: "STRIDED_SLICE", 49: "SPLIT", 53: "CAST", 54: "PRELU",
    55: "MAXIMUM", 57: "MINIMUM", 60: "PADV2", 65: "SLICE", 67: "TRANSPOSE_CONV", 69: "TILE",
    70: "EXPAND_DIMS", 77: "SHAPE", 80: "FAKE_QUANT", 83: "PACK", 88: "UNPACK",
    97: "RESIZE_NEAREST_NEIGHBOR", 98: "LEAKY_RELU", 99: "SQUARED_DIFFERENCE", 100: "MIRROR_PAD",
    111: "ELU", 114: "QUANTIZE", 117: "HARD_SWISH", 119: "WHILE", 126: "BATCH_MATMUL",
    130: "BROADCAST_TO", 132: "CONV_3D", 150: "GELU",
}  # fmt: skip


@dataclass(frozen=True)
class Tensor:
    """One tensor. `data` is empty where the file has no constant. Scales are float32 values.

    `axis` is the dimension along which there are several scales.
    """

    index: int
    name: str
    shape: tuple[int, ...]
    type: int
    data: bytes
    scales: tuple[float, ...]
    zero_points: tuple[int, ...]
    axis: int
    sparse: bool

    @property
    def type_name(self) -> str:
        return TYPE_NAMES.get(self.type, f"type {self.type}")


@dataclass(frozen=True)
class Operator:
    """One operator. An input of -1 was left out. `where` names it in errors."""

    where: str
    code: int
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    options_type: int
    options: Table | None


class Graph:
    """The one subgraph, and the metadata entries by name."""

    def __init__(self, root: Table, graph: Table) -> None:
        self._buffers = root.tables(4)
        self._tensors = graph.tables(0)
        self._parsed: dict[int, Tensor] = {}
        self._metadata = {m.text(0): m.number(1, "I") for m in root.tables(6)}
        self.input = _only(graph, 1, "input")
        self.output = _only(graph, 2, "output")
        self.operators = _operators(root, graph)

    def tensor(self, index: int) -> Tensor:
        """TfliteError when there is no such tensor."""
        if not 0 <= index < len(self._tensors):
            raise TfliteError(f"tensor {index} of {len(self._tensors)}")
        if index not in self._parsed:
            self._parsed[index] = self._tensor(index, self._tensors[index])
        return self._parsed[index]

    def metadata(self, name: str) -> bytes | None:
        """None when the file has no entry of that name."""
        number = self._metadata.get(name)
        return None if number is None else self._buffer(number)

    def _buffer(self, number: int) -> bytes:
        if number >= len(self._buffers):
            raise TfliteError(f"buffer {number} of {len(self._buffers)}")
        return self._buffers[number].raw(0)

    def _tensor(self, index: int, table: Table) -> Tensor:
        quantization = table.table(4)
        scales: tuple[float, ...] = ()
        zero_points: tuple[int, ...] = ()
        if quantization is not None:
            scales = quantization.vector(2, "f", MAX_SCALES)
            zero_points = quantization.vector(3, "q", MAX_SCALES)
        return Tensor(
            index=index,
            name=table.text(3)[:80],
            shape=tuple(int(n) for n in table.vector(0, "i", MAX_RANK)),
            type=table.number(1, "b"),
            data=self._buffer(table.number(2, "I")),
            scales=tuple(float(s) for s in scales),
            zero_points=tuple(int(z) for z in zero_points),
            axis=quantization.number(6, "i") if quantization is not None else 0,
            sparse=table.table(6) is not None,
        )


def read_tflite(data: bytes) -> Graph:
    """Return the graph; TfliteError for a broken file."""
    if not 8 <= len(data) <= MAX_FILE_BYTES:
        raise TfliteError(f"file of {len(data)} bytes, expected 8 to {MAX_FILE_BYTES}")
    if data[4:8] != b"TFL3":
        raise TfliteError(f"file identifier {data[4:8]!r}, expected b'TFL3'")
    root = Table(data, int(unpack("<I", data, 0)[0]))
    if root.number(0, "I") != 3:
        raise TfliteError(f"schema version {root.number(0, 'I')}, expected 3")
    graphs = root.tables(2)
    if len(graphs) != 1:
        raise TfliteError(f"{len(graphs)} subgraphs, expected 1")
    return Graph(root, graphs[0])


def options_of(operator: Operator, kind: int) -> Table:
    """Return the operator's options; TfliteError when they are another operator's."""
    if operator.options is None or operator.options_type != kind:
        raise TfliteError(f"{operator.where}: options of type {operator.options_type}, not {kind}")
    return operator.options


def _only(graph: Table, slot: int, what: str) -> int:
    found = graph.vector(slot, "i", MAX_SCALES)
    if len(found) != 1:
        raise TfliteError(f"{len(found)} {what}s, expected 1")
    return int(found[0])


def _operators(root: Table, graph: Table) -> list[Operator]:
    codes = [max(c.number(0, "b"), c.number(3, "i")) for c in root.tables(1)]
    tables = graph.tables(3)
    if len(tables) > MAX_OPERATORS:
        raise TfliteError(f"{len(tables)} operators, expected at most {MAX_OPERATORS}")
    out = []
    for index, table in enumerate(tables):
        which = table.number(0, "I")
        if which >= len(codes):
            raise TfliteError(f"operator {index}: code {which} of {len(codes)}")
        code = codes[which]
        out.append(
            Operator(
                where=f"operator {index}, {OPERATOR_NAMES.get(code, f'code {code}')}",
                code=code,
                inputs=tuple(int(i) for i in table.vector(1, "i", MAX_RANK)),
                outputs=tuple(int(i) for i in table.vector(2, "i", MAX_RANK)),
                options_type=table.number(3, "B"),
                options=table.table(4),
            )
        )
    return out
