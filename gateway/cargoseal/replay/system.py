"""A whole system: a site, its shipments, and nodes that live on a virtual clock.

Rules
1. Nodes are real firmware in the simulator; their keys are made from the system's seed, so that a
   replay can be repeated. Nothing here is fit to guard anything of value.
2. `settle` returns when everything that was sealed is stored, judged, posted and final.
"""

import secrets
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from nacl.signing import SigningKey

from cargoseal import registry
from cargoseal.chain.addresses import read_addresses
from cargoseal.chain.backend import Kind
from cargoseal.chain.deploy import GATEWAY_INDEX
from cargoseal.clock import FileClock, write_clock
from cargoseal.enrolment import node_settings, register_models
from cargoseal.errors import LinkError, UsageError
from cargoseal.policy.profile import Profile
from cargoseal.replay.settled import log_size, posted, recorded
from cargoseal.replay.simulator import load_simulator
from cargoseal.replay.site import CHAIN_ID, HEARTBEAT_S, Say, Site
from cargoseal.replay.watch import Watcher
from cargoseal.store import Store
from cargoseal_wire.identity import audience, node_id

_SETTLE_S, _HEARTBEAT_WAIT_S, _QUIET_S = 180.0, 15.0, 0.5


@dataclass
class Watched:
    """A node of the system and the shipment it watches."""

    name: str
    token: int
    node: bytes
    readings: int
    samples: int = 0  # of its accelerometer's stream
    sealed_before: int = 0  # in earlier power cycles: a node counts in RAM


@dataclass
class Shipment:
    """A token with its nodes."""

    token: int
    label: str
    profile: Profile
    nodes: list[Watched] = field(default_factory=list)


def _quiet(_: str) -> None:
    """Says nothing."""


