// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken, Status} from "cargoseal/interfaces/ICargoToken.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Fleet} from "./support/Fleet.sol";

/// Where several gateways must agree: what one alone can do, and when they have agreed.
contract CargoTokenQuorumTest is Fleet {
    address private constant THIRD_GATEWAY = address(0xC0DE);
    uint16 private constant THIRD = 3;
    uint32 private constant WINDOW = 600;

    function setUp() public override {
        super.setUp();
        _quorum(2);
        vm.prank(ADMIN);
        token.setGateway(THIRD, THIRD_GATEWAY, true, CAP);
    }

    function _quorum(uint8 quorum) private {
        GuardSettings memory settings = _settings();
        (settings.quorum, settings.quorumWindow) = (quorum, WINDOW);
        _setGuards(settings);
    }

    function _postBy(address gateway, uint16 index, bytes memory updates) private {
        uint64 seq = _nextSeq(index);
        vm.prank(gateway);
        token.post(seq, NEVER, ROOT, CONTENT, updates);
    }

    function _refusedBy(address gateway, uint16 index, bytes memory updates, bytes memory refusal)
        private
    {
        uint64 seq = _nextSeq(index);
        vm.prank(gateway);
        vm.expectRevert(refusal);
        token.post(seq, NEVER, ROOT, CONTENT, updates);
    }

    function _second(uint256 tokenId) private {
        _postBy(OTHER_GATEWAY, SECOND, _informed(tokenId, COMPROMISED));
    }

    function test_one_gateway_alone_only_flags() public {
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Attested(1, FIRST, 1, FLAGGED);
        _post(_update(1, COMPROMISED, 8));
        Status memory status = token.statusOf(1);
        vm.assertEq(_condition(1), FLAGGED);
        vm.assertEq(status.voices, 1);
        vm.assertEq(_doubts(1), 8);
        vm.assertEq(status.score, 1234);
    }

    function test_one_gateway_that_says_it_often_is_still_one() public {
        for (uint256 i = 0; i < 5; ++i) {
            _post(_update(1, COMPROMISED));
        }
        vm.assertEq(_condition(1), FLAGGED);
        vm.assertEq(token.statusOf(1).voices, 1);
    }

    function test_two_gateways_make_it_compromised() public {
        _post(_update(1, COMPROMISED));
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Attested(1, SECOND, 2, COMPROMISED);
        _second(1);
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(token.statusOf(1).gateway, FIRST);
        vm.assertEq(token.statusOf(1).score, 1234);
    }

    function test_the_order_of_the_gateways_does_not_matter() public {
        _second(1);
        vm.assertEq(_condition(1), FLAGGED);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_a_quorum_of_three_needs_three() public {
        _quorum(3);
        _post(_update(1, COMPROMISED));
        _second(1);
        vm.assertEq(_condition(1), FLAGGED);
        _postBy(THIRD_GATEWAY, THIRD, _update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_a_voice_counts_until_the_window_is_over() public {
        _post(_update(1, COMPROMISED));
        vm.warp(START + WINDOW + 1);
        _second(1);
        vm.assertEq(_condition(1), FLAGGED);
        vm.warp(START + 2 * WINDOW + 1);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_the_voice_of_a_frozen_gateway_does_not_count() public {
        _second(1);
        vm.prank(GUARDIAN);
        token.freeze(SECOND);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), FLAGGED);
        vm.assertEq(token.statusOf(1).voices, 1);
    }

    function test_a_review_ends_what_gateways_said_before() public {
        _post(_update(1, COMPROMISED));
        _review(1, SOUND);
        vm.assertEq(token.statusOf(1).voices, 0);
        _second(1);
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_new_key_of_a_gateway_is_no_second_gateway() public {
        _post(_update(1, COMPROMISED));
        vm.prank(ADMIN);
        token.setGateway(FIRST, address(0xBEEF), true, CAP);
        _postBy(address(0xBEEF), FIRST, _update(1, COMPROMISED));
        vm.assertEq(_condition(1), FLAGGED);
    }

    function test_a_gateway_that_does_not_watch_may_say_nothing_else() public {
        bytes memory refusal =
            abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 1, FIRST, SECOND);
        _refusedBy(OTHER_GATEWAY, SECOND, _update(1, FLAGGED), refusal);
        _refusedBy(OTHER_GATEWAY, SECOND, _update(1, SOUND), refusal);
        _refusedBy(OTHER_GATEWAY, SECOND, _update(1, 7), refusal);
    }

    function test_a_gateway_that_does_not_watch_changes_no_figure() public {
        _post(_update(1, FLAGGED, 8));
        bytes memory update = _informed(1, COMPROMISED);
        (update[9], update[10], update[13]) = (0x07, 0x01, 0xff);
        _postBy(OTHER_GATEWAY, SECOND, update);
        Status memory status = token.statusOf(1);
        vm.assertEq(_doubts(1), 8);
        vm.assertEq(status.health, 87);
        vm.assertEq(status.score, 1234);
    }

    function test_without_a_quorum_nobody_speaks_of_others_tokens() public {
        _quorum(1);
        _refusedBy(
            OTHER_GATEWAY,
            SECOND,
            _update(1, COMPROMISED),
            abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 1, FIRST, SECOND)
        );
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_nobody_speaks_of_a_closed_shipment() public {
        _setLifecycle(1, 4);
        _refusedBy(
            OTHER_GATEWAY,
            SECOND,
            _update(1, COMPROMISED),
            abi.encodeWithSelector(ICargoToken.ShipmentClosed.selector, 1)
        );
    }

    function test_what_is_compromised_stays_so_while_only_one_speaks() public {
        _post(_update(1, COMPROMISED));
        _second(1);
        vm.warp(START + 10 * WINDOW);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_people_need_no_quorum() public {
        _review(1, COMPROMISED);
        vm.assertEq(_condition(1), COMPROMISED);
    }
}
