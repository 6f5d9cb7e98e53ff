// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {IERC7572} from "../interfaces/IERC7572.sol";
import {IRenderer} from "../interfaces/IRenderer.sol";
import {GatewayState} from "../types/GatewayState.sol";
import {GuardSettings, GuardsOf} from "../types/Guards.sol";
import {MAX_VOICES} from "../types/Voices.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title Gateways, guard rails, dispute contract, renderer and pause
/// @notice Rules: no setting can free a gateway from its sequence or from what it used of its cap,
/// or make a division by zero; every change is an event.
abstract contract TokenSettings is TokenStorage, IERC7572, AccessManaged {
    /// @notice Sets up gateway `index` (1 to 65535), its account, whether it may post, and how many
    /// updates per epoch (0: heartbeats only). A new account takes over the sequence of the old.
    function setGateway(uint16 index, address account, bool active, uint32 capPerEpoch)
        external
        restricted
    {
        if (index == 0) revert UnknownGateway(index);
        if (account == address(0)) revert NotGateway(account);
        uint16 taken = _gateways[account].state.indexOf();
        if (taken != 0 && taken != index) revert GatewayTaken(account, taken);
        address before = _accounts[index];
        GatewayState state = _gateways[before].state;
        if (before != account) {
            delete _gateways[before];
            _accounts[index] = account;
        }
        _gateways[account].state = state.configured(index, active, capPerEpoch);
        emit GatewaySet(index, account, active, capPerEpoch);
    }

    /// @notice See GuardSettings. A quorum is 1 to 4.
    function setGuards(GuardSettings calldata settings) external restricted {
        _setGuards(settings);
    }

    /// @notice Takes a gateway's right to post at once. Administrators give it back.
    function freeze(uint16 gateway) external restricted {
        _freeze(gateway, bytes32(0));
    }

    /// @notice Sets the contract whose proofs are believed (see ProofActs); zero: none is.
    function setDispute(address dispute_) external restricted {
        _dispute = dispute_;
        emit DisputeSet(dispute_);
    }

    function setRenderer(address renderer_) external restricted {
        _setRenderer(renderer_);
        emit IERC4906.BatchMetadataUpdate(0, type(uint256).max);
    }

    /// @notice Stops all posts and proofs. People's functions and transfers go on; tokens become
    /// stale in time.
    function pause() external restricted {
        _setPaused(true);
    }

    function unpause() external restricted {
        _setPaused(false);
    }

    function _setPaused(bool paused) private {
        _guards = _guards.withPaused(paused);
        _stopped = paused;
        emit PausedSet(msg.sender, paused);
    }

    function _setGuards(GuardSettings memory set) internal {
        if (set.epochLength == 0 || set.staleAfter == 0 || set.quorumWindow == 0) {
            revert ZeroSetting();
        }
        if (set.quorum == 0 || set.quorum > MAX_VOICES) revert QuorumOutOfRange(set.quorum);
        _guards = GuardsOf.settings(_guards.isPaused(), set);
        emit GuardsSet(set);
    }

    function _setRenderer(address renderer_) internal {
        if (renderer_ == address(0)) revert ZeroSetting();
        _renderer = IRenderer(renderer_);
        emit RendererSet(renderer_);
        emit ContractURIUpdated();
    }
}
