// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice What is not known, as a set of bits. A doubt goes away when the fact behind it does.
/// @dev Bits 4 to 7 have no name yet. The token stores them as they come and the renderer shows
/// them by number: a doubt that has no name is still a doubt.
type Doubts is uint8;

using {neDoubts as !=, orDoubts as |, hasAny} for Doubts global;

library DoubtBits {
    Doubts internal constant NONE = Doubts.wrap(0);
    Doubts internal constant SILENT = Doubts.wrap(1);
    Doubts internal constant SENSOR_FAULT = Doubts.wrap(2);
    Doubts internal constant CLOCK_UNSOUND = Doubts.wrap(4);
    Doubts internal constant GAP_IN_EVIDENCE = Doubts.wrap(8);

    /// With one of these the evidence does not carry the word "sound". An unsound clock is not
    /// among them: it makes times uncertain, not readings.
    function unknowing() internal pure returns (Doubts) {
        return SILENT | SENSOR_FAULT | GAP_IN_EVIDENCE;
    }
}

function neDoubts(Doubts a, Doubts b) pure returns (bool) {
    return Doubts.unwrap(a) != Doubts.unwrap(b);
}

function orDoubts(Doubts a, Doubts b) pure returns (Doubts) {
    return Doubts.wrap(Doubts.unwrap(a) | Doubts.unwrap(b));
}

function hasAny(Doubts self, Doubts asked) pure returns (bool) {
    return Doubts.unwrap(self) & Doubts.unwrap(asked) != 0;
}
