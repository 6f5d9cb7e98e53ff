"""Whether a file of figures speaks of the models that are here, and of every machine.

Rules
1. Every model is there under its name with the SHA-256 of its blob, and no other.
2. Each has at least as many cases as asked for.
3. Every machine that can run a model agreed on all of them: what makes inputs on one window per
   case, what runs layers on two. Of the TensorFlow Lite runtimes at least one did, where a model
   has a .tflite; MicroPython did some.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from cargoseal.scoring import ShippedModel
from tests.bits.machines import INTERPRETED, NUMPY, VIPER, numpy_features, numpy_kernels
from tests.bits.proof import FEATURES_OF, LAYERS_OF, MICROPYTHON


def wrong(figures: dict[str, Any], models: Sequence[ShippedModel], cases: int) -> list[str]:
    """Return what is wrong with the figures, in words; nothing: all is as it should be."""
    told: dict[str, Any] = figures.get("models", {})
    if sorted(told) != sorted(one.name for one in models):
        return [f"expected {', '.join(one.name for one in models)}, got {', '.join(told)}"]
    return [line for one in models for line in _wrong(one, told[one.name], cases)]


def _wrong(one: ShippedModel, told: dict[str, Any], cases: int) -> Iterator[str]:
    if told["model"] != one.model.digest.hex():
        yield f"{one.name}: expected figures of {one.model.digest.hex()}, got of {told['model']}"
    if told["cases"] < cases:
        yield f"{one.name}: expected {cases} cases, got {told['cases']}"
    agreed: dict[str, int] = told["agreed"]
    for machine, windows in _machines(one, cases):
        got = max((n for name, n in agreed.items() if name.startswith(machine)), default=0)
        if got < windows:
            yield f"{one.name}: expected {windows} windows of {machine}, got {got}"
    if one.tflite is not None and not any(
        INTERPRETED in name and n >= 2 * cases for name, n in agreed.items()
    ):
        yield f"{one.name}: expected {2 * cases} windows of a TensorFlow Lite runtime, got none"


def _machines(one: ShippedModel, cases: int) -> Iterator[tuple[str, int]]:
    """Yield what must have agreed on how many."""
    yield f"{VIPER}: {FEATURES_OF}", cases
    if numpy_features(one) is not None:
        yield f"{NUMPY}: {FEATURES_OF}", cases
    if numpy_kernels(one) is not None:
        yield f"{NUMPY}: {LAYERS_OF}", 2 * cases
    if one.model.layers:
        yield f"{VIPER}: {LAYERS_OF}", 2 * cases
    yield MICROPYTHON, 1
