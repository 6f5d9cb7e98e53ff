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
    event Refuted(
        uint256 indexed tokenId,
        address indexed by,
        uint32 corrects,
        uint8 from,
        uint8 to,
        uint8 rule,
        bytes32 evidence
    );
    event ReviewProposed(
        uint256 indexed tokenId,
        address indexed reviewer,
        uint32 corrects,
        uint8 to,
        uint8 reason,
        bytes32 evidence
    );

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

    function _refute(uint8 condition) private {
        vm.prank(DISPUTE);
        token.refute(1, FIRST, Condition.wrap(condition), Rule.wrap(13), EVIDENCE);
    }

    function test_a_refuted_lie_is_taken_back_and_its_gateway_frozen() public {
        _post(_update(1, COMPROMISED));
        vm.warp(START + 90);
        vm.expectEmit(true, true, false, true, address(token));
        emit Refuted(1, DISPUTE, 1, COMPROMISED, SOUND, 13, EVIDENCE);
        _refute(SOUND);
        vm.assertEq(_condition(1), SOUND);
        vm.assertTrue(token.isStale(1));
        vm.assertEq(token.statusOf(1).updates, 2);
        vm.assertEq(token.statusOf(1).since, START + 90);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_refutation_leaves_what_a_person_said() public {
        _review(1, FLAGGED);
        _post(_informed(1, COMPROMISED));
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, 1, COMPROMISED, SOUND)
        );
        _refute(SOUND);
        _refute(FLAGGED);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refutation_leaves_what_was_proved() public {
        vm.prank(DISPUTE);
        token.escalate(1, Condition.wrap(FLAGGED), Rule.wrap(3), EVIDENCE);
        _post(_update(1, COMPROMISED));
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, 1, COMPROMISED, SOUND)
        );
        _refute(SOUND);
    }

    function test_a_refutation_never_makes_worse() public {
        for (uint8 to = COMPROMISED; to < 8; ++to) {
            vm.expectRevert(
                abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, 1, SOUND, to)
            );
            _refute(to);
        }
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, 1, SOUND, 0)
        );
        _refute(0);
    }

    function test_refuses_a_refutation_of_another_gateway_or_without_evidence() public {
        vm.startPrank(DISPUTE);
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 1, FIRST, SECOND)
        );
        token.refute(1, SECOND, Condition.wrap(SOUND), Rule.wrap(13), EVIDENCE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.EvidenceMissing.selector, 1));
        token.refute(1, FIRST, Condition.wrap(SOUND), Rule.wrap(13), bytes32(0));
        vm.stopPrank();
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
        emit ReviewProposed(1, REVIEWER, 1, SOUND, 1, EVIDENCE);
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
