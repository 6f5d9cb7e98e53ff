// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Leaf} from "cargoseal/interfaces/IDispute.sol";
import {Evidence} from "./support/Evidence.sol";

/// Gateways pay in, lie, are refuted, take back; everybody collects, in any order and at any time.
contract BondsInvariantsTest is Evidence {
    uint256 public paidIn;
    uint256 public collected;
    uint256 private _time = START;
    uint32 private _lies;

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(this);
    }

    function targetSelectors() public view returns (Targets[] memory targets) {
        targets = new Targets[](1);
        bytes4[] memory selectors = new bytes4[](6);
        selectors[0] = this.pass.selector;
        selectors[1] = this.payIn.selector;
        selectors[2] = this.lie.selector;
        selectors[3] = this.takeBack.selector;
        selectors[4] = this.collectAs.selector;
        selectors[5] = this.replace.selector;
        targets[0] = Targets(address(this), selectors);
    }

    struct Targets {
        address target;
        bytes4[] selectors;
    }

    function pass(uint32 seconds_) external {
        _time += seconds_ % 20 days;
        vm.warp(_time);
    }

    function payIn(uint96 amount, bool second) external {
        address who = second ? OTHER_GATEWAY : GATEWAY;
        vm.deal(who, amount);
        vm.prank(who);
        try dispute.deposit{value: amount}() {
            paidIn += amount;
        } catch {}
    }

    /// The first gateway lies and a challenger finds it; the administrators let it go on.
    function lie(uint8 who) external {
        uint64 seq = _nextSeq(FIRST);
        Leaf memory leaf = _leaf(FIRST, seq, 1, _entry(_honest(), 5000 + _lies++));
        bytes32 root = _rootOf(leaf);
        vm.prank(GATEWAY);
        try token.post(seq, NEVER, root, CONTENT, "") {} catch {}
        address finder = _anybody(who);
        _commitAs(finder, leaf, SALT);
        vm.roll(block.number + 1);
        vm.prank(finder);
        try dispute.refuteScore(leaf, SALT, _honest()) {} catch {}
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, true, CAP);
    }

    function takeBack(uint8 who, uint8 gateway) external {
        vm.prank(_anybody(who));
        try dispute.withdraw(1 + (gateway % 3)) {} catch {}
    }

    function collectAs(uint8 who) external {
        address account = _anybody(who);
        uint256 before = account.balance;
        vm.prank(account);
        try dispute.collect() {
            collected += account.balance - before;
        } catch {}
    }

    function replace(bool back) external {
        vm.prank(ADMIN);
        token.setDispute(back ? address(dispute) : address(0xD2));
    }

    function _anybody(uint8 who) private pure returns (address) {
        address[5] memory all = [GATEWAY, OTHER_GATEWAY, CHALLENGER, COPYIST, STRANGER];
        return all[who % 5];
    }

    function invariant_every_coin_is_accounted_for() public view {
        (, uint256 first,) = dispute.bondOf(FIRST);
        (, uint256 second,) = dispute.bondOf(SECOND);
        uint256 sum = first + second + dispute.burnt();
        for (uint8 who = 0; who < 5; ++who) {
            sum += dispute.owedTo(_anybody(who));
        }
        vm.assertEq(sum, paidIn - collected);
        vm.assertEq(address(dispute).balance, sum);
    }

    /// Everything above does happen, else the invariant would say nothing.
    function test_the_world_pays_slashes_and_collects() public {
        this.payIn(4 ether, false);
        this.lie(2);
        vm.assertEq(dispute.owedTo(CHALLENGER), 3 ether);
        this.collectAs(2);
        this.payIn(1 ether, true);
        this.replace(false);
        this.takeBack(1, 1);
        this.collectAs(1);
        vm.assertEq(paidIn, 5 ether);
        vm.assertEq(collected, 4 ether);
        invariant_every_coin_is_accounted_for();
    }
}