class System:
    """Enter it to start a site and a fleet without nodes. `start_ms` is the first moment.

    Shipments are created first (their tokens are minted), then `start`, then `run` and `settle`.
    """

    def __init__(
        self,
        folder: Path,
        start_ms: int,
        *,
        deployment: str = "replay",
        chain: Kind | None = None,
        speed: float | None = None,
        say: Say = _quiet,
    ) -> None:
        """`speed`: virtual seconds per real second at most; None is as fast as all is received."""
        self._simulator = load_simulator()
        self.site = Site(folder, start_ms, deployment, chain, say)
        self.start_ms = start_ms
        self._speed = speed
        self.shipments: dict[int, Shipment] = {}
        self.nodes: dict[str, Watched] = {}
        self._to_register: list[tuple[bytes, bytes, int]] = []
        self._seed = b"cargoseal " + deployment.encode()

    def __enter__(self) -> Self:
        self.site.__enter__()
        self._clock = FileClock(self.site.clock_file)
        try:
            ingest = self.site.config.ingest
            self.fleet = self._simulator.Fleet(
                ingest.host,
                ingest.port,
                clock_file=str(self.site.clock_file),
                start_ms=self.start_ms,
                speed=self._speed,
                under_way=0,  # time waits for every receipt, so no silence is only the replay's
            )
            self.fleet.__enter__()
            self.site.undo.append(lambda: self.fleet.__exit__(None, None, None))
        except BaseException as error:
            self.__exit__(type(error), error, None)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops everything. Raises LinkError in place of the simulator's own error."""
        self.site.__exit__(kind, error, trace)
        if isinstance(error, self._simulator.SimulatorError):
            raise LinkError(f"simulator: {error}") from error

    @property
    def store(self) -> Store:
        return self.site.store

    @property
    def now_ms(self) -> int:
        """What the virtual clock says."""
        return self._clock.now_ms()

    # shipments and nodes

    def create_shipment(self, profile: Profile, label: str) -> Shipment:
        """Registers a shipment and mints its token."""
        token = len(self.shipments) + 1
        registry.create_shipment(
            self.store,
            token,
            profile_name=profile.name,
            profile_digest=profile.digest,
            profile_text=profile.text,
            now_ms=self.now_ms,
            label=label,
        )
        admin = self.site.admin
        self.site.client.token.mint(admin, admin.address, token, GATEWAY_INDEX, profile.digest)
        self.shipments[token] = Shipment(token, label, profile)
        return self.shipments[token]

    def add_node(
        self,
        shipment: Shipment,
        name: str,
        rows: Iterable[Mapping[str, Any]],
        settings: Mapping[str, Any] | None = None,
    ) -> Watched:
        """Enrols a node, assigns it to the shipment and boots it with the rows for its sensors."""
        some = list(rows)
        seed = sha256(self._seed + b"\0" + name.encode()).digest()
        public_key = bytes(SigningKey(seed).verify_key)
        receipt_key = secrets.token_bytes(32)
        registry.enroll_node(
            self.store, public_key, receipt_key, now_ms=self.now_ms, label=name, valid_from_ms=0
        )
        node = node_id(public_key)
        registry.assign_node(
            self.store, shipment.token, node, from_ms=self.start_ms, person="replay"
        )
        config = self._node_config(seed, receipt_key, shipment.profile) | dict(settings or {})
        self.fleet.add(name, config, some)
        self._to_register.append((node, public_key, 0))
        streamed = [row["samples"] for row in some if "samples" in row]
        samples = sum(len(batch) for batch in streamed)
        watched = Watched(name, shipment.token, node, len(some) - len(streamed), samples)
        shipment.nodes.append(watched)
        self.nodes[name] = watched
        return watched

    def _node_config(self, seed: bytes, receipt_key: bytes, profile: Profile) -> dict[str, Any]:
        config = self.site.config
        token_bytes = read_addresses(config.chain.addresses, CHAIN_ID).token_bytes
        served = audience(CHAIN_ID, token_bytes, config.deployment)
        return node_settings(served, receipt_key, config.ingest.host, config.ingest.port) | {
            "seed": seed.hex(),
            "max_readings": 60,
            "max_duration_ms": window_ms(profile),
            "keep_alive_s": 0,
        }

    def say_leg(self, shipment: Shipment, leg: str) -> None:
        """States, as a person would, that a leg of the shipment's way begins now."""
        body = {"leg": leg, "from_ms": self.now_ms}
        registry.ask(self.store, shipment.token, "leg", body, person="replay", now_ms=self.now_ms)
        self._await("the recorder", recorded)

    # running

    def start(self) -> None:
        """Registers models and nodes on chain and starts the gateway; from now on the time to
        `statusOf` is measured."""
        client, admin = self.site.client, self.site.admin
        client.devices.register_many(admin, self._to_register)
        register_models(client.models, admin)
        self.site.start_gateway()
        self.watcher = Watcher(self.site.config.database, self.site.condition_of)
        self.watcher.start()
        self.site.undo.append(self.watcher.stop)

    def run(
        self, until_ms: int | None = None, on_progress: Callable[..., object] | None = None
    ) -> None:
        """Lets time pass until a moment, or until every node has played its rows."""
        self.fleet.run(until_ms=until_ms, on_progress=on_progress)

    def power_cut(self, name: str) -> None:
        """Cuts a node's power, gives it back. What is sealed survives; the open window does not."""
        watched = self.nodes[name]
        watched.sealed_before = self.sealed(watched)
        self.fleet.power_cut(name)

    def sealed(self, watched: Watched) -> int:
        """How many segments a node has sealed over all power cycles."""
        return watched.sealed_before + int(self.fleet.stats(watched.name)["sealed"])

    def release(self, names: Iterable[str]) -> None:
        """Ends the watch of these nodes now: that they say nothing more is no silence."""
        for name in names:
            watched = self.nodes[name]
            registry.release_node(
                self.store, watched.token, watched.node, to_ms=self.now_ms, person="replay"
            )

    def settle(self) -> None:
        """Waits for the gateway: for its logs, and, heartbeat after heartbeat, for the chain."""
        self._await("the recorder", recorded)
        deadline_s = time.monotonic() + _SETTLE_S
        while True:
            write_clock(self.site.clock_file, self.now_ms + (HEARTBEAT_S + 1) * 1000)
            self._await("the recorder", recorded)
            try:
                self._await("the poster", posted, _HEARTBEAT_WAIT_S)
                return
            except UsageError:
                if time.monotonic() > deadline_s:
                    raise

    def _await(self, what: str, done: Callable[[Store], bool], limit_s: float = _SETTLE_S) -> None:
        """Waits until something is so and, for ten looks of every process, nothing is added."""
        deadline_s = time.monotonic() + limit_s
        quiet_since_s, size = time.monotonic(), -1
        while time.monotonic() - quiet_since_s < _QUIET_S:
            now_size = log_size(self.store)
            if now_size != size or not done(self.store):
                quiet_since_s, size = time.monotonic(), now_size
            if time.monotonic() > deadline_s:
                raise UsageError(
                    f"expected {what} to finish within {_SETTLE_S:.0f} s, it did not: see "
                    f"{self.site.folder / 'gateway.log'}"
                )
            time.sleep(0.05)


def window_ms(profile: Profile) -> int:
    """How long a node's window may last at most: it is heard twice before it counts as silent."""
    return profile.silence.minutes * 60_000 // 2
