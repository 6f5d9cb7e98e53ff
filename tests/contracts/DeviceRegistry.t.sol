// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Device, IDeviceRegistry, Registration} from "cargoseal/interfaces/IDeviceRegistry.sol";
import {KeyType, KeyTypes} from "cargoseal/types/KeyType.sol";
import {Fleet} from "./support/Fleet.sol";

/// Nodes registered, revoked, put onto shipments and taken off again.
contract DeviceRegistryTest is Fleet {
    // The public keys of RFC 8032, 7.1, tests 1 and 2; and P-256's base point.
    bytes32 private constant KEY =
        0xd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a;
    bytes32 private constant OTHER_KEY =
        0x3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c;
    bytes private constant P256_KEY = hex"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"
        hex"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5";
    uint40 private constant FROM = uint40(START - 1000);

    bytes8 private _node = _idOf(abi.encodePacked(KEY));
    string private _json;

    function setUp() public override {
        super.setUp();
        _json = vm.readFile("../tests/contracts/vectors/ed25519.json");
        vm.prank(ISSUER);
        devices.register(_node, KEY, 1, FROM, _proof(KEY));
    }

    /// What proves one of the published keys to be in the subgroup.
    function _proof(bytes32 key) private view returns (uint256[3] memory proof) {
        for (uint256 i = 0;; ++i) {
            string memory at = string.concat(".good_keys[", vm.toString(i), "]");
            if (!vm.keyExistsJson(_json, at)) return proof;
            if (vm.parseJsonBytes32(_json, string.concat(at, ".key")) == key) return _words(at);
        }
    }

    function _words(string memory at) private view returns (uint256[3] memory proof) {
        bytes32[] memory read = vm.parseJsonBytes32Array(_json, string.concat(at, ".proof"));
        for (uint256 i = 0; i < 3; ++i) {
            proof[i] = uint256(read[i]);
        }
    }

    function _idOf(bytes memory key) private pure returns (bytes8) {
        return bytes8(sha256(key));
    }

    function _assign(uint64 tokenId, uint40 from) private {
        vm.prank(ISSUER);
        devices.assign(_node, tokenId, from);
    }

    function _release(uint40 time) private {
        vm.prank(ISSUER);
        devices.release(_node, time);
    }

    function _revoke(uint40 time) private {
        vm.prank(GUARDIAN);
        devices.revoke(_node, time);
    }

    function _item(bytes memory key, KeyType keyType) private view returns (Registration memory) {
        return Registration(_idOf(key), keyType, FROM, key, _proof(bytes32(key)));
    }

    function _one(bytes memory key, KeyType keyType) private view returns (Registration[] memory) {
        Registration[] memory list = new Registration[](1);
        list[0] = _item(key, keyType);
        return list;
    }

    function _refused(Registration[] memory list, bytes memory refusal) private {
        vm.prank(ISSUER);
        vm.expectRevert(refusal);
        devices.registerMany(list);
    }

    // ---------------------------------------------------------------------------- registration

    function test_a_node_is_what_was_registered() public view {
        Device memory device = devices.deviceOf(_node);
        vm.assertTrue(device.keyType == KeyTypes.ED25519);
        vm.assertEq(device.validFrom, FROM);
        vm.assertEq(uint256(device.revokedAt) + device.tokenId, 0);
        vm.assertEq(device.publicKey, abi.encodePacked(KEY));
    }

    function test_an_unknown_node_reads_as_zero() public view {
        Device memory device = devices.deviceOf("nobody");
        vm.assertTrue(device.keyType == KeyTypes.NONE);
        vm.assertEq(device.publicKey.length, 0);
        vm.assertFalse(devices.isValidAt("nobody", uint40(START)));
    }

    function test_registers_many_nodes_of_both_key_types_at_once() public {
        Registration[] memory list = new Registration[](2);
        bytes memory other = abi.encodePacked(OTHER_KEY);
        list[0] = _item(other, KeyTypes.ED25519);
        list[1] = _item(P256_KEY, KeyTypes.P256);
        vm.expectEmit(true, false, false, true, address(devices));
        emit IDeviceRegistry.Registered(_idOf(other), 1, FROM, other);
        vm.expectEmit(true, false, false, true, address(devices));
        emit IDeviceRegistry.Registered(_idOf(P256_KEY), 2, FROM, P256_KEY);
        vm.prank(ISSUER);
        devices.registerMany(list);
        vm.assertEq(devices.deviceOf(_idOf(P256_KEY)).publicKey, P256_KEY);
        vm.assertEq(devices.deviceOf(_idOf(other)).publicKey, other);
    }

    function test_one_bad_node_undoes_the_whole_registration() public {
        Registration[] memory list = new Registration[](2);
        bytes memory other = abi.encodePacked(OTHER_KEY);
        list[0] = _item(other, KeyTypes.ED25519);
        list[1] = _item(abi.encodePacked(KEY), KeyTypes.ED25519);
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.AlreadyRegistered.selector, _node));
        devices.registerMany(list);
        vm.assertFalse(devices.isValidAt(_idOf(other), uint40(START)));
    }

    function test_refuses_to_register_a_node_twice() public {
        uint256[3] memory proof = _proof(KEY);
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.AlreadyRegistered.selector, _node));
        devices.register(_node, KEY, 1, 0, proof);
    }

    function test_refuses_an_id_that_is_not_its_keys() public {
        bytes8 id = _idOf(abi.encodePacked(OTHER_KEY));
        bytes8 wrong = bytes8(uint64(1));
        uint256[3] memory proof = _proof(OTHER_KEY);
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NodeIdMismatch.selector, id, wrong));
        devices.register(wrong, OTHER_KEY, 1, 0, proof);
    }

    function test_refuses_an_unknown_key_type() public {
        bytes8 id = _idOf(abi.encodePacked(OTHER_KEY));
        uint8[3] memory types = [0, 3, 255];
        uint256[3] memory proof = _proof(OTHER_KEY);
        for (uint256 i = 0; i < types.length; ++i) {
            vm.prank(ISSUER);
            vm.expectRevert(
                abi.encodeWithSelector(IDeviceRegistry.UnknownKeyType.selector, id, types[i])
            );
            devices.register(id, OTHER_KEY, types[i], 0, proof);
        }
    }

    function test_refuses_a_key_of_the_wrong_length() public {
        bytes4 refusal = IDeviceRegistry.WrongKeyLength.selector;
        bytes memory short = hex"01";
        _refused(
            _one(short, KeyTypes.ED25519), abi.encodeWithSelector(refusal, _idOf(short), 32, 1)
        );
        bytes memory half = abi.encodePacked(OTHER_KEY);
        _refused(_one(half, KeyTypes.P256), abi.encodeWithSelector(refusal, _idOf(half), 64, 32));
    }

    function test_registers_every_key_of_the_subgroup() public {
        for (uint256 i = 1;; ++i) {
            string memory at = string.concat(".good_keys[", vm.toString(i), "]");
            if (!vm.keyExistsJson(_json, at)) break;
            bytes32 key = vm.parseJsonBytes32(_json, string.concat(at, ".key"));
            bytes8 node = _idOf(abi.encodePacked(key));
            uint256[3] memory proof = _words(at);
            vm.prank(ISSUER);
            devices.register(node, key, 1, FROM, proof);
        }
    }

    function test_refuses_ed25519_keys_that_are_not_in_the_subgroup() public {
        for (uint256 i = 0;; ++i) {
            string memory at = string.concat(".bad_keys[", vm.toString(i), "]");
            if (!vm.keyExistsJson(_json, at)) break;
            bytes32 key = vm.parseJsonBytes32(_json, string.concat(at, ".key"));
            _registrationRefused(key, _words(at));
        }
    }

    function test_refuses_a_good_key_with_the_proof_of_another() public {
        _registrationRefused(OTHER_KEY, _proof(KEY));
    }

    function testFuzz_refuses_a_good_key_with_other_proofs(uint256[3] memory proof, uint8 which)
        public
    {
        uint256[3] memory good = _proof(OTHER_KEY);
        for (uint256 i = 0; i < 3; ++i) {
            if (which & (1 << i) == 0) proof[i] = good[i];
        }
        vm.assume(keccak256(abi.encode(proof)) != keccak256(abi.encode(good)));
        _registrationRefused(OTHER_KEY, proof);
    }

    function testFuzz_no_proof_lets_a_key_with_a_small_part_pass(uint256[3] memory proof) public {
        string memory at = ".bad_keys[9]";
        bytes32 key = vm.parseJsonBytes32(_json, string.concat(at, ".key"));
        _registrationRefused(key, proof);
    }

    function _registrationRefused(bytes32 key, uint256[3] memory proof) private {
        bytes8 id = _idOf(abi.encodePacked(key));
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.BadPublicKey.selector, id));
        devices.register(id, key, 1, 0, proof);
    }

    function test_refuses_a_p256_key_that_is_not_on_the_curve() public {
        bytes4 refusal = IDeviceRegistry.BadPublicKey.selector;
        bytes memory key = P256_KEY;
        key[63] ^= 0x01;
        _refused(_one(key, KeyTypes.P256), abi.encodeWithSelector(refusal, _idOf(key)));
        bytes memory zero = new bytes(64);
        _refused(_one(zero, KeyTypes.P256), abi.encodeWithSelector(refusal, _idOf(zero)));
    }

    // ------------------------------------------------------------------------------ revocation

    function test_a_seal_counts_from_valid_until_revoked() public {
        vm.assertFalse(devices.isValidAt(_node, FROM - 1));
        vm.assertTrue(devices.isValidAt(_node, FROM));
        vm.expectEmit(true, true, false, true, address(devices));
        emit IDeviceRegistry.Revoked(_node, uint40(START), GUARDIAN);
        _revoke(uint40(START));
        vm.assertTrue(devices.isValidAt(_node, uint40(START - 1)));
        vm.assertFalse(devices.isValidAt(_node, uint40(START)));
    }

    function test_a_revocation_moves_to_an_earlier_time_only() public {
        _revoke(uint40(START));
        bytes4 refusal = IDeviceRegistry.RevocationCannotMoveLater.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, _node, START, START));
        _revoke(uint40(START));
        vm.expectRevert(abi.encodeWithSelector(refusal, _node, START, START + 1));
        _revoke(uint40(START + 1));
        _revoke(uint40(START - 500));
        vm.assertFalse(devices.isValidAt(_node, uint40(START - 500)));
    }

    function test_refuses_the_time_that_means_not_revoked() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.BadTime.selector, _node, 1, 0));
        _revoke(0);
    }

    function test_refuses_to_revoke_an_unknown_node() public {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.UnknownNode.selector, bytes8("x")));
        devices.revoke("x", 1);
    }

    // ----------------------------------------------------------------------------- assignments

    function test_the_shipment_at_a_time_is_found_in_a_history() public {
        _assign(1, FROM);
        _release(FROM + 10);
        _assign(2, FROM + 10); // at the very second of the release
        _release(FROM + 20);
        _assign(3, FROM + 30);
        vm.assertEq(devices.assignmentCount(_node), 3);
        vm.assertEq(devices.assignmentAt(_node, FROM - 1), 0);
        vm.assertEq(devices.assignmentAt(_node, FROM), 1);
        vm.assertEq(devices.assignmentAt(_node, FROM + 9), 1);
        vm.assertEq(devices.assignmentAt(_node, FROM + 10), 2);
        vm.assertEq(devices.assignmentAt(_node, FROM + 20), 0);
        vm.assertEq(devices.assignmentAt(_node, FROM + 29), 0);
        vm.assertEq(devices.assignmentAt(_node, FROM + 30), 3);
        vm.assertEq(devices.assignmentAt(_node, type(uint40).max), 3);
        vm.assertEq(devices.deviceOf(_node).tokenId, 3);
        (uint64 tokenId, uint40 from, uint40 to) = devices.assignment(_node, 1);
        vm.assertEq(tokenId, 2);
        vm.assertEq(from, FROM + 10);
        vm.assertEq(to, FROM + 20);
    }

    function testFuzz_a_binary_search_finds_what_a_walk_finds(uint256 seed, uint40 asked) public {
        uint40 time = FROM;
        uint256 count = seed % 12;
        for (uint64 i = 1; i <= count; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            time += uint40(seed % 5);
            _assign(i, time);
            time += 1 + uint40((seed >> 64) % 5);
            if (i < count) _release(time);
        }
        asked = FROM + (asked % 130);
        uint64 walked = 0;
        for (uint256 i = 0; i < count; ++i) {
            (uint64 tokenId, uint40 from, uint40 to) = devices.assignment(_node, i);
            if (from <= asked && (to == 0 || asked < to)) walked = tokenId;
        }
        vm.assertEq(devices.assignmentAt(_node, asked), walked);
    }

    function test_announces_assignment_and_release() public {
        vm.expectEmit(true, true, false, true, address(devices));
        emit IDeviceRegistry.Assigned(_node, 7, FROM);
        _assign(7, FROM);
        vm.expectEmit(true, true, false, true, address(devices));
        emit IDeviceRegistry.Released(_node, 7, FROM + 1);
        _release(FROM + 1);
    }

    function test_refuses_a_second_shipment_at_the_same_time() public {
        _assign(1, FROM);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.AlreadyAssigned.selector, _node, 1));
        _assign(2, FROM + 5);
    }

    function test_refuses_intervals_that_overlap_or_are_empty() public {
        _assign(1, FROM + 10);
        bytes4 refusal = IDeviceRegistry.BadTime.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, _node, FROM + 11, FROM + 10));
        _release(FROM + 10);
        _release(FROM + 20);
        vm.expectRevert(abi.encodeWithSelector(refusal, _node, FROM + 20, FROM + 19));
        _assign(2, FROM + 19);
    }

    function test_refuses_an_assignment_before_the_node_is_valid() public {
        vm.expectRevert(
            abi.encodeWithSelector(IDeviceRegistry.BadTime.selector, _node, FROM, FROM - 1)
        );
        _assign(1, FROM - 1);
    }

    function test_refuses_an_assignment_after_the_revocation() public {
        _revoke(uint40(START));
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.RevokedNode.selector, _node, START));
        _assign(1, uint40(START));
        _assign(1, uint40(START - 1));
    }

    function test_refuses_the_token_that_means_none() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.ZeroToken.selector, _node));
        _assign(0, FROM);
    }

    function test_refuses_to_release_what_is_not_assigned() public {
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.NotAssigned.selector, _node));
        _release(FROM);
    }

    function test_refuses_to_assign_an_unknown_node() public {
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(IDeviceRegistry.UnknownNode.selector, bytes8("x")));
        devices.assign("x", 1, 1);
    }
}
