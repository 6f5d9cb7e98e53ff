"""The administrator's delay: what changes a rule can be seen before it holds.

Rules
1. With a delay every act of the administrator (settings, gateways, renderer, roles, models) has to
   be scheduled in the access manager and can be done when the delay is over. Pausing, freezing and
   revoking are a guardian's and hold at once.
2. `act` does what can be done now: the act itself, or its schedule. It may be repeated.
3. A delay becomes longer at once and shorter only after the difference: the access manager sees to
   that.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from cargoseal.chain.contract import Contract, link_errors
from cargoseal.chain.keys import Signer
from cargoseal.chain.reverts import Reverted

ADMIN_ROLE = 0


@dataclass(frozen=True)
class Scheduled:
    """An act that waits; `ready_s`: the Unix second from which it may be done."""

    what: str
    ready_s: int

    def __str__(self) -> str:
        ready = datetime.fromtimestamp(self.ready_s, UTC).isoformat(timespec="seconds")
        return f"{self.what} can be done from {ready}"


def act(
    manager: Contract, admin: Signer, target: Contract, function: str, *arguments: Any
) -> Scheduled | None:
    """None when it was done; else what must be called again later. Raises Reverted, ChainError."""
    what = f"{target.name}.{function}"
    try:
        target.transact(admin, function, *arguments)
    except Reverted as refused:
        name = refused.revert.name
        if name in ("AccessManagerNotScheduled", "AccessManagerExpired"):
            data = target.encode(function, *arguments)
            manager.transact(admin, "schedule", target.address, data, 0)
            return Scheduled(what, _ready_s(manager, admin, target, data))
        if name == "AccessManagerNotReady":
            data = target.encode(function, *arguments)
            return Scheduled(what, _ready_s(manager, admin, target, data))
        raise
    return None


def delay_of(manager: Contract, account: str) -> int:
    """Seconds that an administrator's acts wait now."""
    return int(manager.read("hasRole", ADMIN_ROLE, account)[1])


def set_delay(manager: Contract, admin: Signer, delay_s: int) -> Scheduled | None:
    """Gives the administrator's acts a delay; the last step of a deployment."""
    if delay_of(manager, admin.address) == delay_s:
        return None
    return act(manager, admin, manager, "grantRole", ADMIN_ROLE, admin.address, delay_s)


def _ready_s(manager: Contract, admin: Signer, target: Contract, data: bytes) -> int:
    operation = manager.read("hashOperation", admin.address, target.address, data)
    with link_errors("schedule"):
        return int(manager.read("getSchedule", operation))
