// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IDispute, Leaf} from "cargoseal/interfaces/IDispute.sol";
import {Int8Model} from "cargoseal/Int8Model.sol";
import {Head, Path} from "cargoseal/libraries/EvidenceLeaf.sol";
import {Merkle} from "cargoseal/libraries/Merkle.sol";
import {Shipped} from "../../../contracts/script/Shipped.sol";
import {Fleet} from "./Fleet.sol";

/// @notice A fleet with the shipped dispute contract, a model that takes one input x and scores
/// (x - 0)^2, and a gateway that anchors a log of two entries for shipment 1 beside shipment 2's.
abstract contract Evidence is Fleet {
    address internal constant CHALLENGER = address(0xC1);
    address internal constant COPYIST = address(0xC2);
    bytes32 internal constant SALT = keccak256("salt");
    /// The bytes of a baseline: header (kind 1, one input, no layers, zero point 0), one feature.
    bytes internal constant BLOB =
        hex"0043534d0201000100000000000000000000000000000000000000000000000000";
    bytes8 internal constant NODE = 0x0102030405060708;

    IDispute internal dispute;
    Int8Model internal executor;
    bytes32 internal model;
    bytes32 internal siblingHead;

    function setUp() public virtual override {
        super.setUp();
        executor = Int8Model(Shipped.deploy("Int8Model", ""));
        model = executor.store(_blob());
        bytes memory parties = abi.encode(token, devices, models, verifier, executor);
        dispute = IDispute(Shipped.deploy("Dispute", parties));
        vm.prank(ADMIN);
        token.setDispute(address(dispute));
    }

    function _blob() internal pure returns (bytes memory blob) {
        blob = new bytes(32);
        for (uint256 i = 0; i < 32; ++i) {
            blob[i] = BLOB[i];
        }
    }

    /// The claim of input `x` with a score below 2^32.
    function _claim(int8 x, uint32 score) internal pure returns (bytes memory) {
        bytes16 salt = bytes16(keccak256("claim salt"));
        return abi.encodePacked(hex"8350", salt, hex"41", uint8(x), _number(score));
    }

    /// The entry of type 1 that names a claim; `score` is what the gateway says.
    function _entry(bytes memory claim, uint32 score) internal view returns (bytes memory) {
        return _entryOf(keccak256("seal"), sha256(claim), model, NODE, 7, score);
    }

    function _entryOf(
        bytes32 seal,
        bytes32 claim,
        bytes32 model_,
        bytes8 node,
        uint32 counter,
        uint32 score
    ) internal pure returns (bytes memory) {
        return abi.encodePacked(
            hex"88015820",
            seal,
            hex"5820",
            claim,
            hex"5820",
            model_,
            hex"48",
            node,
            _number(counter),
            _number(score),
            hex"00"
        );
    }

    /// An unsigned CBOR integer.
    function _number(uint32 value) internal pure returns (bytes memory) {
        if (value < 24) return abi.encodePacked(uint8(value));
        if (value < 256) return abi.encodePacked(uint8(24), uint8(value));
        if (value < 65_536) return abi.encodePacked(uint8(25), uint16(value));
        return abi.encodePacked(uint8(26), value);
    }

    /// A log of shipment `tokenId` with `entry` behind another entry, and its head beside another
    /// shipment's, as leaf of post `seq` of `gateway`, not posted yet.
    function _leaf(uint16 gateway, uint64 seq, uint64 tokenId, bytes memory entry)
        internal
        pure
        returns (Leaf memory leaf)
    {
        bytes32[] memory entryPath = new bytes32[](1);
        entryPath[0] = Merkle.leafHash("an entry before it");
        bytes32[] memory headPath = new bytes32[](1);
        headPath[0] = Merkle.leafHash("the head of another shipment");
        bytes32 root = Merkle.nodeHash(entryPath[0], Merkle.leafHash(entry));
        leaf =
            Leaf(gateway, seq, Head(tokenId, 2, root), Path(0, 2, headPath), entry, 1, entryPath);
    }

    function _rootOf(Leaf memory leaf) internal pure returns (bytes32) {
        bytes memory head = abi.encodePacked(leaf.head.tokenId, leaf.head.size, leaf.head.root);
        return Merkle.nodeHash(Merkle.leafHash(head), leaf.headPath.hashes[0]);
    }

    /// Posts the root of a leaf's batch as the first gateway, with updates.
    function _anchor(Leaf memory leaf, bytes memory updates) internal {
        bytes32 root = _rootOf(leaf); // a hash is a call, which would use up the prank
        vm.prank(GATEWAY);
        token.post(leaf.seq, NEVER, root, CONTENT, updates);
    }

    /// A leaf of shipment 1 that says `score` for an input whose score is 25, anchored.
    function _anchored(uint32 score) internal returns (Leaf memory leaf) {
        leaf = _leaf(FIRST, _nextSeq(FIRST), 1, _entry(_honest(), score));
        _anchor(leaf, "");
    }

    function _honest() internal pure returns (bytes memory) {
        return _claim(-5, 25);
    }

    function _commitAs(address who, Leaf memory leaf, bytes32 salt) internal {
        bytes32 hash = Merkle.leafHash(leaf.entry);
        bytes32 made = dispute.commitmentOf(who, leaf.gateway, leaf.head.tokenId, hash, salt);
        vm.prank(who);
        dispute.commit(made);
    }

    /// Commits, lets a block pass, and refutes the score.
    function _refute(address who, Leaf memory leaf) internal {
        _commitAs(who, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(who);
        dispute.refuteScore(leaf, SALT, _honest());
    }

    function _bond(uint256 amount) internal {
        vm.deal(GATEWAY, amount);
        vm.prank(GATEWAY);
        dispute.deposit{value: amount}();
    }
}
