"""What scoring needs of a decoded readings section."""

from collections.abc import Mapping, Sequence
from typing import Protocol

Column = Sequence[int | None]


class Readings(Protocol):
    """When each reading was, and per channel one count, or None, per reading."""

    @property
    def offsets_ms(self) -> Sequence[int]: ...

    @property
    def columns(self) -> Mapping[int, Column]: ...
