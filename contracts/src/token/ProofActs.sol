// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Condition} from "../types/Condition.sol";
import {Lifecycles} from "../types/Lifecycle.sol";
import {Rule} from "../types/Rule.sol";
import {Tables} from "../types/Steps.sol";
import {TokenState} from "../types/TokenState.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title What the contract does that checks sealed evidence itself
/// @notice Rules: only the contract that the administrators set acts here, and none while paused;
/// what was proved stands, whoever says what later, until a person reviews it; what a gateway is
/// proved to have lied about goes back one step and no further than to what stands without it.
/// @dev The caller is compared with one slot: asking the access manager costs ten times as much.
abstract contract ProofActs is TokenStorage {
    modifier proved() {
        if (msg.sender != _dispute) revert NotDispute(msg.sender);
        if (_stopped) revert Paused();
        _;
    }

    /// @notice Writes down what is proved without the word of the token's gateway, if it is worse than
    /// what stood without it: from now on no refutation takes that back. The condition gets worse
    /// where it was better than what is proved, else it stays, and so does the rule unless the proof
    /// shows just this condition. Not for what was sealed (`sealedAt`, Unix seconds) before a person
    /// last decided.
    function escalate(
        uint256 tokenId,
        Condition condition,
        Rule rule,
        uint40 sealedAt,
        bytes32 evidence
    ) external proved {
        TokenState state = _open(tokenId);
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        uint40 reviewed = _reviewedAt[tokenId];
        if (sealedAt <= reviewed) revert ProofTooOld(tokenId, reviewed, sealedAt);
        Condition stood = state.standingOf();
        if (!Tables.PROOF.allow(Condition.unwrap(stood), Condition.unwrap(condition))) {
            _forbidden(tokenId, stood, condition);
        }
        Condition from = state.conditionOf();
        bool worse = from.isWorseThan(condition); // than what is proved: the gateway says more
        Condition to = worse ? from : condition;
        TokenState next =
            state.withVerdict(to, worse ? state.ruleOf() : rule, sealedAt, block.timestamp);
        _tokens[tokenId].state = next.withStanding(condition);
        emit Escalated(
            tokenId,
            msg.sender,
            state.updatesOf(),
            Condition.unwrap(from),
            Condition.unwrap(to),
            Rule.unwrap(rule),
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice On proof that `gateway` lied about a token with its post `seq`: takes its right to
    /// post. If it watches the token and that post, or a later one, made the condition worse, the
    /// condition is again what it was before, but never better than what people and proofs left.
    /// Its tokens are stale from now on, hence none of them reads as sound until a person has
    /// looked or another gateway watches. A closed token, or one that another gateway watches now,
    /// stays as it is.
    function refute(uint256 tokenId, uint16 gateway, uint64 seq, Rule rule, bytes32 evidence)
        external
        proved
    {
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        _freeze(gateway, evidence);
        TokenState state = _existing(tokenId);
        if (state.lifecycleOf() == Lifecycles.CLOSED || state.gatewayOf() != gateway) return;
        Condition from = state.conditionOf();
        Condition to = state.withoutWordSince(seq);
        _tokens[tokenId].state =
            state.withVerdict(to, rule, block.timestamp, block.timestamp).withoutCause();
        emit Refuted(
            tokenId,
            msg.sender,
            state.updatesOf(),
            Condition.unwrap(from),
            Condition.unwrap(to),
            Rule.unwrap(rule),
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }
}
