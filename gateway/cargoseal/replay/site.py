"""A gateway with its chain in one folder, as on a site but for the clock, which is a file.

Rules
1. The gateway runs as its own processes, started by its supervisor, meeting in the store.
2. Chain and keys are a development chain's, known to everyone: nothing here guards any value.
3. Whatever was started is stopped, also after an error.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from cargoseal.chain.backend import Kind, default_kind, free_port, start_chain
from cargoseal.chain.client import open_client
from cargoseal.chain.deploy import Roles, deploy
from cargoseal.chain.devkeys import dev_key, dev_signer
from cargoseal.chain.keys import create_key_file
from cargoseal.clock import write_clock
from cargoseal.config import Config, load_config
from cargoseal.errors import UsageError
from cargoseal.store import Store
from cargoseal.supervisor import PARTS

CHAIN_ID = 31337
HEARTBEAT_S = 6 * 3600
_ADMIN, _GATEWAY, _REVIEWER = 0, 1, 2  # development accounts
_START_S = 60.0

Say = Callable[[str], None]

_CONFIG = """# Written for a replay; the clock is virtual.
deployment = "{deployment}"
data_dir = "data"

[clock]
file = "clock"

[ingest]
port = {port}
linger_ms = 2

[chain]
kind = "{kind}"
url = "{url}"
chain_id = {chain_id}
key_file = "gateway.key"
reviewer_key_file = "reviewer.key"
confirmations = 0

[poster]
heartbeat_s = {heartbeat_s}
poll_ms = 50

[recorder]
poll_ms = 50

[web]
port = {web_port}
"""


class Site:
    """Enter it to start chain and store, leave it to stop everything. Begins at `start_ms`."""

    def __init__(
        self, folder: Path, start_ms: int, deployment: str, chain: Kind | None, say: Say
    ) -> None:
        self.folder = folder
        self.deployment = deployment
        self.clock_file = folder / "clock"
        self.config_path = folder / "cargoseal.toml"
        self._start_ms = start_ms
        self._kind: Kind = chain or default_kind()
        self._say = say
        self.undo: list[Callable[[], object]] = []  # run in reverse order on leaving

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop()

    def _start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        write_clock(self.clock_file, self._start_ms)
        self._say(f"starting a chain ({self._kind}) and deploying the contracts")
        chain = start_chain(self._kind, CHAIN_ID, log=self.folder / "chain.log")
        self.undo.append(chain.stop)
        self.config_path.write_text(self._config_text(chain.url), encoding="utf-8")
        self.config: Config = load_config(self.config_path)
        self.admin = dev_signer(_ADMIN)
        gateway = create_key_file(self.folder / "gateway.key", None, dev_key(_GATEWAY))
        reviewer = create_key_file(self.folder / "reviewer.key", None, dev_key(_REVIEWER))
        roles = Roles(gateway=gateway.address, reviewer=reviewer.address)
        book = self.config.chain.addresses
        deploy(chain.web3(), self.admin, self.deployment, book, roles)
        self.client = open_client(self.config)
        self.store = Store(self.config.database)
        self.undo.append(self.store.close)

    def _stop(self) -> None:
        while self.undo:
            self.undo.pop()()

    def _config_text(self, url: str) -> str:
        return _CONFIG.format(
            deployment=self.deployment,
            port=free_port(),
            web_port=free_port(),
            kind=self._kind,
            url=url,
            chain_id=CHAIN_ID,
            heartbeat_s=HEARTBEAT_S,
        )

    def start_part(self, *command: str) -> "subprocess.Popen[bytes]":
        """Starts a command of the program that runs until it is stopped; its words go to a log."""
        with open(self.folder / f"{command[0]}.log", "ab") as log:
            process = subprocess.Popen(  # noqa: S603  our own program
                self._cli(*command), stdout=log, stderr=log, start_new_session=True
            )
        self.undo.append(lambda: _end(process))
        return process

    def start_gateway(self) -> None:
        """Starts ingest, recorder and poster, and waits until each says that it is ready."""
        self._say(f"starting the gateway: {', '.join(PARTS)}")
        process = self.start_part("gateway", "run")
        deadline_s = time.monotonic() + _START_S
        log = self.folder / "gateway.log"
        while not all(f"READY {part}" in log.read_text("utf-8", "replace") for part in PARTS):
            if process.poll() is not None or time.monotonic() > deadline_s:
                raise UsageError(
                    f"expected {', '.join(PARTS)} to be ready within {_START_S:.0f} s, they are "
                    f"not: see {log}"
                )
            time.sleep(0.05)

    def _cli(self, *arguments: str) -> list[str]:
        program = [sys.executable, "-m", "cargoseal.cli"]
        return [*program, "--config", str(self.config_path), *arguments]

    def condition_of(self, token: int) -> int:
        """What `statusOf` says of a token's condition; 0 for one that was never minted."""
        status = self.client.status_of(token)
        return 0 if status is None else status.condition


def _end(process: "subprocess.Popen[bytes]") -> None:
    """Stops the supervisor, which stops its parts; whatever is left of its group is ended."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
