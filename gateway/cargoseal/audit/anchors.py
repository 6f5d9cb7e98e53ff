"""Steps 5 and 6: what the chain vouches for, and that the log only ever grew."""

from cargoseal.audit.case import Case
from cargoseal.audit.result import Unchecked, Wrong
from cargoseal.evidence.bundle import Anchor
from cargoseal.evidence.heads import holds, roots_at
from cargoseal_wire.merkle import consistency_path, leaf_hash, verify_consistency


def anchored_heads(case: Case) -> str:
    """5: every head is in the batch whose root the chain has under its number."""
    batches = case.batches()
    pending = 0
    for anchor in case.bundle.anchors:
        name = f"anchor of batch {anchor.seq}"
        if not holds(anchor.head, anchor.index, anchor.heads, anchor.path, anchor.batch_root):
            raise Wrong(f"{name}: expected its head in the batch's tree, got a path elsewhere")
        posted = batches.get(anchor.seq)
        if posted is None:
            pending += 1
            if batches and anchor.seq < max(batches):
                raise Wrong(f"{name}: expected this batch on chain, got later ones only")
            continue
        if posted.root != anchor.batch_root:
            raise Wrong(
                f"{name}: expected root {posted.root.hex()}, as on chain, "
                f"got {anchor.batch_root.hex()}"
            )
        case.anchors.append(anchor)
    numbers = [anchor.seq for anchor in case.bundle.anchors]
    if numbers != sorted(set(numbers)):
        raise Wrong(f"expected each batch once and in order, got {numbers}")
    if not case.anchors:
        raise Unchecked("no head of this log is anchored on chain yet")
    waiting = f", {pending} not mined yet" if pending else ""
    return f"{len(case.anchors)} heads inside of posted roots{waiting}"


def consistent_tree(case: Case) -> str:
    """6: each anchored root is that of a prefix of these entries, longer than the one before."""
    leaves = [leaf_hash(data) for data in case.bundle.entries]
    roots = roots_at(leaves, {anchor.head.size for anchor in case.anchors})
    before: Anchor | None = None
    for anchor in case.anchors:
        name, head = f"anchor of batch {anchor.seq}", anchor.head
        if head.size > len(leaves):
            raise Wrong(f"{name}: expected {head.size} entries, got {len(leaves)} in the bundle")
        if roots[head.size] != head.root:
            raise Wrong(
                f"{name}: expected root {head.root.hex()} over the first {head.size} entries, "
                f"got {roots[head.size].hex()}"
            )
        if before is not None and head != before.head:
            _must_extend(leaves, before, anchor)
        before = anchor
    if not case.anchors:
        raise Unchecked("no head of this log is anchored on chain yet")
    rest = len(leaves) - case.anchored
    note = f"; the last {rest} entries are not anchored yet" if rest else ""
    return f"{case.anchored} entries under {len(case.anchors)} roots{note}"


def _must_extend(leaves: list[bytes], before: Anchor, after: Anchor) -> None:
    old, new = before.head, after.head
    if new.size < old.size:
        raise Wrong(
            f"anchor of batch {after.seq}: expected a log of {old.size} entries or more, "
            f"got {new.size}"
        )
    if old.size == 0:
        return
    path = consistency_path(leaves[: new.size], old.size)
    if not verify_consistency(old.size, old.root, new.size, new.root, path):
        raise Wrong(
            f"anchor of batch {after.seq}: expected a log that extends batch {before.seq}'s, "
            "got another history"
        )
