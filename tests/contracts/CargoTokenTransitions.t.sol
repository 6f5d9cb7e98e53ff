// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {Condition} from "cargoseal/types/Condition.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet} from "./support/Fleet.sol";

/// Every step there is, per actor: each from-value with each of the 256 to-values. The tables say
/// which are taken; every other one is refused with both values.
contract CargoTokenTransitionsTest is Fleet {
    /// Row: from (1 to 3); bit: to.
    function _automationMay(uint8 from) private pure returns (uint256 allowed) {
        if (from == SOUND) return (1 << SOUND) | (1 << FLAGGED) | (1 << COMPROMISED);
        if (from == FLAGGED) return (1 << FLAGGED) | (1 << COMPROMISED);
        return 1 << COMPROMISED;
    }

    function _disputeMay(uint8 from) private pure returns (uint256 allowed) {
        return _automationMay(from) & ~(uint256(1) << from);
    }

    function _personMay(uint8) private pure returns (uint256 allowed) {
        return (1 << SOUND) | (1 << FLAGGED) | (1 << COMPROMISED);
    }

    function _lifecycleMay(uint8 from) private pure returns (uint256 allowed) {
        if (from == 1) return (1 << 2) | (1 << 4);
        if (from == 2) return (1 << 3) | (1 << 4);
        if (from == 3) return (1 << 2) | (1 << 4);
        return 0;
    }

    /// A shipment of its own in condition `from`.
    function _shipmentIn(uint8 from) private returns (uint256 tokenId) {
        tokenId = 1000 + uint256(from);
        _mint(tokenId, FIRST);
        if (from != SOUND) _review(tokenId, from);
    }

    function _forbidden(uint256 tokenId, uint8 from, uint256 to)
        private
        pure
        returns (bytes memory)
    {
        return abi.encodeWithSelector(ICargoToken.ForbiddenTransition.selector, tokenId, from, to);
    }

    function test_automation_takes_only_the_steps_of_its_table() public {
        for (uint8 from = SOUND; from <= COMPROMISED; ++from) {
            uint256 tokenId = _shipmentIn(from);
            uint256 allowed = _automationMay(from);
            for (uint256 to = 0; to < 256; ++to) {
                if (allowed & (1 << to) == 0) {
                    _postRefused(_informed(tokenId, uint8(to)), _forbidden(tokenId, from, to));
                } else {
                    _post(_informed(tokenId, uint8(to)));
                    vm.assertEq(_condition(tokenId), to);
                    _review(tokenId, from);
                }
            }
        }
    }

    function test_a_dispute_only_makes_worse() public {
        for (uint8 from = SOUND; from <= COMPROMISED; ++from) {
            uint256 tokenId = _shipmentIn(from);
            uint256 allowed = _disputeMay(from);
            for (uint256 to = 0; to < 256; ++to) {
                bool taken = allowed & (1 << to) != 0;
                vm.prank(DISPUTE);
                if (!taken) vm.expectRevert(_forbidden(tokenId, from, to));
                token.escalate(tokenId, Condition.wrap(uint8(to)), Rule.wrap(1), NOW + 1, EVIDENCE);
                if (taken) {
                    vm.assertEq(_condition(tokenId), to);
                    _review(tokenId, from);
                }
            }
        }
    }

    function test_a_person_sets_any_condition_and_nothing_else() public {
        for (uint8 from = SOUND; from <= COMPROMISED; ++from) {
            uint256 tokenId = _shipmentIn(from);
            uint256 allowed = _personMay(from);
            for (uint256 to = 0; to < 256; ++to) {
                bool taken = allowed & (1 << to) != 0;
                uint32 seen = token.statusOf(tokenId).updates;
                vm.prank(REVIEWER);
                if (!taken) vm.expectRevert(_forbidden(tokenId, from, to));
                token.review(tokenId, seen, Condition.wrap(uint8(to)), 1, EVIDENCE);
                if (taken) {
                    vm.assertEq(_condition(tokenId), to);
                    _review(tokenId, from);
                }
            }
        }
    }

    /// Brings a shipment of its own to a point of its way.
    function _shipmentAt(uint8 lifecycle, uint256 salt) private returns (uint256 tokenId) {
        tokenId = 2000 + salt;
        _mint(tokenId, FIRST);
        if (lifecycle == 4) {
            _setLifecycle(tokenId, 4);
            return tokenId;
        }
        for (uint8 step = 2; step <= lifecycle; ++step) {
            _setLifecycle(tokenId, step);
        }
    }

    function test_the_lifecycle_takes_only_the_steps_of_its_table() public {
        for (uint8 from = 1; from <= 4; ++from) {
            uint256 allowed = _lifecycleMay(from);
            for (uint256 to = 0; to < 256; ++to) {
                uint256 tokenId = _shipmentAt(from, uint256(from) * 256 + to);
                bool taken = allowed & (1 << to) != 0;
                vm.prank(OPERATOR);
                if (!taken) {
                    vm.expectRevert(
                        abi.encodeWithSelector(
                            ICargoToken.ForbiddenLifecycle.selector, tokenId, from, to
                        )
                    );
                }
                token.setLifecycle(tokenId, Lifecycle.wrap(uint8(to)));
                vm.assertEq(_lifecycle(tokenId), taken ? to : from);
            }
        }
    }
}
