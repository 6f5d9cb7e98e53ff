"""Who reviewed and what they wrote: private, kept beside the log, committed to by it."""

from dataclasses import dataclass

from cargoseal_wire import cbor
from cargoseal_wire.constants import SALT_BYTES
from cargoseal_wire.errors import OversizedError, WireError

MAX_OPENING_BYTES = 8192


@dataclass(frozen=True, slots=True)
class Opening:
    """Who reviewed and what they wrote: private, and what a review's `opening` commits to."""

    salt: bytes
    person: str
    comment: str

    def encode(self) -> bytes:
        if not isinstance(self.salt, bytes) or len(self.salt) != SALT_BYTES:
            raise WireError("opening.salt", f"{SALT_BYTES} bytes", self.salt)
        return cbor.encode([self.salt, self.person, self.comment])


def decode_opening(data: bytes) -> Opening:
    """The opening in `data`, else WireError."""
    if len(data) > MAX_OPENING_BYTES:
        raise OversizedError("opening", f"at most {MAX_OPENING_BYTES} bytes", str(len(data)))
    items = cbor.decode(data, "opening")
    if not isinstance(items, list) or len(items) != 3:
        raise WireError("opening", "3 items", items)
    salt, person, comment = items
    if not isinstance(person, str) or not isinstance(comment, str):
        raise WireError("opening", "a person and a comment as texts", items)
    if not isinstance(salt, bytes) or len(salt) != SALT_BYTES:
        raise WireError("opening.salt", f"{SALT_BYTES} bytes", salt)
    return Opening(salt, person, comment)
