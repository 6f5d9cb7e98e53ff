// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition, Conditions} from "./Condition.sol";
import {Doubts} from "./Doubts.sol";
import {Lifecycle, Lifecycles} from "./Lifecycle.sol";
import {Rule} from "./Rule.sol";
import {Steps} from "./Steps.sol";
import {Update} from "./Update.sol";

/// @notice All that is known of one token, in one storage slot. From the low end:
///
///     since u32 | reviews u8 | score u24 | rule u8 | health u8 | doubts u8 | condition u8
///                                                                        as in an Update
///     recorded u40 | updates u32 | lifecycle u8 | gateway u16 | profile u16
///     standing u8 | voices u8 | worsened by post u30 | was before it u2
///
/// Invariants: zero means "never minted"; a minted token's condition and lifecycle are not zero;
/// the low 96 bits are those of its last update, so that a change is one mask and one or;
/// `standing`, the condition that holds without any gateway's word (as minted, reviewed or proved),
/// is never worse than the condition; the last two say by which post its gateway last made the
/// condition worse, and what it was before: they are zero when another gateway or a
/// person set it since; a proof leaves them, for `standing` says what it proved.
type TokenState is uint256;

using {
    exists,
    takes,
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
    standingOf,
    voicesOf,
    looksOtherThan,
    updated,
    withVerdict,
    withCondition,
    counted,
    withStanding,
    withVoices,
    withLifecycle,
    withGateway,
    withCause,
    withoutCause,
    withoutWordSince
} for TokenState global;

uint256 constant SINCE_MASK = type(uint32).max;
uint256 constant REVIEWS_MASK = uint256(0xff) << 32;
uint256 constant RULE_MASK = uint256(0xff) << 64;
uint256 constant LOOK_MASK = uint256(0xffff) << 80; // doubts and condition
uint256 constant CONDITION_MASK = uint256(0xff) << 88;
uint256 constant CHANGE_MASK = (1 << 168) - 1; // verdict, recorded, updates
uint256 constant LIFECYCLE_MASK = uint256(0xff) << 168;
uint256 constant CLOSED_BIT = uint256(4) << 168; // of the lifecycles only CLOSED has it
uint256 constant GATEWAY_MASK = uint256(0xffff) << 176;
uint256 constant STANDING_MASK = uint256(0xff) << 208;
uint256 constant VOICES_MASK = uint256(0xff) << 216;
uint256 constant CAUSE_MASK = uint256(type(uint32).max) << 224;
uint256 constant LAST_POST = (1 << 30) - 1; // later posts are written down as this one
uint256 constant OUTSIDE_MASK = uint256(0xf8) << 88; // of a condition that no table has
uint256 constant TAKING_MASK = REVIEWS_MASK | CLOSED_BIT | GATEWAY_MASK;

library TokenStates {
    /// The state of a token just minted: sound, created, full health, no update yet.
    function minted(uint16 gateway, uint16 profile, uint256 time)
        internal
        pure
        returns (TokenState)
    {
        return TokenState.wrap(
            uint256(uint32(time)) | (uint256(100) << 72)
                | (uint256(Condition.unwrap(Conditions.SOUND)) << 88)
                | (uint256(uint40(time)) << 96)
                | (uint256(Lifecycle.unwrap(Lifecycles.CREATED)) << 168)
                | (uint256(gateway) << 176) | (uint256(profile) << 192)
                | (uint256(Condition.unwrap(Conditions.SOUND)) << 208)
        );
    }
}

function exists(TokenState self) pure returns (bool) {
    return TokenState.unwrap(self) != 0;
}

/// Whether an update by gateway `index` is about an open token that it watches, as the last review
/// left it, last changed no later than `latest`, and is a step of `steps` with a health that there
/// is. `index` is not 0, hence a token that was never minted takes nothing.
function takes(TokenState self, Update update, uint16 index, Steps steps, uint256 latest)
    pure
    returns (bool taken)
{
    (uint256 raw, uint256 wanted) = (TokenState.unwrap(self), Update.unwrap(update));
    uint256 differs = (raw ^ (wanted | (uint256(index) << 176))) & TAKING_MASK;
    uint256 outside = (raw | wanted) & OUTSIDE_MASK;
    uint256 step = uint256(Steps.unwrap(steps)) >> (((raw >> 85) & 0x38) | ((wanted >> 88) & 7));
    // The same as four conditions one after another, without a jump for each.
    assembly ("memory-safe") {
        let fits := and(iszero(or(differs, outside)), step)
        let inTime := iszero(gt(and(shr(96, raw), 0xffffffffff), latest))
        taken := and(fits, and(inTime, lt(and(shr(72, wanted), 0xff), 101)))
    }
}

