"""What a decoder says when bytes are not what they should be.

Rules
1. WireError is the one error that leaves this package for bytes that came from outside.
2. It names the place, what was expected and what came; its text is short, whatever came.
3. A subclass names a fault that is counted apart; WireError itself means "malformed".
"""

MAX_TEXT = 120


class WireError(ValueError):
    """Bytes are malformed: where, what was expected, what came."""

    def __init__(self, where: str, expected: str, got: object) -> None:
        text = got if isinstance(got, str) else describe(got)
        self.where = where
        self.expected = expected
        self.got = text[:MAX_TEXT]
        super().__init__(where + ": expected " + expected + ", got " + self.got)


class OversizedError(WireError):
    """More bytes, items or levels than the format allows."""


class TruncatedError(WireError):
    """The bytes end before what they announce."""


class NonDeterministicError(WireError):
    """The same value has a shorter or ordered encoding, which is the only one allowed."""


class WrongVersionError(WireError):
    """A format version that this code does not know."""


def describe(value: object) -> str:
    """A short name of a value for an error text: its type and what fits of it."""
    if value is None:
        return "null"
    if isinstance(value, (bytes, bytearray)):
        return "bytes of length " + str(len(value))
    if isinstance(value, list):
        return "array of " + str(len(value))
    if isinstance(value, dict):
        return "map of " + str(len(value))
    if isinstance(value, str):
        return "text of length " + str(len(value))
    if isinstance(value, (bool, int)):
        return str(value)
    return str(type(value).__name__)
