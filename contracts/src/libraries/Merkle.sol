// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

/// @title Merkle trees as RFC 9162 (Certificate Transparency 2.0) has them
/// @notice Leaves are SHA-256(0x00 ‖ bytes), inner nodes SHA-256(0x01 ‖ left ‖ right): a node can
/// never pass for a leaf. Trees need no padding and no leaf is doubled.
/// @dev A path proves that the leaf is in the tree of this root, whatever `size` says. It proves
/// the leaf's place only if `size` itself is known to be right.
library Merkle {
    function leafHash(bytes memory entry) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), entry));
    }

    function nodeHash(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// RFC 9162, section 2.1.3.2; false for whatever does not prove it, without a revert.
    /// `path` goes from the leaf's sibling up.
    function verifyInclusion(
        bytes32 leaf,
        uint256 index,
        uint256 size,
        bytes32[] calldata path,
        bytes32 root
    ) internal pure returns (bool) {
        if (index >= size) return false;
        uint256 last = size - 1; // the place of the last node on this level
        bytes32 hash = leaf;
        for (uint256 i = 0; i < path.length; ++i) {
            if (last == 0) return false;
            if (index & 1 == 1 || index == last) {
                hash = nodeHash(path[i], hash);
                // A last node without a sibling rises unchanged to where it is a right child.
                while (index & 1 == 0 && index != 0) {
                    index >>= 1;
                    last >>= 1;
                }
            } else {
                hash = nodeHash(hash, path[i]);
            }
            index >>= 1;
            last >>= 1;
        }
        return last == 0 && hash == root;
    }
}
