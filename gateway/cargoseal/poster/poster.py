"""The poster: takes verdicts from the outbox to the chain, each exactly once.

One step
1. Look at the chain: the sequence number it expects, our nonces, its head.
2. Settle: for each batch that is not final, find out whether it is on chain (and where), whether a
   reorganisation took it away, or whether another batch has its number.
3. If a frozen batch is due, push it: sign, store, send; send again; or replace what is stuck.
4. Otherwise write down batches that are on chain but not in the store (a store restored from a
   backup, a second poster), then freeze the next batch and push it.

Killed at any moment, the next step goes on from what is in the store; see rules.py for why nothing
is posted twice. Times: facts carry the gateway's clock; waiting and deadlines follow the real one.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cargoseal.chain.reverts import Revert, Reverted
from cargoseal.clock import Clock
from cargoseal.errors import ChainError
from cargoseal.evidence.heads import Head, batch_root
from cargoseal.poster.ledger import FROZEN, MINED, Batch, Ledger, Stored
from cargoseal.poster.manifest import content_id
from cargoseal.poster.relay import Relay, Sight, read_raw
from cargoseal.poster.rules import (
    Act,
    Fate,
    Sent,
    Situation,
    Waiting,
    choose,
    fate_of,
    may_take_back,
    next_step,
)
from cargoseal.poster.settle import News, Patience, Settler
from cargoseal.poster.trial import try_together

_FIRST_HOLD_MS, _LONGEST_HOLD_MS = 2_000, 300_000


@dataclass(frozen=True)
class Settings:
    """How the poster behaves. `confirmations`: blocks after ours before it is final."""

    heartbeat_s: float = 3600.0
    batch_max: int = 100
    bump_after_s: float = 60.0
    deadline_s: float = 600.0
    confirmations: int = 2


def real_ms() -> int:
    """The operating system's time: for waiting and deadlines, never for facts."""
    return time.time_ns() // 1_000_000


