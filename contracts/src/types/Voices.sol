// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Which gateways called a token compromised and when: up to four, in one storage slot.
/// Each takes 56 bits, the latest lowest: gateway u16 | time u40. Zero means "nobody".
/// @dev Four are enough, since no quorum is above four.
type Voices is uint256;

using {gatewayAt, timeAt, with} for Voices global;

uint256 constant MAX_VOICES = 4;

/// 0 when nobody has this place. The caller keeps `place` below MAX_VOICES.
function gatewayAt(Voices self, uint256 place) pure returns (uint16) {
    return uint16(Voices.unwrap(self) >> (56 * place));
}

function timeAt(Voices self, uint256 place) pure returns (uint40) {
    return uint40(Voices.unwrap(self) >> (56 * place + 16));
}

/// The same with one more at a place that was free.
function with(Voices self, uint256 place, uint16 gateway, uint256 time) pure returns (Voices) {
    uint256 voice = uint256(gateway) | (uint256(uint40(time)) << 16);
    return Voices.wrap(Voices.unwrap(self) | (voice << (56 * place)));
}
