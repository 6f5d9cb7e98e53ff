"""Steps 1 to 4: the bundle's form, the log's shape, the deployment and the profile."""

import hashlib
from collections.abc import Mapping
from typing import Any

import cbor2

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.errors import ProfileError
from cargoseal.evidence.bundle import Bundle, decode_bundle
from cargoseal.evidence.entries import Closed, Opened, decode
from cargoseal.policy.profile import profile_from_canonical
from cargoseal_wire import cbor
from cargoseal_wire.errors import WireError
from cargoseal_wire.identity import audience
from cargoseal_wire.segment import decode_segment


def bundle_form(case: Case) -> str:
    """1: it decodes, by our decoder and by an independent one, to the same."""
    try:
        bundle = decode_bundle(case.data)
    except WireError as error:
        raise Wrong(str(error)) from error
    _agree(case.data, "bundle")
    parts = [("entries", bundle.entries), ("segments", bundle.segments)]
    for name, items in parts:
        for at, item in enumerate(items):
            _agree(item, f"{name}[{at}]")
    for at, item in enumerate(bundle.segments):
        _agree_on_segment(item, f"segments[{at}]")
    if bundle.token != case.token:
        raise Wrong(f"expected the bundle of token {case.token}, got token {bundle.token}")
    case.bundle = bundle
    return f"{len(case.data)} bytes, {_sizes(bundle)}; cbor2 reads the same"


def _sizes(bundle: Bundle) -> str:
    return (
        f"{len(bundle.entries)} entries, {len(bundle.segments)} segments, "
        f"{len(bundle.anchors)} anchors"
    )


def _agree(data: bytes, where: str) -> None:
    """Our strict decoder and cbor2 must read the same."""
    try:
        ours = cbor.decode(data, where)
    except WireError as error:
        raise Wrong(str(error)) from error
    try:
        theirs = cbor2.loads(data)
    except (cbor2.CBORError, ValueError, EOFError) as error:
        raise Wrong(f"{where}: expected CBOR that cbor2 reads, got: {error}") from error
    if not _same(ours, theirs):
        raise Wrong(f"{where}: expected two decoders to agree, got different values")


def _agree_on_segment(data: bytes, where: str) -> None:
    try:
        segment = decode_segment(data)
    except WireError as error:
        raise Wrong(f"{where}: {error}") from error
    parts = (segment.seal, segment.statement, segment.claim, segment.readings, segment.location)
    for part in parts:
        if part is not None:
            _agree(part, where)


def _same(ours: Any, theirs: Any) -> bool:
    if isinstance(ours, cbor.Tag):
        return (
            isinstance(theirs, cbor2.CBORTag)
            and ours.tag == theirs.tag
            and _same(ours.value, theirs.value)
        )
    if isinstance(ours, list):
        if not isinstance(theirs, (list, tuple)) or len(ours) != len(theirs):
            return False
        return all(_same(a, b) for a, b in zip(ours, theirs, strict=True))
    if isinstance(ours, dict):
        if not isinstance(theirs, Mapping) or list(ours) != list(theirs):
            return False
        return all(_same(ours[key], theirs[key]) for key in ours)
    return type(ours) is type(theirs) and bool(ours == theirs)


def log_form(case: Case) -> str:
    """2: entries are of known shapes; the log begins once, for this token, and ends once."""
    try:
        entries = [decode(data, f"entry {at}") for at, data in enumerate(case.bundle.entries)]
    except WireError as error:
        raise Wrong(str(error)) from error
    if not entries or not isinstance(entries[0], Opened):
        raise Wrong("entry 0: expected the log's opening, got another entry or none")
    if entries[0].token != case.token:
        raise Wrong(f"entry 0: expected token {case.token}, got {entries[0].token}")
    for at, entry in enumerate(entries[1:], 1):
        if isinstance(entry, Opened):
            raise Wrong(f"entry {at}: expected one opening, got another")
        if isinstance(entries[at - 1], Closed):
            raise Wrong(f"entry {at}: expected nothing after the log was closed, got an entry")
    case.entries = entries
    return f"{len(entries)} entries"


def deployment(case: Case) -> str:
    """3: the log is of this deployment on this chain, and the token exists there."""
    view = case.view
    expected = audience(view.chain_id(), view.contract(), view.deployment())
    if case.opened.audience != expected:
        raise Wrong(
            f"expected the audience of {view.deployment()!r} at 0x{view.contract().hex()} on chain "
            f"{view.chain_id()}, {expected.hex()}, got {case.opened.audience.hex()}"
        )
    case.status = view.status_of(case.token)
    if case.status is None:
        raise Wrong(f"expected token {case.token} on chain, got none")
    case.history = view.history(case.token)
    return f"{view.deployment()!r}, chain {view.chain_id()}, contract 0x{view.contract().hex()}"


def profile(case: Case) -> str:
    """4: the profile in the log is the one that the token was minted for."""
    opened = case.opened
    digest = hashlib.sha256(opened.profile).digest()
    if digest != opened.profile_digest:
        raise Wrong(
            f"expected a profile with digest {opened.profile_digest.hex()}, got {digest.hex()}"
        )
    try:
        case.profile = profile_from_canonical(opened.profile)
    except ProfileError as error:
        raise Wrong(str(error)) from error
    if case.status is None:
        raise Unchecked("the token's profile on chain is not known")
    if case.status.profile != digest:
        raise Wrong(f"expected {case.status.profile.hex()}, as on chain, got {digest.hex()}")
    return f"{case.profile.name} version {case.profile.version}, {digest.hex()}"
