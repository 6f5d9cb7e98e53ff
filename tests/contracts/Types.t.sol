// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {DoubtBits, Doubts} from "cargoseal/types/Doubts.sol";
import {GatewayState} from "cargoseal/types/GatewayState.sol";
import {Guards, GuardSettings, GuardsOf} from "cargoseal/types/Guards.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Steps, Tables} from "cargoseal/types/Steps.sol";
import {TAKING_MASK, TokenState, TokenStates} from "cargoseal/types/TokenState.sol";
import {Update, Updates} from "cargoseal/types/Update.sol";
import {Voices} from "cargoseal/types/Voices.sol";
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
            tokenId,
            condition,
            doubts,
            health,
            uint8(rest),
            uint24(rest >> 8),
            uint8(rest >> 32),
            uint32(rest >> 40)
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
        vm.assertEq(state.reviewsOf(), uint8(rest >> 32));
        vm.assertEq(state.sinceOf(), uint32(rest >> 40));
        vm.assertEq(update.reviews(), state.reviewsOf());
        vm.assertEq(update.since(), state.sinceOf());
        vm.assertEq(update.rule(), Rule.unwrap(state.ruleOf()));
    }

    function read(bytes calldata packed, uint256 index) external pure returns (Update) {
        return Updates.read(Updates.start(packed) + Updates.BYTES * index);
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
        TokenState state = was.withVerdict(Condition.wrap(to), Rule.wrap(rule), time, time);
        vm.assertEq(Condition.unwrap(state.conditionOf()), to);
        vm.assertEq(Rule.unwrap(state.ruleOf()), rule);
        bool same = Condition.unwrap(was.conditionOf()) == to;
        vm.assertEq(state.sinceOf(), same ? was.sinceOf() : uint32(time));
        vm.assertEq(Doubts.unwrap(state.doubtsOf()), Doubts.unwrap(was.doubtsOf()));
        vm.assertEq(state.healthOf(), was.healthOf());
        vm.assertEq(state.scoreOf(), was.scoreOf());
        vm.assertEq(TokenState.unwrap(state) >> 168, before >> 168);
    }

    function testFuzz_what_is_set_by_itself_touches_nothing_beside(
        uint256 before,
        uint8 to,
        uint8 voices
    ) public pure {
        TokenState was = TokenState.wrap(before);
        TokenState state = was.counted();
        vm.assertEq((TokenState.unwrap(state) ^ before) & ~(uint256(0xff) << 32), 0);
        unchecked {
            vm.assertEq(state.reviewsOf(), uint8(was.reviewsOf() + 1));
        }
        state = was.withStanding(Condition.wrap(to));
        vm.assertEq((TokenState.unwrap(state) ^ before) & ~(uint256(0xff) << 208), 0);
        vm.assertEq(Condition.unwrap(state.standingOf()), to);
        state = was.withVoices(voices);
        vm.assertEq((TokenState.unwrap(state) ^ before) & ~(uint256(0xff) << 216), 0);
        vm.assertEq(state.voicesOf(), voices);
        state = was.withCondition(Condition.wrap(to));
        vm.assertEq((TokenState.unwrap(state) ^ before) & ~(uint256(0xff) << 88), 0);
        vm.assertEq(Condition.unwrap(state.conditionOf()), to);
    }

    /// The fast way asks the same as the rules one by one.
    function testFuzz_a_state_takes_an_update_when_every_rule_holds(
        uint256 before,
        uint160 wanted,
        uint16 index,
        uint40 latest
    ) public pure {
        vm.assume(index != 0);
        TokenState state = TokenState.wrap(before);
        Update update = Update.wrap(wanted);
        // Mostly near a hit: else chance would never find one.
        if (wanted % 4 != 0) {
            uint256 hit = uint256(TAKING_MASK);
            before = (before & ~hit) | (uint256(index) << 176) | (wanted & (0xff << 32));
            before = (before & ~(uint256(0xfc) << 88)) & ~(uint256(0xfb) << 168);
            wanted = uint160((wanted & ~(uint256(0xfc80) << 72)) & ~(uint256(0xfc) << 88));
            (state, update) = (TokenState.wrap(before), Update.wrap(wanted));
        }
        bool rules = state.gatewayOf() == index && state.reviewsOf() == update.reviews()
            && Lifecycle.unwrap(state.lifecycleOf()) & 4 == 0 && update.health() <= 100
            && state.recordedOf() <= latest
            && Tables.AUTOMATION
                .allow(Condition.unwrap(state.conditionOf()), Condition.unwrap(update.condition()));
        vm.assertEq(state.takes(update, index, Tables.AUTOMATION, latest), rules);
    }

    function testFuzz_no_value_outside_a_table_is_ever_allowed(
        uint64 table,
        uint256 from,
        uint256 to
    ) public pure {
        bool inside = from < 8 && to < 8;
        bool allowed = inside && (uint256(table) >> (8 * from + to)) & 1 == 1;
        vm.assertEq(Steps.wrap(table).allow(from, to), allowed);
        vm.assertFalse(Steps.wrap(table).allow(from | 8, to));
        vm.assertFalse(Steps.wrap(table).allow(from, to | 8));
    }

    function testFuzz_voices_are_read_where_they_were_put(uint16 gateway, uint40 time, uint8 place)
        public
        pure
    {
        place %= 4;
        Voices voices = Voices.wrap(0).with(place, gateway, time);
        for (uint256 i = 0; i < 4; ++i) {
            vm.assertEq(voices.gatewayAt(i), i == place ? gateway : 0);
            vm.assertEq(voices.timeAt(i), i == place ? time : 0);
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
        uint256 changed = (uint256(0xffff) << 176) | (uint256(type(uint32).max) << 224);
        vm.assertEq(handed ^ before, (handed ^ before) & changed);
        vm.assertEq(handed >> 224, 0);
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
        vm.assertEq(state.sinceOf(), uint32(time));
        vm.assertEq(state.recordedOf(), time);
        vm.assertTrue(state.standingOf() == Conditions.SOUND);
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
        GuardSettings memory wanted,
        uint40 time
    ) public pure {
        Guards set = GuardsOf.settings(paused, wanted);
        vm.assertEq(set.isPaused(), paused);
        vm.assertEq(abi.encode(set.unpacked()), abi.encode(wanted));
        vm.assertTrue(set.withPaused(true).isPaused());
        vm.assertFalse(set.withPaused(false).isPaused());
        vm.assertEq(abi.encode(set.withPaused(!paused).unpacked()), abi.encode(wanted));
        if (wanted.epochLength != 0) vm.assertEq(set.epochAt(time), time / wanted.epochLength);
    }

    function test_an_unsound_clock_alone_does_not_make_readings_unknown() public pure {
        vm.assertFalse(DoubtBits.CLOCK_UNSOUND.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.SILENT.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.SENSOR_FAULT.hasAny(DoubtBits.unknowing()));
        vm.assertTrue(DoubtBits.GAP_IN_EVIDENCE.hasAny(DoubtBits.unknowing()));
    }
}
