"""The TensorFlow Lite interpreter as an oracle: the one place that imports it.

tflite-runtime 2.14 up to Python 3.11, ai-edge-litert from 3.12 on; on other machines none, and
where somebody installed both, both. Always the reference kernels (BUILTIN_REF): the default and
XNNPACK kernels round differently and depend on the CPU, so they must never decide anything.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Runtime = tuple[Any, Any]  # (Interpreter, reference resolver)


def _tflite_runtime() -> Runtime | None:
    """With numpy 2 the import succeeds and making an interpreter raises a SystemError."""
    if int(np.__version__.split(".")[0]) >= 2:
        return None
    try:
        import tflite_runtime.interpreter as runtime  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    return runtime.Interpreter, runtime.OpResolverType.BUILTIN_REF


def _ai_edge_litert() -> Runtime | None:
    try:
        import ai_edge_litert.interpreter as runtime  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    return runtime.Interpreter, runtime.OpResolverType.BUILTIN_REF


_RUNTIMES: dict[str, Callable[[], Runtime | None]] = {
    "tflite-runtime": _tflite_runtime,
    "ai-edge-litert": _ai_edge_litert,
}


def runtime_names() -> list[str]:
    """Return the names of the runtimes that work here; the first is the one that is asked."""
    return [name for name, find in _RUNTIMES.items() if find() is not None]


def runtime_name() -> str | None:
    """Return the name of the runtime that is asked, or None where there is none."""
    return next(iter(runtime_names()), None)


class Oracle:
    """One .tflite file in a reference-mode interpreter. Not for several threads at once."""

    def __init__(self, tflite: bytes, runtime: str | None = None) -> None:
        """`runtime`: one of `runtime_names()`, None for the first. RuntimeError if not there."""
        name = runtime or runtime_name()
        found = _RUNTIMES[name]() if name in _RUNTIMES else None
        if found is None:
            raise RuntimeError(f"no TensorFlow Lite runtime {runtime or ''} on this machine")
        interpreter, resolver = found
        self._interpreter = interpreter(
            model_content=tflite,
            experimental_op_resolver_type=resolver,
            experimental_preserve_all_tensors=True,
        )
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._layers = [int(op["outputs"][0]) for op in self._interpreter._get_ops_details()]

    def run(self, row: bytes) -> bytes:
        """Return the output, int8 as bytes, for one int8 input."""
        self._invoke(row)
        return bytes(self._interpreter.get_tensor(self._output).tobytes())

    def run_layers(self, row: bytes) -> list[bytes]:
        """Return every layer's output, int8 as bytes, first to last."""
        self._invoke(row)
        return [bytes(self._interpreter.get_tensor(i).tobytes()) for i in self._layers]

    def run_tensors(
        self, row: bytes, tensors: Sequence[int], scale: float, zero_point: int
    ) -> list[bytes]:
        """Return tensors of the file, by their index, as bytes.

        Where the network takes floats, the row is what they quantize to: by this scale, zero point.
        """
        self._invoke(row, scale, zero_point)
        return [bytes(self._interpreter.get_tensor(i).tobytes()) for i in tensors]

    def _invoke(self, row: bytes, scale: float = 1.0, zero_point: int = 0) -> None:
        values: NDArray[Any] = np.frombuffer(row, np.int8).reshape(self._input["shape"])
        if self._input["dtype"] == np.float32:
            values = (values.astype(np.float32) - np.float32(zero_point)) * np.float32(scale)
        self._interpreter.set_tensor(self._input["index"], values)
        self._interpreter.invoke()
