"""What staff asked for: stored at once, turned into evidence by the recorder, in order."""

import json
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cargoseal.errors import UsageError
from cargoseal.registry.checks import check_text
from cargoseal.registry.shipments import must_shipment
from cargoseal.store import Store
from cargoseal.store.schema import requests

REQUEST_KINDS = ("leg", "review", "close")


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for; the recorder turns it into an entry of the evidence log."""

    id: int
    token: int
    kind: str
    body: dict[str, Any]
    person: str
    asked_ms: int
    entered: bool


def ask(
    store: Store, token: int, kind: str, body: dict[str, Any], *, person: str, now_ms: int
) -> Request:
    """Stores what a person asks for: a `leg`, a `review` or a `close`, with its JSON body.

    The caller has checked the body's content; the recorder makes it an entry, in order.
    """
    if kind not in REQUEST_KINDS:
        raise UsageError(f"expected one of {', '.join(REQUEST_KINDS)}, got {kind!r}")
    check_text("person", person, needed=True)
    with store.write() as connection:
        must_shipment(connection, token)
        number = connection.execute(
            requests.insert().values(
                token=token,
                kind=kind,
                body=json.dumps(body, sort_keys=True),
                person=person,
                asked_ms=now_ms,
            )
        ).inserted_primary_key
        identity = 0 if number is None else int(number[0])
    return Request(identity, token, kind, body, person, now_ms, entered=False)


def list_requests(store: Store, token: int | None = None) -> list[Request]:
    """What was asked for, in order; of one shipment or of all."""
    query = sa.select(requests).order_by(requests.c.id)
    if token is not None:
        query = query.where(requests.c.token == token)
    with store.read() as connection:
        rows = connection.execute(query).all()
    return [
        Request(r.id, r.token, r.kind, json.loads(r.body), r.person, r.asked_ms, bool(r.entered))
        for r in rows
    ]
