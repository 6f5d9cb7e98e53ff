"""The proof that every machine gives the bits of the reference, case by case.

1. Case n is a window of readings and a model input (tests/score/both/hostile.py).
2. The reference makes the window's input, then runs both inputs: outputs of every layer, score.
3. Each machine that makes inputs must give the same input; each that runs layers the same last
   outputs and the same score, for both inputs.
4. MicroPython does all of 2 itself, the cases included, and must come to the same digest per
   block.

The first difference ends the proof: DifferentBitsError names the case, what was expected and what
came.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from cargoseal.scoring import ShippedModel
from cargoseal_score import features
from tests.bits.machines import FEATURES, KERNELS, Answers, Window
from tests.micropython import host
from tests.score.both import bits, hostile

BLOCK = 250
HEAP_KIB = 64 * 1024
FILE = "tests/score/both/bits.py"
MICROPYTHON = "MicroPython (WebAssembly)"
FEATURES_OF, LAYERS_OF = "features", "layers and score"

Progress = Callable[[int], None]


class DifferentBitsError(AssertionError):
    """A machine gave other bits."""


class Block(NamedTuple):
    """What the reference says of the cases from `first` on; `rows` has two inputs per case."""

    first: int
    windows: list[Window]
    rows: list[bytes]
    layers: list[bytes]
    scores: list[int]

    @property
    def digest(self) -> str:
        return bits.digest_of(zip(self.rows, self.layers, self.scores, strict=True))


def blocks(cases: int) -> Iterator[tuple[int, int]]:
    """The (first, count) of each block."""
    for first in range(0, cases, BLOCK):
        yield first, min(BLOCK, cases - first)


def reference(one: ShippedModel, first: int, count: int) -> Block:
    """The definition's word on these cases."""
    channels = bits.channels_of(one.model)
    windows = [Window(*hostile.window(i, channels)) for i in range(first, first + count)]
    rows = []
    for i, window in enumerate(windows, first):
        rows.append(features.extract(one.model, window.offsets_ms, window.columns))
        rows.append(hostile.vector(i, one.model.inputs))
    answers = [bits.answer(one.model, row) for row in rows]
    return Block(first, windows, rows, [a for a, _ in answers], [s for _, s in answers])


def prove(
    one: ShippedModel, cases: int, in_micropython: int, jobs: int, on: Progress
) -> Counter[str]:
    """Returns how many windows each machine agreed on: one per case for what makes inputs, two for
    what runs layers. Of the cases `in_micropython`, in whole blocks, go there too.
    """
    makers = [(name, make(one)) for name, make in KERNELS]
    kernels = [(f"{name}: {LAYERS_OF}", run) for name, run in makers if run is not None]
    inputs = [(f"{name}: {FEATURES_OF}", make(one)) for name, make in FEATURES]
    asked = [block for block in blocks(cases) if sum(block) <= in_micropython]
    digests = host.results(FILE, "digest", [[one.blob.hex(), *b] for b in asked], HEAP_KIB, jobs)
    agreed: Counter[str] = Counter()
    for first, count in blocks(cases):
        block = reference(one, first, count)
        for name, make in inputs:
            if make is not None:
                _compare(name, block, block.rows[::2], make(block.windows), 1)
                agreed[name] += count
        for name, run in kernels:
            _compare_answers(name, one, block, run(block.rows))
            agreed[name] += 2 * count
        if first + count <= in_micropython:
            if next(digests) != block.digest:
                raise DifferentBitsError(_first_in_micropython(one, block))
            agreed[f"{MICROPYTHON}: features, layers and score"] += 2 * count
        on(first + count)
    return agreed


def _compare_answers(name: str, one: ShippedModel, block: Block, got: Answers) -> None:
    last = one.model.inputs if one.model.layers else 0
    _compare(name, block, [layers[len(layers) - last :] for layers in block.layers], got.outputs, 2)
    _compare(name, block, block.scores, got.scores, 2)


def _compare(
    name: str, block: Block, expected: Sequence[object], got: Sequence[object], per_case: int
) -> None:
    if list(expected) == list(got):
        return
    for i, (wanted, came) in enumerate(zip(expected, got, strict=True)):
        if wanted != came:
            case = block.first + i // per_case
            raise DifferentBitsError(
                f"{name}, case {case}: expected {_text(wanted)}, got {_text(came)}"
            )


def _first_in_micropython(one: ShippedModel, block: Block) -> str:
    """Where the block's digests part."""
    calls = [[one.blob.hex(), block.first + i, 1] for i in range(len(block.windows))]
    for i, digest in enumerate(host.results(FILE, "digest", calls, HEAP_KIB, 1)):
        if digest != reference(one, block.first + i, 1).digest:
            return f"{MICROPYTHON}, case {block.first + i}: other bits"
    return f"{MICROPYTHON}: other bits in cases from {block.first} on, none alone"


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
