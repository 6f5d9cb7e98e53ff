"""The bundle: everything that somebody needs to check a token without asking the gateway again.

    bundle  = ["cargoseal-bundle", 1, token, [entry bstr …], [segment bstr …], [anchor …],
               [model blob bstr …], [opening bstr …]]
    anchor  = [seq, size, root bstr32, index, heads, [path bstr32 …], batch root bstr32]

Rules
1. One format: deterministic CBOR. The same log gives the same bytes.
2. Segments stand in the order of the log. A section may be withheld; its digest is sealed, so that
   what is there can still be checked, and what is not is known to be missing.
3. Nothing of it is secret, and nothing private is in it unless asked for: no labels, no keys but
   public ones, no names. Who reviewed and what they wrote (`openings`) comes only with
   `people=True`; places with the location sections.
4. An anchor proves one head of the log: its place among the heads of a batch whose root a gateway
   posted under `seq`. Whether the chain has that root is the reader's question to the chain.
5. Every part is limited before it is decoded; nothing but WireError leaves the decoder.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from cargoseal import scoring
from cargoseal.errors import UsageError
from cargoseal.evidence.entries import MAX_TOKEN, Review, SegmentEntry, decode
from cargoseal.evidence.heads import Head, head_path
from cargoseal.evidence.log import read_entries
from cargoseal.evidence.requests import openings
from cargoseal.store.schema import batch_heads, batches, entries, segments
from cargoseal_wire import cbor
from cargoseal_wire.errors import OversizedError, WireError
from cargoseal_wire.segment import decode_segment, withhold

NAME = "cargoseal-bundle"
VERSION = 1
SECTIONS = ("readings", "location", "claim")
MAX_BUNDLE_BYTES = 512 * 1024 * 1024
MAX_ITEMS = 1_000_000
_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Anchor:
    """A head of this log inside of a batch that a gateway posted."""

    seq: int
    head: Head
    index: int
    heads: int
    path: list[bytes]
    batch_root: bytes


@dataclass(frozen=True, slots=True)
class Bundle:
    """A decoded bundle; nothing in it is checked beyond its shape."""

    token: int
    entries: list[bytes]
    segments: list[bytes]
    anchors: list[Anchor]
    models: list[bytes]
    openings: list[bytes]

    def encode(self) -> bytes:
        """The bundle's bytes."""
        return cbor.encode(
            [
                NAME,
                VERSION,
                self.token,
                self.entries,
                self.segments,
                [_plain(anchor) for anchor in self.anchors],
                self.models,
                self.openings,
            ]
        )


def _plain(anchor: Anchor) -> list[Any]:
    return [
        anchor.seq,
        anchor.head.size,
        anchor.head.root,
        anchor.index,
        anchor.heads,
        anchor.path,
        anchor.batch_root,
    ]


def decode_bundle(data: bytes) -> Bundle:
    """The bundle in `data`, else WireError."""
    if len(data) > MAX_BUNDLE_BYTES:
        raise OversizedError("bundle", f"at most {MAX_BUNDLE_BYTES} bytes", str(len(data)))
    items = cbor.decode(data, "bundle")
    if not isinstance(items, list) or len(items) != _ITEMS:
        raise WireError("bundle", f"an array of {_ITEMS}", items)
    if items[0] != NAME:
        raise WireError("bundle.name", NAME, items[0])
    if items[1] != VERSION:
        raise WireError("bundle.version", str(VERSION), items[1])
    token = _unsigned(items[2], MAX_TOKEN, "bundle.token")
    return Bundle(
        token,
        _strings(items[3], "bundle.entries"),
        _strings(items[4], "bundle.segments"),
        [_anchor(item, token, at) for at, item in enumerate(_array(items[5], "bundle.anchors"))],
        _strings(items[6], "bundle.models"),
        _strings(items[7], "bundle.openings"),
    )


