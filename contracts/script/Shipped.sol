// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.28;

interface FileVm {
    function readFile(string calldata path) external view returns (string memory);
    function parseJsonBytes(string calldata json, string calldata key)
        external
        pure
        returns (bytes memory);
}

/// @title The contracts as they are shipped
/// @notice Deploys the bytecode that is committed for the gateway, so that what is tested and what
/// a script deploys is byte for byte what the gateway deploys.
library Shipped {
    FileVm private constant VM = FileVm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);
    string internal constant FOLDER = "../gateway/cargoseal/chain/abi/";

    error DeploymentFailed(string name);

    function code(string memory name) internal view returns (bytes memory) {
        string memory json = VM.readFile(string.concat(FOLDER, name, ".json"));
        return VM.parseJsonBytes(json, ".bytecode");
    }

    /// `arguments`: the constructor's, ABI-encoded.
    function deploy(string memory name, bytes memory arguments) internal returns (address made) {
        bytes memory creation = bytes.concat(code(name), arguments);
        assembly {
            made := create(0, add(creation, 0x20), mload(creation))
        }
        if (made == address(0)) revert DeploymentFailed(name);
    }
}
