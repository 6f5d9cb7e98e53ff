"""The poster's process: steps for ever, waits in between, and longer when the chain is away.

Rules
1. One attempt is one step; a step that fails changes nothing that the next one does not find out.
2. The pause after a failure doubles up to a minute and is never twice the same (jitter), so that
   many gateways do not come back to a chain at once. The same trouble is said once.
3. It ends between two steps when asked to; killed anywhere else it loses nothing.
"""

import random
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.backend import connect
from cargoseal.chain.keys import load_signer
from cargoseal.chain.token import TokenContract
from cargoseal.clock import Clock, open_clock
from cargoseal.config import Config
from cargoseal.errors import ChainError, ConfigError, StoreError
from cargoseal.poster.lease import Lease
from cargoseal.poster.ledger import Ledger
from cargoseal.poster.poster import Poster, Settings
from cargoseal.poster.relay import Relay
from cargoseal.store import Store

_LONGEST_PAUSE_S = 60.0


def _say(line: str) -> None:
    print(f"cargoseal poster: {line}", file=sys.stderr, flush=True)


class Pauses:
    """How long to wait after failures in a row, in seconds."""

    def __init__(self, shortest_s: float, fraction: Callable[[], float] = random.random) -> None:
        self._shortest_s = shortest_s
        self._fraction = fraction
        self._failures = 0

    def success(self) -> None:
        self._failures = 0

    def failure(self) -> float:
        """Between half and the whole of a pause that doubles each time, at most a minute."""
        whole_s = min(self._shortest_s * 2.0 ** min(self._failures, 30), _LONGEST_PAUSE_S)
        self._failures += 1
        return whole_s * (0.5 + 0.5 * self._fraction())


def run(
    poster: Poster, poll_s: float, stop: threading.Event, say: Callable[[str], None] = _say
) -> None:
    """Steps until `stop` is set. What a step did and what trouble it had goes to `say`."""
    pauses = Pauses(poll_s)
    trouble = ""
    while not stop.is_set():
        try:
            again = poster.step()
        except (ChainError, StoreError) as error:
            if str(error) != trouble:
                trouble = str(error)
                say(trouble)
            stop.wait(pauses.failure())
            continue
        finally:
            while poster.events:
                say(poster.events.pop(0))
        if trouble:
            trouble = ""
            say("going on")
        pauses.success()
        if not again:
            stop.wait(poll_s)


def wait_for_lease(
    path: Path, poll_s: float, stop: threading.Event, say: Callable[[str], None] = _say
) -> Lease | None:
    """The store's lease once it is free; None when asked to stop first."""
    lease = Lease(path)
    said = False
    while not stop.is_set():
        if lease.acquire():
            return lease
        if not said:
            say(f"another poster has {path}; waiting for it to end")
            said = True
        stop.wait(poll_s)
    return None


def build_poster(config: Config, store: Store, clock: Clock) -> Poster:
    """Everything a poster needs, from the configuration. Asks the chain nothing yet.

    Raises ConfigError for a key or an address book that is not usable.
    """
    chain, posting = config.chain, config.poster
    if chain.key_file is None:
        raise ConfigError("chain.key_file: expected the gateway's key file, got none")
    signer = load_signer(chain.key_file, chain.key_password_file)
    addresses = read_addresses(chain.addresses, chain.chain_id)
    token = TokenContract(connect(chain.url), addresses.token)
    settings = Settings(
        heartbeat_s=posting.heartbeat_s,
        batch_max=posting.batch_max,
        bump_after_s=posting.bump_after_s,
        deadline_s=posting.deadline_s,
        confirmations=chain.confirmations,
    )
    relay = Relay(token, signer, chain.chain_id)
    return Poster(Ledger(store), relay, settings, clock, first_block=addresses.block)


def run_poster(config: Config) -> None:
    """The process `cargoseal gateway part poster`: until SIGTERM or SIGINT. Raises ConfigError."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    poll_s = config.poster.poll_ms / 1000
    with Store(config.database) as store:
        poster = build_poster(config, store, open_clock(config.clock.file))
        lease = wait_for_lease(
            config.database.with_name(config.database.name + ".poster"), poll_s, stop
        )
        if lease is None:
            return
        print("READY poster", flush=True)
        try:
            run(poster, poll_s, stop)
        finally:
            lease.release()