/// Unix seconds at which the fact behind the condition began, as the evidence says; until 2106.
function sinceOf(TokenState self) pure returns (uint40) {
    return uint32(TokenState.unwrap(self));
}

/// How many reviews there were, modulo 256.
function reviewsOf(TokenState self) pure returns (uint8) {
    return uint8(TokenState.unwrap(self) >> 32);
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

/// How often the verdict was written since the mint, by anyone: the number of the last record of
/// the token's history, whose record 0 is the mint.
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

/// What the condition is without the word of any gateway.
function standingOf(TokenState self) pure returns (Condition) {
    return Condition.wrap(uint8(TokenState.unwrap(self) >> 208));
}

/// How many gateways had called the token compromised when one last did, since the last review.
function voicesOf(TokenState self) pure returns (uint8) {
    return uint8(TokenState.unwrap(self) >> 216);
}

/// Whether condition or doubts differ.
function looksOtherThan(TokenState self, TokenState other) pure returns (bool) {
    return (TokenState.unwrap(self) ^ TokenState.unwrap(other)) & LOOK_MASK != 0;
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

/// The state after somebody other than the token's gateway set the condition: doubts, health and
/// score stay, the rule says why. `since` is kept when the condition did not change.
function withVerdict(TokenState self, Condition to, Rule why, uint256 since, uint256 time)
    pure
    returns (TokenState)
{
    uint256 began = to == self.conditionOf() ? self.sinceOf() : uint32(since);
    uint256 kept = TokenState.unwrap(self) & ~(SINCE_MASK | RULE_MASK | CONDITION_MASK);
    kept |= began | (uint256(Rule.unwrap(why)) << 64) | (uint256(Condition.unwrap(to)) << 88);
    return self.updated(uint96(kept), time);
}

function withCondition(TokenState self, Condition to) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~CONDITION_MASK;
    return TokenState.wrap(raw | (uint256(Condition.unwrap(to)) << 88));
}

/// One more review; wraps after 2^8.
function counted(TokenState self) pure returns (TokenState) {
    unchecked {
        uint256 raw = TokenState.unwrap(self);
        return TokenState.wrap((raw & ~REVIEWS_MASK) | (uint256(uint8((raw >> 32) + 1)) << 32));
    }
}

function withStanding(TokenState self, Condition standing) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~STANDING_MASK;
    return TokenState.wrap(raw | (uint256(Condition.unwrap(standing)) << 208));
}

function withVoices(TokenState self, uint256 voices) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~VOICES_MASK;
    return TokenState.wrap(raw | (uint256(uint8(voices)) << 216));
}

function withLifecycle(TokenState self, Lifecycle next) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~LIFECYCLE_MASK;
    return TokenState.wrap(raw | (uint256(Lifecycle.unwrap(next)) << 168));
}

/// Another gateway has posted nothing that made the condition worse.
function withGateway(TokenState self, uint16 gateway) pure returns (TokenState) {
    uint256 raw = TokenState.unwrap(self) & ~(GATEWAY_MASK | CAUSE_MASK);
    return TokenState.wrap(raw | (uint256(gateway) << 176));
}

/// The state after post `seq` of gateway `poster` changed it from `before`. What made it worse is
/// kept where the token's own gateway did; another one's word leaves nothing to take back.
function withCause(TokenState self, TokenState before, uint16 poster, uint64 seq)
    pure
    returns (TokenState)
{
    Condition was = before.conditionOf();
    if (self.conditionOf() == was) return self;
    if (self.gatewayOf() != poster) return self.withoutCause();
    uint256 post = seq < LAST_POST ? seq : LAST_POST;
    uint256 cause = post | (uint256(Condition.unwrap(was)) << 30);
    return TokenState.wrap((TokenState.unwrap(self) & ~CAUSE_MASK) | (cause << 224));
}

function withoutCause(TokenState self) pure returns (TokenState) {
    return TokenState.wrap(TokenState.unwrap(self) & ~CAUSE_MASK);
}

/// The condition that is left when nothing its gateway posted with `seq` or later is believed: one
/// step back if such a post made it worse, never better than what stands; else what it is.
function withoutWordSince(TokenState self, uint64 seq) pure returns (Condition) {
    uint256 cause = TokenState.unwrap(self) >> 224;
    Condition was = Condition.wrap(uint8(cause >> 30));
    if (was == Conditions.NONE || seq > cause & LAST_POST) return self.conditionOf();
    Condition standing = self.standingOf();
    return standing.isWorseThan(was) ? standing : was;
}
