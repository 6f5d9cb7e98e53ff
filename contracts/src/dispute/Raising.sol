// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Sealer} from "../interfaces/IDeviceRegistry.sol";
import {IDispute, Segment} from "../interfaces/IDispute.sol";
import {Pointer} from "../interfaces/IModelRegistry.sol";
import {ClaimBytes} from "../libraries/ClaimBytes.sol";
import {SealBytes} from "../libraries/SealBytes.sol";
import {SealedStatement, StatementBytes} from "../libraries/StatementBytes.sol";
import {Conditions} from "../types/Condition.sol";
import {Finding, Findings} from "../types/Finding.sol";
import {Rules} from "../types/Rule.sol";
import {DisputeParties} from "./DisputeParties.sol";

/// @title Anybody's proof that a sealed segment is worth a flag
/// @notice Rules: everything is computed from the sealed bytes, nothing is believed; it only makes
/// worse, and only to flagged. Nothing is kept here and nobody is paid, so it does not matter who
/// sends a proof: whoever copies it from the queue does the same for the token.
abstract contract Raising is DisputeParties, IDispute {
    /// Seconds since the sealing within which a segment is fresh.
    uint256 public constant FRESH_FOR = 7 days;
    /// A clock with a larger error bound, or none, says nothing about freshness.
    uint256 public constant MAX_CLOCK_ERROR_MS = 10 minutes * 1000;

    /// @notice Flags a token. Steps:
    ///
    /// 1. The statement is for this deployment on this chain.
    /// 2. Its clock is sound, and by its earliest possible time it is fresh and not to come.
    /// 3. Its node has an Ed25519 key that is valid and was never revoked (who stole a key may write
    ///    any time into a statement), and watched this token during the whole window.
    /// 4. The key signed the statement.
    /// 5. Its model is the one that the token's profile points at for this kind of window, in use at
    ///    the time.
    /// 6. The claim is the sealed one, and its score is what the model gives for its input.
    /// 7. The score reaches the profile's threshold.
    /// 8. The token is not closed, no proof or person left it flagged or worse, and no person
    ///    reviewed it since the sealing. Where only its gateway flagged it, the flag stands from now
    ///    on without that gateway's word.
    ///
    /// A segment with a low score proves nothing here: clearing is for people.
    function raise(uint256 tokenId, Segment calldata segment) external {
        if (block.chainid != _chainId) revert WrongChain(_chainId, block.chainid); // 1.
        SealedStatement memory said = StatementBytes.parse(segment.statement);
        if (said.audience != audience) revert WrongAudience(audience, said.audience);
        uint40 sealedAt = _sealedAt(said); // 2.
        Sealer memory sealer = _sealer(tokenId, said); // 3.
        bytes32 payload = sha256(segment.statement); // 4.
        Finding found = _examine(said.node, sealer, payload, segment.r, segment.s, segment.hints);
        if (!(found == Findings.VALID)) revert SignatureNotProved(Finding.unwrap(found));
        uint256 threshold = _threshold(tokenId, said, sealedAt); // 5.
        uint256 score = _score(said, segment.claim); // 6.
        if (score < threshold) revert BelowThreshold(threshold, score); // 7.
        bytes32 evidence = sha256(SealBytes.seal(said.node, payload, segment.r, segment.s));
        token.escalate(tokenId, Conditions.FLAGGED, Rules.PROVED, sealedAt, evidence); // 8.
        emit Raised(tokenId, said.node, msg.sender, score, evidence);
    }

    /// Step 2: the earliest time at which the window can have ended, Unix seconds.
    function _sealedAt(SealedStatement memory said) private view returns (uint40) {
        if (said.clockSource == 0 || said.clockErrorMs > MAX_CLOCK_ERROR_MS) {
            revert ClockUnsound(said.clockSource, said.clockErrorMs);
        }
        uint256 end = uint256(said.startMs) + said.durationMs;
        uint256 earliest = end < said.clockErrorMs ? 0 : (end - said.clockErrorMs) / 1000;
        if (earliest > block.timestamp) revert FromTheFuture(block.timestamp, earliest);
        if (earliest + FRESH_FOR < block.timestamp) {
            revert Stale(block.timestamp - FRESH_FOR, earliest);
        }
        return uint40(earliest);
    }

    /// Step 3.
    function _sealer(uint256 tokenId, SealedStatement memory said)
        private
        view
        returns (Sealer memory sealer)
    {
        bytes8 node = said.node;
        uint40 from = uint40(said.startMs / 1000);
        uint40 to = uint40((uint256(said.startMs) + said.durationMs) / 1000);
        sealer = devices.sealerAt(node, from, to);
        if (sealer.revokedAt != 0) revert RevokedNode(node, sealer.revokedAt);
        if (from < sealer.validFrom) revert NotValidYet(node, sealer.validFrom, from);
        if (sealer.tokenId != tokenId) revert NotAssigned(node, tokenId, from);
    }

    /// Step 5: from which score on a window of this kind is worth a flag.
    function _threshold(uint256 tokenId, SealedStatement memory said, uint40 sealedAt)
        private
        view
        returns (uint256)
    {
        bytes32 profile = token.profileOf(tokenId);
        if (said.kind > type(uint8).max) revert NothingRaises(profile, said.kind);
        Pointer memory pointer = models.pointerAt(profile, uint8(said.kind), sealedAt);
        if (pointer.threshold == 0) revert NothingRaises(profile, said.kind);
        if (said.model != pointer.blobDigest) revert NotThisModel(pointer.blobDigest, said.model);
        return pointer.threshold;
    }

    /// Step 6.
    function _score(SealedStatement memory said, bytes calldata claim)
        private
        view
        returns (uint256 score)
    {
        bytes32 digest = sha256(claim);
        if (digest != said.claimDigest) revert DigestMismatch(said.claimDigest, digest);
        (bytes calldata input, uint64 claimed) = ClaimBytes.parse(claim);
        score = executor.score(said.model, input);
        if (score != claimed) revert ScoreMismatch(score, claimed);
    }
}
