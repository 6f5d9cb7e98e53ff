// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IEd25519Verifier} from "./interfaces/IEd25519Verifier.sol";
import {Ed25519Comb} from "./libraries/Ed25519Comb.sol";
import {Edwards25519} from "./libraries/Edwards25519.sol";
import {Sha512} from "./libraries/Sha512.sol";
import {Finding, Findings} from "./types/Finding.sol";

/// @title Examines Ed25519 signatures (RFC 8032), with hints made off chain
/// @notice For a key A, a signature (R, S) and a message M it decides, with k = SHA-512(R ‖ A ‖ M),
/// the cofactored equation of RFC 8032, section 5.1.7:
///
///     8 (S B - R - k A) = O
///
/// The hints are x of A, x of R, and two scalars u, v of half the size with u = k v or u = -k v
/// (mod L). They exist for every k but sixteen, ±2^126 / d with d a divisor of L - 2^252: whoever
/// wants one of those as a SHA-512 digest tries 2^248 messages. Steps:
///
/// 1. S is below L, the order of B; else INVALID.
/// 2. A and R are decoded. INVALID when an encoding is not reduced, names a point of small order
///    (8 times it is O), or none at all. That there is no point is proven by a root: where
///    a = y^2 - 1 over b = D y^2 + 1 is no square, 2 a b is one, and the hint is its root in place
///    of x. A hint that is neither x nor that root: UNPROVEN.
/// 3. k is computed. UNPROVEN unless 0 < v < 2^126, u < 2^126 and u = ±k v (mod L).
/// 4. VALID when 8 (v S B - v R ∓ u A) = O, else INVALID.
///
/// Why no hint can change a VALID into an INVALID or back. The x of a point is the only number below
/// the prime with this y on the curve and this parity: a hint fits or does not. Eight times any
/// point is in the group of order L, where scalars count mod L, so what step 4 computes is v times
/// 8 (S B - R - k A), whichever u and v were handed in; L is prime and v is not 0 mod L, so one is O
/// exactly when the other is. Hints decide only whether anything is shown at all, and for every key
/// and signature (but for those sixteen k) there are hints that show one or the other.
///
/// Compared with libsodium's crypto_sign_verify_detached (1.0.20, which PyNaCl 1.6 brings):
///
/// - Whatever it accepts is VALID here. It too refuses S of L or more, small orders of A and R, and
///   encodings of A and R that are not reduced.
/// - It compares S B - k A with R byte by byte, without the factor 8. A signature whose R has a part
///   of small order is therefore VALID here and refused there, and likewise some signatures of keys
///   that are outside the subgroup of order L. Only who holds the private key can make those. For
///   a key that `KeyCheck.isInSubgroup` has let pass and an R in the subgroup both are the same.
/// @dev Takes the memory from 0 on for itself; its code ends with the table of `Ed25519Comb` (made by
/// Ed25519VerifierCreation below). 126 doublings and 63 additions from a table of the 16 sums
/// i A' + j R' of ∓A and -R, two bits of u and v at a time; 36 additions of multiples of B in the
/// last 36 bits. Extended coordinates (Hisil, Wong, Carter, Dawson 2008, sections 3.1 to 3.3), sums
/// not reduced where the next product does it. The same lines stand more than once because a call
/// costs 30 gas.
contract Ed25519Verifier is IEd25519Verifier {
    uint256 private constant P = Edwards25519.P;
    uint256 private constant D = Edwards25519.D;
    /// The order of the base point.
    uint256 private constant L = (1 << 252) + 27742317777372353535851937790883648493;
    uint256 private constant TWO_POWER_256_MOD_L =
        0x0ffffffffffffffffffffffffffffffec6ef5bf4737dcf70d6ec31748d98951d;
    /// y of two of the points of order 8; the other two have P - y.
    uint256 private constant ORDER_8 =
        0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7;

    // Memory: the 16 sums of 128 bytes from 0 on, (y + x, y - x, 2 z, 2 D t); and as entries of the
    // comb, ((y + x) / 2, (y - x) / 2, D t): A', R', and an entry read from the code.
    uint256 private constant KEY = 0x800;
    uint256 private constant NONCE = 0x860;
    uint256 private constant ENTRY = 0x8c0;
    uint256 private constant PRIME = 0x920;

    // As assembly wants them: plain numbers.
    uint256 private constant FIELD =
        0x7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed;
    uint256 private constant TWICE_D =
        0x2406d9dc56dffce7198e80f2eef3d13000e0149a8283b156ebd69b9426b2f159;
    uint256 private constant TABLE_BYTES = 12_288;
    uint256 private constant FIRST_TOOTH =
        0x1000000001000000001000000001000000001000000001000000001;
    uint256 private constant GATHER = 0x40000000080000000100000000200000000400000000800000001;

    /// @inheritdoc IEd25519Verifier
    function examine(
        bytes calldata message,
        bytes32 publicKey,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) external pure returns (Finding found) {
        found = _examine(message, publicKey, r, s, hints);
        assembly {
            mstore(0x40, 0x80) // Solidity's own pointer, which was written over
        }
    }

    function _examine(
        bytes calldata message,
        bytes32 publicKey,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) private pure returns (Finding) {
        unchecked {
            uint256 scalar = Edwards25519.reversed(uint256(s));
            if (scalar >= L) return Findings.INVALID; // 1.
            (Finding found, uint256 ay) = _decode(publicKey, hints[0]); // 2.
            if (!(found == Findings.VALID)) return found;
            uint256 ry;
            (found, ry) = _decode(r, hints[1]);
            if (!(found == Findings.VALID)) return found;
            uint256 halves = hints[2];
            bool negative = halves >> 255 == 1;
            uint256 u = halves << 1 >> 129;
            uint256 v = uint128(halves);
            uint256 k = mulmod(_challenge(message, publicKey, r), v, L); // 3.
            if (negative && k != 0) k = L - k;
            if (k != u || v == 0 || (u | v) >> 126 != 0) return Findings.UNPROVEN;
            scalar = mulmod(scalar, v, L); // 4.
            bool other = scalar >> 252 != 0; // the comb has 252 bits: all signs the other way
            if (other) scalar = L - scalar;
            uint256 ax = negative == other ? P - hints[0] : hints[0];
            _sums(ax, ay, other ? hints[1] : P - hints[1], ry);
            bool zero = _vanishes(scalar, _spread(u) | _spread(v) << 2);
            return zero ? Findings.VALID : Findings.INVALID;
        }
    }

    /// Step 2: the y of an encoding, and whether `x` is x of its point.
    function _decode(bytes32 encoding, uint256 x) private pure returns (Finding, uint256 y) {
        uint256 parity;
        (y, parity) = Edwards25519.parts(encoding);
        bool small = y < 2 || y == P - 1 || y == ORDER_8 || y == P - ORDER_8;
        if (small || y >= P) return (Findings.INVALID, y);
        if (x >= P) return (Findings.UNPROVEN, y);
        uint256 yy = mulmod(y, y, P);
        uint256 xx = mulmod(x, x, P);
        uint256 a = addmod(yy, P - 1, P);
        uint256 b = addmod(mulmod(D, yy, P), 1, P);
        if (mulmod(xx, b, P) == a) {
            return (x & 1 == parity ? Findings.VALID : Findings.UNPROVEN, y);
        }
        bool none = xx == mulmod(2, mulmod(a, b, P), P);
        return (none ? Findings.INVALID : Findings.UNPROVEN, y);
    }

    /// k, with the digest read as a little-endian number, mod L.
    function _challenge(bytes calldata message, bytes32 publicKey, bytes32 r)
        private
        pure
        returns (uint256)
    {
        uint256 buffer = Sha512.BUFFER;
        assembly {
            mstore(buffer, r)
            mstore(add(buffer, 0x20), publicKey)
            calldatacopy(add(buffer, 0x40), message.offset, message.length)
        }
        (uint256 first, uint256 last) = Sha512.digest(message.length + 64);
        uint256 high = mulmod(Edwards25519.reversed(last), TWO_POWER_256_MOD_L, L);
        return addmod(high, Edwards25519.reversed(first), L);
    }

    /// 126 bits, two to every four.
    function _spread(uint256 x) private pure returns (uint256) {
        x = (x | x << 64) & 0x0000000000000000ffffffffffffffff0000000000000000ffffffffffffffff;
        x = (x | x << 32) & 0x00000000ffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        x = (x | x << 16) & 0x0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        x = (x | x << 8) & 0x00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        x = (x | x << 4) & 0x0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f;
        return (x | x << 2) & 0x3333333333333333333333333333333333333333333333333333333333333333;
    }

    /// Writes the sums i A' + j R', number i + 4 j, for i and j from 0 to 3.
    function _sums(uint256 ax, uint256 ay, uint256 rx, uint256 ry) private pure {
        _addend(KEY, ax, ay);
        _addend(NONCE, rx, ry);
        assembly {
            function plus(x, y, z, t, addend) -> x3, y3, z3, t3 {
                let p := mload(PRIME)
                let e := mulmod(add(y, sub(p, x)), mload(add(addend, 0x20)), p)
                let h := mulmod(add(y, x), mload(addend), p)
                t := mulmod(t, mload(add(addend, 0x40)), p)
                let f := add(z, sub(p, t))
                let g := add(z, t)
                t := add(h, sub(p, e))
                h := add(h, e)
                x3 := mulmod(t, f, p)
                y3 := mulmod(g, h, p)
                z3 := mulmod(f, g, p)
                t3 := mulmod(t, h, p)
            }

            mstore(PRIME, FIELD)
            let at := 0
            let x := 0 // j R'
            let y := 1
            let z := 1
            let t := 0
            for {} 1 {} {
                let x1 := x // i A' + j R'
                let y1 := y
                let z1 := z
                let t1 := t
                for {} 1 {} {
                    mstore(at, add(y1, x1))
                    mstore(add(at, 0x20), add(y1, sub(FIELD, x1)))
                    mstore(add(at, 0x40), add(z1, z1))
                    mstore(add(at, 0x60), mulmod(t1, TWICE_D, FIELD))
                    at := add(at, 0x80)
                    if iszero(and(at, 0x180)) { break }
                    x1, y1, z1, t1 := plus(x1, y1, z1, t1, KEY)
                }
                if eq(at, 0x800) { break }
                x, y, z, t := plus(x, y, z, t, NONCE)
            }
        }
    }

    /// Writes a point as entries of the comb are.
    function _addend(uint256 to, uint256 x, uint256 y) private pure {
        uint256 half = (P + 1) / 2;
        uint256 sum = mulmod(y + x, half, P);
        uint256 difference = mulmod(y + (P - x), half, P);
        uint256 product = mulmod(D, mulmod(x, y, P), P);
        assembly {
            mstore(to, sum)
            mstore(add(to, 0x20), difference)
            mstore(add(to, 0x40), product)
        }
    }

    /// Whether 8 (s B + u A' + v R') = O; `w` has two bits of u and two of v in every four.
    function _vanishes(uint256 s, uint256 w) private pure returns (bool zero) {
        assembly {
            // The first four bits, in place of doublings of O: a sum as it stands, times 2.
            let x := mload(add(and(shr(241, w), 0x780), 0x20))
            let y := mload(and(shr(241, w), 0x780))
            let z := mod(mload(add(and(shr(241, w), 0x780), 0x40)), FIELD)
            let t := addmod(y, x, FIELD)
            x := addmod(y, sub(FIELD, mod(x, FIELD)), FIELD)
            y := t
            // Bits 123 to 36 of u and v.
            for { let shift := 237 } gt(shift, 64) { shift := sub(shift, 4) } {
                {
                    let h := sub(FIELD, y)
                    let g := mulmod(add(x, h), add(x, y), FIELD)
                    let e := add(h, h)
                    h := add(mulmod(e, h, FIELD), g)
                    e := mulmod(e, x, FIELD)
                    let f := add(mulmod(add(z, z), z, FIELD), g)
                    x := mulmod(e, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                }
                {
                    let h := sub(FIELD, y)
                    let g := mulmod(add(x, h), add(x, y), FIELD)
                    let e := add(h, h)
                    h := add(mulmod(e, h, FIELD), g)
                    e := mulmod(e, x, FIELD)
                    let f := add(mulmod(add(z, z), z, FIELD), g)
                    x := mulmod(e, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                    t := mulmod(e, h, FIELD)
                }
                {
                    let at := and(shr(shift, w), 0x780)
                    let e := mulmod(add(y, sub(FIELD, x)), mload(add(at, 0x20)), FIELD)
                    let h := mulmod(add(y, x), mload(at), FIELD)
                    let c := mulmod(t, mload(add(at, 0x60)), FIELD)
                    let d := mulmod(z, mload(add(at, 0x40)), FIELD)
                    let f := add(d, sub(FIELD, c))
                    let g := add(d, c)
                    d := add(h, sub(FIELD, e))
                    h := add(h, e)
                    x := mulmod(d, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                }
            }
            // The last 36, and the columns of the comb: bit c of s, of s >> 36 and so on.
            w := shl(7, w)
            let comb := sub(codesize(), TABLE_BYTES)
            for { let column := 35 } 1 { column := sub(column, 1) } {
                {
                    let h := sub(FIELD, y)
                    let g := mulmod(add(x, h), add(x, y), FIELD)
                    let e := add(h, h)
                    h := add(mulmod(e, h, FIELD), g)
                    e := mulmod(e, x, FIELD)
                    let f := add(mulmod(add(z, z), z, FIELD), g)
                    x := mulmod(e, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                    t := mulmod(e, h, FIELD)
                }
                {
                    let entry := mul(and(shr(column, s), FIRST_TOOTH), GATHER)
                    entry := add(comb, mul(and(shr(210, entry), 127), 96))
                    codecopy(ENTRY, entry, 96)
                    let e := mulmod(add(y, sub(FIELD, x)), mload(add(ENTRY, 0x20)), FIELD)
                    let h := mulmod(add(y, x), mload(ENTRY), FIELD)
                    let c := mulmod(t, mload(add(ENTRY, 0x40)), FIELD)
                    let f := add(z, sub(FIELD, c))
                    let g := add(z, c)
                    c := add(h, sub(FIELD, e))
                    h := add(h, e)
                    x := mulmod(c, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                }
                column := sub(column, 1)
                {
                    let h := sub(FIELD, y)
                    let g := mulmod(add(x, h), add(x, y), FIELD)
                    let e := add(h, h)
                    h := add(mulmod(e, h, FIELD), g)
                    e := mulmod(e, x, FIELD)
                    let f := add(mulmod(add(z, z), z, FIELD), g)
                    x := mulmod(e, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                    t := mulmod(e, h, FIELD)
                }
                {
                    let at := and(shr(add(column, column), w), 0x780)
                    let e := mulmod(add(y, sub(FIELD, x)), mload(add(at, 0x20)), FIELD)
                    let h := mulmod(add(y, x), mload(at), FIELD)
                    let c := mulmod(t, mload(add(at, 0x60)), FIELD)
                    let d := mulmod(z, mload(add(at, 0x40)), FIELD)
                    let f := add(d, sub(FIELD, c))
                    let g := add(d, c)
                    d := add(h, sub(FIELD, e))
                    h := add(h, e)
                    x := mulmod(d, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                    t := mulmod(d, h, FIELD)
                }
                {
                    let entry := mul(and(shr(column, s), FIRST_TOOTH), GATHER)
                    entry := add(comb, mul(and(shr(210, entry), 127), 96))
                    codecopy(ENTRY, entry, 96)
                    let e := mulmod(add(y, sub(FIELD, x)), mload(add(ENTRY, 0x20)), FIELD)
                    let h := mulmod(add(y, x), mload(ENTRY), FIELD)
                    let c := mulmod(t, mload(add(ENTRY, 0x40)), FIELD)
                    let f := add(z, sub(FIELD, c))
                    let g := add(z, c)
                    c := add(h, sub(FIELD, e))
                    h := add(h, e)
                    x := mulmod(c, f, FIELD)
                    y := mulmod(g, h, FIELD)
                    z := mulmod(f, g, FIELD)
                }
                if iszero(column) { break }
            }
            // Of an order that divides 4 where x or y is 0, of order 8 where x^2 + y^2 is.
            t := add(mulmod(x, x, FIELD), mulmod(y, y, FIELD))
            zero := iszero(mulmod(mulmod(x, y, FIELD), t, FIELD))
        }
    }
}

/// @title Makes the verifier: its code, then the multiples of the base point
contract Ed25519VerifierCreation {
    constructor() {
        bytes memory code = bytes.concat(type(Ed25519Verifier).runtimeCode, Ed25519Comb.table());
        assembly ("memory-safe") {
            return(add(code, 0x20), mload(code))
        }
    }
}
