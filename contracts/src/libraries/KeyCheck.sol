// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title What can be checked of a public key without a signature
/// @notice An Ed25519 key is canonical when its y is below the field's prime and it is not one of
/// the encodings with x = 0; that it lies in the prime-order subgroup is not checked here: a
/// contract that verifies signatures checks that itself, once per key, with a hint.
/// A P-256 key must lie on its curve; the curve's order is prime, so that is all.
library KeyCheck {
    uint256 private constant ED25519_PRIME = (1 << 255) - 19;
    uint256 private constant P256_PRIME =
        0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant P256_B =
        0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    function isCanonicalEd25519(bytes32 key) internal pure returns (bool) {
        uint256 y = _reversed(uint256(key)) & ((1 << 255) - 1);
        return y > 1 && y < ED25519_PRIME - 1;
    }

    function isOnP256(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= P256_PRIME || y >= P256_PRIME) return false;
        uint256 left = mulmod(y, y, P256_PRIME);
        uint256 cube = mulmod(mulmod(x, x, P256_PRIME), x, P256_PRIME);
        uint256 linear = mulmod(P256_PRIME - 3, x, P256_PRIME);
        return left == addmod(addmod(cube, linear, P256_PRIME), P256_B, P256_PRIME);
    }

    /// The 32 bytes in the other order: Ed25519 is little-endian.
    function _reversed(uint256 value) private pure returns (uint256 result) {
        for (uint256 i = 0; i < 32; ++i) {
            result = (result << 8) | ((value >> (8 * i)) & 0xff);
        }
    }
}
