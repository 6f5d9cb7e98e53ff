// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {CborReader} from "./CborReader.sol";

/// @notice What an evidence log's entry says of one sealed segment.
struct SegmentEntry {
    bytes32 sealDigest;
    bytes32 claimDigest;
    bytes32 model;
    bytes8 node;
    uint64 counter;
    uint64 score;
    uint64 receivedMs;
}

/// @notice A shipment's evidence log at one moment: `size` entries with this Merkle root.
struct Head {
    uint64 tokenId;
    uint64 size;
    bytes32 root;
}

/// @notice Where a leaf is in a tree of `size` leaves, and the hashes from its sibling to the root.
struct Path {
    uint64 index;
    uint64 size;
    bytes32[] hashes;
}

/// @title The bytes behind the two kinds of leaves
/// @notice An entry of type 1 is a deterministic CBOR array with its fixed parts first:
///
///     [1, seal digest bstr32, claim digest bstr32, model bstr32, node bstr8, counter, score,
///      received_ms]
///
/// A head's leaf is tokenId u64 ‖ size u64 ‖ root, 48 bytes, big-endian.
library EvidenceLeaf {
    uint8 internal constant ARRAY_OF_8 = 0x88;
    uint8 internal constant TYPE_SEGMENT = 1;
    uint256 internal constant SEAL_AT = 4;
    uint256 internal constant CLAIM_AT = 38;
    uint256 internal constant MODEL_AT = 72;
    uint256 internal constant NODE_AT = 105;
    uint256 internal constant NUMBERS_AT = 113;

    /// Reverts with an error of CborReader unless `data` is exactly one entry of type 1.
    function parse(bytes calldata data) internal pure returns (SegmentEntry memory entry) {
        CborReader.expectLength(data, NUMBERS_AT + 3);
        CborReader.expectByte(data, 0, ARRAY_OF_8);
        CborReader.expectByte(data, 1, TYPE_SEGMENT);
        entry.sealDigest = CborReader.readBytes32(data, SEAL_AT);
        entry.claimDigest = CborReader.readBytes32(data, CLAIM_AT);
        entry.model = CborReader.readBytes32(data, MODEL_AT);
        entry.node = CborReader.readBytes8(data, NODE_AT);
        uint256 next = NUMBERS_AT;
        (entry.counter, next) = CborReader.readUint(data, next);
        (entry.score, next) = CborReader.readUint(data, next);
        (entry.receivedMs, next) = CborReader.readUint(data, next);
        CborReader.expectEnd(data, next);
    }

    function headBytes(Head memory head) internal pure returns (bytes memory) {
        return abi.encodePacked(head.tokenId, head.size, head.root);
    }
}
