// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @notice Why: the kind of rule behind the last change. The rule itself, with its limits, is in
/// the evidence log; here is only its code. Codes without a name are stored as they come.
type Rule is uint8;

library Rules {
    Rule internal constant NONE = Rule.wrap(0);
    /// A person decided.
    Rule internal constant REVIEW = Rule.wrap(11);
    /// A sealed segment whose score the chain computed itself.
    Rule internal constant PROVED = Rule.wrap(16);
    /// A gateway's word was taken back.
    Rule internal constant REFUTED = Rule.wrap(17);
}
