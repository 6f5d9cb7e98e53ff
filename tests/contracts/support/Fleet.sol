// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {IAccessManager} from "@openzeppelin/contracts/access/manager/IAccessManager.sol";
import {
    IERC721Metadata
} from "@openzeppelin/contracts/token/ERC721/extensions/IERC721Metadata.sol";
import {Shipped} from "../../../contracts/script/Shipped.sol";
import {ICargoToken, Status} from "cargoseal/interfaces/ICargoToken.sol";
import {IDeviceRegistry} from "cargoseal/interfaces/IDeviceRegistry.sol";
import {IEd25519Verifier} from "cargoseal/interfaces/IEd25519Verifier.sol";
import {IERC7572} from "cargoseal/interfaces/IERC7572.sol";
import {IModelRegistry} from "cargoseal/interfaces/IModelRegistry.sol";
import {Condition, Conditions} from "cargoseal/types/Condition.sol";
import {Doubts} from "cargoseal/types/Doubts.sol";
import {GuardSettings} from "cargoseal/types/Guards.sol";
import {Lifecycle} from "cargoseal/types/Lifecycle.sol";
import {Rule} from "cargoseal/types/Rule.sol";
import {Test} from "./Vm.sol";

interface IToken is ICargoToken, IERC721Metadata, IERC7572 {}

