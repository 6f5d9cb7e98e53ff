"""Every error the gateway raises on purpose, split by who is at fault.

Rules
1. The sender is at fault: `Refused`, one class for each way a segment can fail. Its bytes go to the
   quarantine and the queue goes on. Nothing but a `Refused` leaves the verifier.
2. Our caller is at fault: `UsageError`; a file of theirs: `InputError` and its kinds `ConfigError`
   and `ProfileError`. The message says what was expected, what came, and what to do.
3. A disk, a link or a chain is at fault: `StoreError`, `LinkError`, `ChainError`. Nothing was
   acknowledged, so trying again later is right.
"""

from typing import NamedTuple


class CargosealError(Exception):
    """The root of them all; catching it at the top of a command is right."""


class UsageError(CargosealError):
    """The caller asked for something that is not possible as things are."""


class InputError(CargosealError):
    """A file that was handed in is not what it should be; the message names the file and place."""


class ConfigError(InputError):
    """The configuration is wrong, or a combination in it would be unsafe."""


class ProfileError(InputError):
    """A shipment profile is wrong."""


class StoreError(CargosealError):
    """The database cannot be opened, read or written."""


class LinkError(CargosealError):
    """A broker or a socket does not do what it must."""


class ChainError(CargosealError):
    """A chain node does not answer, or answers what it must not."""


class Authentic(NamedTuple):
    """Proof that a registered node's key sealed exactly these bytes, all sections present.

    A refused segment that carries it is known evidence of what the node said, so its node may be
    told that the counter is durably kept. One without it may be a forgery or a mutilated copy: a
    receipt for it would make the node forget the original.
    """

    node: bytes
    counter: int
    previous: bytes
    seal_digest: bytes


class Refused(CargosealError):  # noqa: N818 - a refusal is an outcome with a name, not a fault of ours
    """A segment was not accepted: `name`, what was `expected`, what was `got`, and `where`."""

    def __init__(self, expected: object, got: object, where: str = "segment") -> None:
        self.expected = str(expected) or "nothing"
        self.got = str(got) or "nothing"
        self.where = where
        self.node: bytes | None = None  # who the bytes say sealed them; proven only by `authentic`
        self.authentic: Authentic | None = None
        super().__init__(f"{self.name}: {where}: expected {self.expected}, got {self.got}")

    @property
    def name(self) -> str:
        return type(self).__name__


class Oversized(Refused):
    """Longer than any segment may be; nothing of it was parsed."""


class Truncated(Refused):
    """Ends before its own lengths say."""


class NonDeterministic(Refused):
    """Well-formed CBOR, but not the one encoding its content has (RFC 8949, 4.2.1)."""


class Malformed(Refused):
    """Not CBOR, or not of a segment's shape."""


class WrongVersion(Refused):
    """A version of the format that this gateway does not read."""


class WrongTopic(Refused):
    """Published under a topic that is not its node's."""


class UnknownNode(Refused):
    """No registered key, or a key that was not valid yet when the segment came."""


class RevokedNode(Refused):
    """The node's key had been revoked when the segment came."""


class WrongAudience(Refused):
    """Sealed for another deployment."""


class BadSignature(Refused):
    """The seal is not by the node's key."""


class DigestMismatch(Refused):
    """A part of the segment is not what the seal commits to."""


class MissingSection(Refused):
    """A section was withheld; at ingest all of them are needed."""


class WrongModel(Refused):
    """Scored by a model that this gateway does not have, or not for this kind of window."""


class WrongFeatures(Refused):
    """The model input does not follow from the sealed readings."""


class WrongScore(Refused):
    """The score does not follow from the model input."""


class Replayed(Refused):
    """The same bytes were stored before, and this was no redelivery."""


class CounterReused(Refused):
    """The node's key sealed two different segments under one counter."""


REFUSALS: tuple[type[Refused], ...] = (
    Oversized,
    Truncated,
    NonDeterministic,
    Malformed,
    WrongVersion,
    WrongTopic,
    UnknownNode,
    RevokedNode,
    WrongAudience,
    BadSignature,
    DigestMismatch,
    MissingSection,
    WrongModel,
    WrongFeatures,
    WrongScore,
    Replayed,
    CounterReused,
)