class Poster:
    """One store's poster. Not safe for threads; `step` is bounded by the chain's answers."""

    def __init__(
        self,
        ledger: Ledger,
        relay: Relay,
        settings: Settings,
        clock: Clock,
        *,
        first_block: int = 0,
        real_ms: Callable[[], int] = real_ms,
    ) -> None:
        self._ledger = ledger
        self._relay = relay
        self._settings = settings
        self._clock = clock
        self._real_ms = real_ms
        patience = Patience(settings.confirmations, int(settings.bump_after_s * 1000))
        self._settler = Settler(ledger, relay, clock, patience, first_block)
        self._last_post: tuple[int, int] | None = None  # by both clocks; unknown before a look
        self._seen_tip = b""
        self._held: dict[int, tuple[int, int]] = {}  # token → (until, how long next time)
        self.events: list[str] = []

    # -- the step -------------------------------------------------------------------------------

    def step(self) -> bool:
        """Does what can be done now. True: something changed, so step again at once.

        Raises ChainError (its kind Reverted included) when the chain does not answer or takes
        nothing now: nothing is lost, try again later.
        """
        if self._nothing_to_do():
            return False
        sight = self._relay.look()
        news = self._settle(sight)
        self._seen_tip = sight.tip
        changed = bool(news.events)
        if news.conflict:
            return changed
        to_come = [b for b in self._ledger.unsettled() if b.seq >= sight.slot.next_seq]
        if to_come and to_come[0].seq == sight.slot.next_seq:
            return self._push(to_come[0], sight) or changed
        if self._settler.write_down_missing(sight):
            return True
        batch = self._freeze(sight, needed=bool(to_come))
        return self._push(batch, sight) if batch is not None else changed

    def _nothing_to_do(self) -> bool:
        """Whether nothing needs the chain now. Costs no request, or one while a batch that is on
        chain waits to become final."""
        if self._heartbeat_is_due() or self._ready(1):
            return False
        unsettled = self._ledger.unsettled()
        if any(batch.state != MINED for batch in unsettled):
            return False
        return not unsettled or self._relay.tip() == self._seen_tip

    def _settle(self, sight: Sight) -> News:
        if self._last_post is None:
            age_ms = (self._chain_now_s(sight) - sight.slot.last_post_s) * 1000
            noted_ms = self._ledger.last_created_ms() or self._clock.now_ms()
            self._last_post = (self._real_ms() - age_ms, noted_ms)
        news = self._settler.settle(sight, self._real_ms())
        self.events += news.events
        if news.posted:
            self._note_post()
        return news

    def _note_post(self) -> None:
        self._last_post = (self._real_ms(), self._clock.now_ms())

    def _heartbeat_is_due(self) -> bool:
        """By real time, which the contract's staleness follows, or by the gateway's clock, which
        runs ahead of it in a replay; a clock that jumped ahead makes one heartbeat, not many."""
        if self._last_post is None:
            return True
        real_ms, clock_ms = self._last_post
        age_ms = max(self._real_ms() - real_ms, self._clock.now_ms() - clock_ms)
        return age_ms >= self._settings.heartbeat_s * 1000

    def _deadline_s(self, sight: Sight) -> int:
        return self._chain_now_s(sight) + int(self._settings.deadline_s)

    def _chain_now_s(self, sight: Sight) -> int:
        """What the next block's time will be at least, unless the chain lags behind real time."""
        return max(sight.time_s, self._real_ms() // 1000)

    # -- step 3: pushing a batch ------------------------------------------------------------------

    def _push(self, batch: Batch, sight: Sight) -> bool:
        stored = self._ledger.transactions_of(batch.seq)
        now = self._situation(stored, sight)
        step = next_step(now)
        if step.act is Act.SIGN:
            return self._sign(batch, step.nonce, now, sight)
        if step.act is Act.REPLACE:
            return self._replace(batch, stored, step.nonce, sight)
        if step.act is Act.RESEND:
            again = next(item for item in stored if item.hash == step.target)
            if self._relay.send(again.raw):
                return True
            return self._replace(batch, stored, again.nonce, sight)
        return False

    def _situation(self, stored: Sequence[Stored], sight: Sight) -> Situation:
        live = [item for item in stored if item.nonce >= sight.next_nonce]
        newest = live[-1].hash if live else b""
        sent = tuple(
            Sent(
                item.hash,
                item.nonce,
                item.sent_ms,
                read_raw(item.raw).deadline_s,
                known=item.hash != newest or self._relay.knows(item.hash),
            )
            for item in stored
        )
        return Situation(
            sent,
            sight.next_nonce,
            sight.queued_nonce,
            self._real_ms(),
            sight.time_s,
            int(self._settings.bump_after_s * 1000),
        )

    def _sign(self, batch: Batch, nonce: int, now: Situation, sight: Sight) -> bool:
        try:
            stored = self._relay.sign(batch, nonce, self._deadline_s(sight), now.now_ms)
        except Reverted as refused:
            return self._refused(batch, now, refused)
        self._ledger.store_transaction(batch.seq, stored)
        self._relay.send(stored.raw)
        return True

    def _replace(self, batch: Batch, stored: Sequence[Stored], nonce: int, sight: Sight) -> bool:
        old = [read_raw(item.raw) for item in stored]
        deadline_s = self._deadline_s(sight)
        new = self._relay.sign_replacement(batch, old, nonce, deadline_s, self._real_ms())
        if new is None:
            raise ChainError(f"batch {batch.seq}: expected a fee below our ceiling, it is not")
        self._ledger.store_transaction(batch.seq, new)
        self.events.append(f"batch {batch.seq}: replaced at nonce {nonce}, pays {new.max_fee} wei")
        self._relay.send(new.raw)
        return True

    def _refused(self, batch: Batch, now: Situation, refused: Reverted) -> bool:
        """The chain takes this batch no longer: dissolve it when that is safe."""
        fate = fate_of(refused.revert)[0]
        if fate in (Fate.ALL, Fate.ORDER):
            raise refused
        newest_ms = max((item.sent_ms for item in now.sent), default=0)
        settled = now.now_ms - newest_ms >= now.bump_after_ms
        if not may_take_back(now, settled):
            return False
        self._ledger.take_back(batch.seq)
        self.events.append(f"batch {batch.seq}: taken back, the chain says {refused.revert}")
        return True

    # -- step 4: freezing a batch -----------------------------------------------------------------

    def _ready(self, most: int) -> list[Waiting]:
        now_ms = self._real_ms()
        held = {token for token, (until_ms, _) in self._held.items() if until_ms > now_ms}
        return choose(self._ledger.outbox.waiting(), most, held)

    def _freeze(self, sight: Sight, needed: bool) -> Batch | None:
        """The next batch: waiting verdicts that pass together, or a heartbeat when one is due, or
        `needed` because a later batch is frozen already."""
        rows = self._ready(self._settings.batch_max)
        if rows:
            rows = rows[: self._relay.token.room_in_epoch(self._relay.index)]
        rows = self._passing(rows, sight)
        if not rows and not needed and not self._heartbeat_is_due():
            return None
        heads = self._ledger.anchors.heads(item.token for item in rows)
        draft = self._draft(sight.slot.next_seq, rows, heads)
        batch = self._ledger.freeze(
            draft.seq, draft.root, draft.content_id, rows, heads, self._clock.now_ms()
        )
        self._note_post()
        self.events.append(f"batch {batch.seq}: frozen, {len(rows)} verdicts, {len(heads)} logs")
        return batch

    def _draft(self, seq: int, rows: Sequence[Waiting], heads: Sequence[Head]) -> Batch:
        updates = b"".join(item.update.pack() for item in rows)
        content = content_id(self._relay.index, seq, heads, updates)
        return Batch(seq, batch_root(heads), content, updates, FROZEN, None, None, None)

    def _passing(self, rows: Sequence[Waiting], sight: Sight) -> list[Waiting]:
        """Sets apart what the chain would refuse, and writes down why."""
        deadline_s = self._deadline_s(sight)

        def simulate(tried: Sequence[Waiting]) -> None:
            draft = self._draft(sight.slot.next_seq, tried, ())
            self._relay.try_post(draft, deadline_s)

        if not rows:
            return []
        found = try_together(rows, simulate)
        for item, revert in found.never:
            self._refuse(item, revert)
        for item, revert in found.later:
            if revert.name == "NotThisGateway" and self._ledger.outbox.alarm_behind(item):
                self._refuse(item, revert)  # of another's token only an alarm may be said
            else:
                self._hold(item.token, revert, sight)
        for item in found.passing:
            self._held.pop(item.token, None)
        return found.passing

    def _refuse(self, item: Waiting, revert: Revert) -> None:
        self._ledger.outbox.refuse(item.row, str(revert))
        self.events.append(f"token {item.token}: verdict refused for good, {revert}")

    def _hold(self, token: int, revert: Revert, sight: Sight) -> None:
        """Lets a token wait: as long as the contract says, else twice as long each time."""
        wait_ms = self._held.get(token, (0, _FIRST_HOLD_MS))[1]
        not_before_s = revert.values.get("notBefore")
        if isinstance(not_before_s, int):
            wait_ms = max(1000, (not_before_s - self._chain_now_s(sight)) * 1000)
        wait_ms = min(wait_ms, _LONGEST_HOLD_MS)
        self._held[token] = (self._real_ms() + wait_ms, min(2 * wait_ms, _LONGEST_HOLD_MS))
        self.events.append(f"token {token}: waits {wait_ms / 1000:.0f} s, {revert}")
