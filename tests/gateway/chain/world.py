"""A small world for the poster's tests: a real chain, the real contracts, a store with verdicts.

It writes what the recorder would write (an entry and its outbox row in one transaction) and counts
what is on chain by the contract's own events.
"""

import platform
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from web3 import Web3

from cargoseal.chain.anvil import find_anvil
from cargoseal.chain.backend import ChainProcess, answering_chain_id, start_chain
from cargoseal.chain.contract import MAX_FEE
from cargoseal.chain.deploy import Limits, Roles, deploy
from cargoseal.chain.devkeys import dev_signer
from cargoseal.chain.token import TokenContract
from cargoseal.chain.updates import Update, unpack_updates
from cargoseal.evidence.entries import ChainBreak, Review, encode
from cargoseal.poster import Poster, Settings
from cargoseal.poster.ledger import Ledger
from cargoseal.poster.outbox import NEVER, ROWS, refusals
from cargoseal.poster.relay import Relay
from cargoseal.store import Store
from cargoseal.store.schema import batches, entries, outbox, shipments, transactions
from tests.shared_data import absent

CHAIN_ID = 31337
ADMIN, GATEWAY, REVIEWER = dev_signer(0), dev_signer(1), dev_signer(2)
PROFILE = b"\x11" * 32
SOUND, FLAGGED, COMPROMISED = 1, 2, 3


def need(kind: str) -> None:
    """Skips where this machine cannot run such a chain; in CI on x86-64 that is a failure."""
    if kind != "anvil" or find_anvil() is not None:
        return
    if platform.machine() in ("x86_64", "AMD64"):
        absent("anvil (npm ci brings it)")
    pytest.skip("there is no package of anvil for this kind of machine")


class SetClock:
    """A clock that stands still until it is set: the gateway's, for facts."""

    def __init__(self, now_ms: int = 1_700_000_000_000) -> None:
        self.ms = now_ms

    def now_ms(self) -> int:
        return self.ms


class RealTime:
    """Real time that a test can move on, for bumps, holds and heartbeats."""

    def __init__(self) -> None:
        self.shift_ms = 0

    def __call__(self) -> int:
        import time

        return time.time_ns() // 1_000_000 + self.shift_ms


@dataclass
class World:
    """A deployed chain and a store. `say` writes verdicts, `told` reads them from the chain."""

    chain: ChainProcess
    w3: Web3
    token: TokenContract
    store: Store
    book: Path
    first_block: int
    clock: SetClock
    real: RealTime

    def rpc(self, method: str, *params: Any) -> Any:
        answer = self.w3.provider.make_request(method, list(params))  # type: ignore[arg-type]
        assert "error" not in answer, (method, answer)
        return answer.get("result")

    def mine(self, count: int = 1) -> None:
        self.rpc("anvil_mine", hex(count))

    def ship(self, *tokens: int) -> None:
        """Opens shipments and mints their tokens."""
        for token in tokens:
            with self.store.write() as connection:
                connection.execute(
                    shipments.insert().values(
                        token=token, profile_name="p", profile_digest=PROFILE,
                        profile_text="", created_ms=self.clock.ms,
                    )
                )  # fmt: skip
            self.enter(token)
            self.token.mint(ADMIN, ADMIN.address, token, 1, PROFILE)

    def enter(self, token: int) -> int:
        """Appends an entry to a log; returns its position."""
        with self.store.write() as connection:
            return self._enter(connection, token)

    def _enter(self, connection: sa.Connection, token: int) -> int:
        last = connection.execute(
            sa.select(sa.func.max(entries.c.position)).where(entries.c.token == token)
        ).scalar()
        position = 0 if last is None else last + 1
        data = encode(ChainBreak(b"\x05" * 8, position + 1, self.clock.ms))
        connection.execute(
            entries.insert().values(
                token=token, position=position, type=12, bytes=data, time_ms=self.clock.ms
            )
        )
        return position

    def enter_review(self, token: int) -> None:
        """A person's review in the log of a token, as the recorder would enter it."""
        with self.store.write() as connection:
            position = self._enter(connection, token)
            connection.execute(
                entries.update()
                .where(entries.c.token == token, entries.c.position == position)
                .values(type=Review.TYPE)
            )

    def say(self, token: int, condition: int, doubts: int = 0, score: int = 0) -> int:
        """A verdict: its entry and its outbox row, in one transaction. Returns the row's id."""
        with self.store.write() as connection:
            position = self._enter(connection, token)
            done = connection.execute(
                outbox.insert().values(
                    token=token, position=position, condition=condition, doubts=doubts,
                    health=90, rule=1, score=score, since_ms=self.clock.ms,
                    created_ms=self.clock.ms,
                )
            )  # fmt: skip
            assert done.inserted_primary_key is not None
            return int(done.inserted_primary_key[0])

    def told(self) -> list[tuple[int, Update]]:
        """(seq, update) of every update the contract accepted, in order."""
        return [
            (posted.seq, update)
            for posted in self.token.posted(0, gateway=1)
            for update in unpack_updates(posted.updates)
        ]

    def rows(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(ROWS.order_by(outbox.c.id)))

    def refused(self) -> list[tuple[int, str]]:
        """(token, why) of the verdicts the chain will never take, oldest first."""
        with self.store.read() as connection:
            reasons = refusals(connection)
        refused = [row for row in self.rows() if row.seq == NEVER]
        assert sorted(reasons) == [row.id for row in refused]
        return [(row.token, reasons[row.id]) for row in refused]

    def batches(self) -> list[Any]:
        with self.store.read() as connection:
            return list(connection.execute(sa.select(batches).order_by(batches.c.seq)))

    def transactions(self) -> list[Any]:
        with self.store.read() as connection:
            query = sa.select(transactions).order_by(transactions.c.sent_ms, transactions.c.nonce)
            return list(connection.execute(query))

    def poster(
        self, store: Store | None = None, *, max_fee: int = MAX_FEE, **settings: Any
    ) -> Poster:
        values: dict[str, Any] = {"heartbeat_s": 3600.0, "bump_after_s": 60.0, "confirmations": 1}
        relay = Relay(self.token, GATEWAY, CHAIN_ID, max_fee)
        return Poster(
            Ledger(store or self.store),
            relay,
            Settings(**(values | settings)),
            self.clock,
            first_block=self.first_block,
            real_ms=self.real,
        )

    def assert_each_verdict_once(self) -> None:
        """Every outbox row that was not refused is on chain once, in its token's order."""
        rows = [row for row in self.rows() if row.seq != NEVER]
        said = [_update(row) for row in rows]
        told = [update for _, update in self.told()]
        assert Counter(told) == Counter(said)
        for token in {update.token for update in said}:
            mine = [update for update in told if update.token == token]
            assert mine == [update for update in said if update.token == token]
        by_seq = {(seq, update) for seq, update in self.told()}
        assert {(row.seq, _update(row)) for row in rows} == by_seq


