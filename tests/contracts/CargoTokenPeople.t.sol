// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC721Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {ICargoToken, Status} from "cargoseal/interfaces/ICargoToken.sol";
import {Condition} from "cargoseal/types/Condition.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet} from "./support/Fleet.sol";

/// What people do: issue, review, move on, hand over; and what is refused to them.
contract CargoTokenPeopleTest is Fleet {
    // ----------------------------------------------------------------------------------- mint

    function test_a_new_shipment_is_sound_created_and_its_owners() public {
        _mint(42, SECOND);
        Status memory status = token.statusOf(42);
        vm.assertEq(token.ownerOf(42), OWNER);
        vm.assertEq(_condition(42), SOUND);
        vm.assertEq(_lifecycle(42), 1);
        vm.assertEq(_doubts(42), 0);
        vm.assertEq(status.health, 100);
        vm.assertEq(status.score, 0);
        vm.assertEq(status.updates, 0);
        vm.assertEq(status.since, START);
        vm.assertEq(status.recorded, START);
        vm.assertEq(status.gateway, SECOND);
        vm.assertEq(status.profile, PROFILE);
    }

    function test_the_largest_id_works_like_any_other() public {
        uint256 last = type(uint64).max;
        _mint(last, FIRST);
        _post(_update(last, FLAGGED));
        vm.assertEq(_condition(last), FLAGGED);
    }

    function test_refuses_ids_that_updates_cannot_carry() public {
        uint256[3] memory ids = [uint256(0), uint256(type(uint64).max) + 1, type(uint256).max];
        for (uint256 i = 0; i < ids.length; ++i) {
            vm.prank(ISSUER);
            vm.expectRevert(abi.encodeWithSelector(ICargoToken.TokenIdOutOfRange.selector, ids[i]));
            token.mint(OWNER, ids[i], FIRST, PROFILE);
        }
    }

    function test_refuses_to_issue_a_shipment_twice() public {
        _post(_update(1, COMPROMISED));
        vm.prank(ISSUER);
        vm.expectRevert(
            abi.encodeWithSelector(IERC721Errors.ERC721InvalidSender.selector, address(0))
        );
        token.mint(OWNER, 1, FIRST, PROFILE);
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_refuses_a_gateway_that_was_never_set_up() public {
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownGateway.selector, 9));
        token.mint(OWNER, 42, 9, PROFILE);
    }

    function test_refuses_a_shipment_without_a_profile() public {
        vm.prank(ISSUER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.ProfileMissing.selector, 42));
        token.mint(OWNER, 42, FIRST, bytes32(0));
    }

    function test_shipments_keep_their_own_profiles() public {
        vm.startPrank(ISSUER);
        token.mint(OWNER, 50, FIRST, keccak256("a"));
        token.mint(OWNER, 51, FIRST, keccak256("b"));
        token.mint(OWNER, 52, FIRST, keccak256("a"));
        vm.stopPrank();
        vm.assertEq(token.statusOf(50).profile, keccak256("a"));
        vm.assertEq(token.statusOf(51).profile, keccak256("b"));
        vm.assertEq(token.statusOf(52).profile, keccak256("a"));
    }

    // --------------------------------------------------------------------------------- review

    function test_a_person_clears_what_the_automation_flagged() public {
        _post(_update(1, FLAGGED, 8));
        vm.warp(START + 500);
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Reviewed(1, REVIEWER, 1, FLAGGED, SOUND, 4, EVIDENCE);
        vm.prank(REVIEWER);
        token.review(1, 1, Condition.wrap(SOUND), 4, EVIDENCE);
        Status memory status = token.statusOf(1);
        vm.assertEq(_condition(1), SOUND);
        vm.assertEq(Rule.unwrap(status.rule), 11);
        vm.assertEq(status.since, START + 500);
        vm.assertEq(status.recorded, START + 500);
        vm.assertEq(status.updates, 2);
        vm.assertEq(status.reviews, 1);
    }

    function test_a_review_leaves_doubts_and_figures_as_they_were() public {
        _post(_update(1, FLAGGED, 8));
        _review(1, COMPROMISED);
        Status memory status = token.statusOf(1);
        vm.assertEq(_doubts(1), 8);
        vm.assertEq(status.health, 87);
        vm.assertEq(status.score, 1234);
        vm.assertEq(status.profile, PROFILE);
        vm.assertEq(status.gateway, FIRST);
    }

    function test_a_review_that_confirms_keeps_since() public {
        _post(_update(1, FLAGGED));
        vm.warp(START + 500);
        _review(1, FLAGGED);
        vm.assertEq(token.statusOf(1).since, START - 60);
        vm.assertEq(token.statusOf(1).recorded, START + 500);
    }

    function test_the_automation_may_flag_again_after_a_person_cleared() public {
        _post(_update(1, FLAGGED));
        _review(1, SOUND);
        _post(_informed(1, FLAGGED));
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_refuses_a_review_of_a_state_that_has_changed_since() public {
        _post(_update(1, FLAGGED));
        _post(_update(1, COMPROMISED));
        vm.prank(REVIEWER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UpdatedSince.selector, 1, 1, 2));
        token.review(1, 1, Condition.wrap(SOUND), 1, EVIDENCE);
    }

    function test_refuses_a_review_without_evidence() public {
        vm.prank(REVIEWER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.EvidenceMissing.selector, 1));
        token.review(1, 0, Condition.wrap(FLAGGED), 1, bytes32(0));
    }

    function test_refuses_a_review_of_a_closed_shipment() public {
        _setLifecycle(1, 4);
        vm.prank(REVIEWER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.ShipmentClosed.selector, 1));
        token.review(1, 0, Condition.wrap(SOUND), 1, EVIDENCE);
    }

    function test_refuses_a_review_of_an_unknown_shipment() public {
        vm.prank(REVIEWER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownToken.selector, 77));
        token.review(77, 0, Condition.wrap(SOUND), 1, EVIDENCE);
    }

    // ------------------------------------------------------------------------------- escalate

    function test_a_proof_makes_a_condition_worse_and_says_why() public {
        vm.warp(START + 9);
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Escalated(1, DISPUTE, 0, SOUND, COMPROMISED, 4, EVIDENCE);
        vm.prank(DISPUTE);
        token.escalate(1, Condition.wrap(COMPROMISED), Rule.wrap(4), NOW, EVIDENCE);
        Status memory status = token.statusOf(1);
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(Rule.unwrap(status.rule), 4);
        vm.assertEq(status.since, START);
        vm.assertEq(status.recorded, START + 9);
        vm.assertEq(status.reviews, 0);
    }

    function test_refuses_a_proof_of_what_was_sealed_before_a_person_decided() public {
        vm.warp(START + 50);
        _review(1, SOUND);
        vm.assertEq(token.reviewedAt(1), START + 50);
        for (uint40 sealedAt = NOW + 49; sealedAt <= NOW + 50; ++sealedAt) {
            vm.prank(DISPUTE);
            vm.expectRevert(
                abi.encodeWithSelector(ICargoToken.ProofTooOld.selector, 1, NOW + 50, sealedAt)
            );
            token.escalate(1, Condition.wrap(FLAGGED), Rule.wrap(4), sealedAt, EVIDENCE);
        }
        vm.prank(DISPUTE);
        token.escalate(1, Condition.wrap(FLAGGED), Rule.wrap(4), NOW + 51, EVIDENCE);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_while_paused_nobody_proves_anything() public {
        vm.prank(GUARDIAN);
        token.pause();
        vm.startPrank(DISPUTE);
        vm.expectRevert(ICargoToken.Paused.selector);
        token.escalate(1, Condition.wrap(FLAGGED), Rule.wrap(4), NOW, EVIDENCE);
        vm.expectRevert(ICargoToken.Paused.selector);
        token.refute(1, FIRST, 0, Rule.wrap(17), EVIDENCE);
        vm.stopPrank();
    }

    function test_refuses_a_proof_without_evidence() public {
        vm.prank(DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.EvidenceMissing.selector, 1));
        token.escalate(1, Condition.wrap(COMPROMISED), Rule.wrap(4), NOW, bytes32(0));
    }

    function test_refuses_a_proof_about_a_closed_shipment() public {
        _setLifecycle(1, 4);
        vm.prank(DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.ShipmentClosed.selector, 1));
        token.escalate(1, Condition.wrap(COMPROMISED), Rule.wrap(4), NOW, EVIDENCE);
    }

    // ------------------------------------------------------------------- lifecycle and handover

    function test_a_lifecycle_change_touches_nothing_else() public {
        _post(_update(1, FLAGGED, 2));
        Status memory before = token.statusOf(1);
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.LifecycleChanged(1, OPERATOR, 1, 2);
        _setLifecycle(1, 2);
        Status memory now_ = token.statusOf(1);
        now_.lifecycle = before.lifecycle;
        vm.assertEq(keccak256(abi.encode(now_)), keccak256(abi.encode(before)));
    }

    function test_a_handed_over_shipment_listens_to_its_new_gateway_only() public {
        vm.expectEmit(true, false, false, true, address(token));
        emit ICargoToken.HandedOver(1, FIRST, SECOND);
        vm.prank(OPERATOR);
        token.handOver(1, SECOND);
        _postRefused(
            _update(1, FLAGGED),
            abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 1, SECOND, FIRST)
        );
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, _update(1, FLAGGED));
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_refuses_to_hand_over_to_nobody() public {
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownGateway.selector, 9));
        token.handOver(1, 9);
    }

    function test_refuses_to_hand_over_a_closed_shipment() public {
        _setLifecycle(1, 4);
        vm.prank(OPERATOR);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.ShipmentClosed.selector, 1));
        token.handOver(1, SECOND);
    }

    // -------------------------------------------------------------------------------- owners

    function test_a_transfer_changes_nothing_but_the_owner() public {
        _post(_update(1, FLAGGED));
        bytes32 before = keccak256(abi.encode(token.statusOf(1)));
        vm.prank(OWNER);
        token.transferFrom(OWNER, STRANGER, 1);
        vm.assertEq(token.ownerOf(1), STRANGER);
        vm.assertEq(keccak256(abi.encode(token.statusOf(1))), before);
    }

    function test_announces_the_standards_it_keeps() public view {
        vm.assertTrue(token.supportsInterface(0x01ffc9a7), "ERC-165");
        vm.assertTrue(token.supportsInterface(0x80ac58cd), "ERC-721");
        vm.assertTrue(token.supportsInterface(0x5b5e139f), "ERC-721 metadata");
        vm.assertTrue(token.supportsInterface(0x49064906), "ERC-4906");
        vm.assertTrue(token.supportsInterface(type(ICargoToken).interfaceId), "ICargoToken");
        vm.assertFalse(token.supportsInterface(0xffffffff), "no interface");
    }
}
