"""The dense kernel's machine code gives the bits of `cargoseal_score.infer`, its definition."""

import random
from array import array

import pytest

from cargoseal_score import infer
from cargoseal_score.model import Layer, Model
from models.provenance.networks import networks
from models.provenance.vectors import odd_model
from tests.native import kernels, runtime, rv32
from tests.native.cores import Core
from tests.score.both import hostile

ACCUMULATOR_MOST = (1 << 24) - 1
MODELS = [one.model for one in networks()] + [odd_model()]


def same(on: Core, layer: Layer, x: "array[int]") -> "array[int]":
    expected = infer.run_layer(layer, x)
    assert on.modules.dense.run_layer(layer, x) == expected, x.tobytes().hex()
    return expected


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.digest.hex()[:8])
def test_every_layer_of_a_model_gives_the_bits_of_the_reference(on: Core, model: Model) -> None:
    for case in range(on.share(10_000)):
        x = array("b", hostile.vector(case, model.inputs))
        for layer in model.layers:
            x = same(on, layer, x)


def any_layer(dice: random.Random, inputs: int, outputs: int) -> Layer:
    """A layer that a blob may hold, as near to its limits as chance takes it."""
    most = dice.choice((1, 9, 127))
    weights = [dice.randrange(-most - 1, most + 1) for _ in range(inputs * outputs)]
    biases = []
    for j in range(outputs):
        row = weights[j * inputs : (j + 1) * inputs]
        room = ACCUMULATOR_MOST - sum(map(abs, row)) * 255
        biases.append(dice.choice((-room, room, dice.randint(-room, room))))
    low = dice.randrange(-128, 128)
    return Layer(
        inputs,
        outputs,
        dice.choice((-128, 127, dice.randrange(-128, 128))),
        dice.randrange(-128, 128),
        low,
        dice.randrange(low, 128),
        array("b", weights),
        array("i", biases),
        array("I", [dice.choice((1 << 30, (1 << 31) - 1, dice.randrange(1 << 30, 1 << 31)))
                    for _ in range(outputs)]),
        bytes(dice.choice((0, 31, dice.randrange(32), dice.randrange(14, 20)))
              for _ in range(outputs)),
    )  # fmt: skip


def test_layers_of_every_width_give_the_bits_of_the_reference(on: Core) -> None:
    dice = random.Random(1)
    widths = [*range(1, 258)] if on.is_quick else [1, 2, 7, 8, 9, 63, 256]
    for inputs in (min(256, width) for width in widths):
        layer = any_layer(dice, inputs, dice.choice((1, 2, 5)))
        for x in (bytes([128] * inputs), bytes([127] * inputs), dice.randbytes(inputs)):
            same(on, layer, array("b", x))
    layer = any_layer(dice, 256, 256)
    same(on, layer, array("b", dice.randbytes(256)))


def near_a_tie(dice: random.Random) -> tuple[int, int, int]:
    """(accumulator, multiplier, shift) whose product is about a half above or below an int8."""
    multiplier = dice.choice((1 << 30, (1 << 31) - 1, dice.randrange(1 << 30, 1 << 31)))
    shift = dice.randrange(0, 18)
    doubled = 2 * dice.randrange(-129, 129) + 1
    exact = doubled * (1 << (31 + shift)) // (2 * multiplier)
    acc = exact + dice.randrange(-2, 3)
    return max(-ACCUMULATOR_MOST, min(ACCUMULATOR_MOST, acc)), multiplier, shift


def test_products_about_halves_are_rounded_as_the_reference_rounds_them(on: Core) -> None:
    """The accumulator is the bias: the weights are zero."""
    dice = random.Random(2)
    for _ in range(on.share(400)):
        cases = [near_a_tie(dice) for _ in range(256)]
        layer = Layer(
            1, 256, 0, 0, -128, 127, array("b", bytes(256)),
            array("i", [acc for acc, _, _ in cases]),
            array("I", [multiplier for _, multiplier, _ in cases]),
            bytes(shift for _, _, shift in cases),
        )  # fmt: skip
        same(on, layer, array("b", [0]))


def test_a_plan_is_made_once_and_kept_with_its_layer(on: Core) -> None:
    layer = any_layer(random.Random(3), 5, 3)
    on.modules.dense.run_layer(layer, array("b", bytes(5)))
    plan = layer.plan
    on.modules.dense.run_layer(layer, array("b", bytes([9] * 5)))
    assert plan is not None and layer.plan is plan


def test_a_wrong_instruction_is_noticed() -> None:
    """The tests' own teeth: changed machine code does not give the same outputs."""
    layer = MODELS[0].layers[0]
    x = array("b", hostile.vector(3, layer.inputs))
    expected = infer.run_layer(layer, x)
    length = len(kernels.functions("dense", rv32.NAME)["_dense"])
    noticed = 0
    places = range(length // 2, length - 40, 20)
    for place in places:

        def spoil(code: bytes, place: int = place) -> bytes:
            if len(code) != length:
                return code
            return code[:place] + bytes([code[place] ^ 0x10]) + code[place + 1 :]

        dense = kernels.chip(rv32.Machine, rv32.NAME, spoil).modules.dense
        try:
            noticed += dense.run_layer(layer, x) != expected
        except runtime.MachineError:
            noticed += 1
    assert noticed > len(places) // 2
