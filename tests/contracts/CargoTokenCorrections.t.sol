// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken, Proposal, Status} from "cargoseal/interfaces/ICargoToken.sol";
import {Condition} from "cargoseal/types/Condition.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Actor, Steps} from "cargoseal/types/Steps.sol";
import {Fleet} from "./support/Fleet.sol";

/// Corrections name the record they correct; what people and proofs left stands; a second reviewer.
contract CargoTokenCorrectionsTest is Fleet {
    address private constant SECOND_REVIEWER = address(0x3333);
    uint64 private constant REVIEWER_ROLE = 3;

    function _reviewBy(address who, uint32 corrects, uint8 condition) private {
        vm.prank(who);
        token.review(1, corrects, Condition.wrap(condition), 1, EVIDENCE);
    }

    // ------------------------------------------------------------- late verdicts after a review

    function test_refuses_a_verdict_that_does_not_know_of_the_last_review() public {
        _post(_update(1, FLAGGED));
        _review(1, SOUND);
        _postRefused(
            _update(1, FLAGGED),
            abi.encodeWithSelector(ICargoToken.ReviewedSince.selector, 1, 0, 1)
        );
        _postRefused(
            _update(1, SOUND, 1),
            abi.encodeWithSelector(ICargoToken.ReviewedSince.selector, 1, 0, 1)
        );
        vm.assertEq(_condition(1), SOUND);
        _post(_informed(1, FLAGGED));
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_refuses_a_verdict_that_claims_a_review_there_was_not() public {
        bytes memory update = _update(1, FLAGGED);
        update[15] = 0x01;
        _postRefused(update, abi.encodeWithSelector(ICargoToken.ReviewedSince.selector, 1, 1, 0));
    }

    // -------------------------------------------------------------------------- no forks

    function test_two_corrections_of_one_record_cannot_both_be_taken() public {
        _post(_update(1, FLAGGED));
        _reviewBy(REVIEWER, 1, SOUND);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UpdatedSince.selector, 1, 1, 2));
        _reviewBy(REVIEWER, 1, COMPROMISED);
    }

    function test_a_correction_names_the_last_record_and_no_other() public {
        _post(_update(1, FLAGGED));
        _post(_update(1, FLAGGED));
        for (uint32 record = 0; record < 6; ++record) {
            if (record == 2) continue;
            vm.expectRevert(
                abi.encodeWithSelector(ICargoToken.UpdatedSince.selector, 1, record, 2)
            );
            _reviewBy(REVIEWER, record, SOUND);
        }
        _reviewBy(REVIEWER, 2, SOUND);
        vm.assertEq(token.statusOf(1).updates, 3);
    }

    // ------------------------------------------------------------------------------- refute

    /// A proof that the first gateway lied with its post `seq`.
    function _refute(uint64 seq) private {
        vm.prank(DISPUTE);
        token.refute(1, FIRST, seq, Rule.wrap(17), EVIDENCE);
    }

    function _escalate(uint8 condition) private {
        vm.prank(DISPUTE);
        token.escalate(
            1, Condition.wrap(condition), Rule.wrap(3), uint40(block.timestamp), EVIDENCE
        );
    }

    function test_a_refuted_lie_is_taken_back_and_its_gateway_frozen() public {
        _post(_update(1, COMPROMISED));
        vm.warp(START + 90);
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Refuted(1, DISPUTE, 1, COMPROMISED, SOUND, 17, EVIDENCE);
        _refute(0);
        vm.assertEq(_condition(1), SOUND);
        vm.assertTrue(token.isStale(1));
        vm.assertEq(token.statusOf(1).updates, 2);
        vm.assertEq(token.statusOf(1).since, START + 90);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_lie_takes_back_only_what_was_posted_with_it_or_later() public {
        _post("");
        _post("");
        _post(_update(1, FLAGGED)); // post 2
        _post(_update(1, FLAGGED));
        _refute(3);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_lie_of_an_earlier_post_takes_back_what_followed_from_it() public {
        _post("");
        _post(_update(1, FLAGGED)); // post 1
        _post(_update(1, FLAGGED));
        _refute(1);
        vm.assertEq(_condition(1), SOUND);
    }

    function test_a_refutation_goes_one_step_back() public {
        _post(_update(1, FLAGGED)); // post 0
        _post(_update(1, COMPROMISED));
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_second_refutation_takes_nothing_more_back() public {
        _post(_update(1, FLAGGED));
        _post(_update(1, COMPROMISED));
        _refute(0);
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refutation_leaves_what_a_person_said() public {
        _review(1, FLAGGED);
        _post(_informed(1, COMPROMISED));
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refutation_leaves_what_a_person_said_after_the_lie() public {
        _post(_update(1, FLAGGED));
        _review(1, FLAGGED);
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refutation_leaves_what_was_proved() public {
        _escalate(FLAGGED);
        _post(_update(1, COMPROMISED));
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refutation_leaves_what_was_proved_after_the_lie() public {
        _post(_update(1, FLAGGED));
        _escalate(COMPROMISED);
        _refute(0);
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_a_flag_that_was_proved_later_is_not_washed_off_by_a_lie_told_before() public {
        _post(""); // post 0: with the lie
        _post(_update(1, FLAGGED));
        vm.assertTrue(Rule.unwrap(token.statusOf(1).rule) != 3);
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Escalated(1, DISPUTE, 1, FLAGGED, FLAGGED, 3, EVIDENCE);
        _escalate(FLAGGED);
        vm.assertEq(Rule.unwrap(token.statusOf(1).rule), 3);
        vm.assertEq(Condition.unwrap(token.statusOf(1).standing), FLAGGED);
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_proof_of_less_than_the_gateway_says_is_what_is_left_when_it_lied() public {
        _post(_update(1, COMPROMISED));
        Status memory before = token.statusOf(1);
        _escalate(FLAGGED);
        Status memory status = token.statusOf(1);
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(Rule.unwrap(status.rule), Rule.unwrap(before.rule));
        vm.assertEq(status.since, before.since);
        vm.assertEq(status.updates, before.updates + 1);
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_what_stands_is_not_proved_again() public {
        _post(_update(1, FLAGGED));
        _escalate(FLAGGED);
        vm.prank(DISPUTE);
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, 1, FLAGGED, FLAGGED)
        );
        token.escalate(1, Condition.wrap(FLAGGED), Rule.wrap(3), NOW + 1, EVIDENCE);
    }

    function test_a_refutation_leaves_what_another_gateway_posted_before_a_handover() public {
        _post(_update(1, FLAGGED)); // post 0 of the first
        vm.prank(OPERATOR);
        token.handOver(1, SECOND);
        vm.prank(DISPUTE);
        token.refute(1, SECOND, 0, Rule.wrap(17), EVIDENCE);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_gateway_that_no_longer_watches_is_frozen_and_the_token_stays() public {
        _post(_update(1, FLAGGED));
        vm.prank(OPERATOR);
        token.handOver(1, SECOND);
        bytes32 before = keccak256(abi.encode(token.statusOf(1)));
        _refute(0);
        vm.assertEq(keccak256(abi.encode(token.statusOf(1))), before);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_lie_about_a_closed_shipment_freezes_and_the_token_stays() public {
        _post(_update(1, FLAGGED));
        _setLifecycle(1, 4);
        bytes32 before = keccak256(abi.encode(token.statusOf(1)));
        _refute(0);
        vm.assertEq(keccak256(abi.encode(token.statusOf(1))), before);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_refutation_never_makes_worse() public {
        _post(_update(1, FLAGGED));
        _review(1, SOUND);
        _refute(0);
        vm.assertEq(_condition(1), SOUND);
    }

    function test_refuses_a_refutation_without_evidence_or_of_nothing() public {
        vm.startPrank(DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.EvidenceMissing.selector, 1));
        token.refute(1, FIRST, 0, Rule.wrap(17), bytes32(0));
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownGateway.selector, 77));
        token.refute(1, 77, 0, Rule.wrap(17), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownToken.selector, 77));
        token.refute(77, FIRST, 0, Rule.wrap(17), EVIDENCE);
        vm.stopPrank();
    }

    // -------------------------------------------------------------- where several must agree

    function test_refuting_one_of_two_leaves_the_flag_that_the_other_raised() public {
        GuardSettings memory settings = _settings();
        settings.quorum = 2;
        _setGuards(settings);
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, _update(1, COMPROMISED));
        vm.assertEq(_condition(1), FLAGGED);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
        _refute(0);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_refuting_the_one_that_watches_leaves_what_the_others_made_of_it() public {
        GuardSettings memory settings = _settings();
        settings.quorum = 2;
        _setGuards(settings);
        _post(_update(1, COMPROMISED));
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, _update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
        _refute(0);
        vm.assertEq(_condition(1), COMPROMISED);
    }

    // ----------------------------------------------------------------------- second reviewer

    function _wantTwo() private {
        GuardSettings memory settings = _settings();
        settings.secondReviewer = true;
        _setGuards(settings);
        vm.prank(ADMIN);
        manager.grantRole(REVIEWER_ROLE, SECOND_REVIEWER, 0);
        _post(_update(1, COMPROMISED));
    }

    function test_one_reviewer_alone_only_proposes_what_is_better() public {
        _wantTwo();
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.ReviewProposed(1, REVIEWER, 1, SOUND, 1, EVIDENCE);
        _reviewBy(REVIEWER, 1, SOUND);
        _reviewBy(REVIEWER, 1, SOUND);
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(token.statusOf(1).updates, 1);
        Proposal memory proposal = token.proposalOf(1);
        vm.assertEq(proposal.reviewer, REVIEWER);
        vm.assertEq(proposal.corrects, 1);
    }

    function test_a_second_reviewer_who_says_the_same_decides() public {
        _wantTwo();
        _reviewBy(REVIEWER, 1, SOUND);
        _reviewBy(SECOND_REVIEWER, 1, SOUND);
        vm.assertEq(_condition(1), SOUND);
        vm.assertEq(token.statusOf(1).reviews, 1);
        vm.assertEq(token.proposalOf(1).reviewer, address(0));
    }

    function test_a_second_reviewer_who_says_otherwise_proposes_anew() public {
        _wantTwo();
        _reviewBy(REVIEWER, 1, SOUND);
        _reviewBy(SECOND_REVIEWER, 1, FLAGGED);
        vm.assertEq(_condition(1), COMPROMISED);
        _reviewBy(REVIEWER, 1, FLAGGED);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_proposal_lapses_when_the_token_changes() public {
        _wantTwo();
        _reviewBy(REVIEWER, 1, SOUND);
        _post(_update(1, COMPROMISED));
        _reviewBy(SECOND_REVIEWER, 2, SOUND);
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_one_reviewer_is_enough_for_what_is_worse_or_the_same() public {
        _wantTwo();
        _reviewBy(REVIEWER, 1, COMPROMISED);
        vm.assertEq(token.statusOf(1).reviews, 1);
        vm.prank(REVIEWER);
        token.review(2, 0, Condition.wrap(FLAGGED), 1, EVIDENCE);
        vm.assertEq(_condition(2), FLAGGED);
    }

    // ------------------------------------------------------------------------------- tables

    function _table(Actor actor) private view returns (uint64) {
        return Steps.unwrap(token.stepsOf(actor));
    }

    function test_anybody_can_read_who_may_take_which_step() public view {
        vm.assertEq(_table(Actor.Automation), _row(1, 0xe) | _row(2, 0xc) | _row(3, 0x8));
        vm.assertEq(_table(Actor.Proof), _row(1, 0xc) | _row(2, 0x8));
        vm.assertEq(_table(Actor.Reviewer), _row(1, 0xe) | _row(2, 0xe) | _row(3, 0xe));
        vm.assertEq(_table(Actor.Operator), _row(1, 0x14) | _row(2, 0x18) | _row(3, 0x14));
    }

    function _row(uint64 from, uint64 bits) private pure returns (uint64) {
        return bits << (8 * from);
    }
}
