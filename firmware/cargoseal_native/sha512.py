# ruff: noqa: F821  ptr8, ptr32 and uint are viper's
"""SHA-512: the twin of `node.sha512.sha512`.

A 64-bit word is two of 32 bits, the upper one first. A sum's carry is whether the lower half of the
sum is below one of its terms. Rotations share shifts: (x >> 14) ^ (x >> 18) is
((x >> 4) ^ x) >> 14. `x` is the half that is being shifted and `s` what has been gathered: both
live in registers.

What went through the buffers may be secret (a key's prefix is hashed): they are wiped.
"""

import binascii
import struct
from array import array

import micropython

from cargoseal_native.memory import wipe

BLOCK_BYTES = 128
_WORDS = 160


def _halves(text):
    """Words of 64 bits, in hexadecimal, as halves of 32."""
    data = binascii.unhexlify(text)
    return array("i", struct.unpack(f">{len(data) // 4}i", data))


# fmt: off
_ROUND = _halves(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc"
    "3956c25bf348b53859f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118"
    "d807aa98a303024212835b0145706fbe243185be4ee4b28c550c7dc3d5ffb4e2"
    "72be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235c19bf174cf692694"
    "e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c65"
    "2de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5"
    "983e5152ee66dfaba831c66d2db43210b00327c898fb213fbf597fc7beef0ee4"
    "c6e00bf33da88fc2d5a79147930aa72506ca6351e003826f142929670a0e6e70"
    "27b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed53380d139d95b3df"
    "650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b"
    "a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30"
    "d192e819d6ef5218d69906245565a910f40e35855771202a106aa07032bbd1b8"
    "19a4c116b8d2d0c81e376c085141ab532748774cdf8eeb9934b0bcb5e19b48a8"
    "391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373682e6ff3d6b2b8a3"
    "748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec"
    "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532b"
    "ca273eceea26619cd186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed178"
    "06f067aa72176fba0a637dc5a2c898a6113f9804bef90dae1b710b35131c471b"
    "28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc431d67c49c100d4c"
    "4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817"
)
_INITIAL = _halves(
    "6a09e667f3bcc908bb67ae8584caa73b3c6ef372fe94f82ba54ff53a5f1d36f1"
    "510e527fade682d19b05688c2b3e6c1f1f83d9abfb41bd6b5be0cd19137e2179"
)
# fmt: on
_SCHEDULE = array("i", bytes(4 * _WORDS))  # all 0 between calls


