// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Tables} from "./Steps.sol";

/// @notice Where the goods are on their way; set by people, never by the automation.
type Lifecycle is uint8;

using {eqLifecycle as ==, neLifecycle as !=, mayBecome} for Lifecycle global;

library Lifecycles {
    /// No token: never stored for a minted one.
    Lifecycle internal constant NONE = Lifecycle.wrap(0);
    Lifecycle internal constant CREATED = Lifecycle.wrap(1);
    Lifecycle internal constant IN_TRANSIT = Lifecycle.wrap(2);
    Lifecycle internal constant DELIVERED = Lifecycle.wrap(3);
    /// Final: the state of a closed token never changes again.
    Lifecycle internal constant CLOSED = Lifecycle.wrap(4);
}

function eqLifecycle(Lifecycle a, Lifecycle b) pure returns (bool) {
    return Lifecycle.unwrap(a) == Lifecycle.unwrap(b);
}

function neLifecycle(Lifecycle a, Lifecycle b) pure returns (bool) {
    return Lifecycle.unwrap(a) != Lifecycle.unwrap(b);
}

/// Whether a person may move a token from `self` to `next`: see Tables.OPERATOR.
function mayBecome(Lifecycle self, Lifecycle next) pure returns (bool) {
    return Tables.OPERATOR.allow(Lifecycle.unwrap(self), Lifecycle.unwrap(next));
}
