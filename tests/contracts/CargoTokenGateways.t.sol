// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IERC7572} from "cargoseal/interfaces/IERC7572.sol";
import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Fleet} from "./support/Fleet.sol";

/// Gateways set up, replaced and gone silent; anchors kept and forgotten; settings.
contract CargoTokenGatewaysTest is Fleet {
    address private constant NEW_KEY = address(0xBEEF);

    function _set(uint16 index, address account, bool active) private {
        vm.prank(ADMIN);
        token.setGateway(index, account, active, CAP);
    }

    // -------------------------------------------------------------------------------- set up

    function test_a_gateway_can_be_found_by_index_and_by_account() public view {
        (address account, bool active, uint64 next, uint40 last) = token.gatewayAt(FIRST);
        vm.assertEq(account, GATEWAY);
        vm.assertTrue(active);
        vm.assertEq(next, 0);
        vm.assertEq(last, 0);
        vm.assertEq(token.gatewayIndex(GATEWAY), FIRST);
        vm.assertEq(token.gatewayIndex(STRANGER), 0);
    }

    function test_what_is_no_gateway_reads_as_zero() public view {
        (address account, bool active, uint64 next, uint40 last) = token.gatewayAt(77);
        vm.assertEq(account, address(0));
        vm.assertFalse(active);
        vm.assertEq(uint256(next) + last, 0);
    }

    function test_a_new_key_goes_on_where_the_old_one_stopped() public {
        _post("");
        _post(_update(1, FLAGGED));
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.GatewaySet(FIRST, NEW_KEY, true, CAP);
        _set(FIRST, NEW_KEY, true);
        vm.assertEq(_nextSeq(FIRST), 2);
        vm.assertEq(token.gatewayIndex(GATEWAY), 0);
        vm.assertEq(token.anchorOf(FIRST, 1), ROOT);
        vm.prank(NEW_KEY);
        token.post(2, NEVER, ROOT, CONTENT, _update(1, COMPROMISED));
        vm.assertEq(_condition(1), COMPROMISED);
    }

    function test_refuses_the_old_key_after_a_change_of_keys() public {
        _set(FIRST, NEW_KEY, true);
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_a_key_change_does_not_free_the_cap() public {
        vm.prank(ADMIN);
        token.setGateway(FIRST, GATEWAY, true, 1);
        _post(_update(1, SOUND));
        vm.prank(ADMIN);
        token.setGateway(FIRST, NEW_KEY, true, 1);
        vm.prank(NEW_KEY);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.CapExceeded.selector, 1, 2));
        token.post(1, NEVER, ROOT, CONTENT, _update(1, SOUND));
    }

    function test_refuses_one_key_for_two_gateways() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.GatewayTaken.selector, GATEWAY, FIRST));
        token.setGateway(SECOND, GATEWAY, true, CAP);
    }

    function test_refuses_the_index_that_means_none() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownGateway.selector, 0));
        token.setGateway(0, NEW_KEY, true, CAP);
    }

    function test_refuses_a_gateway_without_an_account() public {
        vm.prank(ADMIN);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.NotGateway.selector, address(0)));
        token.setGateway(7, address(0), true, CAP);
    }

    // ------------------------------------------------------------------------------- anchors

    function test_anchors_of_the_last_256_posts_are_kept() public {
        for (uint256 i = 0; i < 300; ++i) {
            vm.prank(GATEWAY);
            token.post(uint64(i), NEVER, bytes32(i + 1), CONTENT, "");
        }
        for (uint256 i = 44; i < 300; ++i) {
            vm.assertEq(token.anchorOf(FIRST, uint64(i)), bytes32(i + 1));
        }
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 43, 300));
        token.anchorOf(FIRST, 43);
    }

    function test_refuses_an_anchor_that_is_not_there_yet() public {
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 0, 0));
        token.anchorOf(FIRST, 0);
        _post("");
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, FIRST, 1, 1));
        token.anchorOf(FIRST, 1);
    }

    function test_refuses_an_anchor_of_no_gateway() public {
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.AnchorNotKept.selector, 77, 0, 0));
        token.anchorOf(77, 0);
    }

    function test_gateways_do_not_share_their_anchors() public {
        _post("");
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, bytes32(uint256(9)), CONTENT, "");
        vm.assertEq(token.anchorOf(FIRST, 0), ROOT);
        vm.assertEq(token.anchorOf(SECOND, 0), bytes32(uint256(9)));
    }

    // ---------------------------------------------------------------------------------- stale

    function test_a_gateway_that_never_posted_leaves_its_tokens_stale() public view {
        vm.assertTrue(token.isStale(1));
    }

    function test_a_heartbeat_is_good_for_the_stale_time_and_no_second_longer() public {
        _post("");
        vm.warp(START + STALE_AFTER);
        vm.assertFalse(token.isStale(1));
        vm.assertFalse(token.isStale(2));
        vm.warp(START + STALE_AFTER + 1);
        vm.assertTrue(token.isStale(1));
        _post("");
        vm.assertFalse(token.isStale(1));
    }

    function test_a_heartbeat_speaks_for_its_own_gateway_only() public {
        _post("");
        vm.assertTrue(token.isStale(3));
    }

    function test_switching_a_gateway_off_makes_its_tokens_stale_at_once() public {
        _post("");
        _set(FIRST, GATEWAY, false);
        vm.assertTrue(token.isStale(1));
    }

    function test_a_pause_makes_tokens_stale_in_time() public {
        _post("");
        vm.prank(GUARDIAN);
        token.pause();
        vm.warp(START + STALE_AFTER + 1);
        vm.assertTrue(token.isStale(1));
    }

    function test_a_review_does_not_speak_for_a_silent_gateway() public {
        _post("");
        vm.warp(START + STALE_AFTER + 1);
        _review(1, FLAGGED);
        vm.assertTrue(token.isStale(1));
    }

    function test_a_closed_shipment_is_final_and_never_stale() public {
        _setLifecycle(1, 4);
        vm.warp(START + 365 days);
        vm.assertFalse(token.isStale(1));
    }

    function test_refuses_to_say_anything_of_an_unknown_shipment() public {
        bytes memory refusal = abi.encodeWithSelector(ICargoToken.UnknownToken.selector, 77);
        vm.expectRevert(refusal);
        token.isStale(77);
        vm.expectRevert(refusal);
        token.statusOf(77);
        vm.expectRevert(refusal);
        token.tokenURI(77);
    }

    // ------------------------------------------------------------------------------- settings

    function test_settings_are_what_was_set() public {
        GuardSettings memory wanted = GuardSettings(5, 60, 900, 3, 700, true);
        vm.expectEmit(false, false, false, true, address(token));
        emit ICargoToken.GuardsSet(wanted);
        _setGuards(wanted);
        (bool paused, GuardSettings memory found) = token.guards();
        vm.assertFalse(paused);
        vm.assertEq(abi.encode(found), abi.encode(wanted));
        vm.assertEq(token.deployment(), "test");
    }

    function test_new_settings_do_not_end_a_pause() public {
        vm.prank(GUARDIAN);
        token.pause();
        _setGuards(_settings());
        (bool paused,) = token.guards();
        vm.assertTrue(paused);
    }

    function _refused(GuardSettings memory settings, bytes memory refusal) private {
        vm.prank(ADMIN);
        vm.expectRevert(refusal);
        token.setGuards(settings);
    }

    function test_refuses_settings_that_would_break_a_division_staleness_or_a_quorum() public {
        bytes memory zero = abi.encodeWithSelector(ICargoToken.ZeroSetting.selector);
        _refused(GuardSettings(0, 0, 900, 1, 1, false), zero);
        _refused(GuardSettings(0, 60, 0, 1, 1, false), zero);
        _refused(GuardSettings(0, 60, 900, 1, 0, false), zero);
        bytes4 quorum = ICargoToken.QuorumOutOfRange.selector;
        _refused(GuardSettings(0, 60, 900, 0, 1, false), abi.encodeWithSelector(quorum, 0));
        _refused(GuardSettings(0, 60, 900, 5, 1, false), abi.encodeWithSelector(quorum, 5));
        vm.prank(ADMIN);
        vm.expectRevert(ICargoToken.ZeroSetting.selector);
        token.setRenderer(address(0));
    }

    // --------------------------------------------------------------------------------- freeze

    function test_a_frozen_gateway_posts_nothing_and_its_tokens_are_stale_at_once() public {
        _post("");
        vm.assertFalse(token.isStale(1));
        vm.expectEmit(true, true, false, true, address(token));
        emit ICargoToken.GatewayFrozen(FIRST, GUARDIAN, bytes32(0));
        vm.prank(GUARDIAN);
        token.freeze(FIRST);
        vm.assertTrue(token.isStale(1));
        _postRefused("", abi.encodeWithSelector(ICargoToken.NotGateway.selector, GATEWAY));
    }

    function test_freezing_one_gateway_leaves_the_others_alone() public {
        vm.prank(GUARDIAN);
        token.freeze(FIRST);
        vm.prank(OTHER_GATEWAY);
        token.post(0, NEVER, ROOT, CONTENT, _update(3, FLAGGED));
        vm.assertEq(_condition(3), FLAGGED);
    }

    function test_administrators_thaw_a_gateway_which_goes_on_where_it_stopped() public {
        _post("");
        vm.prank(GUARDIAN);
        token.freeze(FIRST);
        _set(FIRST, GATEWAY, true);
        _post(_update(1, FLAGGED));
        vm.assertEq(_nextSeq(FIRST), 2);
    }

    function test_refuses_to_freeze_what_is_no_gateway() public {
        vm.prank(GUARDIAN);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.UnknownGateway.selector, 77));
        token.freeze(77);
    }

    function test_a_new_renderer_is_announced_for_all_tokens() public {
        vm.expectEmit(false, false, false, true, address(token));
        emit ICargoToken.RendererSet(NEW_KEY);
        vm.expectEmit(false, false, false, true, address(token));
        emit IERC7572.ContractURIUpdated();
        vm.expectEmit(false, false, false, true, address(token));
        emit BatchMetadataUpdate(0, type(uint256).max);
        vm.prank(ADMIN);
        token.setRenderer(NEW_KEY);
        vm.assertEq(token.renderer(), NEW_KEY);
    }
}
