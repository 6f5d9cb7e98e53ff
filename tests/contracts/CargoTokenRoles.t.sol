// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";
import {ICargoToken} from "cargoseal/interfaces/ICargoToken.sol";
import {
    Assignment,
    IDeviceRegistry,
    NodeTime,
    Registration,
    Rotation
} from "cargoseal/interfaces/IDeviceRegistry.sol";
import {IModelRegistry} from "cargoseal/interfaces/IModelRegistry.sol";
import {Condition} from "cargoseal/types/Condition.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Fleet} from "./support/Fleet.sol";

/// Who may call what, with the roles as they are shipped: every function for people is tried by
/// everybody, and is open to exactly one of them.
contract CargoTokenRolesTest is Fleet {
    address[] private _everybody = [
        ADMIN,
        ISSUER,
        OPERATOR,
        REVIEWER,
        GUARDIAN,
        DISPUTE,
        GATEWAY,
        OTHER_GATEWAY,
        OWNER,
        STRANGER
    ];

    /// Calls with arguments that are never right: whoever has the right gets another error.
    function _onlyFor(address allowed, address target, bytes memory data) private {
        for (uint256 i = 0; i < _everybody.length; ++i) {
            address caller = _everybody[i];
            vm.prank(caller);
            (bool done, bytes memory answer) = target.call(data);
            bytes memory refusal =
                abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, caller);
            bool refused = !done && keccak256(answer) == keccak256(refusal);
            vm.assertEq(refused, caller != allowed);
        }
    }

    function _onlyFor(address allowed, bytes memory data) private {
        _onlyFor(allowed, address(token), data);
    }

    function test_only_issuers_mint() public {
        _onlyFor(ISSUER, abi.encodeCall(ICargoToken.mint, (OWNER, 0, FIRST, PROFILE)));
    }

    function test_only_reviewers_review() public {
        _onlyFor(
            REVIEWER, abi.encodeWithSelector(ICargoToken.review.selector, 77, 0, 1, 1, EVIDENCE)
        );
    }

    function test_only_the_dispute_contract_proves_anything() public {
        for (uint256 i = 0; i < _everybody.length; ++i) {
            address caller = _everybody[i];
            if (caller == DISPUTE) continue;
            bytes memory refusal = abi.encodeWithSelector(ICargoToken.NotDispute.selector, caller);
            vm.startPrank(caller);
            vm.expectRevert(refusal);
            token.escalate(1, Condition.wrap(3), Rule.wrap(16), NOW, EVIDENCE);
            vm.expectRevert(refusal);
            token.refute(1, FIRST, 0, Rule.wrap(17), EVIDENCE);
            vm.stopPrank();
        }
    }

    function test_without_a_dispute_contract_nobody_proves_anything() public {
        vm.prank(ADMIN);
        token.setDispute(address(0));
        vm.prank(DISPUTE);
        vm.expectRevert(abi.encodeWithSelector(ICargoToken.NotDispute.selector, DISPUTE));
        token.escalate(1, Condition.wrap(3), Rule.wrap(16), NOW, EVIDENCE);
    }

    function test_only_guardians_freeze_gateways() public {
        _onlyFor(GUARDIAN, abi.encodeCall(ICargoToken.freeze, (77)));
    }

    function test_only_operators_move_shipments_on() public {
        _onlyFor(OPERATOR, abi.encodeWithSelector(ICargoToken.setLifecycle.selector, 77, 2));
        _onlyFor(OPERATOR, abi.encodeCall(ICargoToken.handOver, (77, FIRST)));
    }

    function test_only_guardians_pause_and_only_administrators_go_on() public {
        _onlyFor(GUARDIAN, abi.encodeCall(ICargoToken.pause, ()));
        _onlyFor(ADMIN, abi.encodeCall(ICargoToken.unpause, ()));
    }

    function test_only_administrators_change_settings() public {
        _onlyFor(ADMIN, abi.encodeCall(ICargoToken.setGateway, (0, GATEWAY, true, 1)));
        _onlyFor(ADMIN, abi.encodeCall(ICargoToken.setGuards, (_settings())));
        _onlyFor(ADMIN, abi.encodeCall(ICargoToken.setRenderer, (address(0))));
        _onlyFor(ADMIN, abi.encodeCall(ICargoToken.setDispute, (DISPUTE)));
    }

    function test_only_issuers_register_and_assign_nodes() public {
        address target = address(devices);
        Registration[] memory none = new Registration[](1);
        _onlyFor(
            ISSUER, target, abi.encodeCall(IDeviceRegistry.register, ("", "", 0, 0, none[0].proof))
        );
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.registerMany, (none)));
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.assign, ("", 1, 1)));
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.release, ("", 1)));
        Assignment[] memory assignments = new Assignment[](1);
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.assignMany, (assignments)));
        NodeTime[] memory releases = new NodeTime[](1);
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.releaseMany, (releases)));
        Rotation memory rotation;
        _onlyFor(ISSUER, target, abi.encodeCall(IDeviceRegistry.rotate, (rotation)));
    }

    function test_only_guardians_revoke_nodes() public {
        _onlyFor(GUARDIAN, address(devices), abi.encodeCall(IDeviceRegistry.revoke, ("", 1)));
        NodeTime[] memory nodes = new NodeTime[](1);
        _onlyFor(GUARDIAN, address(devices), abi.encodeCall(IDeviceRegistry.revokeMany, (nodes)));
    }

    function test_only_administrators_register_and_retire_models() public {
        address target = address(models);
        _onlyFor(ADMIN, target, abi.encodeCall(IModelRegistry.register, ("", "", "", 0)));
        _onlyFor(ADMIN, target, abi.encodeCall(IModelRegistry.retire, ("", 1)));
        _onlyFor(ADMIN, target, abi.encodeCall(IModelRegistry.point, ("", 1, "", 0)));
    }

    function test_a_gateway_key_has_no_right_of_a_person() public {
        // Each is tried above by both gateways; this names what matters most.
        vm.startPrank(GATEWAY);
        bytes memory refusal =
            abi.encodeWithSelector(IAccessManaged.AccessManagedUnauthorized.selector, GATEWAY);
        vm.expectRevert(refusal);
        token.unpause();
        vm.expectRevert(refusal);
        token.setGateway(FIRST, GATEWAY, true, type(uint32).max);
        vm.stopPrank();
    }
}
