// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {GatewayState} from "cargoseal/types/GatewayState.sol";
import {Steps, Tables} from "cargoseal/types/Steps.sol";
import {TokenState} from "cargoseal/types/TokenState.sol";
import {Update} from "cargoseal/types/Update.sol";

/// What holds for every state and every update there is, proved by halmos (`check_*`): not only for
/// those that a fuzzer finds. Run with halmos in contracts/; forge does not run these.
contract ProofsTest {
    /// The hot path's step, with the table that a gateway has alone or within a quorum of one.
    function _step(uint256 state, uint160 update, uint16 index, uint40 latest, bool alone)
        private
        pure
        returns (bool taken, TokenState before, TokenState next)
    {
        before = TokenState.wrap(state);
        Steps steps = alone ? Tables.ALONE : Tables.AUTOMATION;
        taken = before.takes(Update.wrap(update), index, steps, latest);
        next = before.updated(Update.wrap(update).verdictBits(), latest);
    }

    function check_automation_never_makes_better(
        uint256 state,
        uint160 update,
        uint16 index,
        uint40 latest,
        bool alone
    ) external pure {
        (bool taken, TokenState before, TokenState next) =
            _step(state, update, index, latest, alone);
        if (taken) assert(!before.conditionOf().isWorseThan(next.conditionOf()));
    }

    function check_automation_never_reaches_compromised_alone(
        uint256 state,
        uint160 update,
        uint16 index,
        uint40 latest
    ) external pure {
        (bool taken, TokenState before, TokenState next) =
            _step(state, update, index, latest, true);
        if (taken && before.conditionOf() != Conditions.COMPROMISED) {
            assert(next.conditionOf() != Conditions.COMPROMISED);
        }
    }

    function check_automation_never_moves_a_lifecycle_gateway_or_profile(
        uint256 state,
        uint160 update,
        uint16 index,
        uint40 latest,
        bool alone
    ) external pure {
        (bool taken, TokenState before, TokenState next) =
            _step(state, update, index, latest, alone);
        if (taken) {
            assert(TokenState.unwrap(before) >> 168 == TokenState.unwrap(next) >> 168);
            assert(before.reviewsOf() == next.reviewsOf());
        }
    }

    function check_nothing_is_taken_for_a_token_that_was_never_minted_or_is_closed(
        uint256 state,
        uint160 update,
        uint16 index,
        uint40 latest,
        bool alone
    ) external pure {
        (bool taken, TokenState before,) = _step(state, update, index, latest, alone);
        if (taken && index != 0) {
            assert(before.exists());
            assert(before.gatewayOf() == index);
            assert((state >> 168) & 4 == 0);
        }
    }

    function check_a_table_has_no_step_to_a_value_outside(uint64 table, uint256 from, uint256 to)
        external
        pure
    {
        if (Steps.wrap(table).allow(from, to)) assert(from < 8 && to < 8);
    }

    function check_the_sequence_goes_up_by_exactly_one(
        uint256 gateway,
        uint40 time,
        uint40 epoch,
        uint32 used
    ) external pure {
        GatewayState before = GatewayState.wrap(gateway);
        GatewayState next = before.posted(time, epoch, used);
        unchecked {
            assert(next.nextSeqOf() == uint64(before.nextSeqOf() + 1));
        }
        assert(next.indexOf() == before.indexOf() && next.capOf() == before.capOf());
        assert(next.isActive() == before.isActive() && next.usedIn(epoch) == used);
    }

    function check_every_verdict_is_the_next_record(uint256 state, uint96 verdict, uint40 time)
        external
        pure
    {
        TokenState before = TokenState.wrap(state);
        unchecked {
            assert(before.updated(verdict, time).updatesOf() == uint32(before.updatesOf() + 1));
        }
    }
}
