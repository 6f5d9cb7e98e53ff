"""The outcome when nothing can be proved: said before anything is sent."""

from collections.abc import Sequence


class NoProof(Exception):  # noqa: N818 - an outcome with reasons, not a fault of ours
    """Nothing would be accepted. `reasons` say why, one for each thing that was tried;
    `incomplete`: something could not be looked at, so that more evidence may prove it."""

    def __init__(self, reasons: Sequence[str], incomplete: bool = False) -> None:
        self.reasons = tuple(reasons)
        self.incomplete = incomplete
        super().__init__("; ".join(self.reasons) or "nothing was offered")
