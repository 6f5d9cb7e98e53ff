// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice The settings that bound what a gateway may do, in one storage slot. From the low end:
///
///     paused u8 | minInterval u32 | epochLength u32 | staleAfter u32      (seconds)
///
/// Invariant: epochLength and staleAfter are not zero.
type Guards is uint256;

using {
    isPaused,
    minIntervalOf,
    epochAt,
    epochLengthOf,
    staleAfterOf,
    withPaused
} for Guards global;

library GuardsOf {
    function settings(bool paused, uint32 minInterval, uint32 epochLength, uint32 staleAfter)
        internal
        pure
        returns (Guards)
    {
        return Guards.wrap(
            (paused ? 1 : 0) | (uint256(minInterval) << 8) | (uint256(epochLength) << 40)
                | (uint256(staleAfter) << 72)
        );
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

/// The number of the epoch that `time` is in.
function epochAt(Guards self, uint256 time) pure returns (uint256) {
    return time / self.epochLengthOf();
}

/// Seconds without a post after which a gateway's tokens are stale.
function staleAfterOf(Guards self) pure returns (uint256) {
    return uint32(Guards.unwrap(self) >> 72);
}

function withPaused(Guards self, bool paused) pure returns (Guards) {
    return Guards.wrap((Guards.unwrap(self) & ~uint256(0xff)) | (paused ? 1 : 0));
}
