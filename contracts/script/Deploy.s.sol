// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

import {Shipped} from "./Shipped.sol";

interface ScriptVm {
    function envAddress(string calldata name) external view returns (address);
    function envString(string calldata name) external view returns (string memory);
    function envUint(string calldata name) external view returns (uint256);
    function startBroadcast() external;
    function stopBroadcast() external;
}

/// @notice Deploys a set of contracts for a person with forge at hand; the gateway's own command
/// does the same. Until roles are set up, the administrator may call everything; the token
/// believes no proof before they call `setDispute`.
///
/// CARGOSEAL_ADMIN=0x… CARGOSEAL_DEPLOYMENT=name CARGOSEAL_STALE_AFTER=7200 \
///     forge script script/Deploy.s.sol --rpc-url … --broadcast
contract Deploy {
    ScriptVm private constant VM = ScriptVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    bool public constant IS_SCRIPT = true;

    function run() external returns (address manager, address token) {
        address admin = VM.envAddress("CARGOSEAL_ADMIN");
        string memory deployment = VM.envString("CARGOSEAL_DEPLOYMENT");
        uint32 staleAfter = uint32(VM.envUint("CARGOSEAL_STALE_AFTER"));
        VM.startBroadcast();
        manager = Shipped.deploy("AccessManager", abi.encode(admin));
        address renderer = Shipped.deploy("Renderer", "");
        token = Shipped.deploy("CargoToken", abi.encode(manager, renderer, deployment, staleAfter));
        address verifier = Shipped.deploy("Ed25519Verifier", "");
        address executor = Shipped.deploy("Int8Model", "");
        address devices = Shipped.deploy("DeviceRegistry", abi.encode(manager, verifier));
        address models = Shipped.deploy("ModelRegistry", abi.encode(manager));
        Shipped.deploy("Dispute", abi.encode(token, devices, models, verifier, executor));
        Shipped.deploy("EvidenceVerifier", "");
        VM.stopBroadcast();
    }
}
