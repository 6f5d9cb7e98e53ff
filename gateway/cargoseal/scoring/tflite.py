"""The TensorFlow Lite interpreter as an oracle: the one place that imports it.

tflite-runtime 2.14 up to Python 3.11, ai-edge-litert from 3.12 on; on other machines none. Always
the reference kernels (BUILTIN_REF): the default and XNNPACK kernels round differently and depend on
the CPU, so they must never decide anything.
"""

from typing import Any

import numpy as np


def _find() -> tuple[str, Any, Any] | None:
    """Return (name, Interpreter, reference resolver) of a runtime that really works here.

    With numpy 2, tflite-runtime imports and fails only when an interpreter is made, with a
    SystemError: any failure of either means there is no runtime.
    """
    try:
        import ai_edge_litert.interpreter as litert  # type: ignore[import-not-found,unused-ignore]

        return "ai-edge-litert", litert.Interpreter, litert.OpResolverType.BUILTIN_REF
    except ImportError:
        pass
    if int(np.__version__.split(".")[0]) >= 2:
        return None
    try:
        import tflite_runtime.interpreter as runtime  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        return None
    return "tflite-runtime", runtime.Interpreter, runtime.OpResolverType.BUILTIN_REF


def runtime_name() -> str | None:
    """Return the name of the runtime, or None where there is none."""
    found = _find()
    return found[0] if found else None


class Oracle:
    """One .tflite file in a reference-mode interpreter. Not for several threads at once."""

    def __init__(self, tflite: bytes) -> None:
        found = _find()
        if found is None:
            raise RuntimeError("no TensorFlow Lite runtime on this machine")
        _, interpreter, resolver = found
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

    def _invoke(self, row: bytes) -> None:
        values = np.frombuffer(row, np.int8).reshape(self._input["shape"])
        self._interpreter.set_tensor(self._input["index"], values)
        self._interpreter.invoke()
