"""Text: strict UTF-8 (RFC 3629), the same on both interpreters.

MicroPython's own decoder lets overlong forms and surrogates pass, so the bytes are checked here.
"""

from cargoseal_wire.errors import WireError


def decode_text(data: bytes, where: str) -> str:
    """Text of well-formed UTF-8 bytes, else WireError."""
    if not _is_well_formed(data):
        raise WireError(where, "well-formed UTF-8", "bytes of length " + str(len(data)))
    return str(data, "utf-8")


def _is_well_formed(data: bytes) -> bool:
    at = 0
    size = len(data)
    while at < size:
        width = _width(data[at])
        if width == 0 or at + width > size:
            return False
        if width > 1 and not _is_well_formed_sequence(data, at, width):
            return False
        at += width
    return True


def _width(lead: int) -> int:
    """Bytes of a sequence by its first byte, 0 when no sequence starts so."""
    if lead < 0x80:
        return 1
    if lead < 0xC2:
        return 0
    if lead < 0xE0:
        return 2
    if lead < 0xF0:
        return 3
    return 4 if lead < 0xF5 else 0


def _is_well_formed_sequence(data: bytes, at: int, width: int) -> bool:
    """Continuation bytes that are neither overlong, surrogate nor beyond U+10FFFF."""
    lead = data[at]
    second = data[at + 1]
    low = {0xE0: 0xA0, 0xF0: 0x90}.get(lead, 0x80)
    high = {0xED: 0x9F, 0xF4: 0x8F}.get(lead, 0xBF)
    if second < low or second > high:
        return False
    for i in range(at + 2, at + width):
        if data[i] & 0xC0 != 0x80:
            return False
    return True
