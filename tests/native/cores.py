"""The chips that the tests run machine code of, and what share of the cases each gets."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import NamedTuple

from tests.native import kernels, rv32, xtensa
from tests.native.kernels import Machine, MachineMaker
from tests.shared_data import absent


class Family(NamedTuple):
    """A family of chips, and how one of its cores is emulated."""

    family: str
    maker: MachineMaker
    program: str | None  # that must be installed
    share: float


class Core(NamedTuple):
    """The modules of `cargoseal_native`, their viper functions run on an emulated core."""

    modules: SimpleNamespace
    machine: Machine
    family: Family

    @property
    def is_quick(self) -> bool:
        return self.family.share == 1

    def share(self, cases: int) -> int:
        """How many of so many cases this core is asked."""
        return max(1, int(cases * self.family.share))


CORES = (
    Family(rv32.NAME, rv32.Machine, None, 1),
    Family(xtensa.NAME, xtensa.Machine, xtensa.PROGRAM, 0.02),
)


@contextmanager
def core(family: Family) -> Iterator[Core]:
    """Runs the kernels on a core; skips the test, or fails it in CI, without its emulator."""
    if family.program is not None and shutil.which(family.program) is None:
        absent(f"{family.program} (package qemu-system-misc)")
    modules, machine = kernels.chip(family.maker, family.family)
    try:
        yield Core(modules, machine, family)
    finally:
        machine.close()
