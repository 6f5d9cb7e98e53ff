"""A board that is given another chip's kernels, and one that takes its own."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.micropython import host
from tests.native import kernels, mpy, runtime, rv32
from tests.shared_data import ROOT
from tools import native

FILE = "tests/native/both/test_kernels.py"
TAKES = """
import sys
from types import ModuleType
viper = ModuleType("micropython")
viper.viper = lambda function: lambda *arguments: None
sys.modules["micropython"] = viper
import builtins
builtins.ptr8 = builtins.ptr32 = builtins.uint = int
from node import kernels
print(*kernels.native())
"""


@pytest.mark.parametrize("family", native.FAMILIES)
def test_micropython_refuses_another_chips_file_with_the_error_that_falls_back(
    family: str, tmp_path: Path
) -> None:
    target = tmp_path / "dense.mpy"
    native.compile_kernel(native.SOURCES / "dense.py", family, target)
    said = next(host.results(FILE, "another_chips_file", [[target.read_bytes().hex()]], 4096, 1))
    assert said == "ValueError"


def test_kernels_that_load_are_the_ones_that_run() -> None:
    """In an interpreter whose `micropython` has viper, which ours plays here."""
    code = f"import sys; sys.path[:0] = {[str(ROOT / 'firmware'), str(ROOT / 'firmware/lib')]}"
    result = subprocess.run(
        [sys.executable, "-c", code + TAKES], capture_output=True, text=True, check=True
    )
    assert result.stdout.split() == ["columns", "dense", "ed25519", "sha512", "statistics"]


def test_every_source_is_compiled_for_every_family(tmp_path: Path) -> None:
    files = native.build(tmp_path)
    assert len(files) == len(native.FAMILIES) * len(list(native.SOURCES.glob("*.py")))
    assert len({path.parent for path in files}) == len(native.FAMILIES)
    native.build(tmp_path / "again")
    for path in files:
        again = tmp_path / "again" / path.relative_to(tmp_path)
        assert again.read_bytes() == path.read_bytes(), "the same sources, other bytes"


def test_a_source_that_does_not_compile_is_told_in_words(tmp_path: Path) -> None:
    source = tmp_path / "wrong.py"
    source.write_text("import micropython\n@micropython.viper\ndef f(x: ptr8):\n    return x + 1\n")
    with pytest.raises(native.NativeError, match=r"wrong\.py for rv32imc: (?s:.*)ViperTypeError"):
        native.compile_kernel(source, "rv32imc", tmp_path / "wrong.mpy")


def test_a_kernel_that_calls_the_runtime_is_stopped(tmp_path: Path) -> None:
    source = tmp_path / "calls.py"
    source.write_text(
        "import micropython\n@micropython.viper\ndef f(x: ptr8):\n    x[0] = int(len(b''))\n"
    )
    native.compile_kernel(source, rv32.NAME, tmp_path / "calls.mpy")
    machine = rv32.Machine(mpy.read(tmp_path / "calls.mpy").functions)
    with pytest.raises(runtime.MachineError, match="function 0 at"):
        machine.call(0, bytearray(1))


def test_all_modules_of_the_package_are_run_by_the_tests() -> None:
    names = {path.stem for path in native.SOURCES.glob("*.py")} - {"__init__"}
    assert names == set(kernels.MODULES)
