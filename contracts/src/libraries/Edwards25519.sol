// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title The curve of Ed25519: -x^2 + y^2 = 1 + D x^2 y^2 over the integers mod P
/// @notice Plain and small rather than fast: for what happens once, at a registration or when a
/// contract is made. A point is (X : Y : Z), x = X/Z and y = Y/Z. The formulas are complete:
/// D is no square, so no denominator is ever zero.
library Edwards25519 {
    uint256 internal constant P = (1 << 255) - 19;
    uint256 internal constant D =
        0x52036cee2b6ffe738cc740797779e89800700a4d4141d8ab75eb4dca135978a3;

    /// The y of an encoding (RFC 8032, section 5.1.2), not reduced, and the bit that is x's parity.
    function parts(bytes32 encoding) internal pure returns (uint256 y, uint256 parity) {
        uint256 number = reversed(uint256(encoding));
        return (number & ((1 << 255) - 1), number >> 255);
    }

    /// Whether (x, y) is a point, given in its only reduced form.
    function isPoint(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= P || y >= P) return false;
        uint256 xx = mulmod(x, x, P);
        uint256 yy = mulmod(y, y, P);
        return addmod(yy, P - xx, P) == addmod(1, mulmod(D, mulmod(xx, yy, P), P), P);
    }

    /// Twice a point.
    function double(uint256 x, uint256 y, uint256 z)
        internal
        pure
        returns (uint256, uint256, uint256)
    {
        uint256 xx = mulmod(x, x, P);
        uint256 yy = mulmod(y, y, P);
        uint256 e = mulmod(addmod(x, x, P), y, P);
        uint256 g = addmod(yy, P - xx, P);
        uint256 h = addmod(yy, xx, P);
        uint256 f = addmod(mulmod(addmod(z, z, P), z, P), P - g, P);
        return (mulmod(e, f, P), mulmod(g, h, P), mulmod(f, g, P));
    }

    /// The sum of two points of which the second has Z = 1.
    function add(uint256 x, uint256 y, uint256 z, uint256 x2, uint256 y2)
        internal
        pure
        returns (uint256, uint256, uint256)
    {
        uint256 zz = mulmod(z, z, P);
        uint256 xx = mulmod(x, x2, P);
        uint256 yy = mulmod(y, y2, P);
        uint256 e = addmod(mulmod(x, y2, P), mulmod(y, x2, P), P);
        uint256 g = mulmod(D, mulmod(xx, yy, P), P);
        uint256 f = addmod(zz, P - g, P);
        g = addmod(zz, g, P);
        return (
            mulmod(z, mulmod(e, f, P), P),
            mulmod(z, mulmod(addmod(yy, xx, P), g, P), P),
            mulmod(f, g, P)
        );
    }

    /// x and y of a point: one inversion, by the precompile for powers (EIP-198).
    function affine(uint256 x, uint256 y, uint256 z) internal view returns (uint256, uint256) {
        uint256 inverse = power(z, P - 2);
        return (mulmod(x, inverse, P), mulmod(y, inverse, P));
    }

    function power(uint256 base, uint256 exponent) internal view returns (uint256 result) {
        bytes memory call_ = abi.encode(32, 32, 32, base, exponent, P);
        assembly ("memory-safe") {
            // The precompile cannot fail on 192 bytes; without gas nothing after it can run either.
            pop(staticcall(gas(), 5, add(call_, 0x20), 0xc0, 0, 0x20))
            result := mload(0)
        }
    }

    /// 32 bytes in the other order: Ed25519 is little-endian.
    function reversed(uint256 x) internal pure returns (uint256) {
        uint256 mask = 0xff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff00ff;
        x = (x >> 8 & mask) | (x & mask) << 8;
        mask = 0xffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff0000ffff;
        x = (x >> 16 & mask) | (x & mask) << 16;
        mask = 0xffffffff00000000ffffffff00000000ffffffff00000000ffffffff;
        x = (x >> 32 & mask) | (x & mask) << 32;
        mask = 0xffffffffffffffff0000000000000000ffffffffffffffff;
        x = (x >> 64 & mask) | (x & mask) << 64;
        return x >> 128 | x << 128;
    }
}
