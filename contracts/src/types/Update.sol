// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition} from "./Condition.sol";
import {Doubts} from "./Doubts.sol";

/// @notice One packed change of one token, 20 bytes, big-endian:
///
///     tokenId u64 | condition u8 | doubts u8 | health u8 | rule u8 | score u24 | since u40
///
/// The value sits in the low 160 bits; the bits above are zero.
type Update is uint256;

using {tokenId, condition, doubts, health, verdictBits} for Update global;

library Updates {
    uint256 internal constant BYTES = 20;

    /// The number of whole updates in `packed` and the bytes that are left over.
    function count(bytes calldata packed) internal pure returns (uint256 whole, uint256 left) {
        whole = packed.length / BYTES;
        left = packed.length % BYTES;
    }

    /// The update at `index`. The caller keeps `index` below `count`; nothing is checked here.
    function read(bytes calldata packed, uint256 index) internal pure returns (Update update) {
        assembly ("memory-safe") {
            update := shr(96, calldataload(add(packed.offset, mul(index, 20))))
        }
    }
}

function tokenId(Update self) pure returns (uint256) {
    return Update.unwrap(self) >> 96;
}

function condition(Update self) pure returns (Condition) {
    return Condition.wrap(uint8(Update.unwrap(self) >> 88));
}

function doubts(Update self) pure returns (Doubts) {
    return Doubts.wrap(uint8(Update.unwrap(self) >> 80));
}

function health(Update self) pure returns (uint8) {
    return uint8(Update.unwrap(self) >> 72);
}

/// Everything but the token: the 96 bits that TokenState keeps in the same place.
function verdictBits(Update self) pure returns (uint96) {
    return uint96(Update.unwrap(self));
}
