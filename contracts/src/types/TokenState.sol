// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition, Conditions} from "./Condition.sol";
import {Doubts} from "./Doubts.sol";
import {Lifecycle, Lifecycles} from "./Lifecycle.sol";
import {Rule, Rules} from "./Rule.sol";

/// @notice All that is known of one token, in one storage slot. From the low end:
///
///     since u40 | score u24 | rule u8 | health u8 | doubts u8 | condition u8      as in an Update
///     recorded u40 | updates u32 | lifecycle u8 | gateway u16 | profile u16 | reviews u16
///     32 bits spare
///
/// Invariants: zero means "never minted"; a minted token's condition and lifecycle are not zero;
/// the low 96 bits are those of its last update, so that a change is one mask and one or.
type TokenState is uint256;

using {
    exists,
    conditionOf,
    doubtsOf,
    healthOf,
    ruleOf,
    scoreOf,
    sinceOf,
    recordedOf,
    updatesOf,
    lifecycleOf,
    gatewayOf,
    profileOf,
    reviewsOf,
    updated,
    reviewed,
    escalated,
    withLifecycle,
    withGateway
} for TokenState global;

uint256 constant SINCE_MASK = type(uint40).max;
uint256 constant RULE_MASK = uint256(0xff) << 64;
uint256 constant CONDITION_MASK = uint256(0xff) << 88;
uint256 constant CHANGE_MASK = (1 << 168) - 1; // verdict, recorded, updates
uint256 constant LIFECYCLE_MASK = uint256(0xff) << 168;
uint256 constant GATEWAY_MASK = uint256(0xffff) << 176;
uint256 constant REVIEWS_MASK = uint256(0xffff) << 208;

library TokenStates {
    /// The state of a token just minted: sound, created, full health, no update yet.
    function minted(uint16 gateway, uint16 profile, uint256 time)
        internal
        pure
        returns (TokenState)
    {
        return TokenState.wrap(
            uint256(uint40(time)) | (uint256(100) << 72)
                | (uint256(Condition.unwrap(Conditions.SOUND)) << 88)
                | (uint256(uint40(time)) << 96)
                | (uint256(Lifecycle.unwrap(Lifecycles.CREATED)) << 168)
                | (uint256(gateway) << 176) | (uint256(profile) << 192)
        );
    }
}

function exists(TokenState self) pure returns (bool) {
    return TokenState.unwrap(self) != 0;
}

/// Unix seconds at which the fact behind the condition began, as the evidence says.
function sinceOf(TokenState self) pure returns (uint40) {
    return uint40(TokenState.unwrap(self));
}

function scoreOf(TokenState self) pure returns (uint32) {
    return uint24(TokenState.unwrap(self) >> 40);
}

function ruleOf(TokenState self) pure returns (Rule) {
    return Rule.wrap(uint8(TokenState.unwrap(self) >> 64));
}

/// 0 to 100.
function healthOf(TokenState self) pure returns (uint8) {
    return uint8(TokenState.unwrap(self) >> 72);
}

function doubtsOf(TokenState self) pure returns (Doubts) {
    return Doubts.wrap(uint8(TokenState.unwrap(self) >> 80));
}

function conditionOf(TokenState self) pure returns (Condition) {
    return Condition.wrap(uint8(TokenState.unwrap(self) >> 88));
}

/// Unix seconds of the block that last changed the verdict.
function recordedOf(TokenState self) pure returns (uint40) {
    return uint40(TokenState.unwrap(self) >> 96);
}

/// How often the verdict was written since the mint, by anyone.
function updatesOf(TokenState self) pure returns (uint32) {
    return uint32(TokenState.unwrap(self) >> 136);
}

function lifecycleOf(TokenState self) pure returns (Lifecycle) {
    return Lifecycle.wrap(uint8(TokenState.unwrap(self) >> 168));
}

function gatewayOf(TokenState self) pure returns (uint16) {
    return uint16(TokenState.unwrap(self) >> 176);
}

/// Index of the profile in the token contract's table; never 0 for a minted token.
function profileOf(TokenState self) pure returns (uint16) {
    return uint16(TokenState.unwrap(self) >> 192);
}

function reviewsOf(TokenState self) pure returns (uint16) {
    return uint16(TokenState.unwrap(self) >> 208);
}

/// The state after a verdict written at `time`. The counter wraps after 2^32 updates.
function updated(TokenState self, uint96 verdict, uint256 time) pure returns (TokenState) {
    unchecked {
        uint256 raw = TokenState.unwrap(self);
        return TokenState.wrap(
            (raw & ~CHANGE_MASK) | verdict | (uint256(uint40(time)) << 96)
                | (uint256(uint32((raw >> 136) + 1)) << 136)
        );
    }
}

/// The state after somebody other than the gateway set the condition: doubts, health and score
/// stay, the rule says why, `since` is now if the condition changed.
function escalated(TokenState self, Condition to, Rule why, uint256 time)
    pure
    returns (TokenState)
{
    uint256 since = to == self.conditionOf() ? self.sinceOf() : uint40(time);
    uint256 kept = TokenState.unwrap(self) & ~(SINCE_MASK | RULE_MASK | CONDITION_MASK);
    kept |= since | (uint256(Rule.unwrap(why)) << 64) | (uint256(Condition.unwrap(to)) << 88);
    return self.updated(uint96(kept), time);
}

/// The state after a person's verdict. The counter of reviews wraps after 2^16.
function reviewed(TokenState self, Condition to, uint256 time) pure returns (TokenState) {
    unchecked {
        uint256 raw = TokenState.unwrap(self.escalated(to, Rules.REVIEW, time));
        uint256 reviews = uint16(raw >> 208) + 1;
        return TokenState.wrap((raw & ~REVIEWS_MASK) | (uint256(uint16(reviews)) << 208));
    }
}

function withLifecycle(TokenState self, Lifecycle next) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~LIFECYCLE_MASK;
    return TokenState.wrap(raw | (uint256(Lifecycle.unwrap(next)) << 168));
}

function withGateway(TokenState self, uint16 gateway) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~GATEWAY_MASK;
    return TokenState.wrap(raw | (uint256(gateway) << 176));
}