def _update(row: Any) -> Update:
    return Update(
        row.token,
        row.condition,
        row.doubts,
        row.health,
        row.rule,
        row.score,
        row.since_ms // 1000,
        row.reviews,
    )


def settle(poster: Poster, steps: int = 40) -> None:
    """Steps until a step changes nothing."""
    for _ in range(steps):
        if not poster.step():
            return
    raise AssertionError(f"still changing after {steps} steps: {poster.events[-5:]}")


@dataclass
class Deployed:
    """A chain with the contracts on it, shared by tests that each put it back."""

    chain: ChainProcess
    w3: Web3
    token: TokenContract
    book: Path
    first_block: int

    @contextmanager
    def world(self, folder: Path) -> Iterator[World]:
        """An empty store, and the chain as it was; whatever happens on it is undone after."""
        with Store(folder / "gateway.db") as store:
            made = World(
                self.chain, self.w3, self.token, store, self.book, self.first_block, SetClock(),
                RealTime(),
            )  # fmt: skip
            before = made.rpc("evm_snapshot")
            try:
                yield made
            finally:
                if answering_chain_id(self.chain.url) is not None:
                    if "anvil" in made.rpc("web3_clientVersion"):
                        made.rpc("evm_setAutomine", True)
                        made.rpc("anvil_dropAllTransactions")
                        made.rpc("anvil_setNextBlockBaseFeePerGas", hex(10**9))
                    assert made.rpc("evm_revert", before) is True


@contextmanager
def deployed_on(kind: str, folder: Path, options: tuple[str, ...] = ()) -> Iterator[Deployed]:
    """A fresh chain of a kind with the contracts on it."""
    need(kind)
    extra: dict[str, Any] = {"anvil_options": options} if kind == "anvil" else {}
    with start_chain(kind, CHAIN_ID, **extra) as chain:  # type: ignore[arg-type]
        w3 = chain.web3()
        book = folder / "addresses.json"
        roles = Roles(gateway=GATEWAY.address, reviewer=REVIEWER.address)
        addresses = deploy(w3, ADMIN, "test", book, roles, Limits())
        yield Deployed(chain, w3, TokenContract(w3, addresses.token), book, addresses.block)


@contextmanager
def world_on(kind: str, folder: Path, options: tuple[str, ...] = ()) -> Iterator[World]:
    """A chain of one's own with the contracts on it, and an empty store."""
    with deployed_on(kind, folder, options) as deployed, deployed.world(folder) as world:
        yield world
