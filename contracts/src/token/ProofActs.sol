// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Condition} from "../types/Condition.sol";
import {Rule} from "../types/Rule.sol";
import {Tables} from "../types/Steps.sol";
import {TokenState} from "../types/TokenState.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title What a contract does that checks sealed evidence itself
/// @notice Rules: what was proved stands, whoever says what later, until a person reviews it; what
/// a gateway is proved to have lied about goes back no further than to what stands without it.
abstract contract ProofActs is TokenStorage, AccessManaged {
    /// @notice Makes a condition worse on proof that does not come from the token's gateway. Never
    /// better.
    function escalate(uint256 tokenId, Condition condition, Rule rule, bytes32 evidence)
        external
        restricted
    {
        TokenState state = _open(tokenId);
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        Condition from = state.conditionOf();
        if (!Tables.PROOF.allow(Condition.unwrap(from), Condition.unwrap(condition))) {
            _forbidden(tokenId, from, condition);
        }
        uint32 corrects = state.updatesOf();
        state = state.withVerdict(condition, rule, block.timestamp, block.timestamp);
        _tokens[tokenId].state = state.withStanding(condition);
        emit Escalated(
            tokenId,
            msg.sender,
            corrects,
            Condition.unwrap(from),
            Condition.unwrap(condition),
            Rule.unwrap(rule),
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice On proof that `gateway` lied about a token that it watches: takes its right to post,
    /// and gives the token back the condition it had before the lie, which is never better than
    /// what people and proofs left. Its tokens are stale from now on, hence none of them reads as
    /// sound until a person has looked or another gateway watches.
    function refute(
        uint256 tokenId,
        uint16 gateway,
        Condition condition,
        Rule rule,
        bytes32 evidence
    ) external restricted {
        TokenState state = _open(tokenId);
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        if (state.gatewayOf() != gateway) {
            revert NotThisGateway(tokenId, state.gatewayOf(), gateway);
        }
        Condition from = state.conditionOf();
        if (condition.isWorseThan(from) || state.standingOf().isWorseThan(condition)) {
            _forbidden(tokenId, from, condition);
        }
        uint32 corrects = state.updatesOf();
        _tokens[tokenId].state =
            state.withVerdict(condition, rule, block.timestamp, block.timestamp);
        _freeze(gateway, evidence);
        emit Refuted(
            tokenId,
            msg.sender,
            corrects,
            Condition.unwrap(from),
            Condition.unwrap(condition),
            Rule.unwrap(rule),
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }
}
