"""A token's history, read back from the chain's events alone: who said what, when, and on what.

Rules
1. Record 0 is the mint; each accepted update, review, escalation and refutation is the next one.
   Their number is the contract's own count, so a history that lacks one does not pass for whole.
2. A review, an escalation and a refutation are corrections: each names the record that was the last
   when it was made, and the contract takes no other. So each record is corrected at most once, by
   the next one, and the history is a line. A correction that names another record is an error.
3. `occurred_s` is when the fact began as the evidence says, `recorded_s` when the chain learnt it.
4. What changes no verdict (proposals, steps of the lifecycle, another gateway) stands between the
   records and has no number.

The fields follow ERC-8328 (Subject-Linked Compliance Event Log) with the token as the subject:
index, type, outcome, actor, evidence, occurred and recorded time, corrects, corrected by. What that
interface stores in a dozen slots for each event is here one packed slot and the events.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from cargoseal.chain.contract import link_errors
from cargoseal.chain.token import TokenContract
from cargoseal.chain.updates import unpack_updates
from cargoseal.errors import ChainError
from cargoseal.policy.terms import Condition, Lifecycle

SPAN = 5_000  # blocks asked for at once
_ZERO = "0x" + 40 * "0"
_CORRECTIONS = ("Reviewed", "Escalated", "Refuted")
_FOLLOWED = (*_CORRECTIONS, "ReviewProposed", "LifecycleChanged", "HandedOver", "Attested")


@dataclass(frozen=True)
class Record:
    """One line of a history. `index` None: it changed no verdict. `outcome`: the condition (or
    lifecycle) it led to, as a word; `actor`: an account, or "gateway N"; `evidence`: 32 bytes, of a
    post the anchored root. `code` is the rule's, or a review's reason."""

    index: int | None
    type: str
    outcome: str
    actor: str
    evidence: bytes
    occurred_s: int
    recorded_s: int
    block: int
    transaction: bytes
    code: int = 0
    doubts: int = 0
    corrects: int | None = None
    corrected_by: int | None = None


def history_of(contract: TokenContract, token: int, first_block: int = 0) -> list[Record]:
    """All records of a token, oldest first. Raises Reverted (UnknownToken) for one that was never
    minted, ChainError when the events do not add up to what the contract counts."""
    status = contract.status_of(token)
    head = int(contract.w3.eth.block_number)
    reader = _Reader(contract, token)
    for first in range(first_block, head + 1, SPAN):
        reader.read(first, min(first + SPAN - 1, head))
    numbers = [record.index for record in reader.records if record.index is not None]
    if numbers != list(range(len(numbers))):
        raise ChainError(f"token {token}: expected records 0 to {len(numbers) - 1}, got {numbers}")
    if len(numbers) - 1 < status.updates:
        raise ChainError(
            f"token {token}: expected {status.updates} updates since the mint, as the contract "
            f"counts, got {len(numbers) - 1} events: does the node keep logs from {first_block} on?"
        )
    return _linked(reader.records)


def _linked(records: list[Record]) -> list[Record]:
    """The same, each record that was corrected naming the correction."""
    by = {record.corrects: record.index for record in records if record.corrects is not None}
    return [
        replace(record, corrected_by=by[record.index]) if record.index in by else record
        for record in records
    ]


class _Reader:
    """Gathers the records of one token, span by span, in order."""

    def __init__(self, contract: TokenContract, token: int) -> None:
        self.records: list[Record] = []
        self._contract, self._token = contract, token
        self._times: dict[int, int] = {}

    def read(self, first: int, last: int) -> None:
        events = [*self._contract.events("Posted", first, last)]
        for name in _FOLLOWED:
            events += self._contract.events(name, first, last, tokenId=self._token)
        minted = {"from": _ZERO, "tokenId": self._token}
        events += self._contract.events("Transfer", first, last, **minted)
        for event in sorted(events, key=lambda e: (e["blockNumber"], e["logIndex"])):
            for record in self._records_of(event):
                self.records.append(record)

    def _records_of(self, event: Any) -> Iterator[Record]:
        name, told = event["event"], event["args"]
        if name == "Posted":
            yield from self._posted(event, told)
        elif name == "Transfer":
            yield self._record(event, "minted", Condition.SOUND, told["to"])
        elif name in _CORRECTIONS:
            yield self._correction(event, name, told)
        elif name == "Attested":
            self._attested(told)
        else:
            yield self._aside(event, name, told)

    def _posted(self, event: Any, told: Any) -> Iterator[Record]:
        for update in unpack_updates(bytes(told["updates"])):
            if update.token == self._token:
                record = self._record(
                    event, "posted", Condition(update.condition), f"gateway {told['gateway']}"
                )
                yield replace(
                    record,
                    evidence=bytes(told["root"]),
                    occurred_s=update.since_s,
                    code=update.rule,
                    doubts=update.doubts,
                )

    def _attested(self, told: Any) -> None:
        """The update before it was one voice of several: what it led to is in the event."""
        last = self.records[-1]
        outcome = _word(Condition(told["condition"]))
        self.records[-1] = replace(last, type=f"voice {told['voices']}", outcome=outcome)

    def _correction(self, event: Any, name: str, told: Any) -> Record:
        actor = told["reviewer"] if name == "Reviewed" else told["by"]
        record = self._record(event, name.lower(), Condition(told["to"]), actor)
        if told["corrects"] != self._count() - 1:
            raise ChainError(
                f"token {self._token}: expected {name} to correct record {self._count() - 1}, the "
                f"last, got {told['corrects']}"
            )
        code = told["reason"] if name == "Reviewed" else told["rule"]
        evidence = bytes(told["evidence"])
        return replace(record, corrects=told["corrects"], code=code, evidence=evidence)

    def _aside(self, event: Any, name: str, told: Any) -> Record:
        if name == "ReviewProposed":
            record = self._record(event, "proposed", Condition(told["to"]), told["reviewer"])
            record = replace(record, code=told["reason"], evidence=bytes(told["evidence"]))
        elif name == "LifecycleChanged":
            record = self._record(event, "moved", Lifecycle(told["to"]), told["by"])
        else:
            record = self._record(event, "handed-over", None, f"gateway {told['to']}")
        return replace(record, index=None)

    def _count(self) -> int:
        return sum(record.index is not None for record in self.records)

    def _record(
        self, event: Any, kind: str, to: Condition | Lifecycle | None, actor: str
    ) -> Record:
        time_s = self._time_of(event["blockNumber"])
        return Record(
            self._count(),
            kind,
            "" if to is None else _word(to),
            actor,
            b"",
            time_s,
            time_s,
            event["blockNumber"],
            bytes(event["transactionHash"]),
        )

    def _time_of(self, block: int) -> int:
        if block not in self._times:
            with link_errors("block"):
                self._times[block] = int(self._contract.w3.eth.get_block(block)["timestamp"])
        return self._times[block]


def _word(value: Condition | Lifecycle) -> str:
    return value.name.lower().replace("_", "-")
