"""Network time (SNTPv4, RFC 4330; packet of RFC 5905 section 7.3) without I/O: bytes and uptimes in
and out.

    delay = (t4 - t1) - (t3 - t2)        now = t3 + delay / 2, give or take delay / 2

Rules
1. t1 and t4 are uptimes of this node, t2 and t3 what the server says: its clock alone is believed.
2. The error bound is half the way there and back, plus what the server says of itself (half its
   root delay, and its root dispersion), plus a millisecond for rounding.
3. The request carries random bytes where a client's time would stand, which a reply must repeat:
   nobody who does not see the request can answer it, and an old reply fits no new request.
4. A reply that is short, of another mode, unsynchronised, of stratum 0 (a refusal) or above 15, or
   whose times run backwards is none. Whoever sits on the way can still lie: NTP is not signed. The
   gateway compares with its own clock.
"""

PACKET_BYTES = 48
PORT = 123
_REQUEST = 4 << 3 | 3  # version 4, mode client
_SERVER = 4
_UNSYNCHRONISED = 3
_TO_UNIX_S = 2208988800  # from 1900 to 1970
_ERA_S = 1 << 32  # NTP's seconds start anew in 2036
_WORST_MS = 1 << 31


class SntpError(ValueError):
    """The reply is none; the text says why. `refused`: the server asked to be left alone."""

    def __init__(self, why: str, refused: bool = False) -> None:
        super().__init__("sntp: " + why)
        self.refused = refused


def request(nonce: bytes) -> bytes:
    """The packet to send; `nonce` is eight random bytes."""
    return bytes((_REQUEST,)) + bytes(PACKET_BYTES - 9) + nonce


def reply(data: bytes, nonce: bytes, sent_ms: int, now: int) -> tuple[int, int]:
    """(Unix ms at `now`, error bound in ms) by the server's answer to `request(nonce)`, sent and
    received at these uptimes. SntpError as in rule 4."""
    if len(data) < PACKET_BYTES:
        raise SntpError("expected 48 bytes, got " + str(len(data)))
    if data[0] & 7 != _SERVER or not 1 <= data[0] >> 3 & 7 <= 4:
        raise SntpError("expected a server's answer, got mode " + str(data[0] & 7))
    if data[24:32] != nonce:
        raise SntpError("an answer to another request")
    if data[1] == 0:
        raise SntpError("refused: " + repr(bytes(data[12:16])), True)
    if data[1] > 15 or data[0] >> 6 == _UNSYNCHRONISED:
        raise SntpError("the server has no time")
    received, transmitted = _ms(data, 32), _ms(data, 40)
    held = transmitted - received
    delay = now - sent_ms - held
    if now < sent_ms or held < 0 or delay < -1:
        raise SntpError("times that run backwards")
    root = (_short_ms(data, 4) + 1) // 2 + _short_ms(data, 8)
    half = (max(0, delay) + 1) // 2
    return transmitted + half, min(half + root + 1, _WORST_MS)


def _ms(data: bytes, at: int) -> int:
    """A timestamp as Unix ms; zero is none."""
    seconds = int.from_bytes(data[at : at + 4], "big")
    fraction = int.from_bytes(data[at + 4 : at + 8], "big")
    if not seconds and not fraction:
        raise SntpError("a time that is missing")
    if seconds < _ERA_S // 2:
        seconds += _ERA_S
    return (seconds - _TO_UNIX_S) * 1000 + (fraction * 1000 >> 32)


def _short_ms(data: bytes, at: int) -> int:
    """A duration of 16 and 16 bits in ms, rounded up."""
    return -(-int.from_bytes(data[at : at + 4], "big") * 1000 >> 16)
