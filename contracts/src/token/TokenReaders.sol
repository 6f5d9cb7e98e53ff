// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Proposal, Status} from "../interfaces/ICargoToken.sol";
import {GatewayState} from "../types/GatewayState.sol";
import {GuardSettings} from "../types/Guards.sol";
import {Lifecycles} from "../types/Lifecycle.sol";
import {Actor, Steps, Tables} from "../types/Steps.sol";
import {TokenState} from "../types/TokenState.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title What anybody may read
/// @notice Rules: what does not exist is refused by name, except gateways, which read as zero;
/// nothing here depends on who asks.
abstract contract TokenReaders is TokenStorage {
    /// @notice The truth about a token. Read it together with `isStale`.
    function statusOf(uint256 tokenId) external view returns (Status memory) {
        return _status(_existing(tokenId));
    }

    /// @notice Whether the token's gateway has been silent for longer than `staleAfter`, never
    /// posted, or was switched off: then "sound" means "not known". A closed token is final, hence
    /// never stale.
    function isStale(uint256 tokenId) public view returns (bool) {
        TokenState state = _existing(tokenId);
        if (state.lifecycleOf() == Lifecycles.CLOSED) return false;
        GatewayState gateway = _gateways[_accounts[state.gatewayOf()]].state;
        if (!gateway.isActive()) return true;
        return block.timestamp > gateway.lastPostOf() + _guards.staleAfterOf();
    }

    /// @notice The root that `gateway` anchored with its post `seq`; reverts when there is none yet
    /// or more than 255 posts followed.
    function anchorOf(uint16 gateway, uint64 seq) external view returns (bytes32) {
        uint64 next = _gateways[_accounts[gateway]].state.nextSeqOf();
        if (seq >= next || next - seq > KEPT_ANCHORS) revert AnchorNotKept(gateway, seq, next);
        return _anchors[gateway][uint8(seq)];
    }

    /// @notice Gateway `index`; all zero when there is none.
    function gatewayAt(uint16 index)
        external
        view
        returns (address account, bool active, uint64 nextSeq, uint40 lastPost)
    {
        account = _accounts[index];
        GatewayState state = _gateways[account].state;
        return (account, state.isActive(), state.nextSeqOf(), state.lastPostOf());
    }

    /// @notice The index of a gateway's account; 0 when it is none.
    function gatewayIndex(address account) external view returns (uint16) {
        return _gateways[account].state.indexOf();
    }

    /// @notice How many updates gateway `index` may post per epoch, and has posted in this one.
    function capAt(uint16 index) external view returns (uint32 cap, uint256 usedNow) {
        GatewayState state = _gateways[_accounts[index]].state;
        return (state.capOf(), state.usedIn(_guards.epochAt(block.timestamp)));
    }

    function guards() external view returns (bool paused, GuardSettings memory settings) {
        return (_guards.isPaused(), _guards.unpacked());
    }

    /// @notice The table of an actor's steps: bit `8 * from + to`.
    function stepsOf(Actor actor) external pure returns (Steps) {
        return Tables.table(actor);
    }

    /// @notice What a first reviewer proposed for a token; all zero when nobody did. It lapses when
    /// the token's count of updates goes past `corrects`.
    function proposalOf(uint256 tokenId) external view returns (Proposal memory) {
        return _proposals[tokenId];
    }

    /// @notice The profile a token is judged by.
    function profileOf(uint256 tokenId) external view returns (bytes32) {
        return _profiles[_existing(tokenId).profileOf()];
    }

    /// @notice When a person last reviewed the token, Unix seconds; 0: never.
    function reviewedAt(uint256 tokenId) external view returns (uint40) {
        return _reviewedAt[tokenId];
    }

    function dispute() external view returns (address) {
        return _dispute;
    }

    function deployment() external view returns (string memory) {
        return _deployment;
    }

    function renderer() external view returns (address) {
        return address(_renderer);
    }

    function _status(TokenState state) internal view returns (Status memory status) {
        status.condition = state.conditionOf();
        status.lifecycle = state.lifecycleOf();
        status.doubts = state.doubtsOf();
        status.health = state.healthOf();
        status.rule = state.ruleOf();
        status.score = state.scoreOf();
        status.updates = state.updatesOf();
        status.since = state.sinceOf();
        status.recorded = state.recordedOf();
        status.gateway = state.gatewayOf();
        status.profile = _profiles[state.profileOf()];
        status.reviews = state.reviewsOf();
        status.standing = state.standingOf();
        status.voices = state.voicesOf();
    }
}
