// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title SHA-512 (FIPS 180-4)
/// @notice About 22,000 gas for every block of 128 bytes.
///
/// A word holds two 64-bit values, each in the lower half of a 128-bit lane. Multiplied by `TWICE`
/// a value fills its lane two times over, and a shift to the right is then a rotation. The state
/// is four such words: (a, e), (b, f), (c, g), (d, h); a round makes the new (a, e) in the place of
/// (d, h), so four rounds bring every word back to its name. In one round
///
///     t = Σ1(e) + h + W + K              in the lower lane, above it nothing
///     u = t + (Maj(a,b,c), Ch(e,f,g))    both at once: z ^ (x & (y ^ z)), where for Maj x is a ^ c
///     new a = lower u + upper u + Σ0(a), new e = lower u + d
///
/// The message schedule is a ring of sixteen values, two in a word; what the rounds read is the
/// sum of W and K. Every sum is cut to 64 bits before its lane can overflow into the next.
/// @dev Takes the memory below `BUFFER` for itself. Rounds and schedule are written out sixteen at
/// a time: constant addresses save a fifth of the gas.
///
///     0x000  state, four words            0x1a0  W + K, sixteen values of 16 bytes
///     0x080  W, sixteen values of         0x2a0  K, eighty values of 16 bytes
///            16 bytes and the first again 0x7a0  the message
library Sha512 {
    /// Where the caller puts the message.
    uint256 internal constant BUFFER = 0x7a0;

    uint256 private constant LOW = 0xffffffffffffffff;
    uint256 private constant LANE = 0xffffffffffffffffffffffffffffffff;
    uint256 private constant VALUES =
        0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
    uint256 private constant UPPER =
        0xffffffffffffffffffffffffffffffff00000000000000000000000000000000;
    uint256 private constant TWICE = 0x10000000000000001;

    /// The digest of the `length` bytes at `BUFFER`, its first and its last 32 bytes. Writes the
    /// padding behind them. `length` must be below 2^32.
    function digest(uint256 length) internal pure returns (uint256 first, uint256 last) {
        uint256 end = _pad(length);
        _constants();
        assembly {
            for { let at := BUFFER } lt(at, end) { at := add(at, 0x80) } {
                // The block's sixteen values, four from each word.
                for { let i := 0 } lt(i, 0x80) { i := add(i, 0x20) } {
                    let to := add(0x80, add(i, i))
                    let x := mload(add(at, i))
                    let s := shr(128, x)
                    s := and(or(shl(64, s), s), VALUES)
                    mstore(to, s)
                    mstore(add(to, 0x120), add(s, mload(add(to, 0x220))))
                    s := and(or(shl(64, and(x, LANE)), and(x, LANE)), VALUES)
                    mstore(add(to, 0x20), s)
                    mstore(add(to, 0x140), add(s, mload(add(to, 0x240))))
                }
                let a := mload(0x00)
                let b := mload(0x20)
                let c := mload(0x40)
                let d := mload(0x60)
                for { let k := 0x3a0 } 1 { k := add(k, 0x100) } {
                    // Sixteen rounds.
                    {
                        let t := mul(a, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(d, mload(0x190)), u), LOW)
                        u := add(u, xor(c, and(xor(a, and(c, UPPER)), xor(b, c))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        d := and(add(add(shr(128, d), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(d, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(c, mload(0x1a0)), u), LOW)
                        u := add(u, xor(b, and(xor(d, and(b, UPPER)), xor(a, b))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        c := and(add(add(shr(128, c), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(c, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(b, mload(0x1b0)), u), LOW)
                        u := add(u, xor(a, and(xor(c, and(a, UPPER)), xor(d, a))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        b := and(add(add(shr(128, b), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(b, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(a, mload(0x1c0)), u), LOW)
                        u := add(u, xor(d, and(xor(b, and(d, UPPER)), xor(c, d))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        a := and(add(add(shr(128, a), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(a, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(d, mload(0x1d0)), u), LOW)
                        u := add(u, xor(c, and(xor(a, and(c, UPPER)), xor(b, c))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        d := and(add(add(shr(128, d), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(d, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(c, mload(0x1e0)), u), LOW)
                        u := add(u, xor(b, and(xor(d, and(b, UPPER)), xor(a, b))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        c := and(add(add(shr(128, c), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(c, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(b, mload(0x1f0)), u), LOW)
                        u := add(u, xor(a, and(xor(c, and(a, UPPER)), xor(d, a))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        b := and(add(add(shr(128, b), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(b, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(a, mload(0x200)), u), LOW)
                        u := add(u, xor(d, and(xor(b, and(d, UPPER)), xor(c, d))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        a := and(add(add(shr(128, a), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(a, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(d, mload(0x210)), u), LOW)
                        u := add(u, xor(c, and(xor(a, and(c, UPPER)), xor(b, c))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        d := and(add(add(shr(128, d), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(d, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(c, mload(0x220)), u), LOW)
                        u := add(u, xor(b, and(xor(d, and(b, UPPER)), xor(a, b))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        c := and(add(add(shr(128, c), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(c, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(b, mload(0x230)), u), LOW)
                        u := add(u, xor(a, and(xor(c, and(a, UPPER)), xor(d, a))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        b := and(add(add(shr(128, b), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(b, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(a, mload(0x240)), u), LOW)
                        u := add(u, xor(d, and(xor(b, and(d, UPPER)), xor(c, d))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        a := and(add(add(shr(128, a), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(a, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(d, mload(0x250)), u), LOW)
                        u := add(u, xor(c, and(xor(a, and(c, UPPER)), xor(b, c))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        d := and(add(add(shr(128, d), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(d, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(c, mload(0x260)), u), LOW)
                        u := add(u, xor(b, and(xor(d, and(b, UPPER)), xor(a, b))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        c := and(add(add(shr(128, c), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(c, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(b, mload(0x270)), u), LOW)
                        u := add(u, xor(a, and(xor(c, and(a, UPPER)), xor(d, a))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        b := and(add(add(shr(128, b), u), shl(128, add(u, t))), VALUES)
                    }
                    {
                        let t := mul(b, TWICE)
                        let u := xor(xor(shr(14, t), shr(18, t)), shr(41, t))
                        u := and(add(add(a, mload(0x280)), u), LOW)
                        u := add(u, xor(d, and(xor(b, and(d, UPPER)), xor(c, d))))
                        t := xor(xor(shr(156, t), shr(162, t)), shr(167, t))
                        a := and(add(add(shr(128, a), u), shl(128, add(u, t))), VALUES)
                    }
                    if eq(k, 0x7a0) { break }
                    // The next sixteen values of the schedule.
                    {
                        let x := mload(0x090)
                        let y := mload(0x160)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x110), mload(0x080)))
                        s := and(s, VALUES)
                        mstore(0x080, s)
                        mstore(0x180, s)
                        mstore(0x1a0, add(s, mload(add(k, 0x00))))
                    }
                    {
                        let x := mload(0x0b0)
                        let y := mload(0x080)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x130), mload(0x0a0)))
                        s := and(s, VALUES)
                        mstore(0x0a0, s)
                        mstore(0x1c0, add(s, mload(add(k, 0x20))))
                    }
                    {
                        let x := mload(0x0d0)
                        let y := mload(0x0a0)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x150), mload(0x0c0)))
                        s := and(s, VALUES)
                        mstore(0x0c0, s)
                        mstore(0x1e0, add(s, mload(add(k, 0x40))))
                    }
                    {
                        let x := mload(0x0f0)
                        let y := mload(0x0c0)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x170), mload(0x0e0)))
                        s := and(s, VALUES)
                        mstore(0x0e0, s)
                        mstore(0x200, add(s, mload(add(k, 0x60))))
                    }
                    {
                        let x := mload(0x110)
                        let y := mload(0x0e0)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x090), mload(0x100)))
                        s := and(s, VALUES)
                        mstore(0x100, s)
                        mstore(0x220, add(s, mload(add(k, 0x80))))
                    }
                    {
                        let x := mload(0x130)
                        let y := mload(0x100)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x0b0), mload(0x120)))
                        s := and(s, VALUES)
                        mstore(0x120, s)
                        mstore(0x240, add(s, mload(add(k, 0xa0))))
                    }
                    {
                        let x := mload(0x150)
                        let y := mload(0x120)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x0d0), mload(0x140)))
                        s := and(s, VALUES)
                        mstore(0x140, s)
                        mstore(0x260, add(s, mload(add(k, 0xc0))))
                    }
                    {
                        let x := mload(0x170)
                        let y := mload(0x140)
                        let s := mul(x, TWICE)
                        s := and(xor(xor(shr(1, s), shr(8, s)), shr(7, x)), VALUES)
                        x := mul(y, TWICE)
                        s := add(s, and(xor(xor(shr(19, x), shr(61, x)), shr(6, y)), VALUES))
                        s := add(s, add(mload(0x0f0), mload(0x160)))
                        s := and(s, VALUES)
                        mstore(0x160, s)
                        mstore(0x280, add(s, mload(add(k, 0xe0))))
                    }
                }
                mstore(0x00, and(add(a, mload(0x00)), VALUES))
                mstore(0x20, and(add(b, mload(0x20)), VALUES))
                mstore(0x40, and(add(c, mload(0x40)), VALUES))
                mstore(0x60, and(add(d, mload(0x60)), VALUES))
            }
            let a := mload(0x00)
            let b := mload(0x20)
            let c := mload(0x40)
            let d := mload(0x60)
            first := or(shl(64, shr(128, a)), shr(128, b))
            first := or(shl(128, first), or(shl(64, shr(128, c)), shr(128, d)))
            last := or(shl(64, a), and(b, LOW))
            last := or(shl(128, last), or(shl(64, and(c, LOW)), and(d, LOW)))
        }
    }

    /// 0x80, zeros, and the length in bits; gives where the last block ends.
    function _pad(uint256 length) private pure returns (uint256 end) {
        assembly {
            end := add(BUFFER, and(add(length, 0x90), not(0x7f)))
            let at := add(BUFFER, length)
            calldatacopy(at, calldatasize(), sub(end, at))
            mstore8(at, 0x80)
            mstore(sub(end, 0x20), or(mload(sub(end, 0x20)), shl(3, length)))
        }
    }

    /// The first state and K, sections 5.3.5 and 4.2.3.
    function _constants() private pure {
        assembly {
            mstore(0x00, 0x00000000000000006a09e667f3bcc9080000000000000000510e527fade682d1)
            mstore(0x20, 0x0000000000000000bb67ae8584caa73b00000000000000009b05688c2b3e6c1f)
            mstore(0x40, 0x00000000000000003c6ef372fe94f82b00000000000000001f83d9abfb41bd6b)
            mstore(0x60, 0x0000000000000000a54ff53a5f1d36f100000000000000005be0cd19137e2179)
            mstore(0x2a0, 0x0000000000000000428a2f98d728ae2200000000000000007137449123ef65cd)
            mstore(0x2c0, 0x0000000000000000b5c0fbcfec4d3b2f0000000000000000e9b5dba58189dbbc)
            mstore(0x2e0, 0x00000000000000003956c25bf348b538000000000000000059f111f1b605d019)
            mstore(0x300, 0x0000000000000000923f82a4af194f9b0000000000000000ab1c5ed5da6d8118)
            mstore(0x320, 0x0000000000000000d807aa98a3030242000000000000000012835b0145706fbe)
            mstore(0x340, 0x0000000000000000243185be4ee4b28c0000000000000000550c7dc3d5ffb4e2)
            mstore(0x360, 0x000000000000000072be5d74f27b896f000000000000000080deb1fe3b1696b1)
            mstore(0x380, 0x00000000000000009bdc06a725c712350000000000000000c19bf174cf692694)
            mstore(0x3a0, 0x0000000000000000e49b69c19ef14ad20000000000000000efbe4786384f25e3)
            mstore(0x3c0, 0x00000000000000000fc19dc68b8cd5b50000000000000000240ca1cc77ac9c65)
            mstore(0x3e0, 0x00000000000000002de92c6f592b027500000000000000004a7484aa6ea6e483)
            mstore(0x400, 0x00000000000000005cb0a9dcbd41fbd4000000000000000076f988da831153b5)
            mstore(0x420, 0x0000000000000000983e5152ee66dfab0000000000000000a831c66d2db43210)
            mstore(0x440, 0x0000000000000000b00327c898fb213f0000000000000000bf597fc7beef0ee4)
            mstore(0x460, 0x0000000000000000c6e00bf33da88fc20000000000000000d5a79147930aa725)
            mstore(0x480, 0x000000000000000006ca6351e003826f0000000000000000142929670a0e6e70)
            mstore(0x4a0, 0x000000000000000027b70a8546d22ffc00000000000000002e1b21385c26c926)
            mstore(0x4c0, 0x00000000000000004d2c6dfc5ac42aed000000000000000053380d139d95b3df)
            mstore(0x4e0, 0x0000000000000000650a73548baf63de0000000000000000766a0abb3c77b2a8)
            mstore(0x500, 0x000000000000000081c2c92e47edaee6000000000000000092722c851482353b)
            mstore(0x520, 0x0000000000000000a2bfe8a14cf103640000000000000000a81a664bbc423001)
            mstore(0x540, 0x0000000000000000c24b8b70d0f897910000000000000000c76c51a30654be30)
            mstore(0x560, 0x0000000000000000d192e819d6ef52180000000000000000d69906245565a910)
            mstore(0x580, 0x0000000000000000f40e35855771202a0000000000000000106aa07032bbd1b8)
            mstore(0x5a0, 0x000000000000000019a4c116b8d2d0c800000000000000001e376c085141ab53)
            mstore(0x5c0, 0x00000000000000002748774cdf8eeb99000000000000000034b0bcb5e19b48a8)
            mstore(0x5e0, 0x0000000000000000391c0cb3c5c95a6300000000000000004ed8aa4ae3418acb)
            mstore(0x600, 0x00000000000000005b9cca4f7763e3730000000000000000682e6ff3d6b2b8a3)
            mstore(0x620, 0x0000000000000000748f82ee5defb2fc000000000000000078a5636f43172f60)
            mstore(0x640, 0x000000000000000084c87814a1f0ab7200000000000000008cc702081a6439ec)
            mstore(0x660, 0x000000000000000090befffa23631e280000000000000000a4506cebde82bde9)
            mstore(0x680, 0x0000000000000000bef9a3f7b2c679150000000000000000c67178f2e372532b)
            mstore(0x6a0, 0x0000000000000000ca273eceea26619c0000000000000000d186b8c721c0c207)
            mstore(0x6c0, 0x0000000000000000eada7dd6cde0eb1e0000000000000000f57d4f7fee6ed178)
            mstore(0x6e0, 0x000000000000000006f067aa72176fba00000000000000000a637dc5a2c898a6)
            mstore(0x700, 0x0000000000000000113f9804bef90dae00000000000000001b710b35131c471b)
            mstore(0x720, 0x000000000000000028db77f523047d84000000000000000032caab7b40c72493)
            mstore(0x740, 0x00000000000000003c9ebe0a15c9bebc0000000000000000431d67c49c100d4c)
            mstore(0x760, 0x00000000000000004cc5d4becb3e42b60000000000000000597f299cfc657e2a)
            mstore(0x780, 0x00000000000000005fcb6fab3ad6faec00000000000000006c44198c4a475817)
        }
    }
}
