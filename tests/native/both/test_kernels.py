"""Where no machine code can be loaded, the definitions run; which of the two runs is known."""

import sys

from node import ed25519, kernels, sha512

from cargoseal_score import features, infer
from cargoseal_wire import columns


def without_machine_code():
    """None of our two test interpreters has viper: CPython, and MicroPython for WebAssembly."""
    taken = [infer.native_layer, ed25519.native_multiple, sha512.native_sha512]
    taken += [columns.native_loops, features.native_summary, features.native_magnitudes]
    return all([kernel is None for kernel in taken])


def test_an_interpreter_without_viper_runs_the_definitions():
    assert without_machine_code()
    assert kernels.native() == []
    assert ed25519.sha512(b"abc") == sha512.sha512(b"abc")


def test_a_kernel_that_does_not_load_says_so_by_an_error_that_is_expected():
    for name in ("columns", "dense", "sha512", "statistics", "ed25519"):
        try:
            __import__("cargoseal_native." + name)
        except (ImportError, SyntaxError, ValueError):
            continue
        raise AssertionError(name)


def test_a_kernel_that_loads_is_named():
    before = infer.native_layer
    infer.native_layer = infer.run_layer
    try:
        assert kernels.native() == ["dense"]
    finally:
        infer.native_layer = before


def another_chips_file(data):
    """What importing a compiled kernel of another chip raises: its name. Called with the bytes of
    the file in hexadecimal, in MicroPython only."""
    with open("/dense_of_another_chip.mpy", "wb") as file:
        file.write(bytes.fromhex(data))
    sys.path.insert(0, "/")
    try:
        __import__("dense_of_another_chip")
    except Exception as error:
        return type(error).__name__
    finally:
        sys.path.pop(0)
    return "nothing"
