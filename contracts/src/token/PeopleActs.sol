// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {Proposal} from "../interfaces/ICargoToken.sol";
import {Condition} from "../types/Condition.sol";
import {Lifecycle} from "../types/Lifecycle.sol";
import {Rules} from "../types/Rule.sol";
import {Tables} from "../types/Steps.sol";
import {TokenState, TokenStates} from "../types/TokenState.sol";
import {Voices} from "../types/Voices.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title What people do to a token, each with the role the access manager gives them
/// @notice Rules: a change of condition cites evidence and names the record that it corrects, which
/// must be the last one, so that the history is a line and never a fork; a closed token is never
/// touched; where a second reviewer is wanted, one alone never makes a condition better.
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

    /// @notice A person's verdict, in any direction: the only way in which a condition gets better
    /// than what people and proofs left. `corrects` is the record the person saw last (the token's
    /// count of updates: a verdict that came in between is not overruled unseen), `evidence` the
    /// digest of what the decision rests on. Where a second reviewer is wanted, the first who wants
    /// a better condition only proposes it; another who says the same of the same record decides.
    function review(
        uint256 tokenId,
        uint32 corrects,
        Condition condition,
        uint8 reason,
        bytes32 evidence
    ) external restricted {
        TokenState state = _open(tokenId);
        if (state.updatesOf() != corrects) {
            revert UpdatedSince(tokenId, corrects, state.updatesOf());
        }
        if (evidence == bytes32(0)) revert EvidenceMissing(tokenId);
        Condition from = state.conditionOf();
        if (!Tables.REVIEWER.allow(Condition.unwrap(from), Condition.unwrap(condition))) {
            _forbidden(tokenId, from, condition);
        }
        if (from.isWorseThan(condition) && _guards.wantsSecondReviewer()) {
            if (!_seconded(tokenId, corrects, condition, reason, evidence)) return;
        }
        state = state.withVerdict(condition, Rules.REVIEW, block.timestamp, block.timestamp);
        if (state.voicesOf() != 0) _voices[tokenId] = Voices.wrap(0);
        state = state.counted().withStanding(condition).withVoices(0);
        _tokens[tokenId].state = state.withoutCause();
        _reviewedAt[tokenId] = uint40(block.timestamp);
        emit Reviewed(
            tokenId,
            msg.sender,
            corrects,
            Condition.unwrap(from),
            Condition.unwrap(condition),
            reason,
            evidence
        );
        emit IERC4906.MetadataUpdate(tokenId);
    }

    /// @notice Moves a token along its way; see Tables.OPERATOR for the steps there are.
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

    /// Whether another reviewer proposed the same for the same record; else this is the proposal.
    function _seconded(
        uint256 tokenId,
        uint32 corrects,
        Condition condition,
        uint8 reason,
        bytes32 evidence
    ) private returns (bool) {
        Proposal memory first = _proposals[tokenId];
        bool same = first.corrects == corrects && first.condition == condition;
        if (first.reviewer != address(0) && first.reviewer != msg.sender && same) {
            delete _proposals[tokenId];
            return true;
        }
        _proposals[tokenId] = Proposal(msg.sender, corrects, condition);
        emit ReviewProposed(
            tokenId, msg.sender, corrects, Condition.unwrap(condition), reason, evidence
        );
        return false;
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