@micropython.viper
def _block(x: uint, s: uint, state: ptr32, words: ptr32, constants: ptr32, message: ptr8):
    # The message's sixteen words.
    w = words
    i = 32
    while i:
        w[0] = message[0] << 24 | message[1] << 16 | message[2] << 8 | message[3]
        message = ptr8(int(message) + 4)
        w = ptr32(int(w) + 4)
        i -= 1
    # The other sixty-four: w[-16] + s0(w[-15]) + w[-7] + s1(w[-2]), words from w on.
    w = words
    i = 64
    while i:
        x = uint(w[3])
        s = ((((x >> 1) ^ x) >> 6) ^ x) >> 1
        x = uint(w[2])
        s = (((((x << 6) ^ x) << 1) ^ x) << 24) ^ s
        low = s + uint(w[1])
        high = uint(low < s)
        s = ((((x >> 1) ^ x) >> 6) ^ x) >> 1
        x = uint(w[3])
        s = (((x << 7) ^ x) << 24) ^ s
        high = s + high + uint(w[0])
        x = uint(w[19])
        low = x + low
        high = uint(low < x) + high + uint(w[18])
        x = uint(w[29])
        s = ((x >> 13) ^ x) >> 6
        s = (x << 3) ^ s
        x = uint(w[28])
        s = (((x << 13) ^ x) << 13) ^ s
        s = (x >> 29) ^ s
        low = s + low
        high = uint(low < s) + high
        s = ((x >> 13) ^ x) >> 6
        s = (x << 3) ^ s
        x = uint(w[29])
        s = (x << 13) ^ s
        s = (x >> 29) ^ s
        w[32] = int(s + high)
        w[33] = int(low)
        w = ptr32(int(w) + 8)
        i -= 1
    ah = uint(state[0])
    al = uint(state[1])
    bh = uint(state[2])
    bl = uint(state[3])
    ch = uint(state[4])
    cl = uint(state[5])
    dh = uint(state[6])
    dl = uint(state[7])
    eh = uint(state[8])
    el = uint(state[9])
    fh = uint(state[10])
    fl = uint(state[11])
    gh = uint(state[12])
    gl = uint(state[13])
    hh = uint(state[14])
    hl = uint(state[15])
    w = words
    i = 80
    while i:
        # T1 = h + S1(e) + ch(e, f, g) + constant + word, into high and low
        x = el
        s = ((x >> 4) ^ x) >> 14
        s = (x << 23) ^ s
        x = eh
        s = (((x << 4) ^ x) << 14) ^ s
        s = (x >> 9) ^ s
        low = s + hl
        high = uint(low < s) + hh
        s = ((x >> 4) ^ x) >> 14
        s = (x << 23) ^ s
        x = el
        s = (((x << 4) ^ x) << 14) ^ s
        s = (x >> 9) ^ s
        high = s + high
        s = (x & (fl ^ gl)) ^ gl
        low = s + low
        high = uint(low < s) + high + ((eh & (fh ^ gh)) ^ gh)
        s = uint(constants[1])
        low = s + low
        high = uint(low < s) + high + uint(constants[0])
        s = uint(w[1])
        low = s + low
        high = uint(low < s) + high + uint(w[0])
        hh = gh
        hl = gl
        gh = fh
        gl = fl
        fh = eh
        fl = el
        el = dl + low
        eh = dh + high + uint(el < low)
        dh = ch
        dl = cl
        # T1 + S0(a) + maj(a, b, c)
        x = al
        s = x >> 28
        s = (((x << 5) ^ x) << 25) ^ s
        x = ah
        s = (((x >> 5) ^ x) >> 2) ^ s
        s = (x << 4) ^ s
        low = s + low
        high = uint(low < s) + high
        s = x >> 28
        s = (((x << 5) ^ x) << 25) ^ s
        x = al
        s = (((x >> 5) ^ x) >> 2) ^ s
        s = (x << 4) ^ s
        high = s + high
        s = ((x ^ bl) & (x ^ cl)) ^ x
        low = s + low
        x = ah
        high = uint(low < s) + high + (((x ^ bh) & (x ^ ch)) ^ x)
        ch = bh
        cl = bl
        bh = x
        bl = al
        ah = high
        al = low
        constants = ptr32(int(constants) + 8)
        w = ptr32(int(w) + 8)
        i -= 1
    s = al + uint(state[1])
    state[0] = int(uint(state[0]) + ah + uint(s < al))
    state[1] = int(s)
    s = bl + uint(state[3])
    state[2] = int(uint(state[2]) + bh + uint(s < bl))
    state[3] = int(s)
    s = cl + uint(state[5])
    state[4] = int(uint(state[4]) + ch + uint(s < cl))
    state[5] = int(s)
    s = dl + uint(state[7])
    state[6] = int(uint(state[6]) + dh + uint(s < dl))
    state[7] = int(s)
    s = el + uint(state[9])
    state[8] = int(uint(state[8]) + eh + uint(s < el))
    state[9] = int(s)
    s = fl + uint(state[11])
    state[10] = int(uint(state[10]) + fh + uint(s < fl))
    state[11] = int(s)
    s = gl + uint(state[13])
    state[12] = int(uint(state[12]) + gh + uint(s < gl))
    state[13] = int(s)
    s = hl + uint(state[15])
    state[14] = int(uint(state[14]) + hh + uint(s < hl))
    state[15] = int(s)


def sha512(*parts):
    """The 64-byte digest of the concatenated parts."""
    state, words = _INITIAL[:], _SCHEDULE
    block = bytearray(BLOCK_BYTES)
    filled = length = 0
    for part in parts:
        view = memoryview(part)
        at = 0
        while at < len(part):
            size = min(BLOCK_BYTES - filled, len(part) - at)
            block[filled : filled + size] = view[at : at + size]
            at += size
            filled += size
            if filled == BLOCK_BYTES:
                _block(0, 0, state, words, _ROUND, block)
                filled = 0
        length += len(part)
    block[filled:] = b"\x80" + bytes(BLOCK_BYTES - 1 - filled)
    if filled >= BLOCK_BYTES - 16:
        _block(0, 0, state, words, _ROUND, block)
        wipe(block, BLOCK_BYTES // 4)
    block[BLOCK_BYTES - 8 :] = struct.pack(">Q", 8 * length)
    _block(0, 0, state, words, _ROUND, block)
    wipe(words, _WORDS)
    wipe(block, BLOCK_BYTES // 4)
    return struct.pack(">16i", *state)
