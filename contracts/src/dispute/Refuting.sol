// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDispute, Leaf, Lie} from "../interfaces/IDispute.sol";
import {ClaimBytes} from "../libraries/ClaimBytes.sol";
import {EvidenceLeaf, SegmentEntry} from "../libraries/EvidenceLeaf.sol";
import {Merkle} from "../libraries/Merkle.sol";
import {SealBytes} from "../libraries/SealBytes.sol";
import {SealedStatement, StatementBytes} from "../libraries/StatementBytes.sol";
import {Finding, Findings} from "../types/Finding.sol";
import {Rules} from "../types/Rule.sol";
import {Bonds} from "./Bonds.sol";

/// @title Anybody's proof that a gateway anchored what is not so
/// @notice Rules:
///
/// - What is judged is one exact leaf below a root that the gateway posted. All that a challenger
///   shows beside it must hash to what the leaf itself names: its claim digest or its seal digest.
///   Showing another segment of the same counter, or another claim, proves nothing.
/// - Only what no honest gateway can have anchored counts, and only what is shown: hints that do not
///   fit, a call that fails, a section that is withheld are no proof of anything.
/// - A leaf of a gateway counts once.
/// - The proof is public, so whoever watches the queue could copy it and be paid in the
///   challenger's place. Hence a commitment in an earlier block, which names the challenger: a copy
///   has none. (Binding the proof itself to its sender would need the node's signature of it.)
abstract contract Refuting is Bonds, IDispute {
    mapping(bytes32 commitment => uint256 blockNumber) public committedAt;
    mapping(uint16 gateway => mapping(uint64 seq => bytes32)) public keptAnchor;
    mapping(bytes32 id => bool) private _refuted;

    // ------------------------------------------------------------------------------ before

    /// @notice Says that somebody has a proof, without saying which: see `commitmentOf`. Whoever
    /// says it again changes nothing.
    function commit(bytes32 commitment) external {
        if (committedAt[commitment] != 0) return;
        committedAt[commitment] = block.number;
        emit Committed(commitment);
    }

    /// @notice Keeps an anchor for ever that would leave the token's ring after 256 more posts.
    function keep(uint16 gateway, uint64 seq) external {
        if (keptAnchor[gateway][seq] != bytes32(0)) return;
        bytes32 root = token.anchorOf(gateway, seq);
        keptAnchor[gateway][seq] = root;
        emit AnchorKept(gateway, seq, root);
    }

    /// @notice What a challenger commits to. `leaf`: the entry's leaf hash; `salt`: 32 random bytes,
    /// so that a gateway that knows its lies cannot tell which one was found.
    function commitmentOf(
        address challenger,
        uint16 gateway,
        uint256 tokenId,
        bytes32 leaf,
        bytes32 salt
    ) public pure returns (bytes32) {
        return keccak256(abi.encode(challenger, gateway, tokenId, leaf, salt));
    }

    function isRefuted(uint16 gateway, uint256 tokenId, bytes32 leaf)
        external
        view
        returns (bool)
    {
        return _refuted[_idOf(gateway, tokenId, leaf)];
    }

    // ------------------------------------------------------------------------------ the lies

    /// @notice The leaf's model gives another score for the leaf's claim than the leaf says, or the
    /// claim itself says another. Its seal does not matter for that.
    function refuteScore(Leaf calldata leaf, bytes32 salt, bytes calldata claim) external {
        SegmentEntry memory entry = EvidenceLeaf.parse(leaf.entry);
        bytes32 digest = sha256(claim);
        if (digest != entry.claimDigest) revert DigestMismatch(entry.claimDigest, digest);
        (bytes calldata input, uint64 claimed) = ClaimBytes.parse(claim);
        uint256 score = executor.score(entry.model, input);
        if (score == entry.score && claimed == entry.score) revert NothingWrong();
        _punish(leaf, salt, Lie.Score);
    }

    /// @notice The signature in the leaf's seal is not one by the key of the leaf's node. `payload`:
    /// the digest that the seal holds.
    function refuteSignature(
        Leaf calldata leaf,
        bytes32 salt,
        bytes32 payload,
        bytes32 r,
        bytes32 s,
        uint256[3] calldata hints
    ) external {
        SegmentEntry memory entry = EvidenceLeaf.parse(leaf.entry);
        _isSealed(entry, entry.node, payload, r, s);
        Finding found =
            _examine(entry.node, devices.sealerAt(entry.node, 0, 0), payload, r, s, hints);
        if (!(found == Findings.INVALID)) revert SignatureNotProved(Finding.unwrap(found));
        _punish(leaf, salt, Lie.Signature);
    }

    /// @notice The leaf's seal holds a statement with another model, claim, node, key id or counter
    /// than the leaf says, or one for another deployment. `keyId`: the node that the seal names.
    function refuteStatement(
        Leaf calldata leaf,
        bytes32 salt,
        bytes8 keyId,
        bytes calldata statement,
        bytes32 r,
        bytes32 s
    ) external {
        SegmentEntry memory entry = EvidenceLeaf.parse(leaf.entry);
        _isSealed(entry, keyId, sha256(statement), r, s);
        SealedStatement memory said = StatementBytes.parse(statement);
        bool same = said.model == entry.model && said.claimDigest == entry.claimDigest;
        same = same && said.node == entry.node && keyId == entry.node;
        same = same && said.counter == entry.counter && said.audience == audience;
        if (same) revert NothingWrong();
        _punish(leaf, salt, Lie.Statement);
    }

    // ------------------------------------------------------------------------------ private

    function _isSealed(
        SegmentEntry memory entry,
        bytes8 keyId,
        bytes32 payload,
        bytes32 r,
        bytes32 s
    ) private pure {
        bytes32 digest = sha256(SealBytes.seal(keyId, payload, r, s));
        if (digest != entry.sealDigest) revert DigestMismatch(entry.sealDigest, digest);
    }

    /// What follows from a lie, if the gateway told it, it did not count before, and the caller was
    /// the one to find it. The commitment is checked last, so that a call made before there is one
    /// fails for want of it just when it is all that is missing.
    function _punish(Leaf calldata leaf, bytes32 salt, Lie lie) private {
        (uint16 gateway, uint256 tokenId) = (leaf.gateway, leaf.head.tokenId);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        if (!_isAnchored(leaf, hash)) revert NotAnchored(gateway, leaf.seq);
        bytes32 id = _idOf(gateway, tokenId, hash);
        if (_refuted[id]) revert RefutedAlready(hash);
        _refuted[id] = true;
        uint256 reward = _slash(gateway, msg.sender);
        emit LieProved(gateway, tokenId, msg.sender, lie, hash, reward);
        token.refute(tokenId, gateway, leaf.seq, Rules.REFUTED, hash);
        _useCommitment(commitmentOf(msg.sender, gateway, tokenId, hash, salt));
    }

    function _useCommitment(bytes32 commitment) private {
        uint256 number = committedAt[commitment];
        if (number == 0) revert NotCommitted(commitment);
        if (number == block.number) revert CommittedInThisBlock(commitment);
        delete committedAt[commitment];
    }

    function _isAnchored(Leaf calldata leaf, bytes32 hash) private view returns (bool) {
        bytes32 root = keptAnchor[leaf.gateway][leaf.seq];
        if (root == bytes32(0)) root = token.anchorOf(leaf.gateway, leaf.seq);
        bytes32 head = Merkle.leafHash(EvidenceLeaf.headBytes(leaf.head));
        return Merkle.verifyInclusion(
            head, leaf.headPath.index, leaf.headPath.size, leaf.headPath.hashes, root
        )
            && Merkle.verifyInclusion(
            hash, leaf.index, leaf.head.size, leaf.entryPath, leaf.head.root
        );
    }

    function _idOf(uint16 gateway, uint256 tokenId, bytes32 leaf) private pure returns (bytes32) {
        return keccak256(abi.encode(gateway, tokenId, leaf));
    }
}
