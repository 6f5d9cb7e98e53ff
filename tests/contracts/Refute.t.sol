// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {IDispute, Leaf, Lie} from "cargoseal/interfaces/IDispute.sol";
import {IInt8Model} from "cargoseal/interfaces/IInt8Model.sol";
import {CborReader} from "cargoseal/libraries/CborReader.sol";
import {Merkle} from "cargoseal/libraries/Merkle.sol";
import {Evidence} from "./support/Evidence.sol";

/// A gateway that anchored another score than the claim gives, and those who would abuse the way to
/// say so. Seals and signatures: test_refute.py, where there is somebody who can sign.
contract RefuteTest is Evidence {
    function _refuse(Leaf memory leaf, bytes memory refusal) private {
        vm.prank(CHALLENGER);
        vm.expectRevert(refusal);
        dispute.refuteScore(leaf, SALT, _honest());
    }

    function _notAnchored(Leaf memory leaf) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IDispute.NotAnchored.selector, leaf.gateway, leaf.seq);
    }

    // ---------------------------------------------------------------------------- what is proved

    function test_a_gateway_that_says_another_score_loses_bond_and_right_and_its_word() public {
        _bond(1 ether);
        Leaf memory leaf = _leaf(FIRST, 0, 1, _entry(_honest(), 4000));
        _anchor(leaf, _update(1, COMPROMISED));
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        vm.expectEmit(true, true, true, true, address(dispute));
        emit IDispute.LieProved(FIRST, 1, CHALLENGER, Lie.Score, hash, 0.75 ether);
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, _honest());
        vm.assertEq(_condition(1), SOUND);
        vm.assertTrue(token.isStale(1));
        vm.assertTrue(dispute.isRefuted(FIRST, 1, hash));
        vm.assertEq(dispute.owedTo(CHALLENGER), 0.75 ether);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_gateway_that_hides_a_high_score_is_refuted_too() public {
        Leaf memory leaf = _anchored(1);
        _refute(CHALLENGER, leaf);
        vm.assertEq(_condition(1), SOUND);
        vm.assertTrue(token.isStale(1));
    }

    function test_a_claim_that_says_another_score_than_its_model_is_a_lie_of_who_took_it() public {
        bytes memory claim = _claim(-5, 24);
        Leaf memory leaf = _leaf(FIRST, 0, 1, _entry(claim, 24));
        _anchor(leaf, "");
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, claim);
        vm.assertTrue(token.isStale(1));
    }

    // ------------------------------------------------------------------- an honest gateway is safe

    function test_a_leaf_of_an_honest_gateway_cannot_be_refuted() public {
        _refuse(_anchored(25), abi.encodeWithSelector(IDispute.NothingWrong.selector));
    }

    function testFuzz_no_honest_score_can_be_refuted(int8 x) public {
        uint32 score = uint32(uint256(int256(x) * int256(x)));
        bytes memory claim = _claim(x, score);
        Leaf memory leaf = _leaf(FIRST, 0, 1, _entry(claim, score));
        _anchor(leaf, "");
        vm.expectRevert(IDispute.NothingWrong.selector);
        dispute.refuteScore(leaf, SALT, claim);
    }

    function testFuzz_every_other_score_can(int8 x, uint32 said) public {
        uint32 score = uint32(uint256(int256(x) * int256(x)));
        vm.assume(said != score);
        bytes memory claim = _claim(x, score);
        Leaf memory leaf = _leaf(FIRST, 0, 1, _entry(claim, said));
        _anchor(leaf, "");
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, claim);
        vm.assertTrue(token.isStale(1));
    }

    function test_another_claim_of_the_same_counter_proves_nothing() public {
        Leaf memory leaf = _anchored(25);
        bytes memory other = _claim(-6, 36);
        vm.expectRevert(
            abi.encodeWithSelector(
                IDispute.DigestMismatch.selector, sha256(_honest()), sha256(other)
            )
        );
        dispute.refuteScore(leaf, SALT, other);
    }

    function test_a_claim_that_does_not_fit_the_model_proves_nothing() public {
        bytes memory claim = abi.encodePacked(hex"8350", bytes16(0), hex"420102", _number(25));
        Leaf memory leaf = _leaf(FIRST, 0, 1, _entry(claim, 4000));
        _anchor(leaf, "");
        vm.expectRevert(abi.encodeWithSelector(IInt8Model.WrongInput.selector, 1, 2));
        dispute.refuteScore(leaf, SALT, claim);
    }

    function test_a_model_that_nobody_stored_proves_nothing() public {
        bytes32 strange = keccak256("strange");
        bytes memory entry = _entryOf(keccak256("seal"), sha256(_honest()), strange, NODE, 7, 4000);
        Leaf memory leaf = _leaf(FIRST, 0, 1, entry);
        _anchor(leaf, "");
        _refuse(leaf, abi.encodeWithSelector(IInt8Model.NotStored.selector, strange));
    }

    /// Gas at which a call does what it is asked, in steps of 1,000; what is done is undone. Below
    /// it the call must fail as a whole, whatever part of it ran out.
    function _gasThatSucceeds(Leaf memory leaf, uint256 most) private returns (uint256 enough) {
        bytes memory call = abi.encodeCall(IDispute.refuteScore, (leaf, SALT, _honest()));
        for (uint256 gas_ = 5000; gas_ <= most; gas_ += 1000) {
            uint256 before = vm.snapshotState();
            vm.prank(CHALLENGER);
            (bool done,) = address(dispute).call{gas: gas_}(call);
            vm.assertEq(token.isStale(1), done);
            if (done && enough == 0) enough = gas_;
            vm.revertToState(before);
        }
    }

    function test_a_call_that_runs_out_of_gas_proves_nothing() public {
        Leaf memory lie = _anchored(4000);
        _commitAs(CHALLENGER, lie, SALT);
        vm.roll(block.number + 1);
        uint256 enough = _gasThatSucceeds(lie, 300_000);
        vm.assertTrue(enough > 50_000);
        Leaf memory honest = _anchored(25);
        _commitAs(CHALLENGER, honest, SALT);
        vm.roll(block.number + 1);
        vm.assertEq(_gasThatSucceeds(honest, 2 * enough), 0);
    }

    function test_an_entry_of_another_type_proves_nothing() public {
        Leaf memory leaf = _anchored(4000);
        leaf.entry[1] = 0x02;
        _refuse(leaf, abi.encodeWithSelector(CborReader.UnexpectedByte.selector, 1, 1, 2));
    }

    // ------------------------------------------------------------------------ the exact leaf only

    function test_an_entry_that_the_gateway_did_not_anchor_proves_nothing() public {
        Leaf memory leaf = _anchored(25);
        leaf.entry = _entry(_honest(), 4000);
        _refuse(leaf, _notAnchored(leaf));
    }

    function test_a_log_that_the_gateway_did_not_anchor_proves_nothing() public {
        _anchored(25);
        Leaf memory made_up = _leaf(FIRST, 0, 1, _entry(_honest(), 4000));
        _refuse(made_up, _notAnchored(made_up));
    }

    function test_another_place_in_the_log_proves_nothing() public {
        Leaf memory leaf = _anchored(4000);
        leaf.index = 0;
        _refuse(leaf, _notAnchored(leaf));
    }

    function test_the_leaf_of_one_shipment_proves_nothing_about_another() public {
        Leaf memory leaf = _anchored(4000);
        leaf.head.tokenId = 2;
        _refuse(leaf, _notAnchored(leaf));
    }

    function test_the_leaf_of_one_gateway_proves_nothing_about_another() public {
        Leaf memory leaf = _anchored(4000);
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, "");
        leaf.gateway = SECOND;
        _refuse(leaf, _notAnchored(leaf));
    }

    function test_an_inner_node_of_a_tree_does_not_pass_for_a_head() public {
        Leaf memory leaf = _anchored(4000);
        leaf.headPath.hashes = new bytes32[](0);
        leaf.headPath.size = 1;
        _refuse(leaf, _notAnchored(leaf));
    }

    function test_a_post_that_left_the_ring_proves_nothing_unless_it_was_kept() public {
        Leaf memory leaf = _anchored(4000);
        dispute.keep(FIRST, 0);
        Leaf memory next = _anchored(4001);
        for (uint256 i = 0; i < 256; ++i) {
            _post("");
        }
        _refuse(next, abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 1, 258));
        vm.assertEq(dispute.keptAnchor(FIRST, 0), _rootOf(leaf));
        _refute(CHALLENGER, leaf);
        vm.assertTrue(token.isStale(1));
    }

    function test_only_what_was_posted_can_be_kept() public {
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 0, 0));
        dispute.keep(FIRST, 0);
    }

    function test_what_is_kept_never_changes() public {
        Leaf memory leaf = _anchored(4000);
        dispute.keep(FIRST, 0);
        for (uint256 i = 0; i < 256; ++i) {
            _post("");
        }
        dispute.keep(FIRST, 0);
        vm.assertEq(dispute.keptAnchor(FIRST, 0), _rootOf(leaf));
    }

    // ---------------------------------------------------------------------- once, and by the finder

    function test_the_same_leaf_counts_once() public {
        _bond(1 ether);
        Leaf memory leaf = _anchored(4000);
        _refute(CHALLENGER, leaf);
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, true, CAP);
        _bond(1 ether);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        _refuse(leaf, abi.encodeWithSelector(IDispute.RefutedAlready.selector, hash));
        _commitAs(CHALLENGER, leaf, keccak256("another"));
        _refuse(leaf, abi.encodeWithSelector(IDispute.RefutedAlready.selector, hash));
    }

    function test_the_same_leaf_under_a_later_post_counts_no_second_time() public {
        Leaf memory leaf = _anchored(4000);
        Leaf memory later = _leaf(FIRST, 1, 1, leaf.entry);
        _anchor(later, "");
        _refute(CHALLENGER, leaf);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        _refuse(later, abi.encodeWithSelector(IDispute.RefutedAlready.selector, hash));
    }

    function test_nobody_is_punished_without_a_commitment() public {
        Leaf memory leaf = _anchored(4000);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        bytes32 made = dispute.commitmentOf(CHALLENGER, FIRST, 1, hash, SALT);
        _refuse(leaf, abi.encodeWithSelector(IDispute.NotCommitted.selector, made));
    }

    function test_a_copy_of_a_proof_in_the_queue_has_no_commitment() public {
        Leaf memory leaf = _anchored(4000);
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        bytes32 copied = dispute.commitmentOf(COPYIST, FIRST, 1, Merkle.leafHash(leaf.entry), SALT);
        vm.prank(COPYIST);
        vm.expectRevert(abi.encodeWithSelector(IDispute.NotCommitted.selector, copied));
        dispute.refuteScore(leaf, SALT, _honest());
    }

    function test_a_commitment_of_the_same_block_is_too_late() public {
        Leaf memory leaf = _anchored(4000);
        _commitAs(COPYIST, leaf, SALT);
        bytes32 made = dispute.commitmentOf(COPYIST, FIRST, 1, Merkle.leafHash(leaf.entry), SALT);
        vm.prank(COPYIST);
        vm.expectRevert(abi.encodeWithSelector(IDispute.CommittedInThisBlock.selector, made));
        dispute.refuteScore(leaf, SALT, _honest());
    }

    function test_a_copied_commitment_serves_only_its_challenger() public {
        Leaf memory leaf = _anchored(4000);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        bytes32 made = dispute.commitmentOf(CHALLENGER, FIRST, 1, hash, SALT);
        vm.prank(COPYIST);
        dispute.commit(made);
        vm.roll(block.number + 1);
        vm.prank(COPYIST);
        vm.expectRevert();
        dispute.refuteScore(leaf, SALT, _honest());
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, _honest());
    }

    function test_a_commitment_that_is_made_again_does_not_begin_anew() public {
        Leaf memory leaf = _anchored(4000);
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        bytes32 hash = Merkle.leafHash(leaf.entry);
        bytes32 made = dispute.commitmentOf(CHALLENGER, FIRST, 1, hash, SALT);
        vm.prank(COPYIST);
        dispute.commit(made);
        vm.assertEq(dispute.committedAt(made), block.number - 1);
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, _honest());
    }

    // ------------------------------------------------------------- what follows, and what does not

    function test_a_lie_told_after_a_review_takes_nothing_of_the_review_back() public {
        _post(_update(1, FLAGGED));
        _review(1, FLAGGED);
        Leaf memory leaf = _anchored(4000);
        _refute(CHALLENGER, leaf);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_lie_told_after_a_flag_does_not_wash_it_off() public {
        _post(_update(1, FLAGGED));
        Leaf memory leaf = _anchored(4000);
        _refute(CHALLENGER, leaf);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_refuted_gateway_is_punished_without_a_bond_too() public {
        Leaf memory leaf = _anchored(4000);
        _refute(CHALLENGER, leaf);
        vm.assertEq(dispute.owedTo(CHALLENGER), 0);
        vm.assertTrue(token.isStale(1));
    }

    function test_a_pause_holds_a_refutation_back_and_does_not_lose_it() public {
        Leaf memory leaf = _anchored(4000);
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(GUARDIAN);
        token.pause();
        _refuse(leaf, abi.encodeWithSelector(ICargoToken.Paused.selector));
        vm.prank(ADMIN);
        token.unpause();
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, _honest());
        vm.assertTrue(token.isStale(1));
    }

    function test_no_bond_leaves_while_a_pause_holds_a_refutation_back() public {
        _bond(1 ether);
        Leaf memory leaf = _anchored(4000);
        _commitAs(CHALLENGER, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(GUARDIAN);
        token.pause();
        vm.warp(START + 31 days);
        vm.prank(GATEWAY);
        vm.expectRevert(ICargoToken.Paused.selector);
        dispute.withdraw(FIRST);
        vm.prank(ADMIN);
        token.unpause();
        vm.prank(CHALLENGER);
        dispute.refuteScore(leaf, SALT, _honest());
        vm.assertEq(dispute.owedTo(CHALLENGER), 0.75 ether);
    }

    function test_a_dispute_contract_that_was_replaced_punishes_nobody() public {
        _bond(1 ether);
        Leaf memory leaf = _anchored(4000);
        vm.prank(ADMIN);
        token.setDispute(address(0xD2));
        _refuse(leaf, abi.encodeWithSelector(ICargoToken.NotDispute.selector, address(dispute)));
        (, uint256 amount,) = dispute.bondOf(FIRST);
        vm.assertEq(amount, 1 ether);
    }
}
