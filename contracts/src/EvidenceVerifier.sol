// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken} from "./interfaces/ICargoToken.sol";
import {EvidenceLeaf, Head, Path, SegmentEntry} from "./libraries/EvidenceLeaf.sol";
import {Merkle} from "./libraries/Merkle.sol";
import {SealedStatement, StatementBytes} from "./libraries/StatementBytes.sol";

/// @title Anybody's check that a piece of evidence is behind a token
/// @notice Steps from an anchored root to one entry:
///
/// 1. `anchorOf(gateway, seq)` of the token contract is the root over the heads of all open
///    shipments at that post;
/// 2. the shipment's head is a leaf below that root (`verifyHead`);
/// 3. the entry is a leaf below the head's root (`verifyEntry`).
///
/// What the caller must still do: read the seal and the statement behind the entry and check the
/// node's signature. No state, no rights; a contract may use it in the middle of a transaction.
contract EvidenceVerifier {
    /// @notice Step 2. False when the path does not lead there; reverts when the post is not kept.
    /// The size of the tree of heads is not on chain: the path proves that the head is in it, not
    /// at which place.
    function verifyHead(
        ICargoToken token,
        uint16 gateway,
        uint64 seq,
        Head calldata head,
        Path calldata path
    ) public view returns (bool) {
        bytes32 leaf = Merkle.leafHash(EvidenceLeaf.headBytes(head));
        bytes32 root = token.anchorOf(gateway, seq);
        return Merkle.verifyInclusion(leaf, path.index, path.size, path.hashes, root);
    }

    /// @notice Step 3, for an entry of any type. The head's size is part of the head, so the place
    /// `index` is proven too.
    function verifyEntry(
        Head calldata head,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata path
    ) public pure returns (bool) {
        return Merkle.verifyInclusion(Merkle.leafHash(entry), index, head.size, path, head.root);
    }

    /// @notice Steps 1 to 3 at once: `entry` is number `index` in the log of `head.tokenId`.
    function verifyEvidence(
        ICargoToken token,
        uint16 gateway,
        uint64 seq,
        Head calldata head,
        Path calldata headPath,
        bytes calldata entry,
        uint64 index,
        bytes32[] calldata entryPath
    ) external view returns (bool) {
        if (!verifyHead(token, gateway, seq, head, headPath)) return false;
        return verifyEntry(head, entry, index, entryPath);
    }

    /// @notice The parts of an entry of type 1; reverts on anything else.
    function parseEntry(bytes calldata entry) external pure returns (SegmentEntry memory) {
        return EvidenceLeaf.parse(entry);
    }

    /// @notice The parts of a statement; reverts on anything else.
    function parseStatement(bytes calldata statement)
        external
        pure
        returns (SealedStatement memory)
    {
        return StatementBytes.parse(statement);
    }
}