def _array(value: object, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise WireError(where, "an array", value)
    if len(value) > MAX_ITEMS:
        raise OversizedError(where, f"at most {MAX_ITEMS} items", str(len(value)))
    return value


def _strings(value: object, where: str) -> list[bytes]:
    items = _array(value, where)
    for at, item in enumerate(items):
        if not isinstance(item, bytes):
            raise WireError(f"{where}[{at}]", "a byte string", item)
    return items


def _unsigned(value: object, top: int, where: str) -> int:
    if type(value) is not int or not 0 <= value <= top:
        raise WireError(where, f"an int from 0 to {top}", value)
    return value


def _hash(value: object, where: str) -> bytes:
    if not isinstance(value, bytes) or len(value) != 32:
        raise WireError(where, "32 bytes", value)
    return value


def _anchor(value: object, token: int, at: int) -> Anchor:
    where = f"bundle.anchors[{at}]"
    items = _array(value, where)
    if len(items) != 7:
        raise WireError(where, "an array of 7", items)
    size = _unsigned(items[1], 2**62, f"{where}.size")
    return Anchor(
        _unsigned(items[0], 2**63, f"{where}.seq"),
        Head(token, size, _hash(items[2], f"{where}.root")),
        _unsigned(items[3], 2**62, f"{where}.index"),
        _unsigned(items[4], 2**62, f"{where}.heads"),
        [_hash(item, f"{where}.path") for item in _array(items[5], f"{where}.path")],
        _hash(items[6], f"{where}.batch_root"),
    )


def export_bundle(
    connection: sa.Connection,
    token: int,
    withhold: Collection[str] = (),
    people: bool = False,
    models: Mapping[bytes, bytes] | None = None,
) -> bytes:
    """The bundle of a shipment, as the connection sees it.

    `withhold` names sections that stay here (SECTIONS); `models` are blobs by digest, by default
    the shipped ones. Raises UsageError for a token without a log, or a section that is unknown.
    """
    unknown = set(withhold) - set(SECTIONS)
    if unknown:
        raise UsageError(f"expected sections {', '.join(SECTIONS)}, got {', '.join(unknown)}")
    log = read_entries(connection, token)
    if not log:
        raise UsageError(f"There is no evidence log of token {token} here.")
    decoded = [decode(data) for data in log]
    used = {entry.model for entry in decoded if isinstance(entry, SegmentEntry)}
    blobs = shipped_models() if models is None else models
    reviews = [entry.opening for entry in decoded if isinstance(entry, Review)]
    known = openings(connection, token) if people else {}
    return Bundle(
        token,
        log,
        _segments(connection, token, set(withhold)),
        _anchors(connection, token),
        [blobs[digest] for digest in sorted(used) if digest in blobs],
        [known[digest].encode() for digest in reviews if digest in known],
    ).encode()


def shipped_models() -> dict[bytes, bytes]:
    """The blobs of the models that come with the gateway, by digest."""
    return {one.model.digest: one.blob for one in scoring.shipped_models()}


def _segments(connection: sa.Connection, token: int, kept_back: set[str]) -> list[bytes]:
    query = (
        sa.select(segments.c.raw)
        .join(
            entries,
            sa.and_(entries.c.node == segments.c.node, entries.c.counter == segments.c.counter),
        )
        .where(entries.c.token == token, entries.c.type == SegmentEntry.TYPE)
        .order_by(entries.c.position)
    )
    raws = [bytes(row.raw) for row in connection.execute(query)]
    return [without(raw, kept_back) for raw in raws] if kept_back else raws


def without(raw: bytes, sections: Collection[str]) -> bytes:
    """A segment's bytes without the sections that are named."""
    flags = {section: True for section in sections}
    return withhold(decode_segment(raw), **flags).encode()


def _anchors(connection: sa.Connection, token: int) -> list[Anchor]:
    """Every head of this log that was frozen into a batch, oldest first."""
    mine = (
        sa.select(batch_heads.c.seq, batches.c.root)
        .join(batches, batches.c.seq == batch_heads.c.seq)
        .where(batch_heads.c.token == token)
        .order_by(batch_heads.c.seq)
    )
    found = []
    for row in connection.execute(mine).all():
        query = (
            sa.select(batch_heads.c.token, batch_heads.c.size, batch_heads.c.root)
            .where(batch_heads.c.seq == row.seq)
            .order_by(batch_heads.c.token)
        )
        heads = [Head(int(h.token), int(h.size), bytes(h.root)) for h in connection.execute(query)]
        index, path = head_path(heads, token)
        found.append(Anchor(int(row.seq), heads[index], index, len(heads), path, bytes(row.root)))
    return found