/// @notice One deployment as it is in use: shipped bytecode, roles as `roles.json` wires them, one
/// person per role, two gateways, three shipments (1 and 2 of the first gateway, 3 of the second).
abstract contract Fleet is Test {
    event MetadataUpdate(uint256 _tokenId);
    event BatchMetadataUpdate(uint256 _fromTokenId, uint256 _toTokenId);

    address internal constant ADMIN = address(0xAD);
    address internal constant ISSUER = address(0x11);
    address internal constant OPERATOR = address(0x22);
    address internal constant REVIEWER = address(0x33);
    address internal constant GUARDIAN = address(0x44);
    address internal constant DISPUTE = address(0x55);
    address internal constant GATEWAY = address(0x66);
    address internal constant OTHER_GATEWAY = address(0x77);
    address internal constant OWNER = address(0x88);
    address internal constant STRANGER = address(0x99);

    uint16 internal constant FIRST = 1;
    uint16 internal constant SECOND = 2;
    uint32 internal constant STALE_AFTER = 2 hours;
    uint32 internal constant CAP = 1000;
    uint256 internal constant START = 1_800_000_000;
    uint40 internal constant NOW = uint40(START);
    uint64 internal constant NEVER = type(uint64).max;
    bytes32 internal constant PROFILE = keccak256("profile");
    bytes32 internal constant ROOT = keccak256("root");
    bytes32 internal constant CONTENT = keccak256("content");
    bytes32 internal constant EVIDENCE = keccak256("evidence");

    uint8 internal constant SOUND = 1;
    uint8 internal constant FLAGGED = 2;
    uint8 internal constant COMPROMISED = 3;

    IAccessManager internal manager;
    IToken internal token;
    IDeviceRegistry internal devices;
    IModelRegistry internal models;
    IEd25519Verifier internal verifier;

    function setUp() public virtual {
        vm.warp(START);
        manager = IAccessManager(Shipped.deploy("AccessManager", abi.encode(ADMIN)));
        address renderer = Shipped.deploy("Renderer", "");
        bytes memory arguments = abi.encode(manager, renderer, "test", STALE_AFTER);
        token = IToken(Shipped.deploy("CargoToken", arguments));
        verifier = IEd25519Verifier(Shipped.deploy("Ed25519Verifier", ""));
        arguments = abi.encode(manager, verifier);
        devices = IDeviceRegistry(Shipped.deploy("DeviceRegistry", arguments));
        models = IModelRegistry(Shipped.deploy("ModelRegistry", abi.encode(manager)));
        vm.startPrank(ADMIN);
        _wireRoles();
        token.setGateway(FIRST, GATEWAY, true, CAP);
        token.setGateway(SECOND, OTHER_GATEWAY, true, CAP);
        token.setDispute(DISPUTE);
        vm.stopPrank();
        _mint(1, FIRST);
        _mint(2, FIRST);
        _mint(3, SECOND);
    }

    // ------------------------------------------------------------------------------- wiring

    function _wireRoles() private {
        string memory json = vm.readFile(string.concat(Shipped.FOLDER, "roles.json"));
        string[] memory names = vm.parseJsonKeys(json, ".roles");
        for (uint256 i = 0; i < names.length; ++i) {
            string memory role = string.concat(".roles.", names[i]);
            uint64 id = uint64(vm.parseJsonUint(json, string.concat(role, ".id")));
            _wireFunctions(json, string.concat(role, ".functions"), id);
            manager.grantRole(id, _holder(names[i]), 0);
        }
    }

    function _wireFunctions(string memory json, string memory key, uint64 role) private {
        string[] memory contracts = vm.parseJsonKeys(json, key);
        for (uint256 i = 0; i < contracts.length; ++i) {
            string memory list = string.concat(key, ".", contracts[i]);
            address target = _target(contracts[i]);
            for (uint256 j = 0; vm.keyExistsJson(json, _item(list, j)); ++j) {
                bytes4[] memory one = new bytes4[](1);
                one[0] =
                    bytes4(vm.parseJsonBytes(json, string.concat(_item(list, j), ".selector")));
                manager.setTargetFunctionRole(target, one, role);
            }
        }
    }

    function _item(string memory list, uint256 index) private pure returns (string memory) {
        return string.concat(list, "[", vm.toString(index), "]");
    }

    function _target(string memory name) private view returns (address) {
        if (_same(name, "CargoToken")) return address(token);
        if (_same(name, "DeviceRegistry")) return address(devices);
        return address(models);
    }

    function _holder(string memory role) private pure returns (address) {
        if (_same(role, "ISSUER")) return ISSUER;
        if (_same(role, "OPERATOR")) return OPERATOR;
        if (_same(role, "REVIEWER")) return REVIEWER;
        return GUARDIAN;
    }

    function _same(string memory a, string memory b) private pure returns (bool) {
        return keccak256(bytes(a)) == keccak256(bytes(b));
    }

    // ------------------------------------------------------------------------- acts in brief

    function _mint(uint256 tokenId, uint16 gateway) internal {
        vm.prank(ISSUER);
        token.mint(OWNER, tokenId, gateway, PROFILE);
    }

    /// A packed update with plausible figures.
    function _update(uint256 tokenId, uint8 condition) internal pure returns (bytes memory) {
        return _update(tokenId, condition, 0);
    }

    function _update(uint256 tokenId, uint8 condition, uint8 doubts)
        internal
        pure
        returns (bytes memory)
    {
        return abi.encodePacked(
            uint64(tokenId),
            condition,
            doubts,
            uint8(87),
            uint8(2),
            uint24(1234),
            uint8(0),
            uint32(START - 60)
        );
    }

    /// The same by a gateway that knows of every review there was.
    function _informed(uint256 tokenId, uint8 condition)
        internal
        view
        returns (bytes memory update)
    {
        update = _update(tokenId, condition);
        update[15] = bytes1(token.statusOf(tokenId).reviews);
    }

    /// The settings a new token contract has.
    function _settings() internal pure returns (GuardSettings memory) {
        return GuardSettings(0, 1 hours, STALE_AFTER, 1, 1 days, false);
    }

    function _setGuards(GuardSettings memory settings) internal {
        vm.prank(ADMIN);
        token.setGuards(settings);
    }

    function _nextSeq(uint16 gateway) internal view returns (uint64 next) {
        (,, next,) = token.gatewayAt(gateway);
    }

    /// A batch of the first gateway with the number that is due.
    function _post(bytes memory updates) internal {
        uint64 seq = _nextSeq(FIRST);
        vm.prank(GATEWAY);
        token.post(seq, NEVER, ROOT, CONTENT, updates);
    }

    /// The same, expected to be refused with exactly this error.
    function _postRefused(bytes memory updates, bytes memory refusal) internal {
        uint64 seq = _nextSeq(FIRST);
        vm.prank(GATEWAY);
        vm.expectRevert(refusal);
        token.post(seq, NEVER, ROOT, CONTENT, updates);
    }

    /// A person's verdict on the state as it is.
    function _review(uint256 tokenId, uint8 condition) internal {
        uint32 seen = token.statusOf(tokenId).updates;
        vm.prank(REVIEWER);
        token.review(tokenId, seen, Condition.wrap(condition), 1, EVIDENCE);
    }

    function _setLifecycle(uint256 tokenId, uint8 lifecycle) internal {
        vm.prank(OPERATOR);
        token.setLifecycle(tokenId, Lifecycle.wrap(lifecycle));
    }

    function _condition(uint256 tokenId) internal view returns (uint8) {
        return Condition.unwrap(token.statusOf(tokenId).condition);
    }

    function _lifecycle(uint256 tokenId) internal view returns (uint8) {
        return Lifecycle.unwrap(token.statusOf(tokenId).lifecycle);
    }

    function _doubts(uint256 tokenId) internal view returns (uint8) {
        return Doubts.unwrap(token.statusOf(tokenId).doubts);
    }
}
