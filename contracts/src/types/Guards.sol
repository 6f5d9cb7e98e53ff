// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The settings that bound what gateways and reviewers may do. Times in seconds.
/// `minInterval`: between two updates of one token that do not make it worse. `staleAfter`: without
/// a post, after which a gateway's tokens are stale. `quorum`: how many gateways must call a token
/// compromised before it is; each voice counts for `quorumWindow`. `secondReviewer`: whether a
/// condition gets better only when two reviewers say so.
struct GuardSettings {
    uint32 minInterval;
    uint32 epochLength;
    uint32 staleAfter;
    uint8 quorum;
    uint32 quorumWindow;
    bool secondReviewer;
}

/// @notice The same in one storage slot, with the pause. From the low end:
///
///     paused u8 | minInterval u32 | epochLength u32 | staleAfter u32 | quorum u8 |
///     quorumWindow u32 | secondReviewer u8
///
/// Invariant: epochLength, staleAfter, quorum and quorumWindow are not zero.
type Guards is uint256;

using {
    isPaused,
    minIntervalOf,
    epochAt,
    epochLengthOf,
    staleAfterOf,
    quorumOf,
    quorumWindowOf,
    wantsSecondReviewer,
    unpacked,
    withPaused
} for Guards global;

library GuardsOf {
    function settings(bool paused, GuardSettings memory set) internal pure returns (Guards) {
        uint256 raw = (paused ? 1 : 0) | (uint256(set.minInterval) << 8)
            | (uint256(set.epochLength) << 40) | (uint256(set.staleAfter) << 72);
        raw |= (uint256(set.quorum) << 104) | (uint256(set.quorumWindow) << 112);
        return Guards.wrap(raw | (uint256(set.secondReviewer ? 1 : 0) << 144));
    }
}

function isPaused(Guards self) pure returns (bool) {
    return Guards.unwrap(self) & 0xff != 0;
}

/// Seconds between two updates of one token that do not make its condition worse.
function minIntervalOf(Guards self) pure returns (uint256) {
    return uint32(Guards.unwrap(self) >> 8);
}

function epochLengthOf(Guards self) pure returns (uint256) {
    return uint32(Guards.unwrap(self) >> 40);
}

/// The number of the epoch that `time` is in. By the invariant the divisor is not zero.
function epochAt(Guards self, uint256 time) pure returns (uint256 epoch) {
    uint256 length = self.epochLengthOf();
    assembly ("memory-safe") {
        epoch := div(time, length)
    }
}

/// Seconds without a post after which a gateway's tokens are stale.
function staleAfterOf(Guards self) pure returns (uint256) {
    return uint32(Guards.unwrap(self) >> 72);
}

/// How many gateways must call a token compromised.
function quorumOf(Guards self) pure returns (uint256) {
    return uint8(Guards.unwrap(self) >> 104);
}

/// Seconds for which a gateway's voice counts.
function quorumWindowOf(Guards self) pure returns (uint256) {
    return uint32(Guards.unwrap(self) >> 112);
}

function wantsSecondReviewer(Guards self) pure returns (bool) {
    return uint8(Guards.unwrap(self) >> 144) != 0;
}

function unpacked(Guards self) pure returns (GuardSettings memory) {
    return GuardSettings(
        uint32(self.minIntervalOf()),
        uint32(self.epochLengthOf()),
        uint32(self.staleAfterOf()),
        uint8(self.quorumOf()),
        uint32(self.quorumWindowOf()),
        self.wantsSecondReviewer()
    );
}

function withPaused(Guards self, bool paused) pure returns (Guards) {
    return Guards.wrap((Guards.unwrap(self) & ~uint256(0xff)) | (paused ? 1 : 0));
}
