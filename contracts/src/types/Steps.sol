// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Which steps one class of actors may take from a value to a value, as a table of bits:
/// bit `8 * from + to` is set when the step is allowed. Values are 0 to 7.
/// @dev `allow` bounds both values before it shifts: without that a large `to` would read the bit
/// of another row.
type Steps is uint64;

using {allow} for Steps global;

/// @notice Who acts. Readable through `ICargoToken.stepsOf`.
enum Actor {
    /// A gateway's posts, by conditions.
    Automation,
    /// A contract that checks sealed evidence itself, by conditions, from what stands without any
    /// gateway's word.
    Proof,
    /// A person who reviews, by conditions.
    Reviewer,
    /// A person who moves goods on, by lifecycles.
    Operator
}

/// @title The tables
/// @notice Conditions: 1 sound, 2 flagged, 3 compromised. Lifecycles: 1 created, 2 in transit,
/// 3 delivered, 4 closed. There is no row 0: what was never minted takes no step. No automation has
/// a table of lifecycles, so none ever reaches delivered or closed.
library Tables {
    /// Never better: 1 to 1, 2, 3; 2 to 2, 3; 3 to 3.
    Steps internal constant AUTOMATION = Steps.wrap(0x080C0E00);
    /// The same without 1 and 2 to 3: what a gateway may do alone where several must agree.
    Steps internal constant ALONE = Steps.wrap(0x08040600);
    /// Worse: 1 to 2, 3; 2 to 3.
    Steps internal constant PROOF = Steps.wrap(0x00080C00);
    /// Any condition from any.
    Steps internal constant REVIEWER = Steps.wrap(0x0E0E0E00);
    /// One step on; from delivered back on the way; to closed from everywhere but closed.
    Steps internal constant OPERATOR = Steps.wrap(0x14181400);

    function table(Actor actor) internal pure returns (Steps) {
        if (actor == Actor.Automation) return AUTOMATION;
        if (actor == Actor.Proof) return PROOF;
        return actor == Actor.Reviewer ? REVIEWER : OPERATOR;
    }
}

/// Whether the step from `from` to `to` is in the table; no value above 7 ever is.
function allow(Steps self, uint256 from, uint256 to) pure returns (bool) {
    return (from | to) < 8 && (uint256(Steps.unwrap(self)) >> ((from << 3) | to)) & 1 != 0;
}
