// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What an examination of a signature has shown. Two of three values are proofs: whoever
/// acts on "not valid" asks for `INVALID` and never for "not `VALID`", because anybody can hand in
/// hints that show nothing.
type Finding is uint8;

using {eqFinding as ==} for Finding global;

library Findings {
    /// The hints do not fit: nothing is shown.
    Finding internal constant UNPROVEN = Finding.wrap(0);
    Finding internal constant VALID = Finding.wrap(1);
    Finding internal constant INVALID = Finding.wrap(2);
}

function eqFinding(Finding a, Finding b) pure returns (bool) {
    return Finding.unwrap(a) == Finding.unwrap(b);
}
