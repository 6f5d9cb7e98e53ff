// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC4906} from "@openzeppelin/contracts/interfaces/IERC4906.sol";
import {Condition, Conditions} from "../types/Condition.sol";
import {GatewayState} from "../types/GatewayState.sol";
import {Guards} from "../types/Guards.sol";
import {Lifecycles} from "../types/Lifecycle.sol";
import {Rule} from "../types/Rule.sol";
import {Steps, Tables} from "../types/Steps.sol";
import {TokenState} from "../types/TokenState.sol";
import {Update, Updates} from "../types/Update.sol";
import {MAX_VOICES, Voices} from "../types/Voices.sol";
import {TokenStorage} from "./TokenStorage.sol";

/// @title The gateway's hot path
/// @notice Rules: it asks nobody but storage (the caller's slot, the settings, one slot per token);
/// everything is checked before the batch counts, and one refusal undoes the whole batch.
/// Where several gateways must agree, one that calls a token compromised flags it and is counted; a
/// gateway that does not watch a token may say only this of it.
abstract contract GatewayPosts is TokenStorage {
    /// @notice Takes one batch of packed updates (see Update) and anchors an evidence root; without
    /// updates it is the heartbeat that says "nothing has changed". Any caller that is an active
    /// gateway; `seq` must be its next number.
    /// @dev The deadline has 256 bits because with them this function's selector is the second that
    /// the dispatcher compares; with 64 it would be the 37th, for 800 gas more.
    function post(
        uint64 seq,
        uint256 deadline,
        bytes32 root,
        bytes32 contentId,
        bytes calldata updates
    ) external {
        GatewaySlot storage slot = _gateways[msg.sender];
        GatewayState gateway = slot.state;
        if (!gateway.isActive()) revert NotGateway(msg.sender);
        if (updates.length % Updates.BYTES != 0) revert MalformedUpdates(updates.length);
        if (root == bytes32(0)) revert EmptyRoot();

        Guards guarded = _guards;
        slot.state = _admit(guarded, gateway, seq, deadline, updates.length / Updates.BYTES);
        uint16 index = gateway.indexOf();
        _anchors[index][uint8(seq)] = root;
        emit Posted(index, seq, root, contentId, updates);
        if (updates.length != 0) _applyAll(updates, index, seq, guarded);
    }

    /// Checks everything about a batch but its updates; gives the gateway's state after it.
    function _admit(
        Guards guarded,
        GatewayState gateway,
        uint64 seq,
        uint256 deadline,
        uint256 count
    ) private view returns (GatewayState) {
        if (guarded.isPaused()) revert Paused();
        if (block.timestamp > deadline) revert DeadlinePassed(deadline, block.timestamp);
        uint64 expected = gateway.nextSeqOf();
        if (seq != expected) revert WrongSequence(expected, seq);
        unchecked {
            uint256 epoch = guarded.epochAt(block.timestamp);
            uint256 used = gateway.usedIn(epoch) + count;
            if (used > gateway.capOf()) revert CapExceeded(gateway.capOf(), used);
            return gateway.posted(block.timestamp, epoch, used);
        }
    }

    /// Applies the updates in order. A token whose condition or doubts changed is announced by
    /// itself; those of which only figures changed by one range around them.
    function _applyAll(bytes calldata updates, uint16 index, uint64 seq, Guards guarded) private {
        uint256 low = type(uint256).max;
        uint256 high = 0;
        Steps plain = guarded.quorumOf() > 1 ? Tables.ALONE : Tables.AUTOMATION;
        unchecked {
            uint256 latest = block.timestamp - guarded.minIntervalOf();
            uint256 place = Updates.start(updates);
            for (uint256 end = place + updates.length; place < end; place += Updates.BYTES) {
                Update update = Updates.read(place);
                uint256 tokenId = update.tokenId();
                TokenSlot storage slot = _tokens[tokenId];
                TokenState state = slot.state;
                TokenState next = state.takes(update, index, plain, latest)
                    ? state.updated(update.verdictBits(), block.timestamp)
                    : _weigh(update, tokenId, state, index, guarded);
                if (next.looksOtherThan(state)) {
                    next = next.withCause(state, index, seq);
                    emit IERC4906.MetadataUpdate(tokenId);
                } else {
                    if (tokenId < low) low = tokenId;
                    if (tokenId > high) high = tokenId;
                }
                slot.state = next;
            }
        }
        if (low == high) emit IERC4906.MetadataUpdate(low);
        else if (low < high) emit IERC4906.BatchMetadataUpdate(low, high);
    }

    // --------------------------------------------------------------------- off the hot path

    /// What becomes of a token that does not simply take an update: the same rules one by one, with
    /// a name for each refusal, and an alarm that may overtake the interval or needs a quorum.
    function _weigh(Update update, uint256 tokenId, TokenState state, uint16 index, Guards guarded)
        private
        returns (TokenState next)
    {
        if (!state.exists()) revert UnknownToken(tokenId);
        if (state.lifecycleOf() == Lifecycles.CLOSED) revert ShipmentClosed(tokenId);
        if (state.gatewayOf() != index) return _witness(update, tokenId, state, index, guarded);
        _sameReviews(update, tokenId, state);
        (Condition from, Condition to) = (state.conditionOf(), update.condition());
        if (!Tables.AUTOMATION.allow(Condition.unwrap(from), Condition.unwrap(to))) {
            _forbidden(tokenId, from, to);
        }
        if (update.health() > 100) revert HealthOutOfRange(tokenId, update.health());
        // The interval holds back noise, never an alarm: a token can get worse only twice.
        uint256 notBefore = state.recordedOf() + guarded.minIntervalOf();
        if (block.timestamp < notBefore && !to.isWorseThan(from)) {
            revert TooSoon(tokenId, notBefore, block.timestamp);
        }
        next = state.updated(update.verdictBits(), block.timestamp);
        if (to == Conditions.COMPROMISED && guarded.quorumOf() > 1) {
            next = _voiced(next, tokenId, from, index, guarded);
        }
    }

    /// A gateway that does not watch the token may call it compromised where several must.
    function _witness(
        Update update,
        uint256 tokenId,
        TokenState state,
        uint16 index,
        Guards guarded
    ) private returns (TokenState) {
        if (guarded.quorumOf() < 2 || update.condition() != Conditions.COMPROMISED) {
            revert NotThisGateway(tokenId, state.gatewayOf(), index);
        }
        _sameReviews(update, tokenId, state);
        TokenState next = state.withVerdict(
            Conditions.COMPROMISED, Rule.wrap(update.rule()), update.since(), block.timestamp
        );
        return _voiced(next, tokenId, state.conditionOf(), index, guarded);
    }

    function _sameReviews(Update update, uint256 tokenId, TokenState state) private pure {
        if (state.reviewsOf() != update.reviews()) {
            revert ReviewedSince(tokenId, update.reviews(), state.reviewsOf());
        }
    }

    /// A state that was to become compromised: it does when the quorum is reached, or was before;
    /// else it is flagged. Gateways that were switched off do not count, nor old voices.
    function _voiced(
        TokenState next,
        uint256 tokenId,
        Condition from,
        uint16 index,
        Guards guarded
    ) private returns (TokenState) {
        uint256 count = _hear(tokenId, index, guarded.quorumWindowOf());
        Condition to = Conditions.COMPROMISED;
        if (count < guarded.quorumOf() && from != to) {
            to = Conditions.FLAGGED;
            next = next.withCondition(to);
        }
        emit Attested(tokenId, index, uint8(count), Condition.unwrap(to));
        return next.withVoices(count);
    }

    /// Adds a gateway's voice to the others that still count; returns how many there are.
    function _hear(uint256 tokenId, uint16 index, uint256 window) private returns (uint256 count) {
        Voices before = _voices[tokenId];
        Voices heard = Voices.wrap(0).with(0, index, block.timestamp);
        count = 1;
        for (uint256 i = 0; i < MAX_VOICES && count < MAX_VOICES; ++i) {
            uint16 other = before.gatewayAt(i);
            if (other == 0 || other == index) continue;
            if (block.timestamp > before.timeAt(i) + window || !_isActive(other)) continue;
            heard = heard.with(count++, other, before.timeAt(i));
        }
        _voices[tokenId] = heard;
    }
}
