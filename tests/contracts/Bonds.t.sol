// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IBonds} from "cargoseal/interfaces/IBonds.sol";
import {IDispute, Leaf} from "cargoseal/interfaces/IDispute.sol";
import {Evidence} from "./support/Evidence.sol";

/// An account that calls back when it is paid.
contract Greedy {
    IDispute private immutable _dispute;
    bool public again;

    constructor(IDispute dispute) {
        _dispute = dispute;
    }

    function commit(bytes32 commitment) external {
        _dispute.commit(commitment);
    }

    function refute(Leaf calldata leaf, bytes32 salt, bytes calldata claim) external {
        _dispute.refuteScore(leaf, salt, claim);
    }

    function collect() external {
        _dispute.collect();
    }

    receive() external payable {
        try _dispute.collect() {
            again = true;
        } catch {}
    }
}

/// What gateways leave behind as a pledge: theirs while nothing is proved, and never paid twice.
contract BondsTest is Evidence {
    uint256 private constant LOCK = 30 days;

    function _withdrawAs(address who) private {
        vm.prank(who);
        dispute.withdraw(FIRST);
    }

    function test_a_gateway_adds_to_its_bond() public {
        _bond(1 ether);
        _bond(2 ether);
        (address owner, uint256 amount, uint256 until) = dispute.bondOf(FIRST);
        vm.assertEq(owner, GATEWAY);
        vm.assertEq(amount, 3 ether);
        vm.assertEq(until, LOCK);
        vm.assertEq(address(dispute).balance, 3 ether);
    }

    function test_refuses_a_bond_of_what_is_no_gateway_or_of_nothing() public {
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IBonds.NotGateway.selector, STRANGER));
        dispute.deposit{value: 1 ether}();
        vm.prank(GATEWAY);
        vm.expectRevert(IBonds.NothingThere.selector);
        dispute.deposit();
    }

    function test_coin_cannot_be_sent_by_mistake() public {
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        (bool done,) = address(dispute).call{value: 1 ether}("");
        vm.assertFalse(done);
    }

    function test_a_bond_can_be_taken_back_after_thirty_days_of_silence() public {
        _bond(1 ether);
        _post("");
        vm.warp(START + LOCK - 1);
        vm.prank(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(IBonds.BondLocked.selector, FIRST, START + LOCK));
        dispute.withdraw(FIRST);
        vm.warp(START + LOCK);
        _withdrawAs(GATEWAY);
        vm.prank(GATEWAY);
        dispute.collect();
        vm.assertEq(GATEWAY.balance, 1 ether);
        vm.assertEq(address(dispute).balance, 0);
    }

    function test_every_post_locks_the_bond_anew() public {
        _bond(1 ether);
        _post("");
        vm.warp(START + LOCK - 1);
        _post("");
        vm.warp(START + LOCK);
        vm.prank(GATEWAY);
        vm.expectRevert(
            abi.encodeWithSelector(IBonds.BondLocked.selector, FIRST, START + 2 * LOCK - 1)
        );
        dispute.withdraw(FIRST);
    }

    function test_a_lie_can_still_be_refuted_in_the_last_second_of_the_lock() public {
        _bond(1 ether);
        Leaf memory leaf = _anchored(4000);
        vm.warp(START + LOCK - 1);
        _refute(CHALLENGER, leaf);
        vm.assertEq(dispute.owedTo(CHALLENGER), 0.75 ether);
        vm.warp(START + LOCK);
        vm.prank(GATEWAY);
        vm.expectRevert(IBonds.NothingThere.selector);
        dispute.withdraw(FIRST);
    }

    function test_nobody_takes_the_bond_of_another() public {
        _bond(1 ether);
        vm.warp(START + LOCK);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IBonds.OtherOwner.selector, FIRST, GATEWAY));
        dispute.withdraw(FIRST);
    }

    function test_a_bond_stays_its_payers_when_the_gateway_gets_another_account() public {
        _bond(1 ether);
        vm.prank(ADMIN);
        token.setGateway(FIRST, STRANGER, true, CAP);
        vm.deal(STRANGER, 1 ether);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IBonds.OtherOwner.selector, FIRST, GATEWAY));
        dispute.deposit{value: 1 ether}();
        vm.warp(START + LOCK);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IBonds.OtherOwner.selector, FIRST, GATEWAY));
        dispute.withdraw(FIRST);
        _withdrawAs(GATEWAY);
        vm.assertEq(dispute.owedTo(GATEWAY), 1 ether);
    }

    function test_bonds_are_free_when_another_dispute_contract_counts() public {
        _bond(1 ether);
        _post("");
        vm.prank(ADMIN);
        token.setDispute(address(0xD2));
        _withdrawAs(GATEWAY);
        vm.assertEq(dispute.owedTo(GATEWAY), 1 ether);
    }

    function test_a_quarter_of_a_slashed_bond_is_nobodys() public {
        _bond(1 ether);
        _refute(CHALLENGER, _anchored(4000));
        (, uint256 left,) = dispute.bondOf(FIRST);
        vm.assertEq(left, 0);
        vm.assertEq(dispute.owedTo(CHALLENGER), 0.75 ether);
        vm.assertEq(dispute.burnt(), 0.25 ether);
        vm.prank(CHALLENGER);
        dispute.collect();
        vm.assertEq(address(dispute).balance, 0.25 ether);
    }

    function test_a_gateway_that_refutes_itself_loses_a_quarter_and_its_right() public {
        _bond(1 ether);
        Leaf memory leaf = _anchored(4000);
        _refute(GATEWAY, leaf);
        vm.prank(GATEWAY);
        dispute.collect();
        vm.assertEq(GATEWAY.balance, 0.75 ether);
        vm.assertTrue(token.isStale(1));
    }

    function test_two_lies_do_not_slash_one_bond_twice() public {
        _bond(1 ether);
        Leaf memory first = _anchored(4000);
        Leaf memory second = _anchored(4001);
        _refute(CHALLENGER, first);
        _refute(CHALLENGER, second);
        vm.assertEq(dispute.owedTo(CHALLENGER), 0.75 ether);
        vm.assertEq(dispute.burnt(), 0.25 ether);
    }

    function test_nothing_is_paid_twice() public {
        _bond(1 ether);
        _refute(CHALLENGER, _anchored(4000));
        vm.prank(CHALLENGER);
        dispute.collect();
        vm.prank(CHALLENGER);
        vm.expectRevert(IBonds.NothingThere.selector);
        dispute.collect();
        vm.assertEq(CHALLENGER.balance, 0.75 ether);
    }

    function test_who_calls_back_while_being_paid_gets_no_more() public {
        _bond(1 ether);
        _bondOfSecond(5 ether);
        Greedy greedy = new Greedy(dispute);
        Leaf memory leaf = _anchored(4000);
        _commitAs(address(greedy), leaf, SALT);
        vm.roll(block.number + 1);
        greedy.refute(leaf, SALT, _honest());
        greedy.collect();
        vm.assertFalse(greedy.again());
        vm.assertEq(address(greedy).balance, 0.75 ether);
        vm.assertEq(address(dispute).balance, 5.25 ether);
    }

    function test_who_cannot_be_paid_holds_nobody_up() public {
        // The batch contract has no way to be paid.
        _bond(1 ether);
        address deaf = address(token);
        Leaf memory leaf = _anchored(4000);
        _commitAs(deaf, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(deaf);
        dispute.refuteScore(leaf, SALT, _honest());
        vm.assertTrue(token.isStale(1));
        vm.prank(deaf);
        vm.expectRevert(abi.encodeWithSelector(IBonds.PaymentFailed.selector, deaf));
        dispute.collect();
        vm.assertEq(dispute.owedTo(deaf), 0.75 ether);
    }

    function _bondOfSecond(uint256 amount) private {
        vm.deal(OTHER_GATEWAY, amount);
        vm.prank(OTHER_GATEWAY);
        dispute.deposit{value: amount}();
    }
}
