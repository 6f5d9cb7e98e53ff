"""What comes in, before anything is known of it."""

from typing import NamedTuple


class Arrival(NamedTuple):
    """What came in: the bytes, the topic they came under, when, and whether as a redelivery."""

    raw: bytes
    topic: str
    redelivery: bool
    received_ms: int
