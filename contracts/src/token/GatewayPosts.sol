// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Condition} from "../types/Condition.sol";
import {GatewayState} from "../types/GatewayState.sol";
import {Guards} from "../types/Guards.sol";
import {TokenState} from "../types/TokenState.sol";
import {Update, Updates} from "../types/Update.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title The gateway's hot path
/// @notice Rules: it asks nobody but storage (the caller's slot, the settings, one slot per token);
/// everything is checked before the batch counts, and one refusal undoes the whole batch.
abstract contract GatewayPosts is TokenStorage {
    /// @notice Takes one batch of packed updates (see Update) and anchors an evidence root; without
    /// updates it is the heartbeat that says "nothing has changed". Any caller that is an active
    /// gateway; `seq` must be its next number.
    function post(
        uint64 seq,
        uint64 deadline,
        bytes32 root,
        bytes32 contentId,
        bytes calldata updates
    ) external {
        GatewaySlot storage slot = _gateways[msg.sender];
        GatewayState gateway = slot.state;
        if (!gateway.isActive()) revert NotGateway(msg.sender);
        (uint256 count, uint256 left) = Updates.count(updates);
        if (left != 0) revert MalformedUpdates(updates.length);

        Guards guarded = _guards;
        slot.state = _admit(guarded, gateway, seq, deadline, count);
        uint16 index = gateway.indexOf();
        _anchor(index, seq, root);
        if (count != 0) _applyAll(updates, count, index, guarded.minIntervalOf());
        emit Posted(index, seq, root, contentId, updates);
    }

    /// Checks everything about a batch but its updates; gives the gateway's state after it.
    function _admit(
        Guards guarded,
        GatewayState gateway,
        uint64 seq,
        uint64 deadline,
        uint256 count
    ) private view returns (GatewayState) {
        if (guarded.isPaused()) revert Paused();
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        uint64 expected = gateway.nextSeqOf();
        if (seq != expected) revert WrongSequence(expected, seq);
        uint256 epoch = guarded.epochAt(block.timestamp);
        uint256 used = gateway.usedIn(epoch) + count;
        if (used > gateway.capOf()) revert CapExceeded(gateway.capOf(), used);
        return gateway.posted(block.timestamp, epoch, used);
    }

    function _anchor(uint16 index, uint64 seq, bytes32 root) private {
        if (root == bytes32(0)) revert EmptyRoot();
        _anchors[index][uint8(seq)] = root;
    }

    /// Applies the updates in order. A token whose condition or doubts changed is announced by
    /// itself; those of which only figures changed by one range around them.
    function _applyAll(bytes calldata updates, uint256 count, uint16 index, uint256 minInterval)
        private
    {
        uint256 low = type(uint256).max;
        uint256 high = 0;
        for (uint256 i = 0; i < count; ++i) {
            Update update = Updates.read(updates, i);
            uint256 tokenId = update.tokenId();
            if (_apply(update, tokenId, index, minInterval)) {
                emit IERC4906.MetadataUpdate(tokenId);
            } else {
                if (tokenId < low) low = tokenId;
                if (tokenId > high) high = tokenId;
            }
        }
        if (low < high) emit IERC4906.BatchMetadataUpdate(low, high);
        else if (low == high) emit IERC4906.MetadataUpdate(low);
    }

    /// One update: checked against the token's state, then written. Returns whether the condition
    /// or a doubt changed.
    function _apply(Update update, uint256 tokenId, uint16 index, uint256 minInterval)
        private
        returns (bool visible)
    {
        TokenSlot storage slot = _tokens[tokenId];
        TokenState state = _opened(tokenId, slot.state);
        if (state.gatewayOf() != index) {
            revert NotThisGateway(tokenId, state.gatewayOf(), index);
        }
        Condition from = state.conditionOf();
        Condition to = update.condition();
        if (!to.isVerdict() || from.isWorseThan(to)) _forbidden(tokenId, from, to);
        if (update.health() > 100) revert HealthOutOfRange(tokenId, update.health());
        // The interval holds back noise, never an alarm: a token can get worse only twice.
        if (minInterval != 0 && !to.isWorseThan(from)) {
            uint256 notBefore = state.recordedOf() + minInterval;
            if (block.timestamp < notBefore) revert TooSoon(tokenId, notBefore, block.timestamp);
        }
        slot.state = state.updated(update.verdictBits(), block.timestamp);
        return to != from || update.doubts() != state.doubtsOf();
    }
}
