"""What a bundle offers for a proof: the log's leaves, each with its segment, and their anchors.

Rules
1. A bundle may be a liar's: only its form is relied on. A segment is matched to an entry by the
   digest of its seal, a claim by its own, never by their places; what fits no entry is left out.
2. What a gateway withholds, somebody else may have: segments may be handed in beside the bundle.
3. Nothing but InputError leaves the reading of a bundle or a segment.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cargoseal.errors import InputError
from cargoseal.evidence.bundle import Anchor, Bundle, decode_bundle
from cargoseal.evidence.entries import SegmentEntry, decode
from cargoseal.evidence.heads import holds, roots_at
from cargoseal_wire.errors import WireError
from cargoseal_wire.merkle import inclusion_path, leaf_hash
from cargoseal_wire.seal import Seal
from cargoseal_wire.sections import section_digest
from cargoseal_wire.segment import Segment, decode_seal, decode_segment, seal_digest
from cargoseal_wire.statement import Statement, decode_statement


@dataclass(frozen=True)
class Sealed:
    """A segment's parts, decoded; nothing of it is checked beyond its shape."""

    segment: Segment
    seal: Seal
    statement: Statement

    @property
    def name(self) -> str:
        return f"node {self.statement.node.hex()} counter {self.statement.counter}"


@dataclass(frozen=True)
class Leaf:
    """A segment's entry in the log: its place, its bytes, what it says; the segment with its seal
    and the claim with its digest, where they are offered."""

    position: int
    data: bytes
    entry: SegmentEntry
    sealed: Sealed | None
    claim: bytes | None

    @property
    def name(self) -> str:
        return f"entry {self.position} (node {self.entry.node.hex()} counter {self.entry.counter})"


@dataclass(frozen=True)
class Offered:
    """A bundle as a challenger reads it."""

    bundle: Bundle
    leaves: tuple[Leaf, ...]
    segments: tuple[Sealed, ...]
    _hashes: list[bytes] = field(repr=False)

    @property
    def token(self) -> int:
        return self.bundle.token

    @cached_property
    def _usable(self) -> list[Anchor]:
        """The anchors that hold a prefix of these very entries, the earliest first."""
        anchors = sorted(self.bundle.anchors, key=lambda one: one.seq)
        roots = roots_at(self._hashes, {anchor.head.size for anchor in anchors})
        return [
            anchor
            for anchor in anchors
            if roots.get(anchor.head.size) == anchor.head.root
            and holds(anchor.head, anchor.index, anchor.heads, anchor.path, anchor.batch_root)
        ]

    def anchors_of(self, leaf: Leaf) -> Iterator[Anchor]:
        """Those under which the leaf is, the earliest first."""
        return (anchor for anchor in self._usable if leaf.position < anchor.head.size)

    def path_of(self, leaf: Leaf, anchor: Anchor) -> list[bytes]:
        """The leaf's inclusion path in the log as the anchor has it."""
        return inclusion_path(self._hashes[: anchor.head.size], leaf.position)


def read_bundle(data: bytes, beside: Sequence[bytes] = ()) -> Offered:
    """`beside`: segments from elsewhere. Raises InputError for bytes that are no bundle, or whose
    entries are none."""
    try:
        bundle = decode_bundle(data)
        entries = [decode(entry, f"entry {at}") for at, entry in enumerate(bundle.entries)]
    except WireError as error:
        raise InputError(f"bundle: {error}") from error
    segments = _readable([*bundle.segments, *beside])
    seals = {seal_digest(one.segment.seal): one for one in segments}
    found = [one.segment.claim for one in segments if one.segment.claim is not None]
    claims = {section_digest(claim): claim for claim in found}
    leaves = tuple(
        Leaf(
            at,
            bundle.entries[at],
            entry,
            seals.get(entry.seal_digest),
            claims.get(entry.claim_digest),
        )
        for at, entry in enumerate(entries)
        if isinstance(entry, SegmentEntry)
    )
    hashes = [leaf_hash(entry) for entry in bundle.entries]
    return Offered(bundle, leaves, tuple(segments), hashes)


def read_segment(data: bytes) -> Sealed:
    """One sealed segment in either form. Raises InputError."""
    try:
        segment = decode_segment(data)
        return Sealed(segment, decode_seal(segment.seal), decode_statement(segment.statement))
    except WireError as error:
        raise InputError(f"segment: {error}") from error


def _readable(segments: Sequence[bytes]) -> list[Sealed]:
    found = []
    for data in segments:
        try:
            found.append(read_segment(data))
        except InputError:  # a liar's bundle may hold anything; its leaf then has no segment
            continue
    return found
