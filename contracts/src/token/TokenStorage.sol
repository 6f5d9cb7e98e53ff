// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken, Proposal} from "../interfaces/ICargoToken.sol";
import {IRenderer} from "../interfaces/IRenderer.sol";
import {Condition} from "../types/Condition.sol";
import {GatewayState} from "../types/GatewayState.sol";
import {Guards} from "../types/Guards.sol";
import {Lifecycles} from "../types/Lifecycle.sol";
import {TokenState} from "../types/TokenState.sol";
import {Voices} from "../types/Voices.sol";

/// @title What the token contract remembers
/// @notice Rules: one slot per token, one per gateway, one of settings; the anchors of a gateway
/// lie in a ring, so that a post writes no new slot once the ring is full. Voices and proposals are
/// only there while several have to agree.
abstract contract TokenStorage is ICargoToken {
    /// A mapping's value that can be pointed at: its place is computed once, not per access.
    struct TokenSlot {
        TokenState state;
    }

    struct GatewaySlot {
        GatewayState state;
    }

    uint256 internal constant KEPT_ANCHORS = 256;

    string internal _deployment;
    IRenderer internal _renderer;
    Guards internal _guards;
    uint16 internal _profileCount;
    address internal _dispute;
    bool internal _stopped; // as in _guards; beside the one address whose proofs it stops

    mapping(uint256 tokenId => TokenSlot) internal _tokens;
    mapping(address account => GatewaySlot) internal _gateways;
    mapping(uint16 index => address) internal _accounts;
    mapping(uint16 gateway => bytes32[KEPT_ANCHORS]) internal _anchors;
    mapping(bytes32 profile => uint16) internal _profileIndexes;
    mapping(uint16 index => bytes32) internal _profiles;
    mapping(uint256 tokenId => Voices) internal _voices;
    mapping(uint256 tokenId => Proposal) internal _proposals;
    mapping(uint256 tokenId => uint40) internal _reviewedAt;

    function _existing(uint256 tokenId) internal view returns (TokenState state) {
        state = _tokens[tokenId].state;
        if (!state.exists()) revert UnknownToken(tokenId);
    }

    /// The state of a token that may still change.
    function _open(uint256 tokenId) internal view returns (TokenState state) {
        state = _existing(tokenId);
        if (state.lifecycleOf() == Lifecycles.CLOSED) revert ShipmentClosed(tokenId);
    }

    function _isActive(uint16 gateway) internal view returns (bool) {
        return _gateways[_accounts[gateway]].state.isActive();
    }

    /// Takes a gateway's right to post; its tokens are stale from now on.
    function _freeze(uint16 gateway, bytes32 evidence) internal {
        address account = _accounts[gateway];
        if (account == address(0)) revert UnknownGateway(gateway);
        _gateways[account].state = _gateways[account].state.frozen();
        emit GatewayFrozen(gateway, msg.sender, evidence);
    }

    function _forbidden(uint256 tokenId, Condition from, Condition to) internal pure {
        revert ForbiddenTransition(tokenId, Condition.unwrap(from), Condition.unwrap(to));
    }
}
