"""A node's windows in sealing order, with the joined exposure always at hand.

Rules
1. A window may come at any time; it is joined at its counter's place.
2. The newest window costs one join. A late one costs one per level of a binary tree over the
   counters (level 0 holds windows, an index at level n stands for 2^n counters); what was appended
   since the last late one is entered into the tree then, at about one join each.
"""

from collections.abc import Iterator

from cargoseal.policy.exposure import Bound, Summary, join


class Timeline:
    """Exposure of one node under one bound."""

    def __init__(self, bound: Bound) -> None:
        self.bound = bound
        self._levels: list[dict[int, Summary]] = [{}]
        self._height = 0  # the level whose one index stands for all counters in the tree
        self._root = 0  # that index
        self._new: list[int] = []  # counters that the tree above level 0 does not know yet
        self._lowest = self._newest = 0
        self._whole: Summary | None = None
        self.joins = 0  # how many joins were made, for tests and benchmarks

    def add(self, counter: int, leaf: Summary) -> None:
        """Puts a window at its place. Adding the same counter again changes nothing."""
        leaves = self._levels[0]
        if counter in leaves:
            return
        before = self.whole() if counter > self._newest else None
        if not leaves:
            self._lowest = self._root = counter
        leaves[counter] = leaf
        self._new.append(counter)
        if counter > self._newest:
            self._newest = counter
            self._whole = self._join(before, leaf) if before else leaf
        else:
            self._lowest = min(self._lowest, counter)
            self._whole = None

    def whole(self) -> Summary | None:
        """Everything joined, None without a window."""
        if self._whole is None and self._levels[0]:
            self._enter_new()
            self._whole = self._levels[self._height][self._root]
        return self._whole

    def leaves(self) -> Iterator[tuple[int, Summary]]:
        """Every window with its counter, in order."""
        return iter(sorted(self._levels[0].items()))

    def _join(self, a: Summary, b: Summary) -> Summary:
        self.joins += 1
        return join(self.bound, a, b)

    def _enter_new(self) -> None:
        """Joins the new windows into the tree, level by level, and lets it grow where it must."""
        changed = set(self._new)
        self._new = []
        level = 0
        while level < self._height or self._lowest >> level != self._newest >> level:
            if level == self._height:
                changed.add(self._root)
            level += 1
            changed = {index >> 1 for index in changed}
            if level == len(self._levels):
                self._levels.append({})
            for index in changed:
                self._levels[level][index] = self._joined(level - 1, index)
        self._height, self._root = level, self._lowest >> level

    def _joined(self, below: int, index: int) -> Summary:
        children = self._levels[below]
        left, right = children.get(2 * index), children.get(2 * index + 1)
        if left is not None and right is not None:
            return self._join(left, right)
        found = left if left is not None else right
        assert found is not None  # noqa: S101  an index changes because a child did
        return found
