// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken, Status} from "cargoseal/interfaces/ICargoToken.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet} from "./support/Fleet.sol";
import {Vm} from "./support/Vm.sol";

/// What a gateway may do, and each way in which it is refused.
contract CargoTokenPostTest is Fleet {
    function test_a_post_writes_what_it_says() public {
        vm.warp(START + 5);
        _post(
            abi.encodePacked(
                uint64(1),
                FLAGGED,
                uint8(9),
                uint8(42),
                uint8(4),
                uint24(0xfedcba),
                uint8(0),
                uint32(START - 7)
            )
        );
        Status memory status = token.statusOf(1);
        vm.assertEq(_condition(1), FLAGGED);
        vm.assertEq(_doubts(1), 9);
        vm.assertEq(status.health, 42);
        vm.assertEq(Rule.unwrap(status.rule), 4);
        vm.assertEq(status.score, 0xfedcba);
        vm.assertEq(status.since, START - 7);
        vm.assertEq(status.recorded, START + 5);
        vm.assertEq(status.updates, 1);
        vm.assertEq(status.gateway, FIRST);
        vm.assertEq(status.profile, PROFILE);
        vm.assertEq(status.reviews, 0);
        vm.assertEq(_lifecycle(1), 1);
    }

    function test_a_batch_writes_every_token_and_no_other() public {
        _post(bytes.concat(_update(1, FLAGGED), _update(2, COMPROMISED)));
        vm.assertEq(_condition(1), FLAGGED);
        vm.assertEq(_condition(2), COMPROMISED);
        vm.assertEq(_condition(3), SOUND);
        vm.assertEq(token.statusOf(3).updates, 0);
    }

    function test_two_updates_of_one_token_in_a_batch_apply_in_order() public {
        _post(bytes.concat(_update(1, FLAGGED), _update(1, COMPROMISED)));
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(token.statusOf(1).updates, 2);
    }

    function test_one_event_holds_the_whole_batch() public {
        bytes memory updates = bytes.concat(_update(1, FLAGGED), _update(2, SOUND));
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.Posted(FIRST, 0, ROOT, CONTENT, updates);
        _post(updates);
    }

    function test_a_heartbeat_changes_no_token_and_anchors_its_root() public {
        bytes32 before = keccak256(abi.encode(token.statusOf(1)));
        vm.recordLogs();
        _post("");
        vm.assertEq(vm.getRecordedLogs().length, 1);
        vm.assertEq(keccak256(abi.encode(token.statusOf(1))), before);
        vm.assertEq(token.anchorOf(FIRST, 0), ROOT);
    }

    function test_a_changed_condition_is_announced_to_marketplaces() public {
        vm.expectEmit(false, false, false, true, address(token));
        emit MetadataUpdate(1);
        _post(_update(1, FLAGGED));
    }

    function test_a_changed_doubt_is_announced_to_marketplaces() public {
        vm.expectEmit(false, false, false, true, address(token));
        emit MetadataUpdate(1);
        _post(_update(1, SOUND, 1));
    }

    function test_changed_figures_are_announced_as_one_range() public {
        _mint(9, FIRST);
        vm.recordLogs();
        _post(bytes.concat(_update(9, SOUND), _update(1, SOUND), _update(2, FLAGGED)));
        Vm.Log[] memory logs = vm.getRecordedLogs();
        vm.assertEq(logs.length, 3); // the batch, token 2, the range
        vm.assertEq(logs[1].topics[0], MetadataUpdate.selector);
        vm.assertEq(abi.decode(logs[1].data, (uint256)), 2);
        vm.assertEq(logs[2].topics[0], BatchMetadataUpdate.selector);
        (uint256 low, uint256 high) = abi.decode(logs[2].data, (uint256, uint256));
        vm.assertEq(low, 1);
        vm.assertEq(high, 9);
    }

    // --------------------------------------------------------------- who, when, in which order

    function test_refuses_a_stranger() public {
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.NotGateway.selector, STRANGER));
        token.post(0, NEVER, ROOT, CONTENT, "");
    }

    function test_refuses_the_administrator_in_the_gateways_place() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.NotGateway.selector, ADMIN));
        token.post(0, NEVER, ROOT, CONTENT, "");
    }

    function test_refuses_a_gateway_that_was_switched_off() public {
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, false, CAP);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_refuses_a_batch_that_was_posted_before() public {
        _post("");
        vm.prank(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.WrongSequence.selector, 1, 0));
        token.post(0, NEVER, ROOT, CONTENT, "");
    }

    function test_refuses_a_batch_that_leaves_one_out() public {
        vm.prank(GATEWAY);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.WrongSequence.selector, 0, 1));
        token.post(1, NEVER, ROOT, CONTENT, "");
    }

    function test_refuses_a_batch_after_its_deadline() public {
        vm.prank(GATEWAY);
        vm.expectRevert(
            abi.encodeWithSelector(ICargoToken.DeadlinePassed.selector, START - 1, START)
        );
        token.post(0, uint64(START - 1), ROOT, CONTENT, "");
    }

    function test_takes_a_batch_in_the_last_second() public {
        vm.prank(GATEWAY);
        token.post(0, uint64(START), ROOT, CONTENT, "");
        vm.assertEq(_nextSeq(FIRST), 1);
    }

    function test_refuses_a_batch_without_a_root() public {
        vm.prank(GATEWAY);
        vm.expectRevert(ICargoToken.EmptyRoot.selector);
        token.post(0, NEVER, bytes32(0), CONTENT, "");
    }

    function test_refuses_every_post_while_paused() public {
        vm.prank(GUARDIAN);
        token.pause();
        _postRefused("", abi.encodeWithSelector(ICargoToken.Paused.selector));
        vm.prank(ADMIN);
        token.unpause();
        _post("");
    }

    function test_each_gateway_counts_for_itself() public {
        _post("");
        _post("");
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, _update(3, FLAGGED));
        vm.assertEq(_nextSeq(FIRST), 2);
        vm.assertEq(_nextSeq(SECOND), 1);
    }

    // ----------------------------------------------------------------------------- the updates

    function test_refuses_updates_of_a_broken_length() public {
        for (uint256 length = 1; length < 20; ++length) {
            bytes memory updates = new bytes(length);
            _postRefused(
                updates, abi.encodeWithSelector(ICargoToken.MalformedUpdates.selector, length)
            );
        }
        bytes memory more = bytes.concat(_update(1, SOUND), hex"00");
        _postRefused(more, abi.encodeWithSelector(ICargoToken.MalformedUpdates.selector, 21));
    }

    function test_refuses_a_token_that_does_not_exist() public {
        _postRefused(
            _update(77, FLAGGED), abi.encodeWithSelector(ICargoToken.UnknownToken.selector, 77)
        );
        _postRefused(_update(0, 0), abi.encodeWithSelector(ICargoToken.UnknownToken.selector, 0));
    }

    function test_refuses_a_token_of_another_gateway() public {
        _postRefused(
            _update(3, FLAGGED),
            abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 3, SECOND, FIRST)
        );
    }

    function test_refuses_a_health_above_a_hundred() public {
        bytes memory updates = abi.encodePacked(
            uint64(1), SOUND, uint8(0), uint8(101), uint8(0), uint24(0), uint40(START)
        );
        _postRefused(
            updates, abi.encodeWithSelector(ICargoToken.HealthOutOfRange.selector, 1, 101)
        );
    }

    function test_refuses_to_change_a_closed_shipment() public {
        _setLifecycle(1, 4);
        _postRefused(
            _update(1, COMPROMISED), abi.encodeWithSelector(ICargoToken.ShipmentClosed.selector, 1)
        );
    }

    function test_late_evidence_still_counts_after_delivery() public {
        _setLifecycle(1, 2);
        _setLifecycle(1, 3);
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
        vm.assertEq(_lifecycle(1), 3);
    }

    function test_one_bad_update_undoes_the_whole_batch() public {
        bytes memory updates = bytes.concat(_update(1, FLAGGED), _update(3, FLAGGED));
        _postRefused(
            updates, abi.encodeWithSelector(ICargoToken.NotThisGateway.selector, 3, SECOND, FIRST)
        );
        vm.assertEq(_condition(1), SOUND);
        vm.assertEq(_nextSeq(FIRST), 0);
    }

    // ------------------------------------------------------------------- caps and the interval

    function _setCap(uint32 cap) private {
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, true, cap);
    }

    function test_refuses_more_updates_than_the_cap_allows() public {
        _setCap(1);
        bytes memory two = bytes.concat(_update(1, SOUND), _update(2, SOUND));
        _postRefused(two, abi.encodeWithSelector(ICargoToken.CapExceeded.selector, 1, 2));
        _post(_update(1, SOUND));
        _postRefused(
            _update(2, SOUND), abi.encodeWithSelector(ICargoToken.CapExceeded.selector, 1, 2)
        );
    }

    function test_the_cap_is_free_again_in_the_next_epoch() public {
        _setCap(1);
        _post(_update(1, SOUND));
        vm.warp((START / 3600 + 1) * 3600);
        _post(_update(2, SOUND));
        (uint32 cap, uint256 used) = token.capAt(FIRST);
        vm.assertEq(cap, 1);
        vm.assertEq(used, 1);
    }

    function test_a_heartbeat_is_free_of_the_cap() public {
        _setCap(0);
        _post("");
        _postRefused(
            _update(1, SOUND), abi.encodeWithSelector(ICargoToken.CapExceeded.selector, 0, 1)
        );
    }

    function test_setting_the_cap_anew_does_not_forget_what_was_used() public {
        _setCap(2);
        _post(bytes.concat(_update(1, SOUND), _update(2, SOUND)));
        _setCap(2);
        _postRefused(
            _update(1, SOUND), abi.encodeWithSelector(ICargoToken.CapExceeded.selector, 2, 3)
        );
    }

    function _setInterval(uint32 seconds_) private {
        GuardSettings memory settings = _settings();
        settings.minInterval = seconds_;
        _setGuards(settings);
    }

    function test_refuses_noise_within_the_minimum_interval() public {
        _setInterval(60);
        vm.warp(START + 59);
        _postRefused(
            _update(1, SOUND, 1),
            abi.encodeWithSelector(ICargoToken.TooSoon.selector, 1, START + 60, START + 59)
        );
        vm.warp(START + 60);
        _post(_update(1, SOUND, 1));
    }

    function test_an_alarm_does_not_wait_for_the_minimum_interval() public {
        _setInterval(60);
        _post(_update(1, FLAGGED));
        _post(_update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }
}
