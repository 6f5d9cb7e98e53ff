// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice All that the hot path asks about one gateway, in one storage slot. From the low end:
///
///     active u8 | index u16 | nextSeq u64 | lastPost u40 | epoch u40 | used u32 | cap u32
///     24 bits spare
///
/// Zero means "no gateway". `index` is never 0 for a gateway.
type GatewayState is uint256;

using {
    isActive,
    indexOf,
    nextSeqOf,
    lastPostOf,
    capOf,
    usedIn,
    posted,
    configured,
    frozen
} for GatewayState global;

uint256 constant POST_MASK = uint256(type(uint176).max) << 24; // nextSeq, lastPost, epoch, used
uint256 constant CONFIG_MASK = (uint256(type(uint32).max) << 200) | 0xffffff; // cap, index, active

function isActive(GatewayState self) pure returns (bool) {
    return GatewayState.unwrap(self) & 0xff != 0;
}

function indexOf(GatewayState self) pure returns (uint16) {
    return uint16(GatewayState.unwrap(self) >> 8);
}

function nextSeqOf(GatewayState self) pure returns (uint64) {
    return uint64(GatewayState.unwrap(self) >> 24);
}

/// Unix seconds of its last post; 0 when it never posted.
function lastPostOf(GatewayState self) pure returns (uint40) {
    return uint40(GatewayState.unwrap(self) >> 88);
}

/// Updates it may post per epoch.
function capOf(GatewayState self) pure returns (uint32) {
    return uint32(GatewayState.unwrap(self) >> 200);
}

/// Updates it has posted in `epoch`.
function usedIn(GatewayState self, uint256 epoch) pure returns (uint256) {
    uint256 raw = GatewayState.unwrap(self);
    return uint40(raw >> 128) == epoch ? uint32(raw >> 168) : 0;
}

/// The state after a post. The caller has checked that `used` is not above the cap (so it fits
/// 32 bits) and that `epoch` and `time` fit 40.
function posted(GatewayState self, uint256 time, uint256 epoch, uint256 used)
    pure
    returns (GatewayState)
{
    unchecked {
        uint256 raw = GatewayState.unwrap(self);
        return GatewayState.wrap(
            (raw & ~POST_MASK) | (uint256(uint64((raw >> 24) + 1)) << 24) | (time << 88)
                | (epoch << 128) | (used << 168)
        );
    }
}

/// The state after the administrators set it up: sequence, last post and use go on as they were.
function configured(GatewayState self, uint16 index, bool active, uint32 cap)
    pure
    returns (GatewayState)
{
    uint256 raw = GatewayState.unwrap(self) & ~CONFIG_MASK;
    return
        GatewayState.wrap(raw | (active ? 1 : 0) | (uint256(index) << 8) | (uint256(cap) << 200));
}

/// The state of a gateway that may not post any more until the administrators set it up again.
function frozen(GatewayState self) pure returns (GatewayState) {
    return GatewayState.wrap(GatewayState.unwrap(self) & ~uint256(0xff));
}
