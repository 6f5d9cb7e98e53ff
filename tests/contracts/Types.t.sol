// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {DoubtBits, Doubts} from "cargoseal/types/Doubts.sol";
import {GatewayState} from "cargoseal/types/GatewayState.sol";
import {Guards, GuardsOf} from "cargoseal/types/Guards.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {TokenState, TokenStates} from "cargoseal/types/TokenState.sol";
import {Update, Updates} from "cargoseal/types/Update.sol";
import {Test} from "./support/Vm.sol";

/// The packed slots: each change touches its own bits and no other, for any starting bits.
contract TypesTest is Test {
    function testFuzz_an_update_is_read_as_it_was_packed(
        uint64 tokenId,
        uint8 condition,
        uint8 doubts,
        uint8 health,
        uint96 rest,
        uint8 place
    ) public view {
        bytes memory one = abi.encodePacked(
            tokenId, condition, doubts, health, uint8(rest), uint24(rest >> 8), uint40(rest >> 32)
        );
        vm.assertEq(one.length, Updates.BYTES);
        bytes memory packed = bytes.concat(new bytes(20 * uint256(place)), one, new bytes(20));
        Update update = this.read(packed, place);
        vm.assertEq(update.tokenId(), tokenId);
        vm.assertEq(Condition.unwrap(update.condition()), condition);
        vm.assertEq(Doubts.unwrap(update.doubts()), doubts);
        vm.assertEq(update.health(), health);
        TokenState state = TokenState.wrap(0).updated(update.verdictBits(), 1);
        vm.assertEq(Condition.unwrap(state.conditionOf()), condition);
        vm.assertEq(Doubts.unwrap(state.doubtsOf()), doubts);
        vm.assertEq(state.healthOf(), health);
        vm.assertEq(Rule.unwrap(state.ruleOf()), uint8(rest));
        vm.assertEq(state.scoreOf(), uint24(rest >> 8));
        vm.assertEq(state.sinceOf(), uint40(rest >> 32));
    }

    function read(bytes calldata packed, uint256 index) external pure returns (Update) {
        return Updates.read(packed, index);
    }

    function testFuzz_a_verdict_touches_only_verdict_time_and_count(
        uint256 before,
        uint96 verdict,
        uint40 time
    ) public pure {
        TokenState state = TokenState.wrap(before).updated(verdict, time);
        uint256 raw = TokenState.unwrap(state);
        vm.assertEq(uint96(raw), verdict);
        vm.assertEq(state.recordedOf(), time);
        unchecked {
            vm.assertEq(state.updatesOf(), uint32(uint32(before >> 136) + 1));
        }
        vm.assertEq(raw >> 168, before >> 168);
    }

    function testFuzz_a_proof_touches_condition_rule_and_since(
        uint256 before,
        uint8 to,
        uint8 rule,
        uint40 time
    ) public pure {
        TokenState was = TokenState.wrap(before);
        TokenState state = was.escalated(Condition.wrap(to), Rule.wrap(rule), time);
        vm.assertEq(Condition.unwrap(state.conditionOf()), to);
        vm.assertEq(Rule.unwrap(state.ruleOf()), rule);
        bool same = Condition.unwrap(was.conditionOf()) == to;
        vm.assertEq(state.sinceOf(), same ? was.sinceOf() : time);
        vm.assertEq(Doubts.unwrap(state.doubtsOf()), Doubts.unwrap(was.doubtsOf()));
        vm.assertEq(state.healthOf(), was.healthOf());
        vm.assertEq(state.scoreOf(), was.scoreOf());
        vm.assertEq(TokenState.unwrap(state) >> 168, before >> 168);
    }

    function testFuzz_a_review_counts_and_touches_nothing_beside(
        uint256 before,
        uint8 to,
        uint40 time
    ) public pure {
        TokenState was = TokenState.wrap(before);
        TokenState state = was.reviewed(Condition.wrap(to), time);
        TokenState proof = was.escalated(Condition.wrap(to), Rule.wrap(11), time);
        uint256 others = ~(uint256(0xffff) << 208);
        vm.assertEq(TokenState.unwrap(state) & others, TokenState.unwrap(proof) & others);
        unchecked {
            vm.assertEq(state.reviewsOf(), uint16(was.reviewsOf() + 1));
        }
    }

    function testFuzz_lifecycle_and_gateway_touch_only_themselves(
        uint256 before,
        uint8 lifecycle,
        uint16 gateway
    ) public pure {
        TokenState state = TokenState.wrap(before);
        uint256 moved = TokenState.unwrap(state.withLifecycle(Lifecycle.wrap(lifecycle)));
        vm.assertEq(moved ^ before, (moved ^ before) & (uint256(0xff) << 168));
        vm.assertEq(uint8(moved >> 168), lifecycle);
        uint256 handed = TokenState.unwrap(state.withGateway(gateway));
        vm.assertEq(handed ^ before, (handed ^ before) & (uint256(0xffff) << 176));
        vm.assertEq(uint16(handed >> 176), gateway);
    }

    function testFuzz_a_minted_state_holds_what_it_was_given(
        uint16 gateway,
        uint16 profile,
        uint40 time
    ) public pure {
        TokenState state = TokenStates.minted(gateway, profile, time);
        vm.assertTrue(state.exists());
        vm.assertTrue(state.conditionOf() == Conditions.SOUND);
        vm.assertEq(Lifecycle.unwrap(state.lifecycleOf()), 1);
        vm.assertEq(state.healthOf(), 100);
        vm.assertEq(state.gatewayOf(), gateway);
        vm.assertEq(state.profileOf(), profile);
        vm.assertEq(uint256(state.updatesOf()) + state.reviewsOf() + state.scoreOf(), 0);
        vm.assertEq(state.sinceOf(), time);
        vm.assertEq(state.recordedOf(), time);
    }

    function testFuzz_a_post_moves_the_gateway_on_and_keeps_its_settings(
        uint256 before,
        uint40 time,
        uint40 epoch,
        uint32 used
    ) public pure {
        GatewayState was = GatewayState.wrap(before);
        GatewayState state = was.posted(time, epoch, used);
        unchecked {
            vm.assertEq(state.nextSeqOf(), uint64(was.nextSeqOf() + 1));
        }
        vm.assertEq(state.lastPostOf(), time);
        vm.assertEq(state.usedIn(epoch), used);
        unchecked {
            vm.assertEq(state.usedIn(uint256(epoch) + 1), 0);
        }
        vm.assertEq(state.isActive(), was.isActive());
        vm.assertEq(state.indexOf(), was.indexOf());
        vm.assertEq(state.capOf(), was.capOf());
    }

    function testFuzz_setting_a_gateway_up_keeps_its_sequence(
        uint256 before,
        uint16 index,
        bool active,
        uint32 cap
    ) public pure {
        GatewayState was = GatewayState.wrap(before);
        GatewayState state = was.configured(index, active, cap);
        vm.assertEq(state.indexOf(), index);
        vm.assertEq(state.isActive(), active);
        vm.assertEq(state.capOf(), cap);
        vm.assertEq(state.nextSeqOf(), was.nextSeqOf());
        vm.assertEq(state.lastPostOf(), was.lastPostOf());
        uint256 epoch = uint40(before >> 128);
        vm.assertEq(state.usedIn(epoch), was.usedIn(epoch));
    }

    function testFuzz_settings_are_read_as_they_were_packed(
        bool paused,
        uint32 interval,
        uint32 epoch,
        uint32 stale
    ) public pure {
        Guards set = GuardsOf.settings(paused, interval, epoch, stale);
        vm.assertEq(set.isPaused(), paused);
        vm.assertEq(set.minIntervalOf(), interval);
        vm.assertEq(set.epochLengthOf(), epoch);
        vm.assertEq(set.staleAfterOf(), stale);
        vm.assertTrue(set.withPaused(true).isPaused());
        vm.assertFalse(set.withPaused(false).isPaused());
        vm.assertEq(set.withPaused(!paused).staleAfterOf(), stale);
    }

    function test_an_unsound_clock_alone_does_not_make_readings_unknown() public pure {
        vm.assertFalse(DoubtBits.CLOCK_UNSOUND.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.SILENT.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.SENSOR_FAULT.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.GAP_IN_EVIDENCE.hasAny(DoubtBits.unknowing()));
    }
}
