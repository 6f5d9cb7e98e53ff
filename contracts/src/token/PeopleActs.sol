// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Condition} from "../types/Condition.sol";
import {Lifecycle} from "../types/Lifecycle.sol";
import {Rule} from "../types/Rule.sol";
import {TokenState, TokenStates} from "../types/TokenState.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title What people do to a token, each with the role the access manager gives them
/// @notice Rules: a change of condition cites evidence; a person sees the state that is changed;
/// a closed token is never touched.
abstract contract PeopleActs is TokenStorage, ERC721, AccessManaged {
    /// @notice Issues the token of a shipment: sound, created, watched by `gateway` under the
    /// profile with this digest. Ids are 1 to 2^64 - 1, since updates carry 64 bits.
    function mint(address to, uint256 tokenId, uint16 gateway, bytes32 profile)
        external
        restricted
    {
        if (tokenId == 0 || tokenId > type(uint64).max) {
            revert TokenIdOutOfRange(tokenId);
        }
        if (profile == bytes32(0)) revert ProfileMissing(tokenId);
        if (_accounts[gateway] == address(0)) revert UnknownGateway(gateway);
        _tokens[tokenId].state =
            TokenStates.minted(gateway, _indexOfProfile(profile), block.timestamp);
        _mint(to, tokenId);
    }

    /// @notice A person's verdict, in any direction: the only way in which a condition gets
    /// better. `expectedUpdates` is the count the person saw (a verdict that came in between is
    /// not overruled unseen), `evidence` the digest of what the decision rests on.
    function review(
        uint256 tokenId,
        uint32 expectedUpdates,
        Condition condition,
        uint8 reason,
        bytes32 evidence
    ) external restricted {
        TokenState state = _open(tokenId);
        if (state.updatesOf() != expectedUpdates) {
            revert UpdatedSince(tokenId, expectedUpdates, state.updatesOf());
        }
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        Condition from = state.conditionOf();
        if (!condition.isVerdict()) _forbidden(tokenId, from, condition);
        _tokens[tokenId].state = state.reviewed(condition, block.timestamp);
        emit Reviewed(
            tokenId,
            msg.sender,
            Condition.unwrap(from),
            Condition.unwrap(condition),
            reason,
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice Makes a condition worse on proof that does not come from the token's gateway: for a
    /// contract that checks sealed evidence itself. Never better.
    function escalate(uint256 tokenId, Condition condition, Rule rule, bytes32 evidence)
        external
        restricted
    {
        TokenState state = _open(tokenId);
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        Condition from = state.conditionOf();
        if (!condition.isVerdict() || !condition.isWorseThan(from)) {
            _forbidden(tokenId, from, condition);
        }
        _tokens[tokenId].state = state.escalated(condition, rule, block.timestamp);
        emit Escalated(
            tokenId,
            msg.sender,
            Condition.unwrap(from),
            Condition.unwrap(condition),
            Rule.unwrap(rule),
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice Moves a token along its way; see Lifecycle for the steps there are.
    function setLifecycle(uint256 tokenId, Lifecycle lifecycle) external restricted {
        TokenState state = _existing(tokenId);
        Lifecycle from = state.lifecycleOf();
        (uint8 was, uint8 next) = (Lifecycle.unwrap(from), Lifecycle.unwrap(lifecycle));
        if (!from.mayBecome(lifecycle)) revert ForbiddenLifecycle(tokenId, was, next);
        _tokens[tokenId].state = state.withLifecycle(lifecycle);
        emit LifecycleChanged(tokenId, msg.sender, was, next);
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice Lets another gateway watch a token from now on.
    function handOver(uint256 tokenId, uint16 gateway) external restricted {
        TokenState state = _open(tokenId);
        if (_accounts[gateway] == address(0)) revert UnknownGateway(gateway);
        _tokens[tokenId].state = state.withGateway(gateway);
        emit HandedOver(tokenId, state.gatewayOf(), gateway);
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// The profile's place in the table, which grows when a profile is seen for the first time:
    /// a token then keeps two bytes in place of thirty-two.
    function _indexOfProfile(bytes32 profile) private returns (uint16 index) {
        index = _profileIndexes[profile];
        if (index != 0) return index;
        if (_profileCount == type(uint16).max) revert TooManyProfiles();
        index = ++_profileCount;
        _profileIndexes[profile] = index;
        _profiles[index] = profile;
        emit ProfileAdded(index, profile);
    }
}
