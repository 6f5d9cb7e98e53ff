// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Edwards25519} from "./Edwards25519.sol";

/// @title The multiples of the base point that the verifier carries in its code
/// @notice Entry i, for the 7 bits b0 … b6 of i, is the sum of 2^(36 j) B over the bits that are
/// set, as (y + x)/2, (y - x)/2 and d x y, 32 bytes each: what a mixed addition needs. Computed from
/// B alone, so there is no table to be trusted.
library Ed25519Comb {
    uint256 internal constant TEETH = 7;
    uint256 internal constant SPACING = 36;
    uint256 internal constant ENTRY_BYTES = 96;
    uint256 private constant P = Edwards25519.P;
    uint256 private constant HALF = (P + 1) / 2;
    uint256 private constant BASE_X =
        0x216936d3cd6e53fec0a4e231fdd6dc5c692cc7609525a7b2c9562d608f25d51a;
    uint256 private constant BASE_Y =
        0x6666666666666666666666666666666666666666666666666666666666666658;

    function table() internal view returns (bytes memory entries) {
        entries = new bytes(ENTRY_BYTES << TEETH);
        uint256[2][] memory points = new uint256[2][](1 << TEETH);
        points[0][1] = 1; // (0, 1): nothing
        (uint256 x, uint256 y) = (BASE_X, BASE_Y);
        for (uint256 tooth = 1; tooth < 1 << TEETH; tooth *= 2) {
            for (uint256 i = 0; i < tooth; ++i) {
                points[tooth + i] = _sum(points[i], x, y);
            }
            (x, y) = _next(x, y);
        }
        for (uint256 i = 0; i < 1 << TEETH; ++i) {
            _write(entries, i * ENTRY_BYTES, points[i][0], points[i][1]);
        }
    }

    function _sum(uint256[2] memory point, uint256 x, uint256 y)
        private
        view
        returns (uint256[2] memory sum)
    {
        uint256 z;
        (x, y, z) = Edwards25519.add(point[0], point[1], 1, x, y);
        (sum[0], sum[1]) = Edwards25519.affine(x, y, z);
    }

    /// 2^SPACING times a point.
    function _next(uint256 x, uint256 y) private view returns (uint256, uint256) {
        uint256 z = 1;
        for (uint256 i = 0; i < SPACING; ++i) {
            (x, y, z) = Edwards25519.double(x, y, z);
        }
        return Edwards25519.affine(x, y, z);
    }

    function _write(bytes memory entries, uint256 offset, uint256 x, uint256 y) private pure {
        uint256 plus = mulmod(addmod(y, x, P), HALF, P);
        uint256 minus = mulmod(addmod(y, P - x, P), HALF, P);
        uint256 product = mulmod(Edwards25519.D, mulmod(x, y, P), P);
        assembly ("memory-safe") {
            let to := add(add(entries, 0x20), offset)
            mstore(to, plus)
            mstore(add(to, 0x20), minus)
            mstore(add(to, 0x40), product)
        }
    }
}
