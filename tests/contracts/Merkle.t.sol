// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Merkle} from "cargoseal/libraries/Merkle.sol";
import {Test} from "./support/Vm.sol";

/// Trees of RFC 9162 against the vectors of `make_vectors.py`, and forged paths.
contract MerkleTest is Test {
    string private _json;

    function setUp() public {
        _json = vm.readFile("../tests/contracts/vectors/evidence.json");
    }

    /// The library takes calldata, hence a call from outside.
    function verify(
        bytes32 leaf,
        uint256 index,
        uint256 size,
        bytes32[] calldata path,
        bytes32 root
    ) external pure returns (bool) {
        return Merkle.verifyInclusion(leaf, index, size, path, root);
    }

    function _tree(uint256 number) private pure returns (string memory) {
        return string.concat(".trees[", vm.toString(number), "]");
    }

    function _path(string memory tree, uint256 index) private view returns (bytes32[] memory) {
        string memory key = string.concat(tree, ".paths[", vm.toString(index), "]");
        return vm.parseJsonBytes32Array(_json, key);
    }

    function _load(uint256 number)
        private
        view
        returns (string memory tree, uint256 size, bytes32 root, bytes32[] memory leaves)
    {
        tree = _tree(number);
        size = vm.parseJsonUint(_json, string.concat(tree, ".size"));
        root = vm.parseJsonBytes32(_json, string.concat(tree, ".root"));
        leaves = vm.parseJsonBytes32Array(_json, string.concat(tree, ".leaves"));
    }

    function test_every_leaf_of_every_tree_is_found_at_its_place_and_no_other() public view {
        for (uint256 number = 0; vm.keyExistsJson(_json, _tree(number)); ++number) {
            (string memory tree, uint256 size, bytes32 root, bytes32[] memory leaves) =
                _load(number);
            for (uint256 index = 0; index < size; ++index) {
                bytes32[] memory path = _path(tree, index);
                for (uint256 claimed = 0; claimed <= size; ++claimed) {
                    bool found = this.verify(leaves[index], claimed, size, path, root);
                    vm.assertEq(found, claimed == index);
                }
            }
        }
    }

    function test_refuses_a_path_that_is_too_short_or_too_long() public view {
        (string memory tree, uint256 size, bytes32 root, bytes32[] memory leaves) = _load(9);
        for (uint256 index = 0; index < size; ++index) {
            bytes32[] memory path = _path(tree, index);
            bytes32[] memory longer = new bytes32[](path.length + 1);
            bytes32[] memory shorter = new bytes32[](path.length - 1);
            for (uint256 i = 0; i < path.length; ++i) {
                longer[i] = path[i];
                if (i < shorter.length) shorter[i] = path[i];
            }
            vm.assertFalse(this.verify(leaves[index], index, size, longer, root));
            vm.assertFalse(this.verify(leaves[index], index, size, shorter, root));
        }
    }

    function test_refuses_an_inner_node_in_the_place_of_a_leaf() public view {
        (,, bytes32 root, bytes32[] memory leaves) = _load(3); // four leaves
        bytes32 left = Merkle.nodeHash(leaves[0], leaves[1]);
        bytes32[] memory path = new bytes32[](1);
        path[0] = Merkle.nodeHash(leaves[2], leaves[3]);
        // As a hash it would lead to the root of a tree of two, so leaves must be hashed as leaves.
        vm.assertTrue(this.verify(left, 0, 2, path, root));
        bytes32 asLeaf = Merkle.leafHash(abi.encodePacked(leaves[0], leaves[1]));
        vm.assertFalse(this.verify(asLeaf, 0, 2, path, root));
    }

    function test_refuses_anything_in_an_empty_tree() public view {
        vm.assertFalse(this.verify(bytes32(0), 0, 0, new bytes32[](0), sha256("")));
    }

    /// forge-config: default.fuzz.runs = 128
    function testFuzz_a_changed_bit_anywhere_is_noticed(uint256 pick, uint8 bit) public view {
        (string memory tree, uint256 size, bytes32 root, bytes32[] memory leaves) = _load(11);
        uint256 index = pick % size;
        bytes32[] memory path = _path(tree, index);
        uint256 place = (pick >> 128) % (path.length + 2);
        bytes32 flip = bytes32(uint256(1) << bit);
        bytes32 leaf = leaves[index];
        if (place == path.length) leaf ^= flip;
        else if (place == path.length + 1) root ^= flip;
        else path[place] ^= flip;
        vm.assertFalse(this.verify(leaf, index, size, path, root));
    }

    function testFuzz_no_input_makes_it_revert(
        bytes32 leaf,
        uint256 index,
        uint256 size,
        bytes32[] calldata path,
        bytes32 root
    ) public view {
        vm.assertFalse(this.verify(leaf, index, size, path, root));
    }
}
