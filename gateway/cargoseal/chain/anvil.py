"""Finding and starting anvil, a development chain, as a process of its own.

Rules
1. It is found in the nearest `node_modules` above the working folder or this package, else on PATH.
2. It listens on this machine only. Its accounts are public knowledge: never a chain of value.
"""

import os
import platform
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from cargoseal.errors import ChainError

# The ten accounts every development chain funds; their keys are published with the tools.
DEV_MNEMONIC = "test test test test test test test test test test test junk"
_ARCHITECTURE = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def _roots() -> Iterator[Path]:
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        yield start
        yield from start.parents


def find_anvil() -> Path | None:
    """The path of an anvil that fits this machine, or None."""
    architecture = _ARCHITECTURE.get(platform.machine(), platform.machine())
    package = f"node_modules/@foundry-rs/anvil-{platform.system().lower()}-{architecture}/bin/anvil"
    for root in _roots():
        candidate = root / package
        if os.access(candidate, os.X_OK):
            return candidate
    found = shutil.which("anvil")
    return Path(found) if found else None


def anvil_command(
    port: int, chain_id: int, state: Path | None = None, extra: Sequence[str] = ()
) -> list[str]:
    """The command line. `state` is a file anvil loads at start and writes at its end.

    Raises ChainError when there is no anvil on this machine.
    """
    binary = find_anvil()
    if binary is None:
        raise ChainError(
            "expected anvil in node_modules/@foundry-rs or on PATH, got none: run npm ci, or set "
            'chain.kind = "embedded"'
        )
    command = [str(binary), "--host", "127.0.0.1", "--port", str(port)]
    command += ["--chain-id", str(chain_id), "--mnemonic", DEV_MNEMONIC]
    if "--hardfork" not in extra:
        command += ["--hardfork", "prague"]
    if state is not None:
        command += ["--state", str(state), "--state-interval", "5"]
    return [*command, *extra]


def start_process(command: Sequence[str], log: Path | None) -> subprocess.Popen[bytes]:
    """Starts a chain in a process group of its own, its output in `log` or nowhere."""
    with open(log if log is not None else os.devnull, "ab") as out:
        return subprocess.Popen(  # noqa: S603  a command built by this package
            list(command), stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
        )
