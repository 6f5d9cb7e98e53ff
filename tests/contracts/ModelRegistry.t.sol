// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IModelRegistry, Model, Pointer} from "cargoseal/interfaces/IModelRegistry.sol";
import {Fleet} from "./support/Fleet.sol";

/// Models registered, in use and retired.
contract ModelRegistryTest is Fleet {
    bytes32 private constant BLOB = keccak256("blob");
    bytes32 private constant TFLITE = keccak256("tflite");
    bytes32 private constant LINEAGE = keccak256("lineage");
    uint40 private constant FROM = uint40(START - 1000);

    function setUp() public override {
        super.setUp();
        vm.expectEmit(true, false, false, true, address(models));
        emit IModelRegistry.ModelRegistered(BLOB, TFLITE, LINEAGE, FROM);
        vm.prank(ADMIN);
        models.register(BLOB, TFLITE, LINEAGE, FROM);
    }

    function _retire(bytes32 blob, uint40 time) private {
        vm.prank(ADMIN);
        models.retire(blob, time);
    }

    function test_a_model_is_what_was_registered() public view {
        Model memory model = models.modelOf(BLOB);
        vm.assertEq(model.tfliteDigest, TFLITE);
        vm.assertEq(model.lineage, LINEAGE);
        vm.assertEq(model.activeFrom, FROM);
        vm.assertEq(model.retiredAt, 0);
        vm.assertEq(models.modelCount(), 1);
        vm.assertEq(models.modelAt(0), BLOB);
    }

    function test_a_model_is_active_from_its_first_second_until_it_is_retired() public {
        vm.assertFalse(models.isActiveAt(BLOB, FROM - 1));
        vm.assertTrue(models.isActiveAt(BLOB, FROM));
        vm.assertTrue(models.isActive(BLOB));
        vm.expectEmit(true, false, false, true, address(models));
        emit IModelRegistry.ModelRetired(BLOB, uint40(START));
        _retire(BLOB, uint40(START));
        vm.assertTrue(models.isActiveAt(BLOB, uint40(START - 1)));
        vm.assertFalse(models.isActiveAt(BLOB, uint40(START)));
        vm.assertFalse(models.isActive(BLOB));
    }

    function test_an_upgrade_leaves_the_older_model_in_use() public {
        vm.prank(ADMIN);
        models.register(keccak256("next"), TFLITE, LINEAGE, FROM);
        vm.assertTrue(models.isActive(BLOB));
        vm.assertTrue(models.isActive(keccak256("next")));
        vm.assertEq(models.modelAt(1), keccak256("next"));
    }

    function test_what_was_never_registered_is_not_active() public view {
        vm.assertFalse(models.isActive(keccak256("unknown")));
        vm.assertEq(models.modelOf(keccak256("unknown")).lineage, bytes32(0));
    }

    function test_refuses_to_register_a_model_twice() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelKnown.selector, BLOB));
        models.register(BLOB, TFLITE, LINEAGE, 0);
    }

    function test_refuses_a_model_without_a_digest_or_a_lineage() public {
        vm.startPrank(ADMIN);
        vm.expectRevert(IModelRegistry.EmptyDigest.selector);
        models.register(bytes32(0), TFLITE, LINEAGE, 0);
        vm.expectRevert(IModelRegistry.EmptyDigest.selector);
        models.register(keccak256("x"), TFLITE, bytes32(0), 0);
        vm.stopPrank();
    }

    function test_a_rule_without_a_tflite_is_a_model_too() public {
        vm.startPrank(ADMIN);
        models.register(keccak256("rule"), bytes32(0), LINEAGE, FROM);
        vm.assertTrue(models.isActive(keccak256("rule")));
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.ModelKnown.selector, keccak256("rule"))
        );
        models.register(keccak256("rule"), TFLITE, LINEAGE, FROM);
        vm.stopPrank();
    }

    function test_refuses_to_retire_an_unknown_model() public {
        vm.expectRevert(
            abi.encodeWithSelector(IModelRegistry.UnknownModel.selector, keccak256("x"))
        );
        _retire(keccak256("x"), 5);
    }

    function test_refuses_a_retirement_before_the_model_was_active() public {
        vm.expectRevert(
            abi.encodeWithSelector(
                IModelRegistry.RetiredBeforeActive.selector, BLOB, FROM, FROM - 1
            )
        );
        _retire(BLOB, FROM - 1);
    }

    function test_a_retirement_moves_to_an_earlier_time_only() public {
        _retire(BLOB, uint40(START));
        bytes4 refusal = IModelRegistry.RetirementCannotMoveLater.selector;
        vm.expectRevert(abi.encodeWithSelector(refusal, BLOB, START, START));
        _retire(BLOB, uint40(START));
        vm.expectRevert(abi.encodeWithSelector(refusal, BLOB, START, START + 1));
        _retire(BLOB, uint40(START + 1));
        _retire(BLOB, uint40(START - 10));
        vm.assertFalse(models.isActiveAt(BLOB, uint40(START - 10)));
    }

    // ------------------------------------------------------------------------- a profile's model

    bytes32 private constant NEXT = keccak256("next");

    function _point(uint8 kind, bytes32 blob) private {
        vm.prank(ADMIN);
        models.point(PROFILE, kind, blob, 500);
    }

    function test_a_profile_moves_to_another_model_and_no_token_changes() public {
        bytes32 before = keccak256(abi.encode(token.statusOf(1)));
        _point(1, BLOB);
        vm.prank(ADMIN);
        models.register(NEXT, TFLITE, LINEAGE, FROM);
        vm.expectEmit(true, true, false, true, address(models));
        emit IModelRegistry.ProfilePointed(PROFILE, 1, BLOB, NEXT, 500);
        _point(1, NEXT);
        vm.assertEq(models.currentOf(PROFILE, 1), NEXT);
        vm.assertTrue(models.isActive(BLOB));
        vm.assertEq(keccak256(abi.encode(token.statusOf(1))), before);
    }

    function test_each_profile_and_kind_has_its_own_model() public {
        _point(1, BLOB);
        vm.assertEq(models.currentOf(PROFILE, 2), bytes32(0));
        vm.assertEq(models.currentOf(keccak256("another"), 1), bytes32(0));
    }

    function test_refuses_to_point_a_profile_at_a_model_that_is_not_active() public {
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotActive.selector, NEXT));
        _point(1, NEXT);
        _retire(BLOB, uint40(START));
        vm.expectRevert(abi.encodeWithSelector(IModelRegistry.ModelNotActive.selector, BLOB));
        _point(1, BLOB);
    }

    function test_a_retired_model_is_nobodys_current_one() public {
        _point(1, BLOB);
        _retire(BLOB, uint40(START + 10));
        vm.assertEq(models.currentOf(PROFILE, 1), BLOB);
        vm.warp(START + 10);
        vm.assertEq(models.currentOf(PROFILE, 1), bytes32(0));
    }

    function test_a_pointer_counts_for_what_was_sealed_while_its_model_was_in_use() public {
        _point(1, BLOB);
        _retire(BLOB, uint40(START + 10));
        vm.warp(START + 99);
        Pointer memory before = models.pointerAt(PROFILE, 1, uint40(START + 9));
        vm.assertEq(before.blobDigest, BLOB);
        vm.assertEq(before.threshold, 500);
        Pointer memory then = models.pointerAt(PROFILE, 1, uint40(START + 10));
        vm.assertEq(then.blobDigest, bytes32(0));
        vm.assertEq(then.threshold, 0);
    }
}
