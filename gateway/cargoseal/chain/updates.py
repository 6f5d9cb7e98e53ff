"""The packed updates of one `post`: 20 bytes per token. Pure.

Rules
1. tokenId u64 | condition u8 | doubts u8 | health u8 | rule u8 | score u24 | reviews u8 |
   since u32, big-endian: the layout CargoToken reads.
2. A score above 24 bits is told as the greatest 24-bit number; the exact one is in the evidence.
   A time before 1970 is told as 0. `reviews` is a count modulo 256: the chain counts so. Everything
   else out of range is an error.
"""

from dataclasses import dataclass
from typing import Self

UPDATE_BYTES = 20
MAX_SCORE = 2**24 - 1


@dataclass(frozen=True)
class Update:
    """What one token's status becomes. `since_s` is Unix seconds until 2106; `reviews` is how many
    reviews of the token are in the log before the verdict: the chain refuses one that does not know
    of the last."""

    token: int
    condition: int
    doubts: int
    health: int
    rule: int
    score: int
    since_s: int
    reviews: int = 0

    def pack(self) -> bytes:
        """20 bytes. Raises OverflowError when a field does not fit."""
        return (
            self.token.to_bytes(8, "big")
            + bytes((self.condition, self.doubts, self.health, self.rule))
            + min(self.score, MAX_SCORE).to_bytes(3, "big")
            + bytes((self.reviews % 256,))
            + max(self.since_s, 0).to_bytes(4, "big")
        )

    @classmethod
    def unpack(cls, data: bytes) -> Self:
        token = int.from_bytes(data[:8], "big")
        score, since_s = int.from_bytes(data[12:15], "big"), int.from_bytes(data[16:20], "big")
        return cls(token, data[8], data[9], data[10], data[11], score, since_s, data[15])


def unpack_updates(data: bytes) -> list[Update]:
    """The updates of a `Posted` event. Raises ValueError when the length is no multiple of 20."""
    if len(data) % UPDATE_BYTES:
        raise ValueError(f"updates: expected a multiple of {UPDATE_BYTES} bytes, got {len(data)}")
    steps = range(0, len(data), UPDATE_BYTES)
    return [Update.unpack(data[start : start + UPDATE_BYTES]) for start in steps]
