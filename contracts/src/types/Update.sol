// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition} from "./Condition.sol";
import {Doubts} from "./Doubts.sol";

/// @notice One packed change of one token, 20 bytes, big-endian:
///
///     tokenId u64 | condition u8 | doubts u8 | health u8 | rule u8 | score u24 | reviews u8 |
///     since u32
///
/// `reviews` is how many reviews of the token (modulo 256) the verdict takes into account.
/// The value sits in the low 160 bits; the bits above are zero.
type Update is uint256;

using {tokenId, condition, doubts, health, rule, reviews, since, verdictBits} for Update global;

library Updates {
    uint256 internal constant BYTES = 20;

    /// The update at `place`, a byte offset in the calldata: the first is at `packed.offset`. The
    /// caller keeps `place` within `packed`; nothing is checked here.
    function read(uint256 place) internal pure returns (Update update) {
        assembly ("memory-safe") {
            update := shr(96, calldataload(place))
        }
    }

    /// Where the updates begin in the calldata.
    function start(bytes calldata packed) internal pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := packed.offset
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

function rule(Update self) pure returns (uint8) {
    return uint8(Update.unwrap(self) >> 64);
}

function reviews(Update self) pure returns (uint8) {
    return uint8(Update.unwrap(self) >> 32);
}

function since(Update self) pure returns (uint32) {
    return uint32(Update.unwrap(self));
}

/// Everything but the token: the 96 bits that TokenState keeps in the same place.
function verdictBits(Update self) pure returns (uint96) {
    return uint96(Update.unwrap(self));
}
