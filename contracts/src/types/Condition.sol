// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What the evidence says about the goods. The order is the order of harm, so that
/// "never goes back" is one comparison.
/// @dev Decoding accepts any byte; whoever takes a condition from outside asks `isVerdict` first.
type Condition is uint8;

using {eqCondition as ==, neCondition as !=, isVerdict, isWorseThan} for Condition global;

library Conditions {
    /// No token: never stored for a minted one.
    Condition internal constant NONE = Condition.wrap(0);
    Condition internal constant SOUND = Condition.wrap(1);
    Condition internal constant FLAGGED = Condition.wrap(2);
    Condition internal constant COMPROMISED = Condition.wrap(3);
}

function eqCondition(Condition a, Condition b) pure returns (bool) {
    return Condition.unwrap(a) == Condition.unwrap(b);
}

function neCondition(Condition a, Condition b) pure returns (bool) {
    return Condition.unwrap(a) != Condition.unwrap(b);
}

/// Whether `self` is one of the three conditions a minted token can have.
function isVerdict(Condition self) pure returns (bool) {
    uint8 raw = Condition.unwrap(self);
    return raw >= 1 && raw <= 3;
}

function isWorseThan(Condition self, Condition other) pure returns (bool) {
    return Condition.unwrap(self) > Condition.unwrap(other);
}
