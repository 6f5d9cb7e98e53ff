// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Edwards25519} from "./Edwards25519.sol";

/// @title What can be checked of a public key without a signature
/// @notice An Ed25519 key must be a point of the subgroup whose order is the prime L. The curve has
/// 8 L points, and its eightfold points are just that subgroup: whoever names a point that is an
/// eighth of the key has proven it. The neutral point is refused.
/// A P-256 key must lie on its curve; the curve's order is prime, so that is all.
library KeyCheck {
    uint256 private constant P256_PRIME =
        0xffffffff00000001000000000000000000000000ffffffffffffffffffffffff;
    uint256 private constant P256_B =
        0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b;

    /// `proof`: x and y of a point that is an eighth of the key's, and the key's x. Others than
    /// cargoseal.chain.ed25519_hints finds do as well: nothing depends on which.
    function isInSubgroup(bytes32 key, uint256[3] memory proof) internal pure returns (bool) {
        (uint256 y, uint256 parity) = Edwards25519.parts(key);
        uint256 x = proof[2];
        if (y < 2 || y >= Edwards25519.P || x >= Edwards25519.P || x & 1 != parity) return false;
        if (!Edwards25519.isPoint(proof[0], proof[1])) return false;
        (uint256 x8, uint256 y8, uint256 z8) = (proof[0], proof[1], 1);
        for (uint256 i = 0; i < 3; ++i) {
            (x8, y8, z8) = Edwards25519.double(x8, y8, z8);
        }
        return x8 == mulmod(x, z8, Edwards25519.P) && y8 == mulmod(y, z8, Edwards25519.P);
    }

    function isOnP256(uint256 x, uint256 y) internal pure returns (bool) {
        if (x >= P256_PRIME || y >= P256_PRIME) return false;
        uint256 left = mulmod(y, y, P256_PRIME);
        uint256 cube = mulmod(mulmod(x, x, P256_PRIME), x, P256_PRIME);
        uint256 linear = mulmod(P256_PRIME - 3, x, P256_PRIME);
        return left == addmod(addmod(cube, linear, P256_PRIME), P256_B, P256_PRIME);
    }
}
